#include "simulation/guest.hpp"

namespace reserve::simulation {

namespace {

using namespace std::chrono_literals;

const char* method_of(guest_plan::way how) {
  constexpr std::array names{"stripe_card", "stripe_pix", "mercadopago_pix", "openpix"};
  return names[static_cast<std::size_t>(how)];
}

const char* provider_of(guest_plan::way how) {
  constexpr std::array names{"stripe", "stripe", "mercadopago", "openpix"};
  return names[static_cast<std::size_t>(how)];
}

} // namespace

guest_plan guest_plan::draw(generator& from, int number, const town_plan& town, date today) {
  guest_plan out;
  out.session = "guest-" + std::to_string(number);
  // Everybody wants the same room: half of all guests the first one, in the next week.
  out.property = from.per_mille(500) ? 0 : from.between(0, town.properties - 1);
  out.room = out.property == 0 && from.per_mille(500) ? 0 : from.between(0, town.rooms_each - 1);
  out.stay.check_in = today + std::chrono::days(from.per_mille(600) ? from.between(1, 6) : from.between(1, 25));
  out.stay.check_out = out.stay.check_in + std::chrono::days(from.between(1, 4));
  out.double_click = from.per_mille(100);
  out.has_key = from.per_mille(500);
  out.end = from.per_mille(100) ? ending::leaves : from.per_mille(100) ? ending::cancels : ending::pays;
  out.pays_by = static_cast<way>(from.between(0, 3));
  if (from.per_mille(150))
    out.card = "pm_declined_insufficient_funds";
  else if (from.per_mille(150))
    out.card = "pm_3ds";
  out.stubborn = from.per_mille(400);
  out.dawdles = from.per_mille(60);
  out.pays_late = from.per_mille(100);
  out.pays_last_moment = from.per_mille(200);
  out.pays_twice = from.per_mille(80);
  out.never_pays = from.per_mille(80);
  if (from.per_mille(80))
    out.pays_too_much = from.per_mille(500) ? from.between(1, 9000) : -from.between(1, 9000);
  out.regrets = from.per_mille(80);
  return out;
}

void guest::later(moment low, moment high, next what) {
  world_.env.plan.after(random_.between(low, high), agenda::nobody, [me = shared_from_this(), what] { (me.get()->*what)(); });
}

void guest::tell(entity_kind kind, entity_id entity, command_body body, std::function<void(guest&, const answer&)> then) {
  world_.tell(world::order(kind, entity, std::move(body), {actor_kind::guest, plan_.session, {}}),
              [me = shared_from_this(), then = std::move(then)](const answer& said) { then(*me, said); });
}

bool guest::try_again(const answer& said, next what) {
  const auto code = said.refused() ? said.why().code : errc::internal_error;
  const bool may_help = code == errc::service_unavailable || code == errc::idempotency_in_progress || code == errc::conflict || code == errc::host_unavailable;
  if (!may_help || ++tries_ > plan_.patience)
    return false;
  later(500ms, 20s, what);
  return true;
}

// --- holding ---

command_ptr guest::hold_command(world& in, const guest_plan& plan) {
  ask_hold ask;
  auto& terms = ask.command.terms;
  terms.intent = intent_id{make_uuid(town_number, in.ids.bytes16())};
  terms.hold = hold_id{make_uuid(town_number, in.ids.bytes16())};
  terms.property = property_of(plan.property);
  terms.unit = unit_of(plan.property, plan.room);
  terms.session = plan.session;
  terms.stay = plan.stay;
  terms.guests.adults = 2;
  auto& question = ask.command.question;
  question.stay = plan.stay;
  question.guests = terms.guests;
  question.city_now = in.zones.local("America/Sao_Paulo", in.now());
  question.check_in_instant = in.zones.instant("America/Sao_Paulo", plan.stay.check_in, 15h);
  if (in.serves()) {
    const auto catalogue = in.city().index.catalogue();
    if (catalogue && catalogue->rules.contains(terms.unit))
      ask.command.rules = catalogue->rules.at(terms.unit);
  }
  if (!ask.command.rules)
    return nullptr; // The city's catalogue is not there: its door answers 503.
  return world::order(entity_kind::unit, terms.unit.value, std::move(ask), {actor_kind::guest, plan.session, {}});
}

void guest::arrives() {
  if (plan_.has_key) {
    const auto seed = derive_uuid(town_number, plan_.session);
    key_ = command_key{seed.bytes, derive_uuid(seed, "fingerprint").bytes};
  }
  hold();
  if (plan_.double_click)
    later(0ms, 300ms, &guest::hold);
}

void guest::hold() {
  if (!intent_.is_nil())
    return;
  auto order = hold_command(world_, plan_);
  if (!order) {
    if (++tries_ <= plan_.patience)
      later(1s, 20s, &guest::hold);
    return;
  }
  order->key = key_;
  world_.tell(std::move(order), [me = shared_from_this()](const answer& said) { me->heard_hold(said); });
}

void guest::heard_hold(const answer& said) {
  if (said.refused() && world_.env.log.wants_lines())
    world_.env.log.line(world_.env.clock.now(), "refused " + plan_.session + ": no hold, code " + std::to_string(static_cast<int>(said.why().code)));
  if (!intent_.is_nil())
    return; // The second click.
  if (const auto* placed = std::get_if<placed_answer>(&said.content)) {
    intent_ = placed->created.terms->intent;
    runs_out_ = placed->created.expires_at;
  }
  if (const auto* known = std::get_if<existing_answer>(&said.content))
    intent_ = known->intent;
  if (!intent_.is_nil())
    decides_what_next();
  else if (plan_.stubborn && said.refused() && said.why().code == errc::insufficient_inventory && ++tries_ <= plan_.patience)
    later(30s, 15min, &guest::hold);
  else
    try_again(said, &guest::hold);
}

void guest::around(timestamp end, std::function<void()> what) {
  const auto wait = std::chrono::duration_cast<moment>(end - world_.env.clock.wall()) + random_.between(0s, 5s) - 2s;
  world_.env.plan.after(std::max(wait, moment(0)), agenda::nobody, std::move(what));
}

void guest::decides_what_next() {
  tries_ = 0;
  if (random_.per_mille(200))
    later(1s, 20min, &guest::look);
  switch (plan_.end) {
    case guest_plan::ending::leaves: return;
    case guest_plan::ending::cancels: later(1s, 10min, &guest::regret); return;
    case guest_plan::ending::pays:
      if (plan_.dawdles && runs_out_ != timestamp{})
        around(runs_out_, [me = shared_from_this()] { me->fill_in(); });
      else
        later(2s, 3min, &guest::fill_in);
      return;
  }
}

void guest::look() {
  tell(entity_kind::intent, intent_.value, read_intent{}, [](guest&, const answer&) {});
}

// --- paying ---

void guest::fill_in() {
  auto order = world::order(entity_kind::intent, intent_.value, change_traveler{}, {actor_kind::guest, plan_.session, {}});
  contact_flags contact;
  contact.traveler = traveler_id{derive_uuid(intent_.value, "traveler")};
  contact.has_first_name = contact.has_last_name = contact.has_email = contact.has_phone = true;
  order->body = change_traveler{contact};
  vault_row row;
  row.into = vault_row::table::stay_guests;
  row.id = intent_.value;
  order->vault.push_back(row);
  world_.tell(std::move(order), [me = shared_from_this()](const answer& said) {
    if (!said.refused())
      me->later(1s, 2min, &guest::pay);
    else
      me->try_again(said, &guest::fill_in);
  });
}

void guest::pay() {
  pay_by(plan_.pays_by);
  if (plan_.pays_twice) {
    const auto other = static_cast<guest_plan::way>((static_cast<int>(plan_.pays_by) + 1) % 4);
    world_.env.plan.after(random_.between(1s, 4min), agenda::nobody, [me = shared_from_this(), other] { me->pay_by(other); });
  }
  if (plan_.regrets)
    later(1s, 10min, &guest::regret);
}

void guest::pay_by(guest_plan::way how) {
  begin_payment start;
  start.method = method_of(how);
  start.provider = provider_of(how);
  if (how == guest_plan::way::card)
    start.request.payment_method_id = declines_ > 0 ? "pm_card_visa" : plan_.card;
  tell(entity_kind::intent, intent_.value, start, [how](guest& me, const answer& said) { me.heard_payment(how, said); });
}

void guest::heard_payment(guest_plan::way how, const answer& said) {
  const auto* shown = std::get_if<payment_answer>(&said.content);
  if (shown == nullptr) {
    try_again(said, &guest::pay);
    return;
  }
  const auto& payment = shown->payment;
  if (payment.status == payment_status::failed && ++declines_ <= 3) {
    later(2s, 2min, &guest::pay);
    return;
  }
  const bool waits_for_me = payment.object_open() && !payment.provider_object.empty();
  if (!waits_for_me || plan_.never_pays)
    return;
  if (plan_.pays_last_moment && payment.pix_expires_at) {
    around(*payment.pix_expires_at, [me = shared_from_this(), id = payment.id] { me->send_money(id); });
    return;
  }
  const bool by_bank = how != guest_plan::way::card;
  const auto wait = plan_.pays_late ? random_.between(10min, 70min) : random_.between(3s, by_bank ? moment(8min) : moment(2min));
  world_.env.plan.after(wait, agenda::nobody, [me = shared_from_this(), id = payment.id] { me->send_money(id); });
}

void guest::send_money(payment_id to) {
  const auto* object = world_.providers.find(to);
  if (object == nullptr)
    return;
  if (object->method == "stripe_card" && random_.per_mille(100))
    world_.providers.decline(to, "authentication_failed");
  else if (object->method == "stripe_card")
    world_.providers.pay(to);
  else
    world_.providers.pay(to, money{object->asked.minor_units + plan_.pays_too_much});
}

void guest::regret() {
  tell(entity_kind::intent, intent_.value, cancel_booking_intent{}, [](guest& me, const answer& said) {
    if (said.refused() && said.why().code == errc::payment_already_processed)
      me.tell(entity_kind::reservation, reservation_of(me.intent_).value, cancel_reservation{"guest", "changed plans"}, [](guest&, const answer&) {});
    else
      me.try_again(said, &guest::regret);
  });
}

} // namespace reserve::simulation
