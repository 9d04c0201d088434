#pragma once

#include <array>
#include <bitset>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reserve::simulation {

/// What may go wrong in a simulated world.
enum class fault : std::uint8_t {
  crash,     ///< The whole process dies at some message and is started again.
  actor,     ///< One actor throws.
  journal,   ///< An append is refused: passing causes, and records that can never be stored.
  unknown,   ///< COMMIT is sent and not answered: landed, landing later, or never; a batch torn in the middle.
  slow,      ///< The disk needs seconds.
  away,      ///< No connection to the database for a while.
  lag,       ///< The projections stay far behind.
  storage,   ///< Rows cannot be read.
  host,      ///< The Host answers late, not at all, with 5xx, or refuses.
  outage,    ///< The Host is down for minutes.
  provider,  ///< The same of payment providers.
  webhooks,  ///< Lost, twice, late, out of order.
  clock,     ///< The wall clock is set forward or back.
  owners,    ///< A second process takes the city while the first one stands still.
  vault,     ///< Personal data cannot be opened.
  timers,    ///< Timers fire late.
};
inline constexpr std::size_t fault_count = 16;

std::string_view name_of(fault one) noexcept;

/// A choice of faults.
class fault_set {
public:
  static fault_set all() { return fault_set(std::bitset<fault_count>().set()); }
  static fault_set none() { return {}; }
  /// "all", "none", or names with commas between; nullopt: a name is unknown.
  static std::optional<fault_set> parse(std::string_view text);

  fault_set() = default;
  bool has(fault one) const noexcept { return chosen_.test(static_cast<std::size_t>(one)); }
  fault_set with(fault one) const noexcept;
  fault_set without(fault one) const noexcept;
  std::vector<fault> list() const;
  std::string text() const;
  bool operator==(const fault_set&) const = default;

private:
  explicit fault_set(std::bitset<fault_count> chosen) : chosen_(chosen) {}
  std::bitset<fault_count> chosen_;
};

} // namespace reserve::simulation
