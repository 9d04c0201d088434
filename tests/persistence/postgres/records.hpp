#pragma once

#include "actors/protocols/journal_port.hpp"

#include <catch2/catch.hpp>

namespace reserve::test {

/// Small ids that differ: city and a number.
inline uuid some_id(city_number city, std::uint8_t n) {
  std::array<std::uint8_t, 16> bytes{};
  bytes[15] = n;
  return make_uuid(city, bytes);
}

inline constexpr timestamp noon{std::chrono::sys_days(std::chrono::year(2026) / 11 / 20) + std::chrono::hours(12) + std::chrono::microseconds(123456)};

inline record_ptr some_record(city_number city, std::uint8_t n) {
  auto made = std::make_shared<record>();
  made->city = city;
  made->command_id = some_id(city, n);
  made->by = actor_kind::guest;
  made->correlation_id = "req_" + std::to_string(n);
  made->occurred_at = noon;
  made->events.push_back({some_id(city, static_cast<std::uint8_t>(100 + n)), payment_not_created{payment_id{some_id(city, n)}}});
  return made;
}

/// The records as the next ones behind `lease`, which moves on.
inline city_batch batch_of(city_lease& lease, std::vector<record_ptr> records) {
  city_batch out{lease.code, lease.epoch, lease.head + 1, lease.head + records.size(), std::move(records)};
  auto seq = lease.head;
  for (const auto& one : out.records) {
    one->seq = ++seq;
    one->epoch = lease.epoch;
  }
  lease.head = seq;
  return out;
}

inline append_outcome append_one(journal_port& journal, city_lease& lease, std::vector<record_ptr> records) {
  const std::vector<city_batch> batches{batch_of(lease, std::move(records))};
  return journal.append(batches);
}

} // namespace reserve::test
