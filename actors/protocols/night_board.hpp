#pragma once

#include "domain/calendar.hpp"

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

namespace reserve {

/// What readers see of one night of a unit. A night that nobody has told us about is closed.
struct night_view {
  std::int32_t price = -1;                ///< Minor units, base price filled in; -1 = not sellable.
  std::int16_t rooms = 0;                 ///< Free rooms; 0 when closed, blocked, sold out or without a price. Readers see at most night_board::rooms_max.
  std::uint8_t min_stay = 0, max_stay = 0; ///< 0 = none. A min_stay of 1 is read back as 0.
  bool closed = true, blocked = false;
  bool no_arrival = false, no_departure = false;

  bool operator==(const night_view&) const = default;
};

/// What readers see of a calendar's night.
night_view view_of(const night& from, const std::optional<money>& base_price) noexcept;

/// The nights of a city's units as search walks over them: for 64 units (a block) and a night one row with a bit for each yes or no, prices and rooms packed. A unit
/// takes about four bytes a night.
///
/// Readers take no lock and send no message: a block has a version that is odd while it is written; what was read under two equal even versions is one state of
/// all its units. All words are atomics, data are read with acquire and written with release, so that a reader that has met any word of a write also meets
/// its version. Writers of one block exclude each other by the same version; blocks, chunks and directories stay where they are until the board dies.
class night_board {
public:
  static constexpr std::uint32_t block_units = 64;
  static constexpr int rooms_max = 15; ///< What is free is counted up to here; the public is shown 5 (spec 30§1.7).

  night_board();
  night_board(const night_board&) = delete;
  night_board& operator=(const night_board&) = delete;
  ~night_board();

  /// Makes room for a slot. Readers may ask for any slot, before and after.
  void make_room(std::uint32_t slot);

  /// The committed values of consecutive nights; other nights stay as they are. Any thread. Shows the unit from the first call on.
  void update(std::uint32_t slot, date first, std::span<const night_view> nights);

  /// The same where only the free rooms have changed since: of all commands of guests.
  void update_rooms(std::uint32_t slot, date first, std::span<const std::int16_t> rooms);

  /// Has its calendar published?
  bool shows(std::uint32_t slot) const noexcept;

  /// Consecutive nights of one unit, all of the same moment.
  void read(std::uint32_t slot, date first, std::span<night_view> into) const;

  /// What 64 units offer for a stay.
  struct offers {
    std::uint64_t free = 0; ///< Free on every night, and neither arrival, departure nor length is forbidden.
    /// Sum of the nights in minor units; of free units only.
    std::int64_t base(unsigned unit) const noexcept { return static_cast<std::int64_t>(codes[unit] - nights) * scale[unit]; }

    std::uint64_t nights = 0;
    std::array<std::uint64_t, block_units> codes;
    std::array<std::uint32_t, block_units> scale;
  };
  /// For units first_slot .. first_slot + 63, of those in `among`; first_slot is a multiple of 64.
  void offers_of(std::uint32_t first_slot, std::uint64_t among, const stay& dates, offers& into) const;

  /// What 64 units look like over a range of nights, free or not.
  struct outlooks {
    std::uint64_t free = 0;   ///< Has a free night.
    std::uint64_t priced = 0; ///< Has a night with a price; `lowest` counts for these only.
    std::array<std::int64_t, block_units> lowest;
  };
  void outlooks_of(std::uint32_t first_slot, std::uint64_t among, const stay& range, outlooks& into) const;

  /// Counts what readers can see change: whatever was read after this number was taken is still so while the number is the same.
  std::uint64_t changes() const noexcept { return changes_.load(std::memory_order_acquire); }

  /// Bytes that units and their nights take.
  std::size_t memory() const noexcept { return memory_.load(std::memory_order_relaxed); }

private:
  static constexpr int chunk_nights = 32;
  static constexpr std::size_t group_blocks = 64, groups_max = 512; ///< 2 M units.
  using word = std::atomic<std::uint64_t>;

  struct row;
  struct chunk;
  struct directory;
  struct block;
  struct group;
  class writing;

  const block* block_of(std::uint32_t slot) const noexcept;
  static const row* row_of(const directory* all, std::int64_t day) noexcept;
  row& row_for(block& at, std::int64_t day);
  void write_night(block& at, unsigned unit, std::int64_t day, const night_view& what);
  void rescale(block& at, unsigned unit, std::uint32_t to);
  static void sum_codes(const directory* all, std::int64_t begin, std::int64_t end, std::uint32_t highest, std::uint64_t wanted, offers& into);
  word* bytes_for(std::atomic<word*>& of, std::size_t words);
  static night_view view_at(const block& at, const row* from, unsigned unit) noexcept;

  std::array<std::atomic<group*>, groups_max> groups_{};
  std::atomic<std::size_t> memory_{0};
  std::atomic<std::uint64_t> changes_{0};
  std::mutex mutex_; ///< Guards owned_groups_ and old_; taken when a unit or a month is met for the first time.
  std::vector<std::unique_ptr<group>> owned_groups_;
  std::vector<std::unique_ptr<directory>> directories_;
};

} // namespace reserve
