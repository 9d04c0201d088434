#include "gateway/call.hpp"

#include "domain/mutant.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <charconv>

namespace reserve::gateway {
namespace {

std::string shown(const city_door& city, position at) {
  const auto [epoch, seq] = city.head();
  return city.code() + ":" + std::to_string(at.epoch ? at.epoch : epoch) + ":" + std::to_string(at.seq ? at.seq : seq);
}

/// `<city>:<epoch>:<seq>` of this city; several are separated by commas.
std::optional<position> asked_position(std::string_view header, const std::string& code) {
  while (!header.empty()) {
    const auto comma = header.find(',');
    auto one = header.substr(0, comma);
    header = comma == std::string_view::npos ? std::string_view() : header.substr(comma + 1);
    while (!one.empty() && one.front() == ' ')
      one.remove_prefix(1);
    if (!one.starts_with(code + ":"))
      continue;
    one.remove_prefix(code.size() + 1);
    position found;
    const auto* const end = one.data() + one.size();
    const auto epoch = std::from_chars(one.data(), end, found.epoch);
    if (epoch.ec != std::errc{} || epoch.ptr == end || *epoch.ptr != ':')
      return std::nullopt;
    const auto seq = std::from_chars(epoch.ptr + 1, end, found.seq);
    return seq.ec == std::errc{} && seq.ptr == end ? std::optional(found) : std::nullopt;
  }
  return std::nullopt;
}

/// One of a number while it lives.
class one_more {
public:
  explicit one_more(std::size_t& of) : of_(of) { ++of_; }
  ~one_more() { --of_; }
  one_more(const one_more&) = delete;
  one_more& operator=(const one_more&) = delete;

private:
  std::size_t& of_;
};

refusal not_served() {
  return refusal(errc::service_unavailable, "the city is not served here now");
}

} // namespace

reserve::caller call::who() const {
  reserve::caller made;
  made.kind = values.is_service() ? actor_kind::service : actor_kind::guest;
  made.session = std::string(values.session());
  made.id = values.is_service() ? "service" : "";
  return made;
}

http::response call::finished(http::response made) const {
  if (city)
    made.headers.add("X-Position", shown(*city, at));
  if (is_replay)
    made.headers.add("Idempotent-Replay", "true");
  return made;
}

http::response call::answer(unsigned status, std::string_view data, std::string_view rest) const {
  return finished(success(context, status, data, rest));
}

http::response call::refuse(const refusal& why) const {
  return finished(refused(context, failure_of(why)));
}

http::response call::refuse(const failure& why) const {
  return finished(refused(context, why));
}

bool call::speaks_portuguese() const {
  const auto wanted = what.headers.get("Accept-Language").value_or("");
  if (!wanted.empty() && wanted != "*")
    return wanted.starts_with("pt");
  const auto known = city ? city->index().catalogue() : nullptr;
  return known && known->city.locale.starts_with("pt");
}

command_ptr command_for(const call& from, entity_kind kind, entity_id entity, command_body body) {
  auto made = std::make_shared<command>();
  made->kind = kind;
  made->entity = entity;
  made->who = from.who();
  made->correlation_id = from.context.correlation_id;
  made->deadline = from.city->steady() + from.shared.how.command_timeout;
  made->body = std::move(body);
  return made;
}

std::optional<refusal> no_room(call& from, lane share) {
  if (from.shared.lanes_for(from.city->number()).has_room(share))
    return std::nullopt;
  return refusal(errc::service_unavailable, "too much to do; try again in a moment");
}

task<reserve::answer> ask(call& from, lane share, command_ptr what) {
  reserve::answer heard;
  from.was_sent = false;
  if (!from.city->online()) {
    heard.content = not_served();
    co_return heard;
  }
  const auto lag = from.city->lag();
  if (share == lane::new_intent && !from.shared.lag_gate_for(from.city->number()).admits(lag.records, lag.per_second, from.city->steady())) {
    heard.content = refusal(errc::service_unavailable, "the city's tables are too far behind; try again in a moment");
    co_return heard;
  }
  const auto ticket = from.shared.lanes_for(from.city->number()).enter(share);
  if (!ticket) {
    heard.content = refusal(errc::service_unavailable, "too much to do; try again in a moment");
    co_return heard;
  }
  const bool is_read = std::holds_alternative<read_intent>(what->body) || std::holds_alternative<read_payment>(what->body) ||
                       std::holds_alternative<read_reservation>(what->body);
  from.was_sent = true;
  auto asking = from.shared.port->ask(*from.city, std::move(what), from.shared.how.command_timeout);
  heard = co_await std::move(asking);
  if (heard.refused() && is_read)
    std::get<refusal>(heard.content).effect = effect::none;
  if (!heard.refused() && heard.at.epoch != 0)
    from.at = heard.at;
  co_return heard;
}

task<http::response> refuse_in_a_moment(call& from, refusal why) {
  from.running_key.reset(); // Nothing was sent: who repeats the key while this one waits is not told that it is being worked on.
  if (from.shared.how.overload_pause.count() > 0 && from.shared.pausing < from.shared.how.overload_pauses_max) {
    const one_more counted(from.shared.pausing);
    const auto executor = co_await boost::asio::this_coro::executor;
    boost::asio::steady_timer timer(executor, from.shared.how.overload_pause);
    co_await timer.async_wait(boost::asio::use_awaitable);
  }
  co_return from.refuse(why);
}

result<city_door*> city_of_id(call& from, const uuid& id, errc code) {
  const auto number = city_of(id);
  auto* const found = number == 0 ? nullptr : from.outside().cities.find(number);
  if (!found && number != 0 && from.outside().cities.left_out(number))
    return not_served();
  if (!found)
    return code;
  from.city = found;
  return found;
}

result<city_door*> city_by_code(call& from, std::string_view code) {
  auto* const found = from.outside().cities.find(code);
  if (!found && from.outside().cities.left_out(code))
    return not_served();
  const auto known = found ? found->index().catalogue() : nullptr;
  if (!found || (known && (known->city.code.empty() || !known->city.active)))
    return refusal(errc::not_found, "there is no such city");
  from.city = found;
  return found;
}

result<std::shared_ptr<const catalogue_view>> catalogue_of(city_door& city) {
  auto known = city.index().catalogue();
  if (!known || !city.index().ready())
    return refusal(errc::service_unavailable, "the city's index is not built yet");
  return known;
}

std::shared_ptr<const city_plan> hall::known_plan(const city_door& city) {
  auto known = city.index().catalogue();
  if (!known)
    return nullptr;
  auto& plan = plans[city.number()];
  if (!plan || !plan->is_of(known))
    plan = std::make_shared<const city_plan>(std::move(known));
  return plan;
}

result<std::shared_ptr<const city_plan>> plan_of(call& from, const city_door& city) {
  if (!city.index().ready())
    return refusal(errc::service_unavailable, "the city's index is not built yet");
  auto plan = from.shared.known_plan(city);
  if (!plan)
    return refusal(errc::service_unavailable, "the city's index is not built yet");
  return plan;
}

std::optional<refusal> reach_position(const call& from, const city_door& city) {
  const auto wanted = asked_position(from.what.headers.get("X-Position").value_or(""), city.code());
  const auto [epoch, seq] = city.head();
  // Nobody takes a sequence number back: an older epoch's position is judged like one of today's.
  if (!wanted || (wanted->epoch <= epoch && wanted->seq <= seq))
    return std::nullopt;
  return refusal(errc::service_unavailable, "the city has not reached this position");
}

task<result<std::optional<sequence>>> claim_key(call& from, city_door& city, std::optional<command_key>& key, std::string_view operation) {
  std::optional<sequence> nothing;
  if (from.values.idempotency_key().empty())
    co_return nothing;
  const std::string caller = from.values.is_service() ? "service" : "session " + std::string(from.values.session());
  const auto made = key_of(city.code(), caller, operation, from.values.idempotency_key(), from.values.canonical_text());
  auto taken = from.shared.keys.take(made);
  if (!taken)
    co_return taken.error();
  from.running_key = *taken;
  auto& look = from.outside().look;
  auto start = [&look, code = city.code(), hash = made.hash](told<std::optional<used_key>> done) { look.find_key(code, hash, std::move(done)); };
  auto hearing = hear<std::optional<used_key>>(std::move(start), from.shared.how.lookup_timeout);
  const auto found = co_await std::move(hearing);
  if (!found)
    co_return refusal(errc::service_unavailable, "the key could not be looked up");
  key = made;
  if (!*found)
    co_return nothing;
  if ((*found)->fingerprint != made.fingerprint && !mutant(bug::key_without_content))
    co_return refusal(errc::idempotency_key_reused, "this Idempotency-Key was used with other content");
  from.is_replay = true;
  std::optional<sequence> known = (*found)->seq;
  co_return known;
}

task<result<committed_record>> record_of(call& from, city_door& city, sequence seq) {
  auto& look = from.outside().look;
  auto start = [&look, code = city.code(), seq](told<committed_record> done) { look.read_record(code, seq, std::move(done)); };
  auto hearing = hear<committed_record>(std::move(start), from.shared.how.lookup_timeout);
  const auto found = co_await std::move(hearing);
  if (!found || !*found)
    co_return refusal(errc::service_unavailable, "the first answer could not be read");
  from.at = {(*found)->epoch, (*found)->seq};
  co_return *found;
}

} // namespace reserve::gateway
