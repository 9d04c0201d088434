#include "app/load/over_http.hpp"

#include "app/load/http_driver.hpp"
#include "app/load/verify.hpp"

#include "domain/civil.hpp"
#include "gateway/http/json.hpp"
#include "integrations/http_client.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <fmt/format.h>

#include <future>
#include <stdexcept>
#include <thread>

namespace reserve::app::load {

namespace {

constexpr int nights = 3;          ///< Of a stay that is held.
constexpr int nights_searched = 5; ///< Of a stay that is searched for.
constexpr int first_arrival = 2;   ///< Days from today.
constexpr std::chrono::minutes catch_up_patience{10};
constexpr std::chrono::milliseconds look_every{50};

/// Asks the gateway before the run, one question after the other.
class blocking_client {
public:
  blocking_client() : client_(io_, {}), thread_([this] {
      const auto work = boost::asio::make_work_guard(io_);
      io_.run();
    }) {}
  ~blocking_client() {
    client_.shutdown();
    io_.stop();
    thread_.join();
  }
  blocking_client(const blocking_client&) = delete;
  blocking_client& operator=(const blocking_client&) = delete;

  /// The parsed body; throws when the answer is not 200.
  http::json_value get(const std::string& url) {
    std::promise<integrations::outbound_result> heard;
    auto coming = heard.get_future();
    integrations::outbound_request request;
    request.url = url;
    client_.call(std::move(request), [&heard](integrations::outbound_result said) { heard.set_value(std::move(said)); });
    const auto said = coming.get();
    if (said.status != 200)
      throw std::runtime_error("no answer from " + url);
    auto read = http::read_json(said.body);
    if (!read.value)
      throw std::runtime_error("unreadable answer from " + url);
    return std::move(*read.value);
  }

private:
  boost::asio::io_context io_;
  integrations::http_client client_;
  std::thread thread_;
};

/// A room type as the API names it.
struct room {
  std::string property, unit;
};

const std::vector<http::json_value>& items_of(const http::json_value& in, std::string_view path) {
  const auto* list = in.at_path(path);
  if (list == nullptr)
    throw std::runtime_error("the gateway's answer has no " + std::string(path));
  return list->items();
}

/// Every room type of the city, as a guest would find them.
std::vector<room> find_rooms(const std::string& api, const std::string& city) {
  blocking_client client;
  std::vector<room> out;
  for (int page = 1;; ++page) {
    const auto listed = client.get(fmt::format("{}/properties?city_code={}&per_page=50&page={}", api, city, page));
    const auto& cards = items_of(listed, "data.properties");
    for (const auto& card : cards) {
      const auto detail = client.get(fmt::format("{}/properties/{}?city_code={}", api, card.text_of("slug").value_or(""), city));
      for (const auto& unit : items_of(detail, "data.unit_types"))
        out.push_back({std::string(detail.at_path("data")->text_of("id").value_or("")), std::string(unit.text_of("id").value_or(""))});
    }
    if (cards.size() < 50)
      break;
  }
  if (out.empty())
    throw std::runtime_error("the city has no room types");
  return out;
}

/// The texts of the requests of one run.
class requests {
public:
  requests(const load_options& options, http_target where, const std::string& prefix)
      : options_(options), host_(where.host + ":" + where.port), prefix_(prefix), today_(std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now())) {}

  std::string hold(const room& wanted, int day, const std::string& session) const {
    const auto check_in = today_ + std::chrono::days(first_arrival + day);
    const auto body = fmt::format(R"({{"city_code":"{}","property_id":"{}","unit_id":"{}","check_in":"{}","check_out":"{}","guests":1}})", options_.city, wanted.property,
                                  wanted.unit, to_string(check_in), to_string(check_in + std::chrono::days(nights)));
    return fmt::format("POST {}/booking-intents HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nX-Session-Id: {}\r\nContent-Length: {}\r\n\r\n{}", prefix_, host_,
                       session, body.size(), body);
  }
  std::string search(int day) const {
    const auto check_in = today_ + std::chrono::days(first_arrival + day);
    return fmt::format("GET {}/search?city_code={}&check_in={}&check_out={}&adults=2 HTTP/1.1\r\nHost: {}\r\n\r\n", prefix_, options_.city, to_string(check_in),
                       to_string(check_in + std::chrono::days(nights_searched)), host_);
  }

private:
  const load_options& options_;
  std::string host_, prefix_;
  date today_;
};

ending judge_hold(unsigned status, std::string_view body) {
  if (status == 201)
    return ending::accepted;
  if (status == 503 && body.find(R"("effect":"unknown")") != std::string_view::npos)
    return ending::failed;
  if (status == 429 || status == 503)
    return ending::overloaded;
  return status >= 400 && status < 500 ? ending::refused : ending::failed;
}

ending judge_page(unsigned status, std::string_view) {
  if (status == 200)
    return ending::accepted;
  return status == 429 || status == 503 ? ending::overloaded : ending::failed;
}

/// Until every acknowledged intent is in the tables, or nothing more comes.
void wait_for_tables(persistence::load_queries& queries, const std::string& city, const run_mark& mark, std::uint64_t accepted) {
  const auto deadline = steady::now() + catch_up_patience;
  auto moved = steady::now();
  std::int64_t last = -1;
  while (steady::now() < deadline) {
    const auto there = queries.count_intents_of(city, mark.prefix());
    if (there >= static_cast<std::int64_t>(accepted))
      return;
    if (there != last)
      moved = steady::now();
    else if (steady::now() - moved > std::chrono::seconds(30))
      return; // The verdict will say what is missing.
    last = there;
    std::this_thread::sleep_for(look_every);
  }
}

} // namespace

report run_over_http(const config::config& values, const load_options& options) {
  const auto where = parse_target(options.http);
  const std::string prefix = "/api/v1";
  const bool holds = options.what == load_kind::holds;
  const auto rooms = holds ? find_rooms(options.http + prefix, options.city) : std::vector<room>{};
  const requests text(options, where, prefix);
  const int arrivals = std::max(1, options.days - first_arrival - nights_searched - 1);
  chooser guests(std::max<std::size_t>(1, rooms.size()), arrivals, options);
  const run_mark mark;
  tally counted(options.concurrency, ending::accepted);
  persistence::load_queries queries(values.database.url.value);
  cpu_meter meter(queries);
  report out;
  out.what = options.what;
  out.checked = !options.unchecked;

  http_driver driver(where, options.concurrency);
  const auto make = [&](std::size_t number) {
    return holds ? text.hold(rooms[guests.unit()], guests.day(), mark.session(number)) : text.search(guests.day());
  };
  const auto start = steady::now();
  auto measured_from = start;
  const auto before_all = meter.read();
  auto before = before_all;
  plan when(options, start);
  driver.run(
      when, make, holds ? judge_hold : judge_page, counted,
      [&] {
        before = meter.read();
        measured_from = steady::now();
      },
      [&] {
        out.measured_seconds = std::chrono::duration<double>(steady::now() - measured_from).count();
        out.cpu = meter.read() - before;
      });
  out.all = counted.all();
  out.measured = counted.measured();
  out.latencies = counted.latencies();
  if (!holds || options.unchecked) {
    out.database.answers_right = out.all.failed == 0 && out.all.accepted > 0;
    return out;
  }
  wait_for_tables(queries, options.city, mark, out.all.accepted);
  out.caught_up_seconds = std::chrono::duration<double>(steady::now() - start).count();
  out.cpu_caught_up = meter.read() - before_all;
  out.database = verify(queries, options.city, mark, counted);
  if (options.rebuild_check)
    out.database.rebuilt_equal = rebuild_is_equal(values, options.city);
  return out;
}

} // namespace reserve::app::load
