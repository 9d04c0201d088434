#include "integrations/json.hpp"

#include "integrations/bytes.hpp"

#include <boost/json/basic_parser_impl.hpp>

#include <charconv>

namespace reserve::integrations {

namespace {

const json_value nothing;
const std::string no_text;
constexpr std::size_t values_max = 100'000;
constexpr std::size_t depth_max = 32;

using error_code = boost::json::error_code;

} // namespace

/// Receives what Boost.JSON's parser meets and keeps numbers as text.
class json_reader {
public:
  static constexpr std::size_t max_object_size = values_max;
  static constexpr std::size_t max_array_size = values_max;
  static constexpr std::size_t max_key_size = std::size_t{1} << 12;
  static constexpr std::size_t max_string_size = std::size_t{1} << 22;

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code& why) { return open(json_value::type::object, why); }
  bool on_array_begin(error_code& why) { return open(json_value::type::array, why); }
  bool on_object_end(std::size_t, error_code&) { return close(); }
  bool on_array_end(std::size_t, error_code&) { return close(); }
  bool on_key_part(std::string_view part, std::size_t, error_code&) { return grow(key_, part); }
  bool on_key(std::string_view part, std::size_t, error_code&) {
    grow(key_, part);
    open_.back().keys_.push_back(std::move(key_));
    key_.clear();
    return true;
  }
  bool on_string_part(std::string_view part, std::size_t, error_code&) { return grow(text_, part); }
  bool on_string(std::string_view part, std::size_t, error_code& why) { return leaf(json_value::type::string, part, why); }
  bool on_number_part(std::string_view part, error_code&) { return grow(text_, part); }
  bool on_int64(std::int64_t, std::string_view part, error_code& why) { return leaf(json_value::type::number, part, why); }
  bool on_uint64(std::uint64_t, std::string_view part, error_code& why) { return leaf(json_value::type::number, part, why); }
  bool on_double(double, std::string_view part, error_code& why) { return leaf(json_value::type::number, part, why); }
  bool on_bool(bool value, error_code& why) { return leaf(json_value::type::boolean, value ? "true" : "false", why); }
  bool on_null(error_code& why) { return leaf(json_value::type::null, {}, why); }
  bool on_comment_part(std::string_view, error_code&) { return true; }
  bool on_comment(std::string_view, error_code&) { return true; }

  json_value take() { return std::move(root_); }

private:
  static bool grow(std::string& text, std::string_view part) {
    text.append(part.data(), part.size());
    return true;
  }

  bool count(error_code& why) {
    if (++values_ <= values_max)
      return true;
    why = boost::json::error::array_too_large;
    return false;
  }

  bool open(json_value::type kind, error_code& why) {
    json_value value;
    value.kind_ = kind;
    open_.push_back(std::move(value));
    return count(why);
  }

  bool close() {
    auto value = std::move(open_.back());
    open_.pop_back();
    return place(std::move(value));
  }

  bool leaf(json_value::type kind, std::string_view part, error_code& why) {
    json_value value;
    value.kind_ = kind;
    grow(text_, part);
    value.text_ = std::move(text_);
    text_.clear();
    return count(why) && place(std::move(value));
  }

  bool place(json_value value) {
    if (open_.empty())
      root_ = std::move(value);
    else
      open_.back().items_.push_back(std::move(value));
    return true;
  }

  json_value root_;
  std::vector<json_value> open_;
  std::string key_;
  std::string text_;
  std::size_t values_ = 0;
};

std::optional<json_value> parse_json(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = depth_max;
  boost::json::basic_parser<json_reader> parser(options);
  error_code why;
  const auto used = parser.write_some(false, text.data(), text.size(), why);
  if (why || used != text.size())
    return std::nullopt;
  return parser.handler().take();
}

const json_value& json_value::operator[](std::string_view key) const noexcept {
  for (std::size_t i = 0; i < keys_.size(); ++i)
    if (keys_[i] == key)
      return items_[i];
  return nothing;
}

const json_value& json_value::operator[](std::size_t index) const noexcept { return kind_ == type::array && index < items_.size() ? items_[index] : nothing; }

const std::string& json_value::text() const noexcept { return kind_ == type::string ? text_ : no_text; }

const std::string& json_value::text_or_number() const noexcept { return kind_ == type::string || kind_ == type::number ? text_ : no_text; }

std::optional<std::int64_t> json_value::integer() const noexcept {
  std::int64_t out = 0;
  const auto* end = text_.data() + text_.size();
  if (kind_ != type::number)
    return std::nullopt;
  const auto [stopped, why] = std::from_chars(text_.data(), end, out);
  return why == std::errc() && stopped == end ? std::optional(out) : std::nullopt;
}

std::optional<money> json_value::amount() const { return parse_money(text_or_number()); }

std::optional<money> json_value::minor_units() const noexcept {
  const auto value = integer();
  return value ? std::optional(money{*value}) : std::nullopt;
}

std::optional<timestamp> json_value::instant() const {
  if (kind_ == type::string)
    return parse_timestamp(text_);
  const auto seconds = integer();
  constexpr std::int64_t year_9999 = 253'402'300'799;
  if (!seconds || *seconds < 0 || *seconds > year_9999)
    return std::nullopt;
  return timestamp(std::chrono::seconds(*seconds));
}

std::string json_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (code < 0x20) {
      out += "\\u00" + to_hex(std::string_view(&c, 1));
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
  return out;
}

json_object& json_object::raw(std::string_view name, std::string_view value) {
  if (!members_.empty())
    members_.push_back(',');
  members_ += json_text(name);
  members_.push_back(':');
  members_ += value;
  return *this;
}

} // namespace reserve::integrations
