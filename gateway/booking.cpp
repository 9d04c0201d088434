#include "domain/untouched.hpp"
#include "gateway/handlers.hpp"
#include "gateway/pictures.hpp"
#include "gateway/stay_search.hpp"

namespace reserve::gateway {
namespace {

/// A place among the live intents of the session; null: it has none left.
std::shared_ptr<live_place> take_place(city_door& city, const std::string& session, int limit) {
  if (!city.take_session(session, limit))
    return nullptr;
  return std::make_shared<live_place>([&city, session] { city.free_session(session); });
}

refusal too_many_stays() {
  refusal why(errc::rate_limit_exceeded, "this session holds too many stays already");
  why.details.emplace_back("limit", "live_intents");
  return why;
}

refusal wrong(std::string field, const char* problem, const char* sentence) {
  refusal why(errc::invalid_parameter, sentence);
  why.fields.emplace_back(std::move(field), problem);
  return why;
}

bool is_live(const intent& known, timestamp now) {
  using enum intent_status;
  if (known.status == intent_created)
    return now < known.expires_at;
  return known.status == payment_pending || known.status == payment_confirmed || known.status == awaiting_confirmation;
}

/// The unit of a hold, with what belongs to it.
struct target {
  std::shared_ptr<const city_plan> plan;
  const indexed_unit* unit = nullptr;

  const catalogue_view& catalogue() const { return plan->catalogue(); }
  const property_content& property() const { return catalogue().properties[unit->property]; }
};

/// Checks 5 and 6 of spec 10§14.7.
result<target> find_target(const call& from, const booking_terms& terms) {
  const auto& city = *from.city;
  target found{from.shared.known_plan(city), nullptr};
  if (!found.plan)
    return refusal(errc::service_unavailable, "the city's catalogue is not loaded yet");
  const auto at = found.catalogue().unit_by_id.find(terms.unit);
  if (at != found.catalogue().unit_by_id.end())
    found.unit = &found.catalogue().units[at->second];
  const bool is_sold = found.unit && found.unit->content->active && found.property().active && found.property().published &&
                       found.property().id == terms.property && found.catalogue().rules.contains(terms.unit);
  if (!is_sold)
    return refusal(errc::not_found, "there is no such unit of this property");
  const bool host_away = is_host_away(city);
  if (host_away || city.property_down(found.property().host_property_id)) {
    refusal why(errc::host_unavailable, "the property cannot be booked now");
    why.details.emplace_back("scope", host_away ? "host" : "property");
    return why;
  }
  return found;
}

booking_terms terms_of(call& from) {
  const auto& asked = from.values;
  booking_terms made;
  made.intent = intent_id{from.city->new_id()};
  made.hold = hold_id{from.city->new_id()};
  made.property = asked.id<property_id>("property_id");
  made.unit = asked.has("unit_id") ? asked.id<unit_id>("unit_id") : asked.id<unit_id>("rooms.0.unit_id");
  made.session = std::string(asked.session());
  made.stay = stay{asked.date_of("check_in"), asked.date_of("check_out")};
  made.guests = asked.party_of();
  made.rooms = 1;
  made.source = asked.maybe_text("source").value_or("direct");
  made.utm = campaign{std::string(asked.text("utm_source")), std::string(asked.text("utm_medium")), std::string(asked.text("utm_campaign")),
                      std::string(asked.text("utm_content")), std::string(asked.text("utm_term"))};
  return made;
}

/// Names of things that do not exist: rate plans, packages.
std::optional<refusal> check_unknown_things(const validated& asked) {
  for (const char* plan : {"rate_plan_id", "rooms.0.rate_plan_id"})
    if (asked.has(plan))
      return wrong(plan, "unknown_value", "this unit has no such rate plan");
  if (asked.count("package_ids") > 0)
    return wrong("package_ids", "unknown_value", "this property has no such package");
  if (asked.has("rooms") && asked.party_of("rooms.0.guests") != asked.party_of())
    return wrong("rooms.0.guests", "not_equal", "the guests of the room are not the guests of the stay");
  return std::nullopt;
}

/// Check 12. No promo code exists, so every one is wrong; what comes before it in the order is looked at first.
std::optional<failure> check_promo(const call& from, const target& where, const booking_terms& terms) {
  if (!from.values.has("promo_code"))
    return std::nullopt;
  const auto cost = quote_from_index(*from.city, where.catalogue(), *where.unit, terms.stay, terms.guests, 1);
  if (!cost)
    return failure_of(cost.error());
  failure why("PROMO_CODE_INVALID", "this promo code is not known");
  why.details.emplace_back("reason", "\"unknown\"");
  return why;
}

http::response created(call& from, const intent_picture& what) {
  auto made = from.answer(201, intent_view(what, *known_catalogue(from), viewer_of(from)));
  made.headers.add("Location", std::string(base_path) + "/booking-intents/" + to_string(what.state.terms.intent));
  return made;
}

/// The first answer of a key that is known, made again from its record.
task<http::response> replay_created(call& from, sequence seq) {
  auto reading = record_of(from, *from.city, seq);
  const auto found = co_await std::move(reading);
  if (!found)
    co_return from.refuse(found.error());
  for (const auto& each : (*found)->events) {
    const auto* made = each.what.as<intent_created>();
    if (!made)
      continue;
    intent_picture what;
    what.state = untouched_intent(*made, (*found)->occurred_at);
    auto opening = open_guest(from, made->terms->intent, made->contact);
    what.guest = co_await std::move(opening);
    co_return created(from, what);
  }
  co_return from.refuse(refusal(errc::internal_error, "the record holds no intent"));
}

/// The current view of the intent that the natural key names.
task<http::response> answer_existing(call& from, intent_id id) {
  auto reading = read_own_intent(from, id);
  const auto found = co_await std::move(reading);
  if (!found)
    co_return from.refuse(found.error());
  auto completing = picture_of(from, *found);
  const auto what = co_await std::move(completing);
  from.is_replay = true;
  co_return created(from, what);
}

/// The live intent of the same natural key, if this gateway has made it.
task<std::optional<intent_id>> known_hold(call& from, const booking_terms& terms) {
  const auto* id = from.shared.holds.find(natural_scope(terms));
  if (!id)
    co_return std::nullopt;
  const auto wanted = *id;
  auto reading = read_own_intent(from, wanted);
  const auto found = co_await std::move(reading);
  co_return found&& is_live(*found, from.city->now()) ? std::optional(wanted) : std::nullopt;
}

/// Seals what is known of the traveler into the command. The traveler as the answer shows it, or why not.
result<std::optional<guest_details>> seal_traveler(const call& from, const booking_terms& terms, place_hold& hold, command& carrier) {
  std::optional<guest_details> guest;
  if (!from.values.has("traveler"))
    return guest;
  guest.emplace();
  merge_traveler(*guest, from.values, "traveler.");
  if (auto why = check_document(*guest, "traveler."))
    return *why;
  auto sealed = from.outside().vault.seal(from.city->number(), terms.intent, *guest);
  hold.contact = std::move(sealed.contact);
  carrier.vault = std::move(sealed.rows);
  return guest;
}

} // namespace

task<http::response> create_booking_intent(call& from) {
  const auto& asked = from.values;
  const auto found = city_by_code(from, asked.text("city_code"));
  if (!found)
    co_return from.refuse(found.error());
  auto& city = **found;
  if (const auto why = check_unknown_things(asked))
    co_return from.refuse(*why);
  if (auto why = no_room(from, lane::new_intent)) {
    why->effect = asked.idempotency_key().empty() ? effect::none : effect::unknown; // The key may have been used before: nobody has looked.
    auto refusing = refuse_in_a_moment(from, *why);
    auto refused = co_await std::move(refusing);
    co_return refused;
  }
  std::optional<command_key> key;
  auto claiming = claim_key(from, city, key, "create_booking_intent");
  const auto claimed = co_await std::move(claiming);
  if (!claimed)
    co_return from.refuse(claimed.error());
  if (*claimed) {
    auto replaying = replay_created(from, **claimed);
    auto made = co_await std::move(replaying);
    co_return made;
  }
  const auto terms = terms_of(from);
  auto looking = known_hold(from, terms);
  if (const auto existing = co_await std::move(looking)) {
    auto answering = answer_existing(from, *existing);
    auto made = co_await std::move(answering);
    co_return made;
  }
  const auto catalogue = known_catalogue(from);
  if (!catalogue->settings.flags.public_booking)
    co_return from.refuse(refusal(errc::forbidden, "booking is not open to the public"));
  // Without a place only the calendar can still say yes: when it knows the natural key (check 2 of spec 10§14.7 comes before check 4).
  auto place = take_place(city, terms.session, catalogue->settings.booking.max_live_intents_per_session);
  const bool over_limit = place == nullptr;
  const auto where = find_target(from, terms);
  if (!where)
    co_return from.refuse(over_limit ? too_many_stays() : where.error());
  if (const auto why = check_promo(from, *where, terms); why && !over_limit)
    co_return from.refuse(*why);
  const auto& rules = where->catalogue().rules.at(terms.unit);
  place_hold hold;
  hold.terms = terms;
  hold.rules = rules;
  hold.question = question_of(city, *rules, terms.stay, terms.guests, terms.rooms);
  hold.question.expected_total = asked.maybe_money("expected_total");
  auto order = command_for(from, entity_kind::unit, terms.unit.value, read_intent{});
  const auto guest = seal_traveler(from, terms, hold, *order);
  if (!guest)
    co_return from.refuse(guest.error());
  ask_hold wanted;
  wanted.command = std::move(hold);
  wanted.place = std::move(place);
  wanted.over_limit = over_limit;
  order->body = std::move(wanted);
  order->key = key;
  auto asking = ask(from, lane::new_intent, std::move(order));
  const auto heard = co_await std::move(asking);
  if (heard.refused()) {
    auto why = heard.why();
    if (why.code == errc::insufficient_inventory)
      why.details.emplace_back("alternatives", alternatives_for(city, *where->plan, *where->unit, terms.stay, terms.guests, terms.rooms));
    if (!from.was_sent && why.code == errc::service_unavailable) {
      auto refusing = refuse_in_a_moment(from, std::move(why));
      auto refused = co_await std::move(refusing);
      co_return refused;
    }
    co_return from.refuse(why);
  }
  if (const auto* existing = std::get_if<existing_answer>(&heard.content)) {
    from.shared.holds.put(natural_scope(terms), existing->intent);
    auto answering = answer_existing(from, existing->intent);
    auto made = co_await std::move(answering);
    co_return made;
  }
  from.shared.holds.put(natural_scope(terms), terms.intent);
  intent_picture what;
  const auto& placed = std::get<placed_answer>(heard.content);
  what.state = untouched_intent(placed.created, placed.at);
  what.guest = *guest;
  co_return created(from, what);
}

task<http::response> get_booking_intent(call& from) {
  auto reading = read_own_intent(from, from.values.id<intent_id>("id"));
  const auto found = co_await std::move(reading);
  if (!found)
    co_return from.refuse(found.error());
  auto completing = picture_of(from, *found);
  const auto what = co_await std::move(completing);
  co_return from.answer(200, intent_view(what, *known_catalogue(from), viewer_of(from)));
}

task<http::response> update_traveler_details(call& from) {
  const auto id = from.values.id<intent_id>("id");
  auto reading = read_own_intent(from, id);
  const auto known = co_await std::move(reading);
  if (!known)
    co_return from.refuse(known.error());
  std::optional<command_key> key;
  auto claiming = claim_key(from, *from.city, key, "update_traveler_details");
  const auto claimed = co_await std::move(claiming);
  if (!claimed)
    co_return from.refuse(claimed.error());
  if (*claimed) {
    auto completing = picture_of(from, *known);
    const auto what = co_await std::move(completing);
    co_return from.answer(200, intent_view(what, *known_catalogue(from), viewer_of(from)));
  }
  auto opening = open_guest(from, id, known->contact);
  const auto before = co_await std::move(opening);
  if (!before && known->contact != contact_flags{})
    co_return from.refuse(refusal(errc::service_unavailable, "what is known of the traveler cannot be read now"));
  guest_details guest = before.value_or(guest_details{});
  merge_traveler(guest, from.values, "");
  if (const auto why = check_document(guest, ""))
    co_return from.refuse(*why);
  auto sealed = from.outside().vault.seal(from.city->number(), id, guest);
  change_traveler change;
  change.contact = std::move(sealed.contact);
  auto order = command_for(from, entity_kind::intent, id.value, std::move(change));
  order->vault = std::move(sealed.rows);
  order->key = key;
  auto asking = ask(from, lane::guest, std::move(order));
  const auto heard = co_await std::move(asking);
  if (heard.refused())
    co_return from.refuse(heard.why());
  auto completing = picture_of(from, std::get<intent>(heard.content), false);
  auto what = co_await std::move(completing);
  what.guest = std::move(guest);
  co_return from.answer(200, intent_view(what, *known_catalogue(from), viewer_of(from)));
}

task<http::response> cancel_booking_intent(call& from) {
  const auto id = from.values.id<intent_id>("id");
  const auto found = city_of_id(from, id.value, errc::booking_intent_not_found);
  if (!found)
    co_return from.refuse(found.error());
  std::optional<command_key> key;
  auto claiming = claim_key(from, **found, key, "cancel_booking_intent");
  const auto claimed = co_await std::move(claiming);
  if (!claimed)
    co_return from.refuse(claimed.error());
  // What the guest wrote as the reason is his own text: it goes nowhere.
  auto asking = ask(from, lane::guest, command_for(from, entity_kind::intent, id.value, reserve::cancel_booking_intent{}));
  const auto heard = co_await std::move(asking);
  if (heard.refused())
    co_return from.refuse(heard.why());
  from.is_replay = heard.replay;
  auto completing = picture_of(from, std::get<intent>(heard.content));
  const auto what = co_await std::move(completing);
  co_return from.answer(200, intent_view(what, *known_catalogue(from), viewer_of(from)));
}

} // namespace reserve::gateway
