#include "actors/protocols/night_board.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <random>
#include <thread>

using namespace reserve;

namespace {

using std::chrono::days;

const date first_day = *parse_date("2026-11-20");

night_view open_night(std::int32_t price, int rooms) {
  night_view made;
  made.price = price;
  made.rooms = static_cast<std::int16_t>(rooms);
  made.closed = false;
  return made;
}

/// What a reader gets back of what was written.
night_view as_read(night_view what) {
  const bool is_free = !what.closed && !what.blocked && what.price >= 0;
  what.rooms = static_cast<std::int16_t>(is_free ? std::clamp<int>(what.rooms, 0, night_board::rooms_max) : 0);
  if (what.min_stay == 1)
    what.min_stay = 0;
  return what;
}

night_view any_night(std::mt19937& random) {
  const auto one_of = [&](std::initializer_list<int> values) { return *(values.begin() + static_cast<int>(random() % values.size())); };
  night_view made;
  made.price = one_of({-1, 0, 1, 35000, 40000, 65535, 65536, 119990, 99999999, 2000000000, static_cast<int>(random() % 1000000)});
  made.rooms = static_cast<std::int16_t>(one_of({0, 0, 1, 2, 3, 15, 16, 300}));
  made.min_stay = static_cast<std::uint8_t>(one_of({0, 0, 0, 1, 2, 3, 255}));
  made.max_stay = static_cast<std::uint8_t>(one_of({0, 0, 0, 1, 2, 7}));
  made.closed = random() % 8 == 0;
  made.blocked = random() % 16 == 0;
  made.no_arrival = random() % 8 == 0;
  made.no_departure = random() % 8 == 0;
  return made;
}

/// The same as plain values.
class naive_board {
public:
  std::map<std::uint32_t, std::map<date, night_view>> nights;

  night_view at(std::uint32_t slot, date day) const {
    const auto unit = nights.find(slot);
    if (unit == nights.end())
      return {};
    const auto found = unit->second.find(day);
    return found == unit->second.end() ? night_view{} : found->second;
  }
  std::optional<std::int64_t> base(std::uint32_t slot, const stay& dates) const {
    const auto arrival = at(slot, dates.check_in);
    if (arrival.no_arrival || at(slot, dates.check_out).no_departure || dates.nights() < arrival.min_stay)
      return std::nullopt;
    if (arrival.max_stay > 0 && dates.nights() > arrival.max_stay)
      return std::nullopt;
    std::int64_t sum = 0;
    for (date day = dates.check_in; day < dates.check_out; day += days(1)) {
      const auto night = at(slot, day);
      if (night.rooms <= 0)
        return std::nullopt;
      sum += night.price;
    }
    return sum;
  }
};

} // namespace

TEST_CASE("the index gives back what was written, whatever was written before", "[city_index]") {
  std::mt19937 random(20261120);
  night_board board;
  naive_board naive;
  const std::vector<std::uint32_t> slots{0, 1, 63, 64, 127, 128, 4095, 4096};
  for (const auto slot : slots)
    board.make_room(slot);
  for (int turn = 0; turn < 3000; ++turn) {
    const auto slot = slots[random() % slots.size()];
    const date from = first_day + days(static_cast<int>(random() % 150) - 50);
    std::vector<night_view> news(1 + random() % 40);
    for (std::size_t i = 0; i < news.size(); ++i) {
      news[i] = any_night(random);
      naive.nights[slot][from + days(i)] = as_read(news[i]);
    }
    board.update(slot, from, news);
    const auto asked = slots[random() % slots.size()];
    std::vector<night_view> read(60);
    const date start = first_day + days(static_cast<int>(random() % 200) - 80);
    board.read(asked, start, read);
    for (std::size_t i = 0; i < read.size(); ++i)
      REQUIRE(read[i] == naive.at(asked, start + days(i)));
  }
}

TEST_CASE("where only the free rooms have changed, only they are written", "[city_index]") {
  std::mt19937 random(5);
  night_board whole, rooms_only;
  for (auto* board : {&whole, &rooms_only})
    board->make_room(3);
  std::vector<night_view> news(40);
  for (auto& each : news)
    each = any_night(random);
  whole.update(3, first_day, news);
  rooms_only.update(3, first_day, news);
  for (int turn = 0; turn < 500; ++turn) {
    const auto from = random() % 30;
    std::vector<std::int16_t> rooms(1 + random() % 10);
    std::vector<night_view> same(news.begin() + static_cast<std::ptrdiff_t>(from), news.begin() + static_cast<std::ptrdiff_t>(from + rooms.size()));
    for (std::size_t i = 0; i < rooms.size(); ++i) {
      const bool is_sold = !same[i].closed && !same[i].blocked && same[i].price >= 0; // As view_of() has it: else there is no free room.
      rooms[i] = same[i].rooms = static_cast<std::int16_t>(is_sold ? random() % 20 : 0);
    }
    whole.update(3, first_day + days(from), same);
    rooms_only.update_rooms(3, first_day + days(from), rooms);
    std::vector<night_view> one(40), other(40);
    whole.read(3, first_day, one);
    rooms_only.read(3, first_day, other);
    REQUIRE(one == other);
  }
}

TEST_CASE("what readers cannot see is no change", "[city_index]") {
  night_board board;
  board.make_room(0);
  const std::vector<night_view> open(3, open_night(40000, 30));
  board.update(0, first_day, open);
  const auto before = board.changes();
  board.update_rooms(0, first_day, std::vector<std::int16_t>{29, 28, 27}); // Counted up to 15.
  CHECK(board.changes() == before);
  board.update_rooms(0, first_day, std::vector<std::int16_t>{29, 14, 27});
  CHECK(board.changes() > before);
}

TEST_CASE("offers of 64 units are those of a walk over their nights", "[city_index]") {
  std::mt19937 random(7);
  night_board board;
  naive_board naive;
  board.make_room(130);
  for (std::uint32_t slot = 0; slot < 130; ++slot) {
    std::vector<night_view> news(100);
    for (std::size_t i = 0; i < news.size(); ++i) {
      news[i] = random() % 4 == 0 ? any_night(random) : open_night(static_cast<std::int32_t>(20000 + random() % 500 * 100), 1 + static_cast<int>(random() % 3));
      naive.nights[slot][first_day + days(i)] = as_read(news[i]);
    }
    board.update(slot, first_day, news);
  }
  int offered = 0;
  for (int turn = 0; turn < 500; ++turn) {
    const date check_in = first_day + days(static_cast<int>(random() % 110) - 5);
    const stay dates{check_in, check_in + days(1 + random() % (turn % 10 == 0 ? 40 : 5))};
    const std::uint64_t among = turn % 3 == 0 ? random() * std::uint64_t{0x9e3779b97f4a7c15} : ~std::uint64_t{0};
    for (std::uint32_t block = 0; block < 192; block += night_board::block_units) {
      night_board::offers found;
      board.offers_of(block, among, dates, found);
      for (unsigned unit = 0; unit < night_board::block_units; ++unit) {
        const auto wanted = (among >> unit & 1) != 0 ? naive.base(block + unit, dates) : std::nullopt;
        const bool is_free = (found.free >> unit & 1) != 0;
        REQUIRE(is_free == wanted.has_value());
        if (is_free) {
          REQUIRE(found.base(unit) == *wanted);
          ++offered;
        }
      }
    }
  }
  CHECK(offered > 1000);
}

TEST_CASE("the outlook is the lowest price of a range and whether a night is free", "[city_index]") {
  std::mt19937 random(11);
  night_board board;
  naive_board naive;
  board.make_room(0);
  for (std::uint32_t slot = 0; slot < 64; ++slot) {
    std::vector<night_view> news(30);
    for (std::size_t i = 0; i < news.size(); ++i) {
      news[i] = any_night(random);
      naive.nights[slot][first_day + days(i)] = as_read(news[i]);
    }
    board.update(slot, first_day, news);
  }
  const stay range{first_day + days(5), first_day + days(12)};
  night_board::outlooks found;
  board.outlooks_of(0, ~std::uint64_t{0}, range, found);
  for (unsigned unit = 0; unit < 64; ++unit) {
    std::int64_t lowest = -1;
    bool is_free = false;
    for (date day = range.check_in; day < range.check_out; day += days(1)) {
      const auto night = naive.at(unit, day);
      if (night.price >= 0)
        lowest = lowest < 0 ? night.price : std::min<std::int64_t>(lowest, night.price);
      is_free = is_free || night.rooms > 0;
    }
    CHECK((found.free >> unit & 1) == (is_free ? 1u : 0u));
    CHECK((found.priced >> unit & 1) == (lowest >= 0 ? 1u : 0u));
    if (lowest >= 0)
      CHECK(found.lowest[unit] == lowest);
  }
}

TEST_CASE("a unit is shown from its first update on, and one without a place shows nothing", "[city_index]") {
  night_board board;
  board.make_room(5);
  CHECK_FALSE(board.shows(5));
  board.update(5, first_day, {});
  CHECK(board.shows(5));
  CHECK_FALSE(board.shows(6));
  CHECK_FALSE(board.shows(2'000'000'000));
  std::vector<night_view> read(3, open_night(1, 1));
  board.read(2'000'000'000, first_day, read);
  CHECK(read == std::vector<night_view>(3));
}

// Run under ThreadSanitizer by `./dev test tsan city_index`.
TEST_CASE("readers see each update whole while several writers write", "[city_index]") {
  // Each unit flips between two states of all its nights: all free at one price, or all but one sold at another. A mixture would be a lie.
  constexpr int nights = 5, writers = 2, turns = 20'000;
  night_board board;
  for (std::uint32_t slot = 0; slot < 128; ++slot)
    board.make_room(slot);
  const auto state = [](int which) {
    std::vector<night_view> made;
    for (int i = 0; i < nights; ++i)
      made.push_back(which == 0 ? open_night(30000 + i * 100, 2) : open_night(70000 + i, i == 2 ? 1 : 3));
    return made;
  };
  const std::int64_t sums[] = {5 * 30000 + 1000, 5 * 70000 + 10};
  const stay dates{first_day, first_day + days(nights)};
  for (std::uint32_t slot = 0; slot < 128; ++slot)
    board.update(slot, first_day, state(0));
  std::atomic<bool> done{false};
  std::atomic<int> lies{0}, looks{0};
  std::vector<std::thread> threads;
  for (int number = 0; number < writers; ++number)
    threads.emplace_back([&, number] {
      std::mt19937 random(static_cast<unsigned>(number));
      const std::vector<night_view> states[] = {state(0), state(1)};
      for (int turn = 0; turn < turns; ++turn) {
        const auto slot = random() % 64 * 2 + static_cast<unsigned>(number); // Both writers in both blocks, each with units of its own.
        board.update(slot, first_day, states[random() % 2]);
        if (turn % 1000 == 0)
          board.update(slot, first_day + days(40 * (turn / 1000)), states[1]); // New chunks and directories meanwhile.
        if (turn % 1000 == 0)
          board.update(slot, first_day, states[0]);
      }
    });
  for (int number = 0; number < 2; ++number)
    threads.emplace_back([&, number] {
      night_board::offers found;
      std::vector<night_view> read(nights);
      std::mt19937 random(static_cast<unsigned>(100 + number));
      while (!done.load()) {
        for (std::uint32_t block = 0; block < 128; block += night_board::block_units) {
          board.offers_of(block, ~std::uint64_t{0}, dates, found);
          for (auto left = found.free; left != 0; left &= left - 1) {
            const auto base = found.base(static_cast<unsigned>(std::countr_zero(left)));
            lies += base != sums[0] && base != sums[1] ? 1 : 0;
          }
          lies += found.free != ~std::uint64_t{0} ? 1 : 0; // Every state is free on all nights.
        }
        board.read(random() % 128, first_day, read);
        lies += read != state(0) && read != state(1) ? 1 : 0;
        ++looks;
      }
    });
  for (int number = 0; number < writers; ++number)
    threads[static_cast<std::size_t>(number)].join();
  done = true;
  for (std::size_t number = writers; number < threads.size(); ++number)
    threads[number].join();
  CHECK(lies == 0);
  CHECK(looks > 0);
}
