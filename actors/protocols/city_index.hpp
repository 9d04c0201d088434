#pragma once

#include "actors/protocols/night_board.hpp"
#include "domain/calendar.hpp"
#include "domain/catalogue.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace reserve {

/// A unit of the catalogue as search walks over it; `slot` is its place in city_index.
struct indexed_unit {
  const unit_content* content = nullptr;
  std::uint32_t property = 0; ///< Index in catalogue_view::properties.
  std::uint32_t slot = 0;
};

/// The city's catalogue, immutable, replaced when something changes.
struct catalogue_view {
  city_content city;
  city_settings settings; ///< Resolved: defaults < configuration < city.
  std::vector<property_content> properties;
  std::vector<indexed_unit> units; ///< Grouped by property, in its order.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> units_of; ///< [begin, end) into units, by property.
  std::unordered_map<std::string, std::uint32_t> by_slug;
  std::unordered_map<property_id, std::uint32_t> by_id;
  std::unordered_map<unit_id, std::uint32_t> unit_by_id;       ///< Index into units.
  std::unordered_map<std::string, std::uint32_t> by_host_id;   ///< host_property_id -> property
  std::unordered_map<unit_id, std::shared_ptr<const sale_rules>> rules;
};

/// What search sees of a city: the catalogue, immutable and swapped whole, and the nights of its units. Readers send no message (architecture §5), and lock only for as
/// long as it takes to copy a pointer to the catalogue.
class city_index {
public:
  std::shared_ptr<const catalogue_view> catalogue() const {
    const std::lock_guard lock(catalogue_mutex_);
    return catalogue_;
  }
  const night_board& nights() const noexcept { return nights_; }

  /// Slot of a unit, made on first use and kept for the life of the process.
  std::uint32_t slot_of(unit_id unit) {
    const std::lock_guard lock(mutex_);
    const auto [found, is_new] = slots_.try_emplace(unit, static_cast<std::uint32_t>(slots_.size()));
    if (is_new)
      nights_.make_room(found->second);
    return found->second;
  }

  void publish(std::shared_ptr<const catalogue_view> next) {
    const std::lock_guard lock(catalogue_mutex_);
    catalogue_.swap(next);
  }
  /// The committed values of consecutive nights of a unit; its other nights stay as they are. The first call shows the unit.
  void update(std::uint32_t slot, date first, std::span<const night_view> nights) { nights_.update(slot, first, nights); }
  /// The same where only the free rooms have changed.
  void update_rooms(std::uint32_t slot, date first, std::span<const std::int16_t> rooms) { nights_.update_rooms(slot, first, rooms); }

  /// Search answers 503 until the index stands.
  bool ready() const noexcept { return ready_.load(); }
  void stands() noexcept { ready_.store(true); }

private:
  // Not std::atomic<std::shared_ptr>: that of GCC 12 lets a reader go before its read is ordered (ThreadSanitizer reports it).
  mutable std::mutex catalogue_mutex_;
  std::shared_ptr<const catalogue_view> catalogue_;
  std::atomic<bool> ready_{false};
  night_board nights_;
  std::mutex mutex_; ///< Guards slots_: only taken when a unit is met for the first time.
  std::unordered_map<unit_id, std::uint32_t> slots_;
};

/// What readers see of a calendar.
std::vector<night_view> views_of(const unit_calendar& unit, const std::optional<money>& base_price);
/// Everything derived from catalogue and settings; the units' slots are still to be filled in from the index that will show it.
std::shared_ptr<catalogue_view> make_catalogue(const city_state& city, const city_settings& defaults);

} // namespace reserve
