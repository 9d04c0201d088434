// The same gateway in front of SQL: our HTTP server, routes, validation and rendering, but a hold is a call of bench.hold() (hold.sql) on a pool of sessions instead
// of a command to an actor. It sells the rooms that schema.sql makes.
//   bench_sql_gateway PORT DATABASE_URL UNITS PROPERTIES SESSIONS

#include "domain/catalogue.hpp"
#include "gateway/gateway.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <libpq-fe.h>

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <iostream>
#include <mutex>
#include <random>
#include <stdexcept>
#include <thread>

namespace {

using namespace reserve;
namespace chrono = std::chrono;

constexpr int days_sold = 60;
constexpr std::size_t queue_max = 4096;

timestamp wall_clock() {
  return chrono::floor<chrono::microseconds>(chrono::system_clock::now());
}

/// bench.unit(n) of schema.sql.
uuid unit_of(unsigned n) {
  char text[37];
  std::snprintf(text, sizeof text, "03840000-0000-4000-8000-%012x", n);
  return *parse_uuid(text);
}

/// Sessions that call the function, each on a thread of its own.
class sql_desk {
public:
  sql_desk(std::string url, std::size_t sessions) : url_(std::move(url)) {
    for (std::size_t i = 0; i < sessions; ++i)
      threads_.emplace_back([this] { run(); });
  }
  sql_desk(const sql_desk&) = delete;
  sql_desk& operator=(const sql_desk&) = delete;
  ~sql_desk() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    for (auto& one : threads_)
      one.join();
  }

  void place(command_ptr what) {
    {
      const std::lock_guard lock(mutex_);
      if (queue_.size() < queue_max) {
        queue_.push_back(std::move(what));
        wake_.notify_one();
        return;
      }
    }
    what->reply.refuse(errc::service_unavailable);
  }

private:
  void run() {
    const std::unique_ptr<PGconn, void (*)(PGconn*)> session(PQconnectdb(url_.c_str()), PQfinish);
    const std::unique_ptr<PGresult, void (*)(PGresult*)> prepared(PQprepare(session.get(), "hold", "select bench.hold($1, $2, $3, $4)", 0, nullptr), PQclear);
    if (PQresultStatus(prepared.get()) != PGRES_COMMAND_OK) {
      std::cerr << "bench_sql_gateway: " << PQerrorMessage(session.get());
      std::_Exit(1);
    }
    for (;;) {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
      if (stopping_)
        return;
      const auto what = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      hold(session.get(), *what);
    }
  }

  static void hold(PGconn* on, const command& what) {
    const auto& asked = std::get<ask_hold>(what.body);
    const auto& terms = asked.command.terms;
    const std::string values[] = {to_string(terms.intent), to_string(terms.unit), terms.session, to_string(terms.stay.check_in)};
    const char* texts[] = {values[0].c_str(), values[1].c_str(), values[2].c_str(), values[3].c_str()};
    const std::unique_ptr<PGresult, void (*)(PGresult*)> said(PQexecPrepared(on, "hold", 4, texts, nullptr, nullptr, 0), PQclear);
    if (PQresultStatus(said.get()) != PGRES_TUPLES_OK) {
      what.reply.refuse(errc::service_unavailable);
      return;
    }
    if (PQgetisnull(said.get(), 0, 0) != 0) {
      what.reply.refuse(errc::insufficient_inventory);
      return;
    }
    if (asked.place)
      asked.place->take();
    auto made = std::make_shared<booking_terms>(terms);
    made->currency = asked.command.rules->currency;
    made->created_at = wall_clock();
    const auto total = parse_money(PQgetvalue(said.get(), 0, 0)).value_or(money{});
    made->price.base = made->price.total = made->price.due_now = total;
    made->price.nights.assign(static_cast<std::size_t>(terms.stay.nights()), {total.minor_units / terms.stay.nights()});
    what.reply(answer{placed_answer{{made, made->created_at + chrono::minutes(15), {}}, made->created_at}, {1, 1}, false});
  }

  std::string url_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<command_ptr> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

/// The rooms of schema.sql as a city of ours.
class sql_city final : public gateway::city_door {
public:
  sql_city(unsigned units, unsigned properties, sql_desk& desk) : desk_(desk), random_(std::random_device{}()) {
    city_state state;
    auto& city = state.city.emplace();
    city.number = number();
    city.code = code_;
    city.name = "Load";
    city.state = "SC";
    city.timezone = "UTC";
    city.locale = "en";
    for (unsigned p = 0; p < properties; ++p) {
      property_content property;
      property.id = property_id{unit_of(0x40000000 + p)};
      property.slug = "property-" + std::to_string(p);
      property.name = "Property " + std::to_string(p);
      property.property_type = "pousada";
      property.active = property.published = true;
      for (unsigned u = p; u < units; u += properties) {
        unit_content unit;
        unit.id = unit_id{unit_of(u)};
        unit.slug = "unit-" + std::to_string(u);
        unit.name = "Unit " + std::to_string(u);
        property.units.push_back(unit);
      }
      state.properties.emplace(property.id, property);
    }
    auto view = make_catalogue(state, city_settings());
    night_view open;
    open.price = 10000;
    open.rooms = night_board::rooms_max;
    open.closed = false;
    const std::vector<night_view> nights(days_sold, open);
    for (auto& each : view->units) {
      each.slot = index_.slot_of(each.content->id);
      index_.update(each.slot, chrono::floor<chrono::days>(now()), nights);
    }
    index_.publish(view);
    index_.stands();
  }

  const std::string& code() const override { return code_; }
  city_number number() const override { return 0x0384; }
  void send(command_ptr what) override {
    if (std::holds_alternative<ask_hold>(what->body))
      desk_.place(std::move(what));
    else
      what->reply.refuse(errc::not_found);
  }
  const city_index& index() const override { return index_; }
  bool online() const override { return true; }
  std::pair<std::uint64_t, sequence> head() const override { return {1, 1}; }
  gateway::projection_lag lag() const override { return {}; }
  bool take_session(const std::string&, int) override { return true; }
  void free_session(const std::string&) override {}
  chrono::milliseconds host_outage() const override { return {}; }
  bool property_down(const std::string&) const override { return false; }
  bool provider_offered(std::string_view) const override { return true; }
  bool provider_available(std::string_view) const override { return true; }
  timestamp now() const override { return wall_clock(); }
  local_time local(timestamp at) const override {
    const auto day = chrono::floor<chrono::days>(at);
    return {day, chrono::floor<chrono::minutes>(at - day)};
  }
  timestamp instant(date day, chrono::minutes time_of_day) const override { return day + time_of_day; }
  uuid new_id() override {
    std::array<std::uint8_t, 16> bytes{};
    const std::uint64_t words[] = {random_(), random_()};
    std::memcpy(bytes.data(), words, bytes.size());
    return make_uuid(number(), bytes);
  }
  chrono::milliseconds steady() const override { return chrono::floor<chrono::milliseconds>(chrono::steady_clock::now().time_since_epoch()); }

private:
  std::string code_ = "LOAD";
  city_index index_;
  sql_desk& desk_;
  std::mt19937_64 random_; ///< Of the gateway's thread.
};

/// What a hold needs of the rest of a program: nothing but the city.
class sql_program final : public gateway::city_directory, public gateway::guest_vault, public gateway::lookup, public gateway::webhook_desk, public gateway::program {
public:
  explicit sql_program(sql_city& city) : city_(city) {}

  gateway::city_door* find(std::string_view code) override { return code == city_.code() ? &city_ : nullptr; }
  gateway::city_door* find(city_number number) override { return number == city_.number() ? &city_ : nullptr; }
  std::vector<gateway::city_door*> all() override { return {&city_}; }
  gateway::sealed_traveler seal(city_number, intent_id, const guest_details&) override { return {}; }
  void open(const std::string&, intent_id, gateway::told<guest_details> done) override { done(std::nullopt); }
  void open_payment(const std::string&, payment_id, gateway::told<provider_secrets> done) override { done(std::nullopt); }
  void find_key(const std::string&, digest16, gateway::told<std::optional<gateway::used_key>> done) override { done(std::nullopt); }
  void read_record(const std::string&, sequence, gateway::told<committed_record> done) override { done(std::nullopt); }
  void resolve_code(const std::string&, gateway::told<std::optional<reservation_id>> done) override { done(std::nullopt); }
  void resolve_payment(const std::string&, gateway::told<std::optional<payment_id>> done) override { done(std::nullopt); }
  void check(std::shared_ptr<const gateway::delivery>, gateway::told<gateway::delivery_check> done) override { done(std::nullopt); }
  std::optional<gateway::delivery_event> parse(const gateway::delivery&) override { return std::nullopt; }
  void store(std::shared_ptr<const gateway::delivery>, const std::string&, const gateway::delivery_event*, gateway::told<gateway::stored_delivery> done) override {
    done(std::nullopt);
  }
  std::vector<gateway::component> components() override { return {}; }
  std::string version() const override { return "0"; }
  chrono::seconds uptime() const override { return {}; }
  std::string qr_base64(std::string_view) const override { return {}; }
  chrono::seconds advance_clock(chrono::seconds by) override { return by; }
  timestamp wall() const override { return wall_clock(); }
  void log_request(std::string_view) override {}
  void log_security(std::string_view) override {}

private:
  sql_city& city_;
};

} // namespace

int main(int count, char** arguments) {
  if (count != 6) {
    std::cerr << "bench_sql_gateway PORT DATABASE_URL UNITS PROPERTIES SESSIONS\n";
    return 2;
  }
  sql_desk desk(arguments[2], static_cast<std::size_t>(std::atoi(arguments[5])));
  sql_city city(static_cast<unsigned>(std::atoi(arguments[3])), static_cast<unsigned>(std::atoi(arguments[4])), desk);
  sql_program program(city);
  boost::asio::io_context io(1);
  gateway::settings how;
  how.exempt_networks = {*http::parse_network("127.0.0.0/8")};
  auto answers = std::make_shared<gateway::front_desk>(gateway::services{program, program, program, program, program}, how, io.get_executor());
  http::options limits;
  limits.port = static_cast<std::uint16_t>(std::atoi(arguments[1]));
  limits.exempt_networks = how.exempt_networks;
  http::server server;
  server.start(io, limits, answers);
  boost::asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&io](const boost::system::error_code&, int) { io.stop(); });
  io.run();
}
