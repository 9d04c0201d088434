#pragma once

#include "domain/calendar.hpp"
#include "domain/catalogue.hpp"

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace reserve {

/// What readers see of one unit: committed availability and prices, immutable. Replaced by its calendar after each commit batch.
struct unit_nights {
  date first{};
  std::vector<std::int16_t> available; ///< 0 when closed, blocked or sold out.
  std::vector<std::int32_t> price;     ///< Minor units, base price filled in; -1 = not sellable.
  std::vector<std::uint8_t> flags;     ///< bits of unit_nights::flag
  std::vector<std::uint8_t> min_stay, max_stay;
  std::vector<std::int16_t> allotment, booked; ///< For staff.
  std::vector<std::uint32_t> price_sum; ///< price_sum[i] = sum of prices before night i; unsellable nights count 0.

  enum flag : std::uint8_t { is_closed = 1, is_blocked = 2, no_arrival = 4, no_departure = 8 };
};

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

/// Immutable search view of a city, swapped piecewise: readers never lock and never send a message (architecture §5).
class city_index {
public:
  static constexpr std::size_t block_size = 4096;
  static constexpr std::size_t blocks_max = 512; ///< 2 M units.

  std::shared_ptr<const catalogue_view> catalogue() const { return catalogue_.load(); }

  /// Null until the unit's calendar has published.
  std::shared_ptr<const unit_nights> nights(std::uint32_t slot) const {
    const auto* found = blocks_[slot / block_size].load(std::memory_order_acquire);
    return found == nullptr ? nullptr : (*found)[slot % block_size].load();
  }

  /// Slot of a unit, made on first use and kept for the life of the process.
  std::uint32_t slot_of(unit_id unit) {
    const std::lock_guard lock(mutex_);
    const auto [found, is_new] = slots_.try_emplace(unit, static_cast<std::uint32_t>(slots_.size()));
    if (is_new && found->second % block_size == 0) {
      owned_.push_back(std::make_unique<block>());
      blocks_.at(found->second / block_size).store(owned_.back().get(), std::memory_order_release);
    }
    return found->second;
  }

  void publish(std::shared_ptr<const catalogue_view> next) { catalogue_.store(std::move(next)); }
  void publish(std::uint32_t slot, std::shared_ptr<const unit_nights> next) {
    (*blocks_[slot / block_size].load(std::memory_order_acquire))[slot % block_size].store(std::move(next));
  }

  /// Search answers 503 until the index stands.
  bool ready() const noexcept { return ready_.load(); }
  void stands() noexcept { ready_.store(true); }

private:
  using block = std::array<std::atomic<std::shared_ptr<const unit_nights>>, block_size>;
  std::atomic<std::shared_ptr<const catalogue_view>> catalogue_{};
  std::atomic<bool> ready_{false};
  std::array<std::atomic<block*>, blocks_max> blocks_{}; ///< Blocks are never moved, so readers need no lock.
  std::mutex mutex_;                                     ///< Guards slots_ and owned_: only taken when a unit is met for the first time.
  std::unordered_map<unit_id, std::uint32_t> slots_;
  std::vector<std::unique_ptr<block>> owned_;
};

/// What readers see of a calendar.
std::shared_ptr<const unit_nights> nights_of(const unit_calendar& unit, const std::optional<money>& base_price);
/// Everything derived from catalogue and settings; the units' slots are still to be filled in from the index that will show it.
std::shared_ptr<catalogue_view> make_catalogue(const city_state& city, const city_settings& defaults);

} // namespace reserve
