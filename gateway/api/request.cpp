#include "gateway/api/request.hpp"
#include "gateway/api/codes.hpp"
#include "gateway/http/text.hpp"

#include <algorithm>
#include <iterator>

namespace reserve::gateway {
namespace {

constexpr std::string_view session_header = "X-Session-Id";
constexpr std::string_view key_header = "Idempotency-Key";

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

/// application/json, alone or with charset=utf-8.
bool is_json_type(std::string_view type) {
  const auto semicolon = type.find(';');
  if (!http::equals_ignoring_case(trimmed(type.substr(0, semicolon)), "application/json"))
    return false;
  if (semicolon == std::string_view::npos)
    return true;
  auto parameter = trimmed(type.substr(semicolon + 1));
  return parameter.empty() || http::equals_ignoring_case(parameter, "charset=utf-8") || http::equals_ignoring_case(parameter, "charset=\"utf-8\"");
}

/// As long as the longer one, whatever differs.
bool equals_in_constant_time(std::string_view a, std::string_view b) noexcept {
  unsigned difference = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < a.size(); ++i)
    difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(i < b.size() ? b[i] : 0);
  return difference == 0;
}

failure unreadable(std::string_view why) {
  return {"INVALID_REQUEST", why};
}

const field& session_rule() {
  static const field rule = session_id();
  return rule;
}

const field& key_rule() {
  static const field rule = text(key_header, 8, 255, pattern::visible);
  return rule;
}

} // namespace

std::string_view cookie(const http::request& what, std::string_view name) noexcept {
  std::string_view rest = what.headers.get("Cookie").value_or("");
  while (!rest.empty()) {
    const auto end = rest.find(';');
    const auto part = trimmed(rest.substr(0, end));
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    const auto equals = part.find('=');
    if (equals != std::string_view::npos && part.substr(0, equals) == name)
      return part.substr(equals + 1);
  }
  return {};
}

bool has_service_token(const http::request& what, const access& rights) noexcept {
  static constexpr std::string_view scheme = "Bearer ";
  const auto given = what.headers.get("Authorization").value_or("");
  if (rights.service_token.empty() || given.size() < scheme.size() || !http::equals_ignoring_case(given.substr(0, scheme.size()), scheme))
    return false;
  return equals_in_constant_time(rights.service_token, trimmed(given.substr(scheme.size())));
}

bool exists(const endpoint& target, const access& rights) noexcept {
  if (target.caller == caller::service && rights.service_token.empty())
    return false;
  return target.operation_id != "move_clock" || rights.clock_control;
}

/// One request on its way through the checks. Each step returns the failure that ends it.
class request_reader {
public:
  request_reader(const route& where, const http::request& what, const access& rights)
      : where_(where), target_(*where.target), what_(what), rights_(rights) {}

  std::variant<validated, failure> run() {
    for (const auto step :
         {&request_reader::check_content_type, &request_reader::read_syntax, &request_reader::check_credentials, &request_reader::check_fields})
      if (auto failed = (this->*step)())
        return std::move(*failed);
    return std::move(result_);
  }

private:
  using outcome = std::optional<failure>;

  bool wants_json() const { return target_.body == body_kind::json || (target_.body == body_kind::optional && !what_.body.empty()); }

  outcome check_content_type() {
    if (!wants_json() || what_.body.empty())
      return std::nullopt;
    const auto type = what_.headers.get("Content-Type");
    if (!type || !is_json_type(*type))
      return failure("UNSUPPORTED_MEDIA_TYPE", "the body must be application/json");
    return std::nullopt;
  }

  outcome read_syntax() {
    auto query = http::parse_query(what_.query);
    if (!query)
      return unreadable("the query cannot be decoded");
    query_ = std::move(*query);
    if (!wants_json())
      return std::nullopt;
    auto reading = http::read_json(what_.body);
    std::string_view why = reading.problem;
    if (reading.value && !reading.value->is_object()) {
      why = "not an object";
      reading.offset = 0;
    }
    if (!why.empty()) {
      failure failed = unreadable("the body is not a JSON object: " + std::string(why));
      failed.details.emplace_back("offset", std::to_string(reading.offset));
      return failed;
    }
    body_ = std::move(*reading.value);
    return std::nullopt;
  }

  /// A field of the request that is a text, before it is checked.
  std::string_view raw_field(std::string_view name) const {
    const field* known = target_.find(name);
    if (!known)
      return {};
    if (known->where == place::body)
      return body_.text_of(name).value_or(std::string_view());
    for (const auto& [key, value] : query_)
      if (key == name)
        return value;
    return {};
  }

  outcome check_credentials() {
    const bool is_service = has_service_token(what_, rights_);
    if (target_.caller == caller::service && !is_service)
      return failure("UNAUTHORIZED", "the service token is missing or wrong");
    if (target_.caller == caller::service || (target_.service_may && is_service)) {
      result_.is_service_ = true;
      return std::nullopt;
    }
    if (target_.caller != caller::session)
      return std::nullopt;
    find_session();
    if (!session_.empty() || has_listed_session())
      return std::nullopt;
    if (!target_.session_is_field)
      return failure("UNAUTHORIZED", "a session is needed: send X-Session-Id");
    checker_.report("session_id", "missing");
    return std::nullopt;
  }

  /// The header, else the field that the endpoint lists, else for reads the cookie (spec 30§1.1).
  void find_session() {
    const auto header = what_.headers.get(session_header).value_or("");
    const auto listed = raw_field("session_id");
    if (!header.empty() && !listed.empty() && header != listed)
      checker_.report("session_id", "not_equal");
    if (!header.empty()) {
      session_ = header;
      session_place_ = session_header;
    } else if (!listed.empty()) {
      session_ = listed; // checked with the other fields
    } else if (target_.method == "GET") {
      session_ = cookie(what_, "rc_sid");
      session_place_ = "rc_sid";
    }
  }

  /// Whether a session stands in the body or query at all, though it may be of the wrong type or empty.
  bool has_listed_session() const {
    if (!target_.find("session_id"))
      return false;
    const auto* member = body_.find("session_id");
    return (member && !member->is_null()) || std::any_of(query_.begin(), query_.end(), [](const auto& pair) { return pair.first == "session_id"; });
  }

  outcome check_fields() {
    result_.root_.type = checked_value::kind::object;
    if (auto failed = check_path())
      return failed;
    if (target_.body == body_kind::raw)
      return std::nullopt;
    check_query();
    if (wants_json())
      check_body();
    check_headers();
    check_rules(target_.rules, result_.root_, checker_);
    if (!checker_.problems().empty())
      return failure_of(checker_.take());
    std::erase_if(result_.root_.members, [](const auto& member) { return member.first == "session_id" || member.first == key_header; });
    return std::nullopt;
  }

  outcome check_path() {
    for (const auto& each : target_.fields) {
      if (each.where != place::path)
        continue;
      const auto raw = where_.parameter(each.name).value_or("");
      field_checker alone;
      auto value = alone.check_plain(each, raw, each.name);
      if (value) {
        keep(each.name, std::move(*value));
      } else if (each.type == value_type::id_or_code || each.type == value_type::choice) {
        return failure("NOT_FOUND", "there is no such " + std::string(each.type == value_type::choice ? each.name : "entity"));
      } else {
        for (const auto& found : alone.problems())
          checker_.report(found.field, found.what, found.limit);
      }
    }
    return std::nullopt;
  }

  void keep(const std::string& name, checked_value value) { result_.root_.members.emplace_back(name, std::move(value)); }

  void check_query() {
    for (const auto& each : target_.fields) {
      if (each.where != place::query)
        continue;
      const auto is_it = [&](const auto& pair) { return pair.first == each.name; };
      const auto given = std::find_if(query_.begin(), query_.end(), is_it);
      if (given == query_.end()) {
        if (each.is_required)
          checker_.report(each.name, "missing");
      } else if (each.type == value_type::array) {
        check_query_array(each);
      } else if (std::any_of(given + 1, query_.end(), is_it)) {
        checker_.report(each.name, "malformed");
      } else if (auto value = checker_.check_plain(each, given->second, each.name)) {
        keep(each.name, std::move(*value));
      }
    }
  }

  /// `amenities=a,b` or the name repeated.
  void check_query_array(const field& each) {
    std::vector<http::json_value> items;
    for (const auto& [name, value] : query_) {
      if (name != each.name)
        continue;
      for (std::string_view rest = value;;) {
        const auto comma = rest.find(',');
        items.push_back(http::json_value::of_string(std::string(rest.substr(0, comma))));
        if (comma == std::string_view::npos)
          break;
        rest.remove_prefix(comma + 1);
      }
    }
    if (auto value = checker_.check_json(each, http::json_value::of_array(std::move(items)), each.name))
      keep(each.name, std::move(*value));
  }

  void check_body() {
    auto& known = result_.root_.members; // Of path and query, if any.
    auto given = checker_.check_members(target_.fields, body_, "").members;
    given.insert(given.begin(), std::make_move_iterator(known.begin()), std::make_move_iterator(known.end()));
    known = std::move(given);
  }

  void check_headers() {
    if (!session_.empty() && (session_place_.empty() || checker_.check_plain(session_rule(), session_, std::string(session_place_))))
      result_.session_ = std::string(session_);
    const auto key = what_.headers.get(key_header);
    if (key && target_.is_command()) {
      if (auto value = checker_.check_plain(key_rule(), unquoted(trimmed(*key)), std::string(key_header))) {
        result_.idempotency_key_ = value->text;
        keep(std::string(key_header), std::move(*value));
      }
    } else if (target_.repeat == repeats::required) {
      checker_.report(std::string(key_header), "missing");
    }
  }

  const route& where_;
  const endpoint& target_;
  const http::request& what_;
  const access& rights_;
  http::pairs query_;
  http::json_value body_;
  std::string_view session_;
  std::string_view session_place_; ///< Empty when it stands in a field that the endpoint lists.
  field_checker checker_;
  validated result_;
};

std::variant<validated, failure> read_request(const route& where, const http::request& what, const access& rights) {
  return request_reader(where, what, rights).run();
}

} // namespace reserve::gateway
