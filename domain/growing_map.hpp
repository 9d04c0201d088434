#pragma once

#include <bit>
#include <cstdint>
#include <cstdlib>
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

/// The usual hash with every bit mixed into all others: buckets are picked by the low bits, and ids of one city share the bits of city, version and variant.
template <class Key>
struct spread_hash {
  std::size_t operator()(const Key& key) const noexcept {
    std::uint64_t mixed = std::hash<Key>{}(key);
    mixed = (mixed ^ (mixed >> 32)) * 0xd6e8feb86659fd93ULL;
    return static_cast<std::size_t>(mixed ^ (mixed >> 32));
  }
};

/// A hash map that grows by one bucket at a time (linear hashing), so that no insertion ever moves more than one bucket's entries: a std::unordered_map of a million
/// claims stops its city for 80 ms when it doubles. Empty it is three words; references stay valid until their entry is erased.
///
/// The part of std::unordered_map that we use.
template <class Key, class T, class Hash = spread_hash<Key>>
class growing_map {
  struct node {
    node* next;
    std::pair<const Key, T> entry;
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
    cursor(const growing_map* of, std::size_t bucket, node* at) : of_(of), bucket_(bucket), at_(at) {}
    template <bool Other>
      requires(Const && !Other)
    cursor(const cursor<Other>& other) : of_(other.of_), bucket_(other.bucket_), at_(other.at_) {}

    reference operator*() const noexcept { return at_->entry; }
    pointer operator->() const noexcept { return &at_->entry; }
    cursor& operator++() noexcept {
      at_ = at_->next;
      while (at_ == nullptr && ++bucket_ < of_->buckets_)
        at_ = of_->head(bucket_);
      return *this;
    }
    cursor operator++(int) noexcept {
      auto old = *this;
      ++*this;
      return old;
    }
    bool operator==(const cursor& other) const noexcept { return at_ == other.at_; }

  private:
    friend class growing_map;
    friend class cursor<true>;
    const growing_map* of_ = nullptr;
    std::size_t bucket_ = 0;
    node* at_ = nullptr;
  };

public:
  using key_type = Key;
  using mapped_type = T;
  using value_type = std::pair<const Key, T>;
  using iterator = cursor<false>;
  using const_iterator = cursor<true>;

  growing_map() = default;
  growing_map(const growing_map& other) {
    for (const auto& [key, value] : other)
      try_emplace(key, value);
  }
  growing_map(growing_map&& other) noexcept { swap(other); }
  growing_map& operator=(growing_map other) noexcept {
    swap(other);
    return *this;
  }
  ~growing_map() { clear(); }

  void swap(growing_map& other) noexcept {
    segments_.swap(other.segments_);
    std::swap(buckets_, other.buckets_);
    std::swap(size_, other.size_);
  }

  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }

  iterator begin() noexcept { return first<iterator>(); }
  iterator end() noexcept { return {}; }
  const_iterator begin() const noexcept { return first<const_iterator>(); }
  const_iterator end() const noexcept { return {}; }

  iterator find(const Key& key) noexcept { return look<iterator>(key); }
  const_iterator find(const Key& key) const noexcept { return look<const_iterator>(key); }
  bool contains(const Key& key) const noexcept { return find(key) != end(); }
  /// Throws std::out_of_range when the key is not there.
  T& at(const Key& key) { return found(find(key))->second; }
  const T& at(const Key& key) const { return found(find(key))->second; }

  template <class... Args>
  std::pair<iterator, bool> try_emplace(const Key& key, Args&&... args) {
    if (const auto known = find(key); known != end())
      return {known, false};
    if (size_ >= buckets_)
      add_bucket();
    const auto bucket = bucket_of(key);
    auto& list = head(bucket);
    list = new node{list, {std::piecewise_construct, std::forward_as_tuple(key), std::forward_as_tuple(std::forward<Args>(args)...)}};
    ++size_;
    return {iterator(this, bucket, list), true};
  }
  std::pair<iterator, bool> emplace(const Key& key, T value) { return try_emplace(key, std::move(value)); }
  void insert_or_assign(const Key& key, T value) {
    if (const auto [place, is_new] = try_emplace(key, std::move(value)); !is_new)
      place->second = std::move(value);
  }
  T& operator[](const Key& key) { return try_emplace(key).first->second; }

  void erase(iterator place) noexcept {
    node** link = &head(place.bucket_);
    while (*link != place.at_)
      link = &(*link)->next;
    *link = place.at_->next;
    delete place.at_;
    --size_;
  }
  std::size_t erase(const Key& key) noexcept {
    const auto known = find(key);
    if (known == end())
      return 0;
    erase(known);
    return 1;
  }
  void clear() noexcept {
    for (std::size_t bucket = 0; bucket < buckets_; ++bucket)
      for (node* at = std::exchange(head(bucket), nullptr); at != nullptr;)
        delete std::exchange(at, at->next);
    segments_.clear();
    buckets_ = size_ = 0;
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
  /// Zeroed memory that the kernel hands out page by page as it is touched, so that a large new segment costs nothing at once.
  struct release {
    void operator()(node** what) const noexcept { std::free(what); }
  };
  using segment = std::unique_ptr<node*[], release>;

  static constexpr std::size_t first_size = 8; ///< Buckets of segment 0; segment n > 0 doubles what was there before it.

  node*& head(std::size_t bucket) const noexcept {
    if (bucket < first_size)
      return segments_[0][bucket];
    const auto size = std::bit_floor(bucket);
    return segments_[static_cast<std::size_t>(std::countr_zero(size / first_size)) + 1][bucket - size];
  }
  std::size_t bucket_of(const Key& key) const noexcept {
    const auto mask = std::bit_ceil(buckets_) - 1;
    const auto bucket = Hash{}(key) & mask;
    return bucket < buckets_ ? bucket : bucket & (mask >> 1);
  }
  void add_segment(std::size_t size) {
    auto* const made = static_cast<node**>(std::calloc(size, sizeof(node*)));
    if (made == nullptr)
      throw std::bad_alloc();
    segments_.emplace_back(made);
  }
  void add_bucket() {
    if (buckets_ == 0) {
      add_segment(first_size);
      buckets_ = first_size;
      return;
    }
    const auto fresh = buckets_;
    if (std::has_single_bit(fresh))
      add_segment(fresh);
    ++buckets_;
    // Of its elder, the entries that belong here now move over.
    for (node** link = &head(fresh - std::bit_floor(fresh)); *link != nullptr;) {
      node* const one = *link;
      if (bucket_of(one->entry.first) != fresh) {
        link = &one->next;
        continue;
      }
      *link = one->next;
      one->next = std::exchange(head(fresh), one);
    }
  }
  template <class Cursor>
  Cursor look(const Key& key) const noexcept {
    if (buckets_ == 0)
      return {};
    const auto bucket = bucket_of(key);
    for (node* at = head(bucket); at != nullptr; at = at->next)
      if (at->entry.first == key)
        return {this, bucket, at};
    return {};
  }
  template <class Cursor>
  Cursor first() const noexcept {
    for (std::size_t bucket = 0; bucket < buckets_; ++bucket)
      if (node* const at = head(bucket))
        return {this, bucket, at};
    return {};
  }
  template <class Cursor>
  Cursor found(Cursor place) const {
    if (place == Cursor{})
      throw std::out_of_range("growing_map: no such key");
    return place;
  }

  std::vector<segment> segments_;
  std::size_t buckets_ = 0;
  std::size_t size_ = 0;
};

} // namespace reserve
