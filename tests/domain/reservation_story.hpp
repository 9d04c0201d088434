#pragma once

#include "domain/codec.hpp"
#include "domain/reservation.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace reserve::testing {

inline uuid id_of(std::uint8_t n) {
  std::array<std::uint8_t, 16> bytes{};
  bytes.fill(n);
  return make_uuid(7, bytes);
}

/// One reservation with a clock: decisions are applied at once, and every change of state must have a row in the matrix.
class story {
public:
  reservation known;
  city_settings settings;
  timestamp now = timestamp(date(std::chrono::days(20500)));
  std::uint64_t seq = 100;

  explicit story(money paid = {140000}, std::string collect = "reserve") {
    reservation_created created;
    created.id = reservation_of(intent_id{id_of(1)});
    created.confirmation_code = "RES-2026-7K3M9Q";
    created.terms.intent = intent_id{id_of(1)};
    created.terms.property = property_id{id_of(2)};
    created.terms.stay = {date(std::chrono::days(20600)), date(std::chrono::days(20603))};
    created.terms.price.base = {130000};
    created.terms.price.total = {140000};
    created.terms.policy.free_until = timestamp(date(std::chrono::days(20598)));
    created.contact_seq = 42;
    if (paid > money{})
      created.payment = payment_id{id_of(3)};
    created.paid = paid;
    created.commission = {"percentage", {1500}, {19500}, {500}};
    created.collect = std::move(collect);
    happens(created);
  }

  reservation_context context() const { return {now, &settings, "host-property", "host-unit"}; }

  void happens(const reservation_event& event) {
    const auto before = known.status;
    evolve(known, event, now, ++seq);
    INFO(name_of(before) << " -> " << name_of(known.status));
    CHECK(is_row(before, known.status));
    CHECK(decoded<reservation>(encoded(known)) == known);
    // I1
    if (known.collect == "reserve")
      CHECK((known.pay_state != reservation_payment::pending && known.pay_state != reservation_payment::failed));
  }

  /// Applies what was decided and returns how many events that were.
  std::size_t apply(const reservation_decision& decision) {
    REQUIRE(decision);
    for (const auto& event : *decision)
      happens(event);
    return decision->size();
  }

  void start() { happens(host_commit_started{known.attempts + 1}); }
  std::size_t answer(const host_answer& what) { return apply(decide_commit(known, what, context())); }
  std::size_t started_and(const host_answer& what) {
    start();
    return answer(what);
  }
  std::size_t due() { return apply(decide_due(known, context())); }
  std::size_t give_up(const host_answer& what) { return apply(decide_give_up(known, what, context())); }
  std::size_t report(const host_booking& what, bool guest = false) { return apply(decide_host_report(known, what, guest, context())); }
  std::size_t cancel(const std::string& by) { return apply(decide_cancel(known, by, "changed_plans", context())); }
  std::size_t retry(bool automatic = false) { return apply(decide_retry(known, automatic, context())); }
  std::size_t recall(const host_answer& what) { return apply(decide_recall(known, what, context())); }
  std::size_t refund(payment_notice::kind what, money total = {140000}) {
    payment_notice notice;
    notice.what = what;
    notice.refund = known.refund.value_or(refund_id{});
    return apply(decide_refund_notice(known, notice, total, context()));
  }

  /// All tries time out: R5.
  void exhaust() {
    for (int i = 0; i < 1 + settings.host.retries; ++i)
      started_and(timed_out());
  }

  host_booking booking(const std::string& id = "HB-1", const std::string& status = "confirmed") const {
    host_booking made;
    made.booking_id = id;
    made.external_reference = known.confirmation_code;
    made.status = status;
    made.confirmation_code = "HC-" + id;
    made.host_property_id = "host-property";
    made.host_unit_id = "host-unit";
    made.stay = known.terms.stay;
    return made;
  }

  static host_answer answer_of(host_answer::kind what, bool unknown = false, std::string error = "HOST_ERROR text") {
    host_answer made;
    made.what = what;
    made.unknown = unknown;
    made.error = std::move(error);
    return made;
  }
  static host_answer timed_out() { return answer_of(host_answer::kind::transient, true, "TIMEOUT 10 s"); }
  static host_answer unreachable() { return answer_of(host_answer::kind::transient, false, "CONNECT refused"); }
  static host_answer not_found() { return answer_of(host_answer::kind::not_found); }
  host_answer booked(const std::string& id = "HB-1") const { return with_booking(host_answer::kind::booked, id); }
  host_answer found(const std::string& id = "HB-1", const std::string& status = "confirmed") const {
    auto made = with_booking(host_answer::kind::found, id);
    made.booking.status = status;
    return made;
  }

  /// Exceptions in the order they are told: "+type" raised, "-type/resolution" resolved.
  std::vector<std::string> told() const {
    std::vector<std::string> out;
    for (const auto& notice : known.notices)
      out.push_back(notice.resolve ? "-" + notice.type + "/" + notice.resolution : "+" + notice.type);
    return out;
  }

  template <class Step>
  const Step* step() {
    steps_ = next_steps(known, now);
    for (const auto& one : steps_)
      if (const auto* wanted = std::get_if<Step>(&one))
        return wanted;
    return nullptr;
  }

private:
  host_answer with_booking(host_answer::kind what, const std::string& id) const {
    host_answer made;
    made.what = what;
    made.booking = booking(id);
    return made;
  }

  static bool is_row(reservation_status from, reservation_status to) {
    const auto& rows = reservation_lifecycle();
    return from == to || std::any_of(rows.begin(), rows.end(), [&](const auto& row) { return row.from == from && row.to == to; });
  }

  std::vector<reservation_todo> steps_;
};

} // namespace reserve::testing
