#include "gateway/city_plan.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

namespace reserve::gateway {
namespace {

constexpr std::uint32_t block = night_board::block_units;

bool is_shown(const property_content& property) {
  return property.active && property.published;
}

int rating_of(const property_content& property) {
  return property.rating_tenths.value_or(0);
}

const property_set* find(const city_plan::counted& among, std::string_view name) noexcept {
  const auto found = std::lower_bound(among.begin(), among.end(), name, [](const auto& entry, std::string_view wanted) { return entry.first < wanted; });
  return found == among.end() || found->first != name ? nullptr : &found->second;
}

} // namespace

std::size_t property_set::count() const noexcept {
  return std::accumulate(words_.begin(), words_.end(), std::size_t{0}, [](std::size_t sum, std::uint64_t word) { return sum + static_cast<std::size_t>(std::popcount(word)); });
}

std::size_t property_set::count_common(const property_set& other) const noexcept {
  std::size_t sum = 0;
  for (std::size_t i = 0; i < words_.size(); ++i)
    sum += static_cast<std::size_t>(std::popcount(words_[i] & other.words_[i]));
  return sum;
}

property_set& property_set::operator&=(const property_set& other) noexcept {
  for (std::size_t i = 0; i < words_.size(); ++i)
    words_[i] &= other.words_[i];
  return *this;
}

property_set& property_set::operator|=(const property_set& other) noexcept {
  for (std::size_t i = 0; i < words_.size(); ++i)
    words_[i] |= other.words_[i];
  return *this;
}

city_plan::city_plan(std::shared_ptr<const catalogue_view> from) : catalogue_(std::move(from)), cards_(catalogue_->properties.size()) {
  place_units();
  sort_properties();
  count_values();
}

void city_plan::place_units() {
  std::uint32_t slots = 0;
  for (const auto& unit : catalogue_->units)
    slots = std::max(slots, unit.slot + 1);
  units_.resize((slots + block - 1) / block * block);
  for (auto& masks : fitting_)
    masks.resize(units_.size() / block);
  for (const auto& unit : catalogue_->units) {
    if (!unit.content->active || !is_shown(catalogue_->properties[unit.property]))
      continue;
    auto& sold = units_[unit.slot];
    sold.property = unit.property;
    sold.base_capacity = unit.content->base_capacity;
    sold.extra_adult = unit.content->extra_adult.minor_units;
    sold.extra_child = unit.content->extra_child.minor_units;
    for (std::size_t persons = 0; persons <= std::min<std::size_t>(occupancy_max, unit.content->max_occupancy); ++persons)
      fitting_[persons][unit.slot / block] |= std::uint64_t{1} << unit.slot % block;
  }
}

void city_plan::sort_properties() {
  const auto& all = catalogue_->properties; // Sorted by slug, so the index decides between equals.
  for (std::uint32_t at = 0; at < all.size(); ++at)
    if (is_shown(all[at]))
      by_popularity_.push_back(at);
  by_rating_ = by_popularity_;
  std::sort(by_popularity_.begin(), by_popularity_.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::tuple(!all[a].featured, -all[a].review_count, -rating_of(all[a]), a) < std::tuple(!all[b].featured, -all[b].review_count, -rating_of(all[b]), b);
  });
  std::sort(by_rating_.begin(), by_rating_.end(),
            [&](std::uint32_t a, std::uint32_t b) { return std::tuple(-rating_of(all[a]), a) < std::tuple(-rating_of(all[b]), b); });
}

void city_plan::count_values() {
  const auto& all = catalogue_->properties;
  std::map<std::string, property_set> types, own, with_units;
  const auto note = [&](std::map<std::string, property_set>& in, const std::string& name, std::uint32_t at) {
    in.try_emplace(name, all.size()).first->second.insert(at);
  };
  rated_.fill(property_set(all.size()));
  for (const auto at : by_popularity_) {
    note(types, all[at].property_type, at);
    for (const auto& amenity : all[at].amenities) {
      note(own, amenity, at);
      note(with_units, amenity, at);
    }
    for (const auto& unit : all[at].units)
      for (const auto& amenity : unit.amenities)
        if (unit.active)
          note(with_units, amenity, at);
    for (std::size_t i = 0; i < rated_.size(); ++i)
      if (rating_of(all[at]) / 10.0 >= ratings_counted[i])
        rated_[i].insert(at);
  }
  types_.assign(types.begin(), types.end());
  amenities_.assign(own.begin(), own.end());
  amenities_with_units_.assign(with_units.begin(), with_units.end());
}

std::vector<std::int64_t> city_plan::lowest_bases(const night_board& nights, const stay& dates, const party& guests) const {
  std::vector<std::int64_t> lowest(catalogue_->properties.size(), none_free);
  const auto persons = static_cast<std::size_t>(guests.occupancy());
  if (persons > occupancy_max)
    return lowest;
  const auto& fitting = fitting_[persons];
  night_board::offers found;
  for (std::uint32_t number = 0; number < fitting.size(); ++number) {
    nights.offers_of(number * block, fitting[number], dates, found);
    for (auto left = found.free; left != 0; left &= left - 1) {
      const auto unit = static_cast<unsigned>(std::countr_zero(left));
      const auto& sold = units_[number * block + unit];
      auto base = found.base(unit);
      if (guests.occupancy() > sold.base_capacity) {
        // Adults take the places first (spec 10§16.1 step 5).
        const int adults = std::max(0, guests.adults - sold.base_capacity);
        const int children = guests.occupancy() - sold.base_capacity - adults;
        base += (sold.extra_adult * adults + sold.extra_child * children) * dates.nights();
      }
      lowest[sold.property] = std::min(lowest[sold.property], base);
    }
  }
  return lowest;
}

std::vector<city_plan::outlook> city_plan::outlooks(const night_board& nights, const stay& range) const {
  std::vector<outlook> made(catalogue_->properties.size());
  night_board::outlooks found;
  for (std::uint32_t number = 0; number < fitting_[0].size(); ++number) {
    nights.outlooks_of(number * block, fitting_[0][number], range, found);
    for (auto left = found.free | found.priced; left != 0; left &= left - 1) {
      const auto unit = static_cast<unsigned>(std::countr_zero(left));
      auto& of = made[units_[number * block + unit].property];
      of.rooms += static_cast<int>(found.free >> unit & 1);
      if ((found.priced >> unit & 1) != 0)
        of.lowest = of.lowest < 0 ? found.lowest[unit] : std::min(of.lowest, found.lowest[unit]);
    }
  }
  return made;
}

const property_set* city_plan::with_amenity(std::string_view name) const noexcept {
  return find(amenities_with_units_, name);
}

const property_set* city_plan::of_type(std::string_view name) const noexcept {
  return find(types_, name);
}

} // namespace reserve::gateway
