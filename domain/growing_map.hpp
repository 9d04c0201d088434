#pragma once

#include "domain/slot_index.hpp"

#include <bit>
#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <new>
#include <stdexcept>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace reserve {

/// The usual hash with every bit mixed into all others: ids of one city share the bits of city, version and variant.
template <class Key>
struct spread_hash {
  std::size_t operator()(const Key& key) const noexcept {
    std::uint64_t mixed = std::hash<Key>{}(key);
    mixed = (mixed ^ (mixed >> 32)) * 0xd6e8feb86659fd93ULL;
    return static_cast<std::size_t>(mixed ^ (mixed >> 32));
  }
};

/// A hash map that never stops its owner to grow: a std::unordered_map of a million claims stops its city for 80 ms when it doubles. Entries lie in slots, one behind
/// the other in pieces of memory that stay where they are, so references stay valid until their entry is erased; a slot_index finds them. Further indexes may name
/// entries by their slots.
///
/// The part of std::unordered_map that we use. It is walked in the order of the slots. Memory is given back when it becomes empty.
template <class Key, class T, class Hash = spread_hash<Key>>
class growing_map {
public:
  using slot = slot_index::slot;

private:
  static constexpr slot none = slot_index::none;
  static constexpr slot taken = none - 1;

  /// An entry when `next` says taken, else a free slot: `next` is another one.
  struct node {
    slot next;
    union {
      std::pair<const Key, T> entry;
    };
    node() noexcept {}
    ~node() {}
  };

  template <bool Const>
  class cursor {
  public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = std::pair<const Key, T>;
    using difference_type = std::ptrdiff_t;
    using reference = std::conditional_t<Const, const value_type&, value_type&>;
    using pointer = std::conditional_t<Const, const value_type*, value_type*>;

    cursor() = default;
    cursor(const growing_map* of, slot at) : of_(of), at_(at), node_(at == none ? nullptr : &of->node_at(at)) {}
    template <bool Other>
      requires(Const && !Other)
    cursor(const cursor<Other>& other) : of_(other.of_), at_(other.at_), node_(other.node_) {}

    reference operator*() const noexcept { return node_->entry; }
    pointer operator->() const noexcept { return &node_->entry; }
    cursor& operator++() noexcept {
      *this = cursor(of_, of_->live_from(at_ + 1));
      return *this;
    }
    cursor operator++(int) noexcept {
      auto old = *this;
      ++*this;
      return old;
    }
    bool operator==(const cursor& other) const noexcept { return node_ == other.node_; }
    slot at() const noexcept { return at_; }

  private:
    friend class growing_map;
    friend class cursor<true>;
    const growing_map* of_ = nullptr;
    slot at_ = none;
    node* node_ = nullptr;
  };

public:
  using key_type = Key;
  using mapped_type = T;
  using value_type = std::pair<const Key, T>;
  using iterator = cursor<false>;
  using const_iterator = cursor<true>;

  growing_map() = default;
  /// Entries keep their slots.
  growing_map(const growing_map& other) : index_(other.index_), free_(other.free_), used_(other.used_) {
    for (slot at = 0; at < used_; ++at) {
      if (!has_piece(at))
        add_piece();
      const node& from = other.node_at(at);
      if (from.next == taken)
        new (&node_at(at).entry) value_type(from.entry);
      node_at(at).next = from.next;
    }
  }
  growing_map(growing_map&& other) noexcept { swap(other); }
  growing_map& operator=(growing_map other) noexcept {
    swap(other);
    return *this;
  }
  ~growing_map() { clear(); }

  void swap(growing_map& other) noexcept {
    index_.swap(other.index_);
    pieces_.swap(other.pieces_);
    std::swap(free_, other.free_);
    std::swap(used_, other.used_);
  }

  std::size_t size() const noexcept { return index_.size(); }
  bool empty() const noexcept { return index_.empty(); }

  iterator begin() noexcept { return {this, live_from(0)}; }
  iterator end() noexcept { return {}; }
  const_iterator begin() const noexcept { return {this, live_from(0)}; }
  const_iterator end() const noexcept { return {}; }

  iterator find(const Key& key) noexcept { return {this, look(key)}; }
  const_iterator find(const Key& key) const noexcept { return {this, look(key)}; }
  bool contains(const Key& key) const noexcept { return look(key) != none; }
  /// Throws std::out_of_range when the key is not there.
  T& at(const Key& key) { return node_at(found(look(key))).entry.second; }
  const T& at(const Key& key) const { return node_at(found(look(key))).entry.second; }
  /// What lies in a slot that is taken.
  const T& in(slot at) const noexcept { return node_at(at).entry.second; }

  template <class... Args>
  std::pair<iterator, bool> try_emplace(const Key& key, Args&&... args) {
    const auto hash = Hash{}(key);
    if (const auto known = look(key, hash); known != none)
      return {iterator(this, known), false};
    const slot at = free_ != none ? free_ : used_;
    if (!has_piece(at))
      add_piece();
    node& made = node_at(at);
    new (&made.entry) value_type(std::piecewise_construct, std::forward_as_tuple(key), std::forward_as_tuple(std::forward<Args>(args)...));
    if (at == used_)
      ++used_;
    else
      free_ = made.next;
    made.next = taken;
    index_.add(hash, at);
    return {iterator(this, at), true};
  }
  std::pair<iterator, bool> emplace(const Key& key, T value) { return try_emplace(key, std::move(value)); }
  void insert_or_assign(const Key& key, T value) {
    if (const auto [place, is_new] = try_emplace(key, std::move(value)); !is_new)
      place->second = std::move(value);
  }
  T& operator[](const Key& key) { return try_emplace(key).first->second; }

  /// (The entry's destructor must not change the map.)
  void erase(iterator place) noexcept {
    index_.remove(Hash{}(place->first), place.at_);
    std::destroy_at(&place.node_->entry);
    place.node_->next = std::exchange(free_, place.at_);
    if (empty())
      clear();
  }
  std::size_t erase(const Key& key) noexcept {
    const auto known = find(key);
    if (known == end())
      return 0;
    erase(known);
    return 1;
  }
  void clear() noexcept {
    if (!empty())
      for (slot at = live_from(0); at != none; at = live_from(at + 1))
        std::destroy_at(&node_at(at).entry);
    index_.clear();
    pieces_.clear();
    free_ = none;
    used_ = 0;
  }

  friend bool operator==(const growing_map& a, const growing_map& b) {
    if (a.size() != b.size())
      return false;
    for (const auto& [key, value] : a)
      if (const auto other = b.find(key); other == b.end() || !(other->second == value))
        return false;
    return true;
  }

private:
  struct release {
    void operator()(node* what) const noexcept { ::operator delete(what); }
  };
  using piece = std::unique_ptr<node[], release>;

  /// Piece 0 has `smallest` slots; each further one doubles what was there before it, until they have `largest` slots each.
  static constexpr slot smallest = 4, largest = 256;
  static_assert(alignof(Key) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__ && alignof(T) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__);
  static constexpr slot doubled = std::countr_zero(largest) - std::countr_zero(smallest); ///< Pieces that double.

  static constexpr std::size_t piece_of(slot at) noexcept {
    if (at < smallest)
      return 0;
    if (at < largest)
      return static_cast<std::size_t>(std::countr_zero(std::bit_floor(at)) - std::countr_zero(smallest)) + 1;
    return at / largest + doubled;
  }
  static constexpr slot within(slot at) noexcept { return at < smallest ? at : at < largest ? at - std::bit_floor(at) : at % largest; }

  bool has_piece(slot at) const noexcept { return piece_of(at) < pieces_.size(); }
  void add_piece() {
    const auto number = pieces_.size();
    const slot size = number == 0 ? smallest : number <= doubled ? smallest << (number - 1) : largest;
    pieces_.emplace_back(static_cast<node*>(::operator new(size * sizeof(node))));
  }
  node& node_at(slot at) const noexcept { return pieces_[piece_of(at)][within(at)]; }
  slot live_from(slot at) const noexcept {
    while (at < used_ && node_at(at).next != taken)
      ++at;
    return at < used_ ? at : none;
  }
  slot look(const Key& key) const noexcept { return empty() ? none : look(key, Hash{}(key)); }
  slot look(const Key& key, std::size_t hash) const noexcept {
    return index_.find(hash, [&](slot at) { return node_at(at).entry.first == key; });
  }
  static slot found(slot at) {
    if (at == none)
      throw std::out_of_range("growing_map: no such key");
    return at;
  }

  slot_index index_;
  std::vector<piece> pieces_;
  slot free_ = none;
  slot used_ = 0; ///< Slots that were ever taken.
};

} // namespace reserve
