#pragma once

#include "actors/protocols/city_index.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reserve::gateway {

/// A yes or no for each property of a catalogue.
class property_set {
public:
  explicit property_set(std::size_t size = 0) : words_((size + 63) / 64) {}

  void insert(std::uint32_t property) { words_[property / 64] |= std::uint64_t{1} << property % 64; }
  bool contains(std::uint32_t property) const noexcept { return (words_[property / 64] >> property % 64 & 1) != 0; }
  std::size_t count() const noexcept;
  std::size_t count_common(const property_set& other) const noexcept;
  property_set& operator&=(const property_set& other) noexcept;
  property_set& operator|=(const property_set& other) noexcept;
  template <class Keep>
  void keep_if(const Keep& keep) {
    for (std::size_t word = 0; word < words_.size(); ++word)
      for (auto left = words_[word]; left != 0; left &= left - 1) {
        const auto bit = static_cast<unsigned>(std::countr_zero(left));
        if (!keep(static_cast<std::uint32_t>(word * 64 + bit)))
          words_[word] &= ~(std::uint64_t{1} << bit);
      }
  }

private:
  std::vector<std::uint64_t> words_;
};

/// What search derives from a version of the catalogue: done once, then every search is a walk over bits. Shown properties only: active and published.
class city_plan {
public:
  explicit city_plan(std::shared_ptr<const catalogue_view> catalogue);

  const catalogue_view& catalogue() const noexcept { return *catalogue_; }
  bool is_of(const std::shared_ptr<const catalogue_view>& other) const noexcept { return catalogue_ == other; }

  /// The lowest sum of the nights' prices among the free units of each property, extra persons included; `none_free` where there is none.
  static constexpr std::int64_t none_free = INT64_MAX;
  std::vector<std::int64_t> lowest_bases(const night_board& nights, const stay& dates, const party& guests) const;

  /// Without dates: units with a free night in the range, and the lowest price of a night, free or not (-1 = none), of each property.
  struct outlook {
    int rooms = 0;
    std::int64_t lowest = -1;
  };
  std::vector<outlook> outlooks(const night_board& nights, const stay& range) const;

  using counted = std::vector<std::pair<std::string, property_set>>; ///< By name.
  const counted& types() const noexcept { return types_; }
  /// What a property itself offers, as filters count it.
  const counted& amenities() const noexcept { return amenities_; }
  /// Those that have it themselves or in a unit that is sold; null: nobody has.
  const property_set* with_amenity(std::string_view name) const noexcept;
  const property_set* of_type(std::string_view name) const noexcept;
  /// At least 3, 4 and 4.5.
  static constexpr std::array ratings_counted{3.0, 4.0, 4.5};
  const property_set& rated(std::size_t which) const noexcept { return rated_[which]; }

  /// Properties in the order of `popular` and of `rating_desc`; equal ones by slug.
  const std::vector<std::uint32_t>& by_popularity() const noexcept { return by_popularity_; }
  const std::vector<std::uint32_t>& by_rating() const noexcept { return by_rating_; }

  /// The parts of a PropertyCard that are the same until the catalogue changes, rendered by `make` when they are first needed. Of the gateway's thread only.
  struct card {
    std::string head, middle, tail;
  };
  template <class Make>
  const card& card_of(std::uint32_t property, const Make& make) const {
    auto& known = cards_[property];
    if (!known)
      known = std::make_unique<card>(make(catalogue_->properties[property]));
    return *known;
  }

private:
  static constexpr std::uint32_t nobody = UINT32_MAX;
  static constexpr std::size_t occupancy_max = 30; ///< Of a request: 20 adults and 10 children.

  struct sold_unit {
    std::uint32_t property = nobody;
    int base_capacity = 0;
    std::int64_t extra_adult = 0, extra_child = 0;
  };
  void place_units();
  void sort_properties();
  void count_values();

  std::shared_ptr<const catalogue_view> catalogue_;
  std::vector<sold_unit> units_;                                            ///< By slot, whole blocks.
  std::array<std::vector<std::uint64_t>, occupancy_max + 1> fitting_;       ///< By persons and block: units that may hold them.
  counted types_, amenities_, amenities_with_units_;
  std::array<property_set, ratings_counted.size()> rated_;
  std::vector<std::uint32_t> by_popularity_, by_rating_;
  mutable std::vector<std::unique_ptr<card>> cards_;
};

} // namespace reserve::gateway
