#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace reserve {

/// Finds the slot of an entry by its hash, in a dozen bytes or two an entry: looking for what is not there seldom leaves the cache, whatever the entries' size.
///
/// Extendible hashing: the first bits of a hash choose one of many small tables, and a table that is full is split in two. So no insertion ever moves more than one
/// table's entries, however many there are. Hashes must be mixed well: their low 32 bits are all that is looked at.
class slot_index {
public:
  using slot = std::uint32_t;
  static constexpr slot none = ~slot{0};

  slot_index() = default;
  slot_index(const slot_index& other);
  slot_index(slot_index&& other) noexcept { swap(other); }
  slot_index& operator=(slot_index other) noexcept {
    swap(other);
    return *this;
  }
  ~slot_index() { clear(); }
  void swap(slot_index& other) noexcept;

  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }

  /// The slot with this hash of which `same(slot)` says that it is the one; none.
  template <class Same>
  slot find(std::size_t hash, const Same& same) const {
    if (directory_.empty())
      return none;
    const auto tag = tag_of(hash);
    const table& in = *directory_[place_of(tag)];
    for (std::uint32_t at = tag & in.mask; in.entries()[at].to != none; at = (at + 1) & in.mask)
      if (in.entries()[at].tag == tag && same(in.entries()[at].to))
        return in.entries()[at].to;
    return none;
  }
  /// `to` must not be there yet.
  void add(std::size_t hash, slot to);
  /// false: it was not there.
  bool remove(std::size_t hash, slot to) noexcept;
  void clear() noexcept;

private:
  struct entry {
    std::uint32_t tag;
    slot to;
  };
  /// Open addressing with linear probing; its entries follow it in memory.
  struct table {
    std::uint32_t depth; ///< Bits of a tag that all its entries share.
    std::uint32_t mask;  ///< Places - 1.
    std::uint32_t used;

    entry* entries() noexcept { return reinterpret_cast<entry*>(this + 1); }
    const entry* entries() const noexcept { return reinterpret_cast<const entry*>(this + 1); }
    bool is_full() const noexcept { return 4 * (used + 1) > 3 * (mask + 1); }
    void put(entry what) noexcept;
  };

  static std::uint32_t tag_of(std::size_t hash) noexcept { return static_cast<std::uint32_t>(hash); }
  std::size_t place_of(std::uint32_t tag) const noexcept { return depth_ == 0 ? 0 : tag >> (32 - depth_); }
  static table* make_table(std::uint32_t depth, std::uint32_t places);
  void make_room(std::uint32_t tag);
  void grow(table& full, std::size_t first, std::size_t count);
  void split(table& full, std::size_t first, std::size_t count);

  std::vector<table*> directory_; ///< 2^depth_; neighbours may share a table that needs fewer bits.
  std::uint32_t depth_ = 0;
  std::size_t size_ = 0;
};

} // namespace reserve
