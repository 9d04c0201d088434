#include "domain/slot_index.hpp"

#include <algorithm>
#include <new>
#include <utility>

namespace reserve {

namespace {

constexpr std::uint32_t first_places = 8;
constexpr std::uint32_t most_places = 1024; ///< What is larger is split.
constexpr std::uint32_t most_depth = 16;    ///< Hashes that share so many bits are not mixed: splitting does not help any more.

} // namespace

slot_index::table* slot_index::make_table(std::uint32_t depth, std::uint32_t places) {
  auto* const made = new (::operator new(sizeof(table) + places * sizeof(entry))) table{depth, places - 1, 0};
  std::fill_n(made->entries(), places, entry{0, none});
  return made;
}

void slot_index::table::put(entry what) noexcept {
  std::uint32_t at = what.tag & mask;
  while (entries()[at].to != none)
    at = (at + 1) & mask;
  entries()[at] = what;
  ++used;
}

slot_index::slot_index(const slot_index& other) : directory_(other.directory_.size()), depth_(other.depth_), size_(other.size_) {
  for (std::size_t first = 0; first < directory_.size();) {
    const table& from = *other.directory_[first];
    table* const copy = make_table(from.depth, from.mask + 1);
    std::copy_n(from.entries(), from.mask + 1, copy->entries());
    copy->used = from.used;
    const auto count = std::size_t{1} << (depth_ - from.depth);
    std::fill_n(directory_.begin() + static_cast<std::ptrdiff_t>(first), count, copy);
    first += count;
  }
}

void slot_index::swap(slot_index& other) noexcept {
  directory_.swap(other.directory_);
  std::swap(depth_, other.depth_);
  std::swap(size_, other.size_);
}

void slot_index::clear() noexcept {
  for (std::size_t first = 0; first < directory_.size();) {
    table* const gone = directory_[first];
    first += std::size_t{1} << (depth_ - gone->depth);
    ::operator delete(gone);
  }
  directory_.clear();
  depth_ = 0;
  size_ = 0;
}

void slot_index::add(std::size_t hash, slot to) {
  const auto tag = tag_of(hash);
  if (directory_.empty())
    directory_.push_back(make_table(0, first_places));
  while (directory_[place_of(tag)]->is_full())
    make_room(tag);
  directory_[place_of(tag)]->put({tag, to});
  ++size_;
}

bool slot_index::remove(std::size_t hash, slot to) noexcept {
  if (directory_.empty())
    return false;
  const auto tag = tag_of(hash);
  table& in = *directory_[place_of(tag)];
  entry* const all = in.entries();
  std::uint32_t hole = tag & in.mask;
  while (all[hole].to != to) {
    if (all[hole].to == none)
      return false;
    hole = (hole + 1) & in.mask;
  }
  // What would be looked for from the hole or from before it moves up.
  for (std::uint32_t at = (hole + 1) & in.mask; all[at].to != none; at = (at + 1) & in.mask) {
    if (((at - all[at].tag) & in.mask) < ((at - hole) & in.mask))
      continue;
    all[hole] = all[at];
    hole = at;
  }
  all[hole].to = none;
  --in.used;
  --size_;
  return true;
}

/// Room for one more with this tag: a larger table, or two in its place.
void slot_index::make_room(std::uint32_t tag) {
  table& full = *directory_[place_of(tag)];
  const bool splits = full.mask + 1 >= most_places && full.depth < most_depth;
  if (splits && full.depth == depth_) {
    std::vector<table*> wider;
    wider.reserve(2 * directory_.size());
    for (table* const one : directory_)
      wider.insert(wider.end(), 2, one);
    directory_ = std::move(wider);
    ++depth_;
  }
  const auto count = std::size_t{1} << (depth_ - full.depth);
  const auto first = place_of(tag) & ~(count - 1);
  if (splits)
    split(full, first, count);
  else
    grow(full, first, count);
}

void slot_index::grow(table& full, std::size_t first, std::size_t count) {
  table* const larger = make_table(full.depth, 2 * (full.mask + 1));
  for (std::uint32_t at = 0; at <= full.mask; ++at)
    if (full.entries()[at].to != none)
      larger->put(full.entries()[at]);
  std::fill_n(directory_.begin() + static_cast<std::ptrdiff_t>(first), count, larger);
  ::operator delete(&full);
}

void slot_index::split(table& full, std::size_t first, std::size_t count) {
  table* const halves[] = {make_table(full.depth + 1, full.mask + 1), make_table(full.depth + 1, full.mask + 1)};
  for (std::uint32_t at = 0; at <= full.mask; ++at)
    if (const entry& one = full.entries()[at]; one.to != none)
      halves[(one.tag >> (31 - full.depth)) & 1]->put(one);
  for (std::size_t half = 0; half < 2; ++half)
    std::fill_n(directory_.begin() + static_cast<std::ptrdiff_t>(first + half * count / 2), count / 2, halves[half]);
  ::operator delete(&full);
}

} // namespace reserve
