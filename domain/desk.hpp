#pragma once

#include "domain/catalogue.hpp"
#include "domain/id.hpp"
#include "domain/result.hpp"
#include "domain/terms.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>
#include <variant>

namespace reserve {

// Small entities of a city: open problems (spec 10§9), numbers (spec 20§12, 00§5), the catalogue, the inbox; and the platform log.

enum class exception_status : std::uint8_t { open, in_progress, resolved, dismissed };
std::string_view name_of(exception_status status) noexcept;

/// An open problem for people.
struct open_exception {
  exception_id id{};
  exception_notice notice;
  exception_status status = exception_status::open;
  int occurrences = 1;
  timestamp created_at{}, updated_at{};
  exception_id previous{};
  static void each(auto& self, auto&& visit) {
    visit(self.id, self.notice, self.status, self.occurrences, self.created_at, self.updated_at, self.previous);
  }
};

/// State of the exceptions actor: what is open, by "type|entity_key", and the last closed one of each key (for EX11).
struct exceptions_state {
  std::map<std::string, open_exception> open;
  std::map<std::string, exception_id> last_closed;
  static void each(auto& self, auto&& visit) { visit(self.open, self.last_closed); }
};

struct exception_raised { // EX1, EX11
  open_exception raised;
  static void each(auto& self, auto&& visit) { visit(self.raised); }
};
struct exception_repeated { // EX2
  exception_id id{};
  std::string key;
  static void each(auto& self, auto&& visit) { visit(self.id, self.key); }
};
struct exception_resolved { // EX8, EX9
  exception_id id{};
  std::string key, action;
  static void each(auto& self, auto&& visit) { visit(self.id, self.key, self.action); }
};
using exceptions_event = std::variant<exception_raised, exception_repeated, exception_resolved>;
void evolve(exceptions_state& target, const exceptions_event& event, timestamp at);
/// `cause` names who tells and which of its notices this is: the new exception's id is derived from it, so a repeated telling raises nothing new while open.
std::vector<exceptions_event> decide(const exceptions_state& known, const exception_notice& notice, const uuid& cause, timestamp now);

/// Numbers given out: confirmation codes of this year, from blocks of the platform log.
struct numbering_state {
  int year = 0;
  std::uint32_t next = 1, last = 0; ///< Counter block [next, last]; empty when next > last.
  static void each(auto& self, auto&& visit) { visit(self.year, self.next, self.last); }
};
/// A block of counters was taken from the platform log.
struct code_block_drawn {
  int year = 0;
  std::uint32_t first = 0, last = 0;
  static void each(auto& self, auto&& visit) { visit(self.year, self.first, self.last); }
};
/// Counters up to `upto` may have been given out; what was not used by a crash stays unused (codes need no gapless series).
struct codes_reserved {
  int year = 0;
  std::uint32_t upto = 0;
  static void each(auto& self, auto&& visit) { visit(self.year, self.upto); }
};
void evolve(numbering_state& target, const code_block_drawn& event);
void evolve(numbering_state& target, const codes_reserved& event);

// --- catalogue of the city (entity = city_entity) ---

struct city_configured {
  city_content city;
  static void each(auto& self, auto&& visit) { visit(self.city); }
};
struct property_imported {
  property_content property;
  static void each(auto& self, auto&& visit) { visit(self.property); }
};
void evolve(city_state& target, const city_configured& event);
void evolve(city_state& target, const property_imported& event);

/// The desk's own entries: a webhook that has been dealt with, so that the projector marks its inbox row.
struct webhook_handled {
  uuid inbox{};
  std::string outcome; ///< applied, nothing_new, unmatched, ignored
  static void each(auto& self, auto&& visit) { visit(self.inbox, self.outcome); }
};

// --- platform log `~` (entity = platform_entity()) ---

struct city_added {
  city_number number = 0;
  std::string code, name, state, country, timezone, slug, locale;
  reserve::currency currency{};
  std::optional<std::int64_t> lat_e6, lng_e6;
  std::string support_phone, support_email;
  static void each(auto& self, auto&& visit) {
    visit(self.number, self.code, self.name, self.state, self.country, self.timezone, self.slug, self.locale, self.currency, self.lat_e6, self.lng_e6,
          self.support_phone, self.support_email);
  }
};
struct code_block_given {
  int year = 0;
  std::uint32_t block = 0;
  std::string city_code;
  std::uint32_t first = 0, last = 0;
  static void each(auto& self, auto&& visit) { visit(self.year, self.block, self.city_code, self.first, self.last); }
};
struct platform_state {
  std::map<std::string, city_added> cities;
  std::map<int, std::uint32_t> blocks_given; ///< By year: how many.
  static void each(auto& self, auto&& visit) { visit(self.cities, self.blocks_given); }
};
void evolve(platform_state& target, const city_added& event);
void evolve(platform_state& target, const code_block_given& event);
/// Size of a block of confirmation-code counters.
inline constexpr std::uint32_t code_block_size = 65536;
entity_id platform_entity();

} // namespace reserve
