#pragma once

#include "domain/untouched.hpp"
#include "gateway/api/examples.hpp"
#include "gateway/gateway.hpp"
#include "gateway/http/json.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <map>
#include <string>

namespace reserve::gateway::test {

/// A city with one property and one unit, whose calendar is the domain's own and whose actors answer at once.
class fake_city final : public city_door {
public:
  fake_city() {
    content_.number = 1;
    content_.code = code_;
    content_.name = "Urubici";
    content_.state = "SC";
    content_.timezone = "UTC";
    content_.locale = "en";
    unit_content unit;
    unit.id = unit_id{new_id()};
    unit.slug = "chale-vista";
    unit.name = "Chalé";
    property_content property;
    property.id = property_id{new_id()};
    property.slug = "pousada-do-sol";
    property.name = "Pousada";
    property.property_type = "pousada";
    property.rating_tenths = 47;
    property.active = property.published = true;
    property.units = {unit};
    property_ = property.id;
    unit_ = unit.id;
    calendar.id = unit.id;
    calendar.property = property.id;
    calendar.first = today();
    calendar.nights.assign(200, open_night());
    city_state state;
    state.city = content_;
    state.properties.emplace(property.id, property);
    auto view = make_catalogue(state, city_settings());
    for (auto& each : view->units)
      each.slot = index_.slot_of(each.content->id);
    index_.publish(view);
    publish();
    index_.stands();
  }

  static night open_night() {
    night one;
    one.host_allotment = 2;
    one.price = 40000;
    one.closed = false;
    return one;
  }
  static date today() { return *parse_date("2026-11-20"); }
  void publish() { index_.update(index_.slot_of(unit_), calendar.first, views_of(calendar, std::nullopt)); }

  const std::string& code() const override { return code_; }
  city_number number() const override { return 1; }
  const city_index& index() const override { return index_; }
  bool online() const override { return is_online; }
  std::pair<std::uint64_t, sequence> head() const override { return {1, seq_}; }
  projection_lag lag() const override { return behind; }
  bool take_session(const std::string& session, int limit) override { return sessions[session] < limit && ++sessions[session] > 0; }
  void free_session(const std::string& session) override { --sessions[session]; }
  std::chrono::milliseconds host_outage() const override { return outage; }
  bool property_down(const std::string&) const override { return false; }
  bool provider_offered(std::string_view) const override { return true; }
  bool provider_available(std::string_view) const override { return true; }
  timestamp now() const override { return today() + clock; }
  local_time local(timestamp at) const override {
    const auto wall = at + zone;
    const auto day = std::chrono::floor<std::chrono::days>(wall);
    return {day, std::chrono::floor<std::chrono::minutes>(wall - day)};
  }
  timestamp instant(date day, std::chrono::minutes time_of_day) const override { return day + time_of_day; }
  uuid new_id() override {
    std::array<std::uint8_t, 16> bytes{};
    bytes[15] = static_cast<std::uint8_t>(++ids_);
    bytes[9] = 7;
    return make_uuid(1, bytes);
  }
  std::chrono::milliseconds steady() const override { return {}; }

  void send(command_ptr what) override {
    if (is_silent) {
      silent.push_back(std::move(what));
      return;
    }
    if (const auto* hold = std::get_if<ask_hold>(&what->body))
      place(*what, *hold);
    else if (std::holds_alternative<read_intent>(what->body) || std::holds_alternative<reserve::cancel_booking_intent>(what->body))
      tell(*what);
    else if (std::holds_alternative<handle_webhook>(what->body))
      what->reply(reserve::answer{done_answer{}, {}, false});
    else
      what->reply.refuse(errc::not_found);
  }

  /// Answers what came while it was silent.
  void speak() {
    is_silent = false;
    for (auto& each : std::exchange(silent, {}))
      send(std::move(each));
  }

  void place(const command& what, const ask_hold& hold) {
    const auto decided = decide(calendar, hold.command, now());
    if (!decided) {
      what.reply.refuse(decided.error());
    } else if (decided->existing) {
      what.reply(reserve::answer{existing_answer{calendar.claims.at(*decided->existing).intent}, {}, true});
    } else {
      if (hold.place)
        hold.place->take();
      const auto& created = decided->created.front();
      evolve(calendar, created);
      publish();
      intents[created.terms->intent] = untouched_intent(created, now());
      auto written = std::make_shared<record>();
      written->seq = ++seq_;
      written->epoch = 1;
      written->occurred_at = now();
      written->events.push_back({unit_.value, created});
      records[seq_] = written;
      if (what.key)
        keys[what.key->hash] = {what.key->fingerprint, seq_};
      what.reply(reserve::answer{placed_answer{created, now()}, {1, seq_}, false});
    }
  }

  void tell(const command& what) {
    const auto found = intents.find(intent_id{what.entity});
    if (found == intents.end() || !what.who.may_see(found->second.terms.session)) {
      what.reply.refuse(errc::booking_intent_not_found);
      return;
    }
    if (std::holds_alternative<reserve::cancel_booking_intent>(what.body))
      end_untouched(found->second, now(), false, "guest_abort");
    what.reply(reserve::answer{found->second, {}, false});
  }

  property_id property() const { return property_; }
  unit_id unit() const { return unit_; }

  unit_calendar calendar;
  std::map<intent_id, intent> intents;
  std::map<digest16, used_key> keys;
  std::map<sequence, committed_record> records;
  std::map<std::string, int> sessions;
  std::vector<command_ptr> silent;
  bool is_online = true, is_silent = false;
  std::chrono::milliseconds outage{};
  projection_lag behind;
  std::chrono::hours clock{12}; ///< UTC, of today().
  std::chrono::hours zone{0};   ///< What the city's clock is ahead of it.

private:
  std::string code_ = "URB";
  city_content content_;
  city_index index_;
  property_id property_;
  unit_id unit_;
  sequence seq_ = 0;
  unsigned ids_ = 0;
};

/// Everything outside the gateway, in memory.
class fake_program final : public city_directory, public guest_vault, public lookup, public webhook_desk, public program {
public:
  explicit fake_program(std::size_t in_flight_max = 4096, std::chrono::milliseconds timeout = std::chrono::milliseconds(200))
      : in_flight_max_(in_flight_max), timeout_(timeout) {}

  fake_city city;

  city_door* find(std::string_view code) override { return code == city.code() ? &city : nullptr; }
  city_door* find(city_number number) override { return number == city.number() ? &city : nullptr; }
  std::vector<city_door*> all() override { return {&city}; }

  sealed_traveler seal(city_number, intent_id stay, const guest_details& guest) override {
    guests[stay] = guest;
    sealed_traveler made;
    made.contact.traveler = traveler_id{stay.value};
    made.contact.has_first_name = !guest.first_name.empty();
    return made;
  }
  void open(const std::string&, intent_id stay, told<guest_details> done) override {
    const auto found = guests.find(stay);
    done(found == guests.end() ? std::nullopt : std::optional(found->second));
  }
  void open_payment(const std::string&, payment_id, told<provider_secrets> done) override { done(std::nullopt); }

  void find_key(const std::string&, digest16 hash, told<std::optional<used_key>> done) override {
    const auto found = city.keys.find(hash);
    done(std::optional(found == city.keys.end() ? std::optional<used_key>() : std::optional(found->second)));
  }
  void read_record(const std::string&, sequence seq, told<committed_record> done) override { done(city.records[seq]); }
  void resolve_code(const std::string&, told<std::optional<reservation_id>> done) override {
    done(std::optional<std::optional<reservation_id>>(std::in_place));
  }
  void resolve_payment(const std::string&, told<std::optional<payment_id>> done) override {
    done(std::optional<std::optional<payment_id>>(std::in_place));
  }

  void check(std::shared_ptr<const delivery> what, told<delivery_check> done) override {
    delivery_check made;
    made.ok = what->headers.get("X-Host-Signature") == "right";
    made.dedup_key = what->body;
    done(made);
  }
  std::optional<delivery_event> parse(const delivery&) override { return event; }
  void store(std::shared_ptr<const delivery>, const std::string& dedup_key, const delivery_event*, told<stored_delivery> done) override {
    stored_delivery made;
    made.duplicate = !inbox.emplace(dedup_key, 1).second;
    done(made);
  }

  std::vector<component> components() override { return {{"database", "ok", ""}}; }
  std::string version() const override { return "0.1.0"; }
  std::chrono::seconds uptime() const override { return std::chrono::seconds(42); }
  std::string qr_base64(std::string_view) const override { return "iVBORw0KGgo="; }
  std::chrono::seconds advance_clock(std::chrono::seconds by) override { return by; }
  timestamp wall() const override { return city.now(); }
  void log_request(std::string_view line) override { log.emplace_back(line); }
  void log_security(std::string_view) override {}

  std::map<intent_id, guest_details> guests;
  std::map<std::string, int> inbox;
  std::vector<std::string> log;
  std::optional<delivery_event> event; ///< What every delivery says.
  std::size_t in_flight_max_;
  std::chrono::milliseconds timeout_;

  settings how() const {
    settings made;
    made.service_token = "service-token-of-the-tests";
    made.command_timeout = timeout_;
    made.in_flight_max = in_flight_max_;
    made.overload_pause = {};
    return made;
  }

  boost::asio::io_context context;
  front_desk desk{services{*this, *this, *this, *this, *this}, how(), context.get_executor()};

  /// One request from start to end; the body is what handle() gets, admit() is asked first as a server does.
  http::response ask(std::string method, std::string target, std::string body = "", std::map<std::string, std::string> headers = {}) {
    const auto one = start(std::move(method), std::move(target), std::move(body), std::move(headers));
    context.run();
    context.restart();
    return one->answer;
  }

  struct running {
    http::request what;
    http::response answer;
    bool is_done = false;
  };
  /// A request that goes as far as it can without waiting.
  std::shared_ptr<running> start(std::string method, std::string target, std::string body = "", std::map<std::string, std::string> headers = {}) {
    auto one = std::make_shared<running>();
    auto& what = one->what;
    const auto mark = target.find('?');
    what.method = std::move(method);
    what.path = target.substr(0, mark);
    what.query = mark == std::string::npos ? "" : target.substr(mark + 1);
    what.body = std::move(body);
    what.remote_address = "192.0.2.1";
    if (!what.body.empty())
      what.headers.add("Content-Type", "application/json");
    for (const auto& [name, value] : headers)
      what.headers.add(name, value);
    auto admitted = desk.admit(what);
    if (admitted.refusal) {
      one->answer = *admitted.refusal;
      one->is_done = true;
      return one;
    }
    boost::asio::co_spawn(context, desk.handle(what), [one](std::exception_ptr, http::response answer) {
      one->answer = std::move(answer);
      one->is_done = true;
    });
    context.poll();
    context.restart();
    return one;
  }
};

inline http::json_value read(const http::response& answer) {
  auto reading = http::read_json(answer.body);
  return reading.value ? std::move(*reading.value) : http::json_value();
}

/// Where two values differ in the names of their members; empty = nowhere. A null fits everything, arrays are compared by their first items.
inline std::string difference(const http::json_value& wanted, const http::json_value& real, const std::string& path = "") {
  if (wanted.is_null() || real.is_null())
    return "";
  if (wanted.type() != real.type())
    return path + " is of another type";
  if (wanted.is_array())
    return wanted.items().empty() || real.items().empty() ? "" : difference(wanted.items()[0], real.items()[0], path + ".0");
  if (!wanted.is_object())
    return "";
  for (const auto& [name, value] : wanted.members()) {
    const auto* other = real.find(name);
    if (!other)
      return path + "." + name + " is missing";
    if (auto inside = difference(value, *other, path + "." + name); !inside.empty())
      return inside;
  }
  for (const auto& [name, value] : real.members())
    if (!wanted.find(name))
      return path + "." + name + " is not described";
  return "";
}

inline std::string difference_of_data(const std::string& example, const http::response& answer) {
  const auto wanted = http::read_json(example);
  const auto whole = read(answer);
  const auto* data = whole.find("data");
  return data ? difference(*wanted.value, *data) : "no data";
}

} // namespace reserve::gateway::test
