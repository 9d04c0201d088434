#include "domain/civil.hpp"

#include <array>
#include <cstdio>

namespace reserve {

namespace {

bool read_digits(std::string_view text, std::size_t at, std::size_t count, int& out) {
  if (at + count > text.size())
    return false;
  out = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9')
      return false;
    out = out * 10 + (text[i] - '0');
  }
  return true;
}

void put_two(std::string& into, std::size_t at, unsigned number) {
  into[at] = static_cast<char>('0' + number / 10);
  into[at + 1] = static_cast<char>('0' + number % 10);
}

} // namespace

result<stay> make_stay(date check_in, date check_out) {
  if (check_in < check_out)
    return stay{check_in, check_out};
  refusal why(errc::invalid_parameter, "check_out must be after check_in");
  why.fields.emplace_back("check_out", "not_after");
  return why;
}

std::string to_string(date day) {
  const std::chrono::year_month_day civil(day);
  const auto year = static_cast<int>(civil.year());
  if (year < 0 || year > 9999) { // No date of a booking; only what somebody made up.
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", year, static_cast<unsigned>(civil.month()), static_cast<unsigned>(civil.day()));
    return text.data();
  }
  std::string out(10, '-');
  put_two(out, 0, static_cast<unsigned>(year) / 100);
  put_two(out, 2, static_cast<unsigned>(year) % 100);
  put_two(out, 5, static_cast<unsigned>(civil.month()));
  put_two(out, 8, static_cast<unsigned>(civil.day()));
  return out;
}

std::optional<date> parse_date(std::string_view text) {
  int year = 0;
  int month = 0;
  int day = 0;
  if (text.size() != 10 || text[4] != '-' || text[7] != '-')
    return std::nullopt;
  if (!read_digits(text, 0, 4, year) || !read_digits(text, 5, 2, month) || !read_digits(text, 8, 2, day))
    return std::nullopt;
  const std::chrono::year_month_day civil{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)), std::chrono::day(static_cast<unsigned>(day))};
  if (!civil.ok())
    return std::nullopt;
  return date(civil);
}

std::string to_string(timestamp instant) {
  const auto day = std::chrono::floor<std::chrono::days>(instant);
  const auto seconds = static_cast<unsigned>(std::chrono::floor<std::chrono::seconds>(instant - day).count());
  auto out = to_string(date(day));
  const auto at = out.size();
  out += "T00:00:00Z";
  put_two(out, at + 1, seconds / 3600);
  put_two(out, at + 4, seconds / 60 % 60);
  put_two(out, at + 7, seconds % 60);
  return out;
}

std::optional<timestamp> parse_timestamp(std::string_view text) {
  if (text.size() < 20 || (text[10] != 'T' && text[10] != 't' && text[10] != ' ') || text[13] != ':' || text[16] != ':')
    return std::nullopt;
  const auto day = parse_date(text.substr(0, 10));
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (!day || !read_digits(text, 11, 2, hour) || !read_digits(text, 14, 2, minute) || !read_digits(text, 17, 2, second))
    return std::nullopt;
  if (hour > 23 || minute > 59 || second > 60)
    return std::nullopt;
  std::size_t at = 19;
  std::int64_t micros = 0;
  if (text[at] == '.') {
    if (at + 1 == text.size() || text[at + 1] < '0' || text[at + 1] > '9')
      return std::nullopt;
    std::int64_t unit = 100000;
    for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, unit /= 10)
      micros += (text[at] - '0') * unit;
  }
  std::chrono::minutes offset{};
  if (at + 1 == text.size() && (text[at] == 'Z' || text[at] == 'z')) {
    // UTC.
  } else {
    int offset_hour = 0;
    int offset_minute = 0;
    if (at + 6 != text.size() || (text[at] != '+' && text[at] != '-') || text[at + 3] != ':')
      return std::nullopt;
    if (!read_digits(text, at + 1, 2, offset_hour) || !read_digits(text, at + 4, 2, offset_minute) || offset_hour > 23 || offset_minute > 59)
      return std::nullopt;
    offset = std::chrono::hours(offset_hour) + std::chrono::minutes(offset_minute);
    if (text[at] == '-')
      offset = -offset;
  }
  return timestamp(*day) + std::chrono::hours(hour) + std::chrono::minutes(minute) - offset + std::chrono::seconds(second) + std::chrono::microseconds(micros);
}

} // namespace reserve
