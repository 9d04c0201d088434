#include "simulation/front_door.hpp"

#include "simulation/process.hpp"

namespace reserve::simulation {

namespace {

using namespace std::chrono_literals;

constexpr moment gives_up_after = 30s; ///< http.request_timeout

answer nobody_knows(const char* why) {
  refusal out(errc::service_unavailable, why);
  out.effect = effect::unknown;
  return {out, {}, false};
}

answer nothing_happened(const char* why) {
  return {refusal(errc::service_unavailable, why), {}, false};
}

} // namespace

front_door::front_door(surroundings& world, database& keys, generator random)
    : world_(world), keys_(keys), random_(random), desk_(std::make_shared<desk>(world)) {
  // nop
}

front_door::~front_door() {
  desk_->closed = true;
  desk_->open.clear();
}

void front_door::desk::deliver(std::uint64_t slot, answer what) noexcept {
  const auto found = open.find(slot);
  if (closed || found == open.end())
    return;
  auto asked = std::move(found->second);
  open.erase(found);
  if (asked.what->key)
    running.erase(asked.what->key->hash);
  if (witness)
    witness(*asked.what, what);
  world.plan.after(50us, agenda::nobody, [then = std::move(asked.then), what = std::move(what)] { then(what); });
}

/// The first answer of a key that is known, made again from its record.
std::optional<answer> front_door::known_key(const command& what) const {
  if (desk_->running.contains(what.key->hash))
    return answer{refusal(errc::idempotency_in_progress), {}, false};
  const auto known = keys_.find_key(what.key->hash);
  if (!known)
    return std::nullopt;
  if (known->fingerprint != what.key->fingerprint)
    return answer{refusal(errc::idempotency_key_reused), {}, false};
  const auto& log = keys_.log(town_code);
  for (const auto& one : log.at(known->seq - 1)->events)
    if (const auto* created = one.what.as<intent_created>())
      return answer{existing_answer{created->terms->intent}, {0, known->seq}, true};
  return answer{done_answer{"known"}, {0, known->seq}, true};
}

void front_door::ask(process* to, command_ptr what, listener then) {
  const auto say = [&](answer said) {
    world_.plan.after(random_.between(200us, 2ms), agenda::nobody, [then, said = std::move(said)] { then(said); });
  };
  if (to == nullptr || !to->serves(city_of(what->entity)))
    return say(nothing_happened("offline"));
  if (what->key) {
    if (auto known = known_key(*what))
      return say(std::move(*known));
    desk_->running.insert(what->key->hash);
  }
  const auto* hold = std::get_if<ask_hold>(&what->body);
  if (hold != nullptr && !to->city()->city().sessions.take(hold->command.terms.session, to->city()->city().settings().booking.max_live_intents_per_session)) {
    if (what->key)
      desk_->running.erase(what->key->hash);
    return say({refusal(errc::rate_limit_exceeded), {}, false});
  }
  const auto slot = ++last_;
  what->deadline = world_.clock.steady() + to->city()->city().settings().inventory.queue_wait;
  what->reply = reply_to(desk_, slot);
  desk_->open.emplace(slot, request{to->id(), what, std::move(then)});
  world_.plan.after(gives_up_after, agenda::nobody, [desk = desk_, slot] { desk->deliver(slot, nobody_knows("no answer in time")); });
  // The command holds its own way back: without it nobody would notice that its actor died.
  auto sent = std::make_shared<command>(*what);
  what->reply = {};
  to->send(std::move(sent));
}

void front_door::lost(agenda::owner who) {
  std::vector<std::uint64_t> slots;
  for (const auto& [slot, one] : desk_->open)
    if (one.to == who)
      slots.push_back(slot);
  for (const auto slot : slots)
    desk_->deliver(slot, nobody_knows("connection lost"));
}

} // namespace reserve::simulation
