#pragma once

#include "actors/protocols/host_port.hpp"
#include "actors/protocols/payment_port.hpp"
#include "actors/protocols/record.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace reserve {

/// Time as the program knows it; injected everywhere (architecture §6).
class clock_port {
public:
  virtual ~clock_port() = default;
  /// Wall clock with the test offset on top.
  virtual timestamp wall() const = 0;
  /// Steady time since some start; not moved by the offset.
  virtual std::chrono::milliseconds steady() const = 0;
};

/// Randomness for ids; injected.
class random_port {
public:
  virtual ~random_port() = default;
  virtual std::array<std::uint8_t, 16> bytes16() = 0;
};

/// A guest ready for a record: rows for the vault, and what may be said about him outside it.
struct sealed_guest {
  std::vector<vault_row> rows;
  contact_flags contact{};
};

/// Sealing and opening personal data (spec 40§10.2). Opening reads the database; `done` runs on a thread of the vault, nullopt = erased or unreadable.
class vault_port {
public:
  virtual ~vault_port() = default;
  /// The traveler and what he gave for this stay, under a new data key. The same e-mail gives the same traveler of the city.
  virtual sealed_guest seal_guest(city_number city, intent_id stay, const guest_details& guest) = 0;
  /// A payment_vault row (with its key row) for a provider's secrets.
  virtual std::vector<vault_row> seal_payment(city_number city, payment_id payment, const provider_secrets& secrets) = 0;
  virtual void open_guest(const std::string& city_code, intent_id stay, std::function<void(std::optional<guest_details>)> done) = 0;
  virtual void open_payment(const std::string& city_code, payment_id payment, std::function<void(std::optional<provider_secrets>)> done) = 0;
};

/// The city's wall clock from its IANA zone.
class zone_port {
public:
  virtual ~zone_port() = default;
  virtual local_time local(const std::string& zone, timestamp at) const = 0;
  /// The instant of a local time; a local time that does not exist (DST) becomes the first one after the gap.
  virtual timestamp instant(const std::string& zone, date day, std::chrono::minutes time_of_day) const = 0;
};

} // namespace reserve
