#include "actors/protocols/night_board.hpp"

#include <algorithm>
#include <numeric>
#include <thread>

namespace reserve {

namespace {

constexpr auto get = std::memory_order_acquire;
constexpr auto put = std::memory_order_release;
constexpr std::uint64_t even_lanes = 0x0000ffff0000ffff;
constexpr int spins = 64; ///< Before a reader lets a writer run that was interrupted.

std::int64_t number_of(date day) noexcept {
  return day.time_since_epoch().count();
}

constexpr std::int64_t floor_div(std::int64_t a, std::int64_t b) noexcept {
  return a / b - (a % b < 0 ? 1 : 0);
}

/// Bits [shift, shift + width) of a word; only a block's one writer changes it. Has it?
bool set_bits(std::atomic<std::uint64_t>& in, unsigned shift, std::uint64_t mask, std::uint64_t value) noexcept {
  const auto old = in.load(std::memory_order_relaxed);
  const auto fresh = (old & ~(mask << shift)) | (value << shift);
  if (fresh != old)
    in.store(fresh, put);
  return fresh != old;
}

std::uint64_t bits_of(const std::atomic<std::uint64_t>& in, unsigned shift, std::uint64_t mask) noexcept {
  return (in.load(get) >> shift) & mask;
}

} // namespace

night_view view_of(const night& from, const std::optional<money>& base_price) noexcept {
  night_view made;
  made.price = from.price >= 0 ? from.price : base_price ? static_cast<std::int32_t>(base_price->minor_units) : -1;
  made.rooms = static_cast<std::int16_t>(made.price < 0 ? 0 : from.available());
  made.min_stay = from.min_stay;
  made.max_stay = from.max_stay;
  made.closed = from.closed;
  made.blocked = from.blocked;
  made.no_arrival = from.closed_to_arrival;
  made.no_departure = from.closed_to_departure;
  return made;
}

/// One night of 64 units. All zero = closed. What a search touches stands first.
struct night_board::row {
  word free{}, no_arrival{}, no_departure{};
  word limited{};               ///< Has a min_stay or max_stay.
  std::atomic<word*> high{};    ///< Upper 16 bits of the prices where any needs them; shaped like `price`.
  std::array<word, 16> price{}; ///< 16 bits a unit: price / scale + 1, 0 = none.
  std::atomic<word*> min_stay{}, max_stay{}; ///< 8 bits a unit where any has one.
  word open{}, blocked{};
  std::array<word, 4> rooms{}; ///< 4 bits a unit.

  row() = default;
  row(const row&) = delete;
  row& operator=(const row&) = delete;
  ~row() {
    for (auto* part : {&high, &min_stay, &max_stay})
      delete[] part->load(std::memory_order_relaxed);
  }

  std::uint32_t code(unsigned unit) const noexcept {
    const auto low = bits_of(price[unit / 4], unit % 4 * 16, 0xffff);
    const auto* more = high.load(get);
    return static_cast<std::uint32_t>(low | (more == nullptr ? 0 : bits_of(more[unit / 4], unit % 4 * 16, 0xffff) << 16));
  }
  static unsigned byte(const std::atomic<word*>& of, unsigned unit) noexcept {
    const auto* part = of.load(get);
    return part == nullptr ? 0 : static_cast<unsigned>(bits_of(part[unit / 8], unit % 8 * 8, 0xff));
  }
};

struct night_board::chunk {
  std::array<row, chunk_nights> rows;
};

/// The chunks of a block, consecutive. Never changed: a longer one takes its place, and both share the chunks.
struct night_board::directory {
  std::int64_t first = 0; ///< Number of the first chunk since 1970.
  std::vector<std::shared_ptr<chunk>> chunks;
};

struct night_board::block {
  std::atomic<std::uint32_t> version{0}; ///< Odd while somebody writes.
  std::atomic<const directory*> nights{nullptr};
  word shown{};
  std::atomic<std::uint32_t> highest{0}; ///< No price code is above it.
  std::array<std::atomic<std::uint32_t>, block_units> scale{}; ///< What a unit's price codes are multiples of.
};

struct night_board::group {
  std::array<block, group_blocks> blocks;
};

/// The right to write into a block.
class night_board::writing {
public:
  explicit writing(block& at) : at_(at) {
    for (int tries = 0;; ++tries) {
      auto seen = at_.version.load(std::memory_order_relaxed);
      if (seen % 2 == 0 && at_.version.compare_exchange_weak(seen, seen + 1, std::memory_order_acquire))
        return;
      if (tries >= spins)
        std::this_thread::yield();
    }
  }
  writing(const writing&) = delete;
  writing& operator=(const writing&) = delete;
  ~writing() { at_.version.store(at_.version.load(std::memory_order_relaxed) + 1, put); }

private:
  block& at_;
};

namespace {

/// Runs `look` until nobody wrote meanwhile.
template <class Version, class Look>
void steadily(const Version& version, const Look& look) {
  for (int tries = 0;; ++tries) {
    const auto before = version.load(get);
    if (before % 2 == 0) {
      look();
      if (version.load(std::memory_order_relaxed) == before)
        return;
    }
    if (tries >= spins)
      std::this_thread::yield();
  }
}

} // namespace

night_board::night_board() = default;
night_board::~night_board() = default;

void night_board::make_room(std::uint32_t slot) {
  const std::size_t number = slot / (block_units * group_blocks);
  ensure(number < groups_max, "more units than a city can have");
  const std::lock_guard lock(mutex_);
  if (groups_[number].load(std::memory_order_relaxed) != nullptr)
    return;
  owned_groups_.push_back(std::make_unique<group>());
  memory_ += sizeof(group);
  groups_[number].store(owned_groups_.back().get(), put);
}

const night_board::block* night_board::block_of(std::uint32_t slot) const noexcept {
  const std::size_t number = slot / (block_units * group_blocks);
  const auto* found = number < groups_max ? groups_[number].load(get) : nullptr;
  return found == nullptr ? nullptr : &found->blocks[slot / block_units % group_blocks];
}

const night_board::row* night_board::row_of(const directory* all, std::int64_t day) noexcept {
  if (all == nullptr)
    return nullptr;
  const auto number = floor_div(day, chunk_nights) - all->first;
  if (number < 0 || number >= static_cast<std::int64_t>(all->chunks.size()))
    return nullptr;
  return &all->chunks[static_cast<std::size_t>(number)]->rows[static_cast<std::size_t>(day - (number + all->first) * chunk_nights)];
}

/// Called by the block's writer.
night_board::row& night_board::row_for(block& at, std::int64_t day) {
  const auto* known = at.nights.load(std::memory_order_relaxed);
  if (const auto* found = row_of(known, day))
    return const_cast<row&>(*found);
  const auto wanted = floor_div(day, chunk_nights);
  auto longer = std::make_unique<directory>();
  const auto first = known == nullptr ? wanted : std::min(known->first, wanted);
  const auto end = known == nullptr ? wanted + 1 : std::max(known->first + static_cast<std::int64_t>(known->chunks.size()), wanted + 1);
  longer->first = first;
  for (auto number = first; number < end; ++number) {
    const bool is_there = known != nullptr && number >= known->first && number < known->first + static_cast<std::int64_t>(known->chunks.size());
    if (!is_there)
      memory_ += sizeof(chunk);
    longer->chunks.push_back(is_there ? known->chunks[static_cast<std::size_t>(number - known->first)] : std::make_shared<chunk>());
  }
  const auto* fresh = longer.get();
  {
    const std::lock_guard lock(mutex_);
    directories_.push_back(std::move(longer)); // Readers may still hold the old one, so all are kept.
  }
  at.nights.store(fresh, put);
  return const_cast<row&>(*row_of(fresh, day));
}

night_board::word* night_board::bytes_for(std::atomic<word*>& of, std::size_t words) {
  auto* part = of.load(std::memory_order_relaxed);
  if (part == nullptr) {
    part = new word[words]{};
    memory_ += words * sizeof(word);
    of.store(part, put);
  }
  return part;
}

void night_board::write_night(block& at, unsigned unit, std::int64_t day, const night_view& what) {
  row& to = row_for(at, day);
  const auto rooms = static_cast<std::uint64_t>(what.price < 0 ? 0 : std::clamp<int>(what.rooms, 0, rooms_max));
  const unsigned shortest = what.min_stay <= 1 ? 0 : what.min_stay;
  set_bits(to.free, unit, 1, rooms > 0 && !what.closed && !what.blocked);
  set_bits(to.open, unit, 1, !what.closed);
  set_bits(to.blocked, unit, 1, what.blocked);
  set_bits(to.no_arrival, unit, 1, what.no_arrival);
  set_bits(to.no_departure, unit, 1, what.no_departure);
  set_bits(to.limited, unit, 1, shortest > 0 || what.max_stay > 0);
  set_bits(to.rooms[unit / 16], unit % 16 * 4, 0xf, rooms);
  const auto scale = at.scale[unit].load(std::memory_order_relaxed);
  const std::uint32_t code = what.price < 0 ? 0 : static_cast<std::uint32_t>(what.price) / scale + 1;
  if (code > at.highest.load(std::memory_order_relaxed))
    at.highest.store(code, put);
  set_bits(to.price[unit / 4], unit % 4 * 16, 0xffff, code & 0xffff);
  if (code >> 16 != 0 || to.high.load(std::memory_order_relaxed) != nullptr)
    set_bits(bytes_for(to.high, 16)[unit / 4], unit % 4 * 16, 0xffff, code >> 16);
  if (shortest != 0 || to.min_stay.load(std::memory_order_relaxed) != nullptr)
    set_bits(bytes_for(to.min_stay, 8)[unit / 8], unit % 8 * 8, 0xff, shortest);
  if (what.max_stay != 0 || to.max_stay.load(std::memory_order_relaxed) != nullptr)
    set_bits(bytes_for(to.max_stay, 8)[unit / 8], unit % 8 * 8, 0xff, what.max_stay);
}

/// A price came that is no multiple of the old scale: all codes of the unit are written anew.
void night_board::rescale(block& at, unsigned unit, std::uint32_t to) {
  const auto from = at.scale[unit].load(std::memory_order_relaxed);
  at.scale[unit].store(to, put);
  const auto* known = at.nights.load(std::memory_order_relaxed);
  if (from == 0 || known == nullptr)
    return;
  for (const auto& each : known->chunks)
    for (row& night : each->rows)
      if (const auto code = night.code(unit); code != 0) {
        const std::uint32_t fresh = (code - 1) * (from / to) + 1;
        if (fresh > at.highest.load(std::memory_order_relaxed))
          at.highest.store(fresh, put);
        set_bits(night.price[unit / 4], unit % 4 * 16, 0xffff, fresh & 0xffff);
        if (fresh >> 16 != 0 || night.high.load(std::memory_order_relaxed) != nullptr)
          set_bits(bytes_for(night.high, 16)[unit / 4], unit % 4 * 16, 0xffff, fresh >> 16);
      }
}

void night_board::update(std::uint32_t slot, date first, std::span<const night_view> nights) {
  auto* const at = const_cast<block*>(block_of(slot));
  ensure(at != nullptr, "a unit without a place in the index");
  const unsigned unit = slot % block_units;
  const writing turn(*at);
  const auto scale = at->scale[unit].load(std::memory_order_relaxed);
  std::uint32_t common = scale;
  for (const auto& each : nights)
    if (each.price > 0 && (common == 0 || static_cast<std::uint32_t>(each.price) % common != 0))
      common = std::gcd(common, static_cast<std::uint32_t>(each.price));
  common = std::max(common, 1u);
  if (common != scale)
    rescale(*at, unit, common);
  auto day = number_of(first);
  for (const auto& each : nights)
    write_night(*at, unit, day++, each);
  set_bits(at->shown, unit, 1, 1);
  changes_.fetch_add(1, put);
}

void night_board::update_rooms(std::uint32_t slot, date first, std::span<const std::int16_t> rooms) {
  auto* const at = const_cast<block*>(block_of(slot));
  ensure(at != nullptr, "a unit without a place in the index");
  const unsigned unit = slot % block_units;
  const writing turn(*at);
  auto day = number_of(first);
  bool is_seen = false;
  for (const auto each : rooms) {
    row& to = row_for(*at, day++);
    const auto count = static_cast<std::uint64_t>(std::clamp<int>(each, 0, rooms_max));
    is_seen = set_bits(to.free, unit, 1, count > 0) || is_seen;
    is_seen = set_bits(to.rooms[unit / 16], unit % 16 * 4, 0xf, count) || is_seen;
  }
  if (is_seen)
    changes_.fetch_add(1, put);
}

bool night_board::shows(std::uint32_t slot) const noexcept {
  const auto* at = block_of(slot);
  return at != nullptr && bits_of(at->shown, slot % block_units, 1) != 0;
}

night_view night_board::view_at(const block& at, const row* from, unsigned unit) noexcept {
  night_view made;
  if (from == nullptr)
    return made;
  const auto code = from->code(unit);
  made.price = code == 0 ? -1 : static_cast<std::int32_t>((code - 1) * at.scale[unit].load(get));
  made.rooms = static_cast<std::int16_t>(bits_of(from->free, unit, 1) == 0 ? 0 : bits_of(from->rooms[unit / 16], unit % 16 * 4, 0xf));
  made.closed = bits_of(from->open, unit, 1) == 0;
  made.blocked = bits_of(from->blocked, unit, 1) != 0;
  made.no_arrival = bits_of(from->no_arrival, unit, 1) != 0;
  made.no_departure = bits_of(from->no_departure, unit, 1) != 0;
  if (bits_of(from->limited, unit, 1) != 0) {
    made.min_stay = static_cast<std::uint8_t>(row::byte(from->min_stay, unit));
    made.max_stay = static_cast<std::uint8_t>(row::byte(from->max_stay, unit));
  }
  return made;
}

void night_board::read(std::uint32_t slot, date first, std::span<night_view> into) const {
  const auto* at = block_of(slot);
  if (at == nullptr) {
    std::fill(into.begin(), into.end(), night_view{});
    return;
  }
  steadily(at->version, [&] {
    const auto* all = at->nights.load(get);
    auto day = number_of(first);
    for (auto& each : into)
      each = view_at(*at, row_of(all, day++), slot % block_units);
  });
}

void night_board::offers_of(std::uint32_t first_slot, std::uint64_t among, const stay& dates, offers& into) const {
  into.free = 0;
  into.nights = static_cast<std::uint64_t>(std::max(0, dates.nights()));
  const auto* at = block_of(first_slot);
  if (at == nullptr || among == 0 || dates.nights() <= 0)
    return;
  const auto begin = number_of(dates.check_in), end = number_of(dates.check_out);
  // Who asks for one block mostly asks for the next one, and its rows are rarely in the cache.
  if (const auto* next = block_of(first_slot + block_units))
    for (auto day = begin; day < std::min<std::int64_t>(end, begin + 8); ++day)
      if (const auto* night = row_of(next->nights.load(get), day)) {
        __builtin_prefetch(night);
        __builtin_prefetch(&night->price[3]);
        __builtin_prefetch(&night->price[11]);
      }
  steadily(at->version, [&] {
    const auto* all = at->nights.load(get);
    std::uint64_t free = among;
    for (auto day = begin; day < end && free != 0; ++day) {
      const auto* night = row_of(all, day);
      free &= night == nullptr ? 0 : night->free.load(get);
    }
    if (free != 0) {
      const auto& arrival = *row_of(all, begin);
      free &= ~arrival.no_arrival.load(get);
      if (const auto* departure = row_of(all, end))
        free &= ~departure->no_departure.load(get);
      for (auto limited = free & arrival.limited.load(get); limited != 0; limited &= limited - 1) {
        const auto unit = static_cast<unsigned>(std::countr_zero(limited));
        const auto shortest = row::byte(arrival.min_stay, unit), longest = row::byte(arrival.max_stay, unit);
        if (into.nights < shortest || (longest > 0 && into.nights > longest))
          free &= ~(std::uint64_t{1} << unit);
      }
    }
    into.free = free;
    if (free != 0)
      sum_codes(all, begin, end, at->highest.load(get), free, into);
    for (auto left = free; left != 0; left &= left - 1) {
      const auto unit = static_cast<unsigned>(std::countr_zero(left));
      into.scale[unit] = at->scale[unit].load(get);
    }
  });
}

/// Four units at a time: sums of 16-bit codes in 16-bit lanes if none can run over, else in 32-bit lanes, which no stay fills. Every night has a row.
void night_board::sum_codes(const directory* all, std::int64_t begin, std::int64_t end, std::uint32_t highest, std::uint64_t wanted, offers& into) {
  into.codes.fill(0);
  std::array<const row*, chunk_nights> rows{};
  const auto add = [&](unsigned four, std::uint64_t even, std::uint64_t odd, unsigned shift) {
    into.codes[four * 4] += (even & 0xffffffff) << shift;
    into.codes[four * 4 + 1] += (odd & 0xffffffff) << shift;
    into.codes[four * 4 + 2] += (even >> 32) << shift;
    into.codes[four * 4 + 3] += (odd >> 32) << shift;
  };
  for (auto piece = begin; piece < end; piece += chunk_nights) {
    const auto count = static_cast<std::size_t>(std::min<std::int64_t>(chunk_nights, end - piece));
    bool has_high = false;
    for (std::size_t i = 0; i < count; ++i) {
      rows[i] = row_of(all, piece + static_cast<std::int64_t>(i));
      has_high = has_high || rows[i]->high.load(get) != nullptr;
    }
    const bool is_small = highest * static_cast<std::uint64_t>(count) <= 0xffff;
    for (unsigned four = 0; four < block_units / 4; ++four) {
      if (((wanted >> (four * 4)) & 0xf) == 0)
        continue;
      std::uint64_t even = 0, odd = 0;
      if (is_small) {
        std::uint64_t sums = 0;
        for (std::size_t i = 0; i < count; ++i)
          sums += rows[i]->price[four].load(get);
        add(four, sums & even_lanes, (sums >> 16) & even_lanes, 0);
        continue;
      }
      for (std::size_t i = 0; i < count; ++i) {
        const auto codes = rows[i]->price[four].load(get);
        even += codes & even_lanes;
        odd += (codes >> 16) & even_lanes;
      }
      add(four, even, odd, 0);
      for (std::size_t i = 0; has_high && i < count; ++i)
        if (const auto* high = rows[i]->high.load(get)) {
          const auto codes = high[four].load(get);
          add(four, codes & even_lanes, (codes >> 16) & even_lanes, 16);
        }
    }
  }
}

void night_board::outlooks_of(std::uint32_t first_slot, std::uint64_t among, const stay& range, outlooks& into) const {
  into.free = into.priced = 0;
  const auto* at = block_of(first_slot);
  if (at == nullptr || among == 0)
    return;
  steadily(at->version, [&] {
    into.free = into.priced = 0;
    const auto* all = at->nights.load(get);
    std::array<std::uint32_t, block_units> lowest{};
    for (auto day = number_of(range.check_in); day < number_of(range.check_out); ++day) {
      const auto* night = row_of(all, day);
      if (night == nullptr)
        continue;
      into.free |= night->free.load(get) & among;
      for (auto left = among; left != 0; left &= left - 1) {
        const auto unit = static_cast<unsigned>(std::countr_zero(left));
        if (const auto code = night->code(unit); code != 0 && (lowest[unit] == 0 || code < lowest[unit]))
          lowest[unit] = code;
      }
    }
    for (unsigned unit = 0; unit < block_units; ++unit)
      if (lowest[unit] != 0) {
        into.priced |= std::uint64_t{1} << unit;
        into.lowest[unit] = static_cast<std::int64_t>(lowest[unit] - 1) * at->scale[unit].load(get);
      }
  });
}

} // namespace reserve
