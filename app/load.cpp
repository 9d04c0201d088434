#include "app/commands.hpp"
#include "app/engine.hpp"

#include "gateway/http/json.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <future>
#include <iostream>
#include <mutex>
#include <random>

namespace reserve::app {

namespace {

constexpr city_number load_number = 900;
constexpr const char* load_city = "LOAD";
constexpr int load_days = 60;
constexpr std::int16_t load_allotment = 30000; ///< Enough for every run: what is measured is the path, not the sell-out.

using steady = std::chrono::steady_clock;

/// Which unit the next guest wants.
class chooser {
public:
  chooser(std::size_t units, double zipf, bool hot) : hot_(hot), random_(20260101) {
    std::vector<double> weights(units);
    for (std::size_t i = 0; i < units; ++i)
      weights[i] = 1.0 / std::pow(static_cast<double>(i + 1), zipf);
    pick_ = std::discrete_distribution<std::size_t>(weights.begin(), weights.end());
  }
  std::size_t unit() { return hot_ ? 0 : pick_(random_); }
  int day(int days) { return static_cast<int>(random_() % static_cast<unsigned>(days)); }

private:
  bool hot_;
  std::mt19937 random_;
  std::discrete_distribution<std::size_t> pick_;
};

/// What came back: latencies of accepted holds, and how many were refused or failed.
class tally {
public:
  explicit tally(std::size_t window) : free_(window) {}

  /// Waits for a place among the requests in flight.
  void enter() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return free_ > 0; });
    --free_;
  }
  void accepted(std::chrono::microseconds took) { leave([&] { took_.push_back(static_cast<std::uint32_t>(took.count())); }); }
  void refused() { leave([&] { ++refused_; }); }
  void failed() { leave([&] { ++failed_; }); }
  void drain(std::size_t window) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return free_ == window; });
  }

  std::size_t acknowledged() const { return took_.size(); }
  void print(std::chrono::duration<double> elapsed) {
    std::sort(took_.begin(), took_.end());
    const auto at = [&](double share) { return took_.empty() ? 0.0 : static_cast<double>(took_[static_cast<std::size_t>(share * static_cast<double>(took_.size() - 1))]) / 1000.0; };
    std::cout << "acknowledged " << took_.size() << "  refused " << refused_ << "  errors " << failed_ << "\n"
              << "throughput   " << static_cast<std::size_t>(static_cast<double>(took_.size()) / elapsed.count()) << " holds/s over " << elapsed.count() << " s\n"
              << "latency ms   p50 " << at(0.5) << "  p95 " << at(0.95) << "  p99 " << at(0.99) << "  p99.9 " << at(0.999) << "\n";
  }

private:
  template <class Count>
  void leave(Count count) {
    {
      const std::lock_guard lock(mutex_);
      count();
      ++free_;
    }
    changed_.notify_one();
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t free_;
  std::vector<std::uint32_t> took_; ///< Microseconds.
  std::size_t refused_ = 0, failed_ = 0;
};

struct row_counts {
  std::int64_t intents = 0, overbooked = 0;
};

row_counts count_rows(const config::config& values, const std::string& city) {
  persistence::connection on({.url = values.database.url.value, .application_name = "reserve-load"});
  on.run(persistence::begin_as(on, persistence::access_context::service(city), true));
  const auto rows = on.query("select (select count(*) from reserve.booking_intents where city_code = $1), "
                             "(select count(*) from reserve.availability_calendar where city_code = $1 and overbooked > 0)",
                             {persistence::param(city)});
  on.run("commit");
  return {rows.integer(0, 0), rows.integer(0, 1)};
}

/// Every acknowledged intent is there, and no night is sold twice.
int verify(const row_counts& before, const row_counts& after, std::size_t acknowledged) {
  const auto added = after.intents - before.intents;
  const bool complete = added >= static_cast<std::int64_t>(acknowledged);
  std::cout << "database     " << added << " intents added, " << after.overbooked << " nights overbooked: " << (complete && after.overbooked == 0 ? "ok" : "NOT OK") << "\n";
  return complete && after.overbooked == 0 ? 0 : 1;
}

answer order(engine& with, entity_kind kind, entity_id entity, command_body body) {
  auto what = std::make_shared<command>();
  what->kind = kind;
  what->entity = entity;
  what->who.kind = actor_kind::service;
  what->body = std::move(body);
  return with.ask(what);
}

std::vector<unit_id> make_city(engine& with, std::size_t units) {
  city_content city;
  city.number = load_number;
  city.code = load_city;
  city.name = "Load";
  city.timezone = "America/Sao_Paulo";
  city.slug = "load";
  city_added added;
  added.number = load_number;
  added.code = load_city;
  added.name = city.name;
  added.country = city.country;
  added.timezone = city.timezone;
  added.slug = city.slug;
  order(with, entity_kind::platform, platform_entity(), add_city{added});
  order(with, entity_kind::city, city_entity(load_number), configure_city{city});
  property_content property;
  property.id = property_id{derive_uuid(load_number, "property")};
  property.host_property_id = "load";
  property.slug = "load";
  property.name = "Load";
  property.published = true;
  std::vector<unit_id> out;
  for (std::size_t i = 0; i < units; ++i) {
    unit_content unit;
    unit.id = unit_id{derive_uuid(load_number, "unit " + std::to_string(i))};
    unit.host_unit_id = unit.slug = unit.name = "unit-" + std::to_string(i);
    out.push_back(unit.id);
    property.units.push_back(std::move(unit));
  }
  order(with, entity_kind::city, city_entity(load_number), import_property{property});
  const auto today = with.zones().local(city.timezone, with.clock().wall()).day;
  for (const auto& unit : out) {
    take_readings take{{property.id, {}, with.clock().wall()}};
    for (int day = 0; day < load_days; ++day) {
      night_reading night;
      night.day = today + std::chrono::days(day);
      night.allotment = load_allotment;
      night.price = 10000;
      take.reading.nights.push_back(night);
    }
    order(with, entity_kind::unit, unit.value, std::move(take));
  }
  return out;
}

command_ptr hold_command(engine& with, actors::city_context& city, const catalogue_view& catalogue, unit_id unit, date check_in, std::size_t guest) {
  auto what = std::make_shared<command>();
  what->kind = entity_kind::unit;
  what->entity = unit.value;
  what->who.session = "load-session-" + std::to_string(guest);
  ask_hold ask;
  auto& terms = ask.command.terms;
  terms.intent = intent_id{city.new_id()};
  terms.hold = hold_id{derive_uuid(terms.intent.value, "hold")};
  terms.unit = unit;
  terms.session = what->who.session;
  terms.stay = {check_in, check_in + std::chrono::days(3)};
  terms.guests.adults = 2;
  ask.command.rules = catalogue.rules.at(unit);
  terms.property = ask.command.rules->property;
  terms.currency = ask.command.rules->currency;
  auto& question = ask.command.question;
  question.stay = terms.stay;
  question.guests = terms.guests;
  question.city_now = with.zones().local(catalogue.city.timezone, city.now());
  question.check_in_instant = with.zones().instant(catalogue.city.timezone, check_in, std::chrono::hours(15));
  what->body = std::move(ask);
  return what;
}

int in_process(const config::config& values, const load_options& options) {
  {
    persistence::postgres_journal journal({.url = values.database.url.value, .node_id = "load"});
    journal.add_city(load_city, load_number);
  }
  engine with(values, {.role = "load", .cities = {load_city}, .outside = false});
  const auto units = make_city(with, options.units);
  auto* owner = with.find(std::string(load_city));
  auto& city = owner->city();
  const auto before = count_rows(values, load_city);
  const auto catalogue = city.index.catalogue();
  const auto today = with.zones().local(catalogue->city.timezone, city.now()).day;
  chooser guests(units.size(), options.zipf, options.hot);
  tally counted(options.concurrency);
  const auto started = steady::now();
  for (std::size_t i = 0; i < options.intents; ++i) {
    auto what = hold_command(with, city, *catalogue, units[guests.unit()], today + std::chrono::days(1 + guests.day(load_days - 5)), i);
    counted.enter();
    const auto sent = steady::now();
    what->reply = reply_function::make([&counted, sent](const answer& said) {
      if (!said.refused())
        counted.accepted(std::chrono::duration_cast<std::chrono::microseconds>(steady::now() - sent));
      else if (said.why().code == errc::service_unavailable)
        counted.failed();
      else
        counted.refused();
    });
    owner->router().send(std::move(what));
  }
  counted.drain(options.concurrency);
  const std::chrono::duration<double> elapsed = steady::now() - started;
  counted.print(elapsed);
  with.projector().wait_until(load_number, with.writer().head(load_number).second, std::chrono::minutes(5));
  const std::chrono::duration<double> caught_up = steady::now() - started;
  std::cout << "sustained    " << static_cast<std::size_t>(static_cast<double>(counted.acknowledged()) / caught_up.count()) << " holds/s with every table caught up\n";
  const int verdict = verify(before, count_rows(values, load_city), counted.acknowledged());
  with.stop();
  return verdict;
}

/// A blocking GET that gives the parsed body; throws when it is not 200.
http::json_value get(integrations::http_client& client, const std::string& url) {
  std::promise<integrations::outbound_result> heard;
  auto coming = heard.get_future();
  integrations::outbound_request request;
  request.url = url;
  client.call(std::move(request), [&heard](integrations::outbound_result said) { heard.set_value(std::move(said)); });
  const auto said = coming.get();
  if (said.status != 200)
    throw std::runtime_error("no answer from " + url);
  auto read = http::read_json(said.body);
  if (!read.value)
    throw std::runtime_error("unreadable answer from " + url);
  return std::move(*read.value);
}

const std::vector<http::json_value>& items_of(const http::json_value& in, std::string_view path) {
  const auto* list = in.at_path(path);
  if (list == nullptr)
    throw std::runtime_error("the gateway's answer has no " + std::string(path));
  return list->items();
}

int over_http(const config::config& values, const load_options& options) {
  boost::asio::io_context io;
  integrations::http_client_settings settings;
  settings.connections_per_endpoint = options.concurrency;
  settings.waiting_per_endpoint = options.concurrency;
  integrations::http_client client(io, settings);
  std::thread thread([&io] {
    const auto work = boost::asio::make_work_guard(io);
    io.run();
  });
  struct wanted {
    std::string property, unit;
  };
  std::vector<wanted> units;
  const std::string api = options.http + "/api/v1";
  const auto listed = get(client, api + "/properties?city_code=URB&per_page=50");
  for (const auto& card : items_of(listed, "data.properties")) {
    const std::string slug(card.text_of("slug").value_or(""));
    const auto detail = get(client, api + "/properties/" + slug + "?city_code=URB");
    for (const auto& unit : items_of(detail, "data.unit_types"))
      units.push_back({std::string(detail.at_path("data")->text_of("id").value_or("")), std::string(unit.text_of("id").value_or(""))});
  }
  const auto before = count_rows(values, "URB");
  const auto today = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
  chooser guests(units.size(), options.zipf, options.hot);
  tally counted(options.concurrency);
  const auto mark = std::to_string(steady::now().time_since_epoch().count());
  const auto started = steady::now();
  for (std::size_t i = 0; i < options.intents; ++i) {
    const auto& unit = units[guests.unit()];
    const auto check_in = today + std::chrono::days(10 + guests.day(300));
    integrations::outbound_request request;
    request.method = "POST";
    request.url = api + "/booking-intents";
    request.headers = {{"Content-Type", "application/json"}, {"X-Session-Id", "load-" + mark + "-" + std::to_string(i)}};
    request.body = R"({"city_code":"URB","property_id":")" + unit.property + R"(","unit_id":")" + unit.unit + R"(","check_in":")" + to_string(check_in) +
                   R"(","check_out":")" + to_string(check_in + std::chrono::days(3)) + R"(","guests":1})";
    counted.enter();
    client.call(std::move(request), [&counted](integrations::outbound_result said) {
      if (said.status == 201)
        counted.accepted(said.took);
      else if (said.status >= 400 && said.status < 500)
        counted.refused();
      else
        counted.failed();
    });
  }
  counted.drain(options.concurrency);
  const std::chrono::duration<double> elapsed = steady::now() - started;
  counted.print(elapsed);
  auto after = count_rows(values, "URB");
  for (int look = 0; look < 100 && after.intents - before.intents < static_cast<std::int64_t>(counted.acknowledged()); ++look)
    after = count_rows(values, "URB"); // The projector is right behind.
  client.shutdown();
  io.stop();
  thread.join();
  return verify(before, after, counted.acknowledged());
}

} // namespace

int run_load(const config::config& values, const load_options& options) {
  try {
    return options.http.empty() ? in_process(values, options) : over_http(values, options);
  } catch (const std::exception& error) {
    complain("load", error.what(), options.http);
    return 1;
  }
}


} // namespace reserve::app
