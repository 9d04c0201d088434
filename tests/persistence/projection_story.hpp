#pragma once

#include "actors/protocols/record.hpp"
#include "domain/settings.hpp"

#include <memory>
#include <string>
#include <vector>

namespace reserve::test {

/// The log of a city in which a bit of everything happens: catalogue, availability, holds that end in every way, payments, reservations, refunds, problems.
class city_story {
public:
  explicit city_story(city_number number, int guests = 40) : number_(number) {
    configure();
    for (int i = 0; i < guests; ++i)
      guest(i);
    problems();
  }

  std::vector<committed_record> records() const { return {records_.begin(), records_.end()}; }
  /// As the journal port appends them.
  const std::vector<record_ptr>& mutable_records() const noexcept { return records_; }

  uuid id(const std::string& name) const { return derive_uuid(number_, name); }
  uuid inbox(int n) const { return id("inbox" + std::to_string(n)); }
  record& happens(std::vector<entity_event> events) {
    auto made = std::make_shared<record>();
    made->city = number_;
    made->seq = records_.size() + 1;
    made->command_id = derive_uuid(number_, "command" + std::to_string(made->seq));
    made->by = made->seq % 2 == 0 ? actor_kind::guest : actor_kind::system;
    made->correlation_id = "req_" + std::to_string(made->seq);
    made->occurred_at = now_;
    made->events = std::move(events);
    now_ += std::chrono::seconds(1);
    records_.push_back(made);
    return *made;
  }

private:
  static constexpr timestamp start{std::chrono::sys_days(std::chrono::year(2026) / 11 / 30) + std::chrono::hours(23) + std::chrono::minutes(59)};

  unit_id unit(int n) const { return {id("unit" + std::to_string(n))}; }
  property_id property() const { return {id("property")}; }

  void configure() {
    city_content city;
    city.number = number_;
    city.name = "Urubici";
    city.taxes.push_back({id("iss"), "iss", rate{500}, "commission", "property", date(std::chrono::days(20000)), {}, true});
    city.settings = {{"booking.hold_ttl", "15m"}};
    happens({{city_entity(number_), city_configured{city}}});
    property_content content;
    content.id = property();
    content.host_property_id = "host-" + std::to_string(number_);
    content.slug = "pousada";
    content.name = "Pousada \"do Campo\"\n";
    content.amenities = {"wifi", "caf\xc3\xa9"};
    content.images = {{"https://example.com/1.jpg", "view"}};
    content.fees = {{"cleaning", "Cleaning", "per_stay", {5000}, {}, false}};
    content.policy = policy_snapshot{};
    for (int n = 0; n < 3; ++n) {
      unit_content room;
      room.id = unit(n);
      room.host_unit_id = room.slug = "room-" + std::to_string(n);
      room.name = "Room";
      room.base_price = money{20000};
      content.units.push_back(room);
    }
    happens({{city_entity(number_), property_imported{content}}});
    for (int n = 0; n < 3; ++n) {
      availability_imported reading;
      reading.property = property();
      for (int day = 0; day < 60; ++day)
        reading.nights.push_back({first_night_ + std::chrono::days(day), 20, 30000, 0, 0, day == 40, false, false});
      happens({{unit(n).value, reading}});
    }
    content.name = "Pousada do Campo";
    happens({{city_entity(number_), property_imported{content}}});
    happens({{numbering_entity(number_), code_block_drawn{2026, 1, 100}}, {numbering_entity(number_), codes_reserved{2026, 16}}});
  }

  booking_terms terms(int n) const {
    booking_terms out;
    out.intent = {id("intent" + std::to_string(n))};
    out.hold = {id("hold" + std::to_string(n))};
    out.property = property();
    out.unit = unit(n % 3);
    out.session = "session" + std::to_string(n);
    const auto in = first_night_ + std::chrono::days(n % 30);
    out.stay = {in, in + std::chrono::days(2)};
    out.price.nights = {{30000}, {30000}};
    out.price.base = out.price.total = out.price.due_now = {60000};
    out.price.fee_lines = {{"cleaning", "Cleaning", {5000}}};
    out.created_at = now_;
    return out;
  }

  void guest(int n) {
    const auto asked = terms(n);
    const auto intent = asked.intent;
    const auto expires = now_ + std::chrono::minutes(15);
    happens({{asked.unit.value, intent_created{std::make_shared<const booking_terms>(asked), expires, {}}}});
    switch (n % 6) {
      case 0: return; // Still looking.
      case 1: happens({{asked.unit.value, untouched_expired{intent, asked.hold}}}); return;
      case 2: happens({{asked.unit.value, untouched_cancelled{intent, asked.hold, "guest_abort"}}}); return;
      default: break;
    }
    contact_flags contact;
    contact.traveler = {id("traveler" + std::to_string(n))};
    contact.has_first_name = contact.has_last_name = contact.has_email = contact.has_phone = true;
    happens({{intent.value, intent_opened{asked, contact, intent_status::intent_created, expires, {}, {}, 0}}, {asked.unit.value, hold_taken_over{intent, asked.hold}}});
    if (n % 6 == 3) {
      happens({{intent.value, intent_expired{}}, {asked.unit.value, hold_ended{intent, asked.hold, true}}});
      return;
    }
    pay(n, asked, expires);
    if (n % 6 == 4)
      happens({{payment(n).value, payment_moved{intent_id{id("intent" + std::to_string(n - 4))}, {}}}});
    else
      book(n, asked);
  }

  payment_id payment(int n) const { return {id("payment" + std::to_string(n))}; }

  void pay(int n, const booking_terms& asked, timestamp expires) {
    payment_created created;
    created.payment = payment(n);
    created.intent = asked.intent;
    created.property = asked.property;
    created.method = n % 2 == 0 ? "stripe_card" : "openpix";
    created.provider = n % 2 == 0 ? "stripe" : "openpix";
    created.amount = {60000};
    created.attempt = {id("attempt" + std::to_string(n))};
    created.pix = n % 2 == 0 ? pix_charge_id{} : pix_charge_id{id("pix" + std::to_string(n))};
    created.request.created_at = now_;
    happens({{asked.intent.value, payment_started{payment(n), created.method, created.provider, 1, expires, false, {}}}, {payment(n).value, created}});
    happens({{payment(n).value, payment_object_created{"object-" + to_string(payment(n)), "", "br.code", "tx", {}, expires, false}}});
    payment_succeeded paid;
    paid.captured = {60000};
    paid.fee = {2000};
    auto posting = ledger_builder("payment_captured", "payment:" + to_string(payment(n)) + ":captured", currency{});
    posting.move("payment_received", "cash_reserve", "customer_deposits", {60000}, created.provider);
    posting.refs().payment = payment(n);
    posting.refs().intent = asked.intent;
    paid.ledger = std::move(posting).done();
    happens({{payment(n).value, paid}}).inbox = inbox(n);
    happens({{asked.intent.value, payment_counted{payment(n), {60000}, {}, expires}}});
  }

  void book(int n, const booking_terms& asked) {
    const auto booked = reservation_of(asked.intent);
    reservation_created created;
    created.id = booked;
    created.confirmation_code = "RES-2026-" + std::to_string(number_) + "-" + std::to_string(n);
    created.terms = asked;
    created.payment = payment(n);
    created.paid = {60000};
    created.commission = {"percentage", {1500}, {9000}, {500}};
    happens({{asked.intent.value, intent_converted{booked, created.confirmation_code}}, {asked.unit.value, hold_converted{asked.intent, asked.hold, booked}}, {booked.value, created}});
    happens({{payment(n).value, payment_moved{{}, booked}}});
    happens({{booked.value, host_commit_started{1}}});
    if (n % 12 == 5) {
      happens({{booked.value, host_attempt_failed{std::string(600, 'x'), true}}});
      refund wanted;
      wanted.id = {id("refund" + std::to_string(n))};
      wanted.amount = {60000};
      wanted.reason = "host_failure";
      wanted.status = refund_status::pending;
      wanted.requested_at = wanted.status_changed_at = now_;
      happens({{payment(n).value, refund_requested{wanted, {}}}});
      happens({{payment(n).value, refund_started{wanted.id}}});
      happens({{payment(n).value, refund_completed{wanted.id, "re_" + std::to_string(n), {}}}});
      happens({{asked.unit.value, booking_released{booked, asked.hold, asked.stay.check_in}}});
      return;
    }
    reservation_confirmed confirmed;
    confirmed.host_booking_id = "HB-" + std::to_string(number_) + "-" + std::to_string(n);
    confirmed.via = "commit";
    happens({{booked.value, confirmed}, {asked.unit.value, host_booking_linked{booked, asked.hold, confirmed.host_booking_id}}});
  }

  void problems() {
    const auto desk = exceptions_entity(number_);
    for (int n = 0; n < 4; ++n) {
      open_exception problem;
      problem.id = {id("exception" + std::to_string(n))};
      problem.notice.type = "host_commit_failed";
      problem.notice.severity = "high";
      problem.notice.entity_key = "reservation:1";
      problem.notice.context = {{"attempts", "4"}};
      problem.created_at = problem.updated_at = now_;
      happens({{desk, exception_raised{problem}}});
      happens({{desk, exception_repeated{problem.id, "host_commit_failed|reservation:1"}}});
      if (n < 3)
        happens({{desk, exception_resolved{problem.id, "host_commit_failed|reservation:1", "retried"}}});
    }
    happens({{inbox_entity(number_), webhook_handled{inbox(9000), "nothing_new"}}});
  }

  city_number number_;
  timestamp now_ = start;
  date first_night_{std::chrono::year(2027) / 1 / 10};
  std::vector<record_ptr> records_;
};

} // namespace reserve::test
