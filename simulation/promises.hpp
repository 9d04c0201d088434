#pragma once

#include "simulation/database.hpp"
#include "simulation/host.hpp"
#include "simulation/projection.hpp"
#include "simulation/providers.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>

namespace reserve::simulation {

/// A promise that was not kept, in words.
struct broken_promise {
  int number = 0; ///< 1..6 as in promises; 0: the world did not come to rest as it should.
  std::string what;
};

/// Promise 1: no two live claims on one room-night. A claim is placed only where at least as many rooms are free, bookings made at the Host excepted; and
/// what is given back was taken, once.
class room_book {
public:
  struct claim {
    unit_id unit{};
    reserve::stay stay{};
    int rooms = 1;
    intent_id intent{};           ///< Nil for a booking made at the Host.
    reservation_id reservation{}; ///< As soon as it is booked.
    std::string host_booking_id;  ///< Of a booking made at the Host.
  };

  std::optional<std::string> see(const record& what);
  const std::map<hold_id, claim>& claims() const noexcept { return claims_; }
  /// Rooms that are held or booked.
  int taken(unit_id unit, date day) const;

private:
  struct night {
    int rooms = 0, taken = 0;
    bool closed = true;
  };
  std::optional<std::string> place(hold_id id, const claim& what, bool whatever_is_free);
  std::optional<std::string> give_back(hold_id id, date from);

  std::map<hold_id, claim> claims_;
  std::map<std::pair<unit_id, date>, night> nights_;
};

/// Promise 2: nothing acknowledged is lost, and nothing that was refused exists.
class acknowledged_book {
public:
  std::optional<std::string> see(const record& what);
  std::optional<std::string> hear(const command& asked, const answer& said, sequence head);
  /// Everything that was acknowledged is in the tables.
  std::optional<std::string> check(const projection::table& rows) const;

private:
  std::set<intent_id> written_, refused_, acknowledged_;
  std::map<digest16, intent_id> by_key_; ///< What a client key was answered with.
  std::set<intent_id> keyed_;            ///< Whose record holds a client key.
};

/// Promise 3: one effect per command id, client key and provider event.
class once_book {
public:
  std::optional<std::string> see(const record& what);

private:
  std::optional<std::string> first(const char* what, const std::string& name);
  std::set<std::string> seen_;
  std::map<digest16, sequence> keys_;
  std::set<refund_id> refunds_done_;
};

/// Promise 3 as well: what has ended stays ended. A late or repeated report never moves a state backwards, nothing ends before its time, and nothing begins
/// after it.
class life_book {
public:
  struct ended_unpaid {
    timestamp at{}, deadline{};
    payment_id last{}; ///< The payment that was tried last.
  };

  std::optional<std::string> see(const record& what);
  /// Intents that have expired.
  const std::map<entity_id, ended_unpaid>& expired() const noexcept { return expired_; }
  static constexpr std::chrono::minutes grace{30}; ///< payment.expire_grace

private:
  std::map<hold_id, timestamp> untouched_;    ///< When the hold of an intent that nobody has touched runs out.
  std::map<entity_id, timestamp> deadlines_;  ///< Of intents, as announced last.
  std::set<entity_id> ended_, paid_, over_;   ///< Intents, payments, reservations.
  std::map<entity_id, payment_id> tried_;     ///< The last payment of an intent.
  std::map<entity_id, ended_unpaid> expired_;
};

/// Promise 4: the ledger always balances: each transaction, and therefore the whole.
class ledger_book {
public:
  std::optional<std::string> see(const record& what);
  /// Debit minus credit of what was posted about a payment, in minor units.
  std::int64_t balance(const std::string& account, payment_id of) const;

private:
  std::map<std::string, std::int64_t> accounts_;                              ///< Debit minus credit.
  std::map<std::pair<std::string, payment_id>, std::int64_t> of_payments_;
};

/// Promise 6: one writer per city: records follow each other without a gap, and an epoch that is over writes nothing any more.
class writer_book {
public:
  std::optional<std::string> see(const record& what);

private:
  std::map<city_number, std::pair<std::uint64_t, sequence>> last_;
};

/// The six promises of the engine, checked after every record and every answer; the fifth (money) and what a world at rest must look like, at rest.
class promises {
public:
  explicit promises(trace& log) : log_(log) {}

  void see(const record& what);
  void hear(const command& asked, const answer& said, sequence head);
  /// The world has come to rest: nothing fails any more, everybody has gone home, days have passed.
  void check_rest(const projection::table& rows, const std::vector<committed_record>& log, const host_world& host, const provider_world& providers);

  const std::optional<broken_promise>& broken() const noexcept { return broken_; }
  std::uint64_t records() const noexcept { return records_; }

private:
  void keep(int number, std::optional<std::string> problem);

  trace& log_;
  room_book rooms_;
  acknowledged_book acknowledged_;
  once_book once_;
  life_book lives_;
  ledger_book ledger_;
  writer_book writer_;
  std::optional<broken_promise> broken_;
  std::uint64_t records_ = 0;
};

/// Promise 5: every captured payment ends in a reservation, a refund or an open exception.
std::optional<std::string> check_money(const projection::table& rows, const provider_world& providers);
/// The tables are what a fresh fold of the log gives, table for table.
std::optional<std::string> check_rebuild(const projection::table& rows, const std::vector<committed_record>& log);
/// The ledger has what the providers did: cash as much as came in and did not go back, and nothing is owed to a guest any more.
std::optional<std::string> check_ledger(const ledger_book& ledger, const projection::table& rows, const provider_world& providers);
/// Nobody who had paid in time lost his room: the provider is asked before an intent expires.
std::optional<std::string> check_expired(const life_book& lives, const provider_world& providers);
/// Every calendar counts what the log says, and no room is taken for anything that is over.
std::optional<std::string> check_rooms(const room_book& rooms, const projection::table& rows);
/// The Host has exactly the bookings that our reservations say, and what came from us was never taken for a booking of its own.
std::optional<std::string> check_host(const room_book& rooms, const projection::table& rows, const host_world& host);
/// Nothing is left half done without a person being told.
std::optional<std::string> check_finished(const projection::table& rows);

} // namespace reserve::simulation
