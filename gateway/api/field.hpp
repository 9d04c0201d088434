#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reserve::gateway {

/// Where a field of a request stands.
enum class place : std::uint8_t { path, query, header, body };

/// What a field holds (spec 30§1.8).
enum class value_type : std::uint8_t {
  text,       ///< Length in code points, and a pattern.
  uuid,       ///< Kept as 16 bytes.
  id_or_code, ///< A UUID or a confirmation code; what is neither does not exist (404).
  date,
  integer,
  number, ///< Not money: coordinates, ratings.
  money,
  boolean,
  choice, ///< One of `choices`.
  guests, ///< An integer (= adults) or an object {adults, children, infants}; kept as the object.
  object,
  array, ///< Of `members.front()`.
};

/// Shapes of texts; each has a regular expression for the API document and a function that checks it.
enum class pattern : std::uint8_t {
  any,
  session,     ///< [A-Za-z0-9_-]
  city_code,   ///< [A-Z0-9]
  slug,        ///< [a-z0-9_-]
  promo_code,  ///< [A-Za-z0-9_-]
  visible,     ///< Visible ASCII, quoted or not; the quotes do not count.
  email,       ///< RFC 5321 shape.
  phone,       ///< E.164.
  country,     ///< ISO 3166-1 alpha-2.
  locale,      ///< BCP 47.
  cpf,         ///< Brazilian tax number with its check digits, punctuation accepted.
  https_url,   ///< https only.
  coordinates, ///< "lat,lng" in WGS84.
  bounding_box ///< "west,south,east,north" in WGS84.
};

/// One field of a request, as data: it validates, it documents, and it makes the bad requests of the tests.
struct field {
  std::string name;
  value_type type = value_type::text;
  place where = place::body;
  bool is_required = false;
  std::int64_t minimum = 0; ///< Of the length, the number, the count of items; money: minor units.
  std::int64_t maximum = 0; ///< Inclusive.
  pattern shape = pattern::any;
  std::vector<std::string> choices;
  std::vector<field> members; ///< Of an object; the one item of an array.
  std::string example;        ///< Text for path and query; bodies have a whole example.
  std::string about;          ///< One sentence, empty when the name says it all.
  std::string default_value;  ///< Documentation only.

  field required() const;
  field in(place there) const;
  field like(std::string_view example_text) const;
  field saying(std::string_view sentence) const;
  field defaulting(std::string_view value) const;
};

field text(std::string_view name, std::int64_t shortest, std::int64_t longest, pattern shape = pattern::any);
field uuid_field(std::string_view name);
field id_or_code(std::string_view name);
field date_field(std::string_view name);
field integer(std::string_view name, std::int64_t lowest, std::int64_t highest);
field number(std::string_view name, std::int64_t lowest, std::int64_t highest);
/// 0.00 to 9,999,999.99.
field money_field(std::string_view name);
field boolean(std::string_view name);
field choice(std::string_view name, std::vector<std::string> values);
field guests_field(std::string_view name = "guests");
field object(std::string_view name, std::vector<field> members);
field array(std::string_view name, field item, std::int64_t fewest, std::int64_t most);

// Those of the dictionary that many rows share.
field session_id();
field city_code();
field slug(std::string_view name);
field promo_code();
field page();
field per_page();
/// Members of Traveler (§1.7), all optional.
std::vector<field> traveler_members();

/// Whether the text has the shape; length is checked elsewhere.
bool has_shape(std::string_view text, pattern shape);
/// Regular expression of a shape, empty for `any`.
std::string_view expression_of(pattern shape) noexcept;
/// Eleven digits with right check digits, dots and hyphen accepted.
bool is_cpf(std::string_view text);
/// RES-YYYY-XXXXXX with Crockford characters (spec 00§5), in either case.
bool is_confirmation_code(std::string_view text);
/// Inside a pair of double quotes, or the text itself.
std::string_view unquoted(std::string_view text);

} // namespace reserve::gateway
