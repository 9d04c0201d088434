#pragma once

#include "simulation/guest.hpp"
#include "simulation/promises.hpp"
#include "simulation/world.hpp"

#include "domain/codec.hpp"

#include <catch2/catch.hpp>

namespace reserve::test {

using namespace std::chrono_literals;
using namespace reserve::simulation;

/// A small town with one room of one type (unless said otherwise), where nothing goes wrong but what the test makes go wrong. The promises are checked all along.
struct story {
  world w;
  promises kept{w.env.log};

  explicit story(std::int16_t rooms = 1, std::uint64_t seed = 1) : w({seed, fault_set::none(), {1, 2, rooms, 60, 30000}}) {
    for (const auto& one : w.log())
      kept.see(*one);
    w.on_record = [this](const record& one) {
      if (one.city == town_number)
        kept.see(one);
    };
    w.door.watched_by([this](const command& asked, const answer& said) { kept.hear(asked, said, w.log().size()); });
  }

  // --- guests ---

  static guest_plan wish(const std::string& who, int in = 5, int nights = 2, int room = 0) {
    guest_plan out;
    out.session = who;
    out.room = room;
    out.stay = {first_night() + std::chrono::days(in), first_night() + std::chrono::days(in + nights)};
    return out;
  }
  answer hold(const guest_plan& plan, std::optional<command_key> key = {}) {
    auto order = guest::hold_command(w, plan);
    order->key = key;
    return w.ask(order);
  }
  /// A hold that must be placed.
  intent_id holds(const std::string& who, int in = 5, int nights = 2, int room = 0) {
    const auto said = hold(wish(who, in, nights, room));
    REQUIRE_FALSE(said.refused());
    return std::get<placed_answer>(said.content).created.terms->intent;
  }
  static command_ptr by(const std::string& who, intent_id intent, command_body body) {
    return world::order(entity_kind::intent, intent.value, std::move(body), {actor_kind::guest, who, {}});
  }
  static command_ptr traveler(const std::string& who, intent_id intent) {
    contact_flags contact;
    contact.traveler = traveler_id{derive_uuid(intent.value, "traveler")};
    contact.has_first_name = contact.has_last_name = contact.has_email = contact.has_phone = true;
    auto out = by(who, intent, change_traveler{contact});
    vault_row row;
    row.into = vault_row::table::stay_guests;
    row.id = intent.value;
    out->vault.push_back(row);
    return out;
  }
  /// Holds and fills in: the intent has its own actor from here on.
  intent_id prepared(const std::string& who, int in = 5, int nights = 2, int room = 0) {
    const auto intent = holds(who, in, nights, room);
    REQUIRE_FALSE(w.ask(traveler(who, intent)).refused());
    return intent;
  }
  static command_ptr payment(const std::string& who, intent_id intent, const std::string& method, const std::string& card = "pm_card_visa") {
    begin_payment start;
    start.method = method;
    start.provider = method == "openpix" ? "openpix" : method == "mercadopago_pix" ? "mercadopago" : "stripe";
    if (method == "stripe_card")
      start.request.payment_method_id = card;
    return by(who, intent, std::move(start));
  }
  answer pays_by_card(const std::string& who, intent_id intent, const std::string& card = "pm_card_visa") {
    return w.ask(payment(who, intent, "stripe_card", card));
  }
  /// A PIX charge that waits for its money.
  payment_id charge(const std::string& who, intent_id intent, const std::string& method = "openpix") {
    const auto said = w.ask(payment(who, intent, method));
    REQUIRE_FALSE(said.refused());
    return std::get<payment_answer>(said.content).payment.id;
  }
  money due(intent_id intent) { return state_of(intent).terms.price.due_now; }

  // --- what has become of it ---

  intent state_of(intent_id which) {
    const auto said = w.ask(world::order(entity_kind::intent, which.value, read_intent{}));
    REQUIRE_FALSE(said.refused());
    return std::get<intent>(said.content);
  }
  intent_status status(intent_id which) { return state_of(which).status; }
  std::optional<reservation> booking(intent_id which) {
    const auto said = w.ask(world::order(entity_kind::reservation, reservation_of(which).value, read_reservation{}));
    return said.refused() ? std::nullopt : std::optional(std::get<reservation>(said.content));
  }
  reserve::payment paid(payment_id which) {
    const auto said = w.ask(world::order(entity_kind::payment, which.value, read_payment{}));
    REQUIRE_FALSE(said.refused());
    return std::get<payment_answer>(said.content).payment;
  }
  bool becomes(intent_id which, reservation_status wanted, moment patience = 3min) {
    const auto until = w.env.clock.now() + patience;
    while (w.env.clock.now() < until) {
      if (const auto found = booking(which); found && found->status == wanted)
        return true;
      w.run_for(500ms);
    }
    return false;
  }
  /// A guest who has booked and paid by card.
  intent_id booked(const std::string& who, int in = 5, int nights = 2, int room = 0) {
    const auto intent = prepared(who, in, nights, room);
    REQUIRE_FALSE(pays_by_card(who, intent).refused());
    REQUIRE(becomes(intent, reservation_status::confirmed));
    return intent;
  }
  bool has_open_exception(const std::string& type) {
    w.catch_up();
    const auto row = w.tables().find(entity_kind::exceptions, exceptions_entity(town_number));
    if (!row)
      return false;
    for (const auto& [key, one] : decoded<exceptions_state>(row->data).open)
      if (one.notice.type == type)
        return true;
    return false;
  }
  template <class Event>
  int count() const {
    int out = 0;
    for (const auto& one : w.log())
      for (const auto& what : one->events)
        out += what.what.is<Event>() ? 1 : 0;
    return out;
  }
  template <class Event>
  static bool has(const record& what) {
    return std::any_of(what.events.begin(), what.events.end(), [](const entity_event& one) { return one.what.is<Event>(); });
  }

  /// Lets everything come to an end and checks what must be true then.
  void rests() {
    w.run_for(30h);
    w.catch_up();
    kept.check_rest(w.tables().snapshots(), w.log(), w.host, w.providers);
    keeps_its_promises();
  }
  void keeps_its_promises() const {
    INFO((kept.broken() ? kept.broken()->what : std::string()));
    CHECK_FALSE(kept.broken().has_value());
  }
};

inline errc code_of_refusal(const answer& said) {
  return said.refused() ? said.why().code : errc{};
}

} // namespace reserve::test
