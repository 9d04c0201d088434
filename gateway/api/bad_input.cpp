#include "gateway/api/bad_input.hpp"
#include "gateway/api/bad_values.hpp"
#include "gateway/api/codes.hpp"
#include "gateway/http/json.hpp"
#include "gateway/http/text.hpp"

#include <algorithm>

namespace reserve::gateway {
namespace {

using http::json_value;

constexpr std::size_t huge = 10 * 1024 * 1024;

/// Good parts of a request of one endpoint, to be spoilt one at a time.
class spoiler {
public:
  explicit spoiler(const endpoint& what) : what_(what) {
    query_ = http::parse_query(what.example_query).value_or(http::pairs());
    if (what.body == body_kind::json)
      body_ = *http::read_json(what.example_body).value;
    std::erase_if(query_, [](const auto& pair) { return pair.first == "session_id"; });
    body_ = replaced(body_, "session_id", std::nullopt);
  }

  std::vector<bad_request> run() {
    bad_request wrong_method = base("method not allowed");
    wrong_method.method = "PUT";
    expect(wrong_method, "METHOD_NOT_ALLOWED");
    if (what_.enveloped) {
      spoil_syntax();
      spoil_credentials();
      if (what_.body != body_kind::raw) {
        for (const auto& each : what_.fields)
          spoil_field(each);
        for (const auto& each : what_.rules)
          spoil_rule(each);
        spoil_key();
      }
    }
    return std::move(made_);
  }

private:
  /// Every request has a session of its own, so that limits per session do not get in the way.
  bad_request base(const std::string& name) const {
    bad_request made;
    made.name = what_.operation_id + ": " + name;
    made.method = what_.method;
    if (what_.caller == caller::session)
      made.headers.emplace_back("X-Session-Id", "bad-input-" + what_.operation_id + "-" + std::to_string(made_.size()));
    if (what_.caller == caller::service)
      made.headers.emplace_back("Authorization", "Bearer {service_token}");
    if (what_.body == body_kind::json)
      made.headers.emplace_back("Content-Type", "application/json");
    made.target = path("", "") + query_text(query_);
    if (what_.body == body_kind::json)
      made.body = http::to_json(body_);
    return made;
  }

  void expect(bad_request made, std::string_view code, std::string_view field = "", std::string_view problem = "") {
    made.code = std::string(code);
    made.status = error_status(code);
    made.field = std::string(field);
    made.problem = std::string(problem);
    made_.push_back(std::move(made));
  }

  void expect_problem(bad_request made, std::string_view field, std::string_view problem) {
    expect(std::move(made), problem == "missing" ? "MISSING_REQUIRED_FIELD" : "INVALID_PARAMETER", field, problem);
  }

  std::string path(std::string_view name, std::string_view value) const {
    std::string text(base_path);
    text += what_.path;
    for (const auto& each : what_.fields) {
      if (each.where != place::path)
        continue;
      const std::string hole = "{" + each.name + "}";
      text.replace(text.find(hole), hole.size(), http::percent_encode(each.name == name ? value : std::string_view(each.example)));
    }
    return text;
  }

  static std::string query_text(const http::pairs& pairs) {
    std::string text;
    for (const auto& [name, value] : pairs)
      text += (text.empty() ? "?" : "&") + http::percent_encode(name) + "=" + http::percent_encode(value);
    return text;
  }

  bad_request with_query(const std::string& name, const http::pairs& pairs) const {
    bad_request made = base(name);
    made.target = path("", "") + query_text(pairs);
    return made;
  }

  bad_request with_body(const std::string& name, std::string body) const {
    bad_request made = base(name);
    made.body = std::move(body);
    return made;
  }

  void spoil_syntax() {
    if (what_.body != body_kind::raw) {
      for (const auto* text : {"%zz", "%ff", "%00", "%"}) {
        bad_request made = base(std::string("query ") + text);
        made.target = path("", "") + "?q=" + text;
        expect(made, "INVALID_REQUEST");
      }
    }
    if (what_.body == body_kind::none)
      return;
    bad_request too_long = with_body("body of 10 MiB", "");
    too_long.fill = huge;
    expect(too_long, "PAYLOAD_TOO_LARGE");
    if (what_.body == body_kind::raw)
      return;
    const std::string deep = R"({"a":)" + std::string(1000, '[') + std::string(1000, ']') + "}";
    const std::pair<const char*, std::string> bodies[] = {{"body cut off", "{"},
                                                          {"body is an array", "[]"},
                                                          {"body is a text", "\"x\""},
                                                          {"body with a trailing comma", "{\"a\":1,}"},
                                                          {"body with broken UTF-8", "{\"a\":\"\xff\"}"},
                                                          {"body with U+0000", std::string("{\"a\":\"\0\"}", 9)},
                                                          {"body with escaped U+0000", "{\"a\":\"\\u0000\"}"},
                                                          {"body with a repeated name", "{\"a\":1,\"a\":2}"},
                                                          {"body of depth 1000", deep}};
    for (const auto& [name, body] : bodies) {
      bad_request made = with_body(name, body);
      if (what_.body == body_kind::optional)
        made.headers.emplace_back("Content-Type", "application/json");
      expect(made, "INVALID_REQUEST");
    }
    if (what_.body == body_kind::json)
      expect(with_body("body empty", ""), "INVALID_REQUEST");
    for (const auto* type : {"text/plain", "application/json; charset=latin1"}) {
      bad_request made = with_body(std::string("content type ") + type, "{}");
      std::erase_if(made.headers, [](const auto& header) { return header.first == "Content-Type"; });
      made.headers.emplace_back("Content-Type", type);
      expect(made, "UNSUPPORTED_MEDIA_TYPE");
    }
  }

  void spoil_credentials() {
    const auto without = [this](const std::string& name, const char* header) {
      bad_request made = base(name);
      std::erase_if(made.headers, [&](const auto& each) { return each.first == header; });
      return made;
    };
    if (what_.caller == caller::service) {
      expect(without("no token", "Authorization"), "UNAUTHORIZED");
      bad_request wrong = without("wrong token", "Authorization");
      wrong.headers.emplace_back("Authorization", "Bearer not-the-token");
      expect(wrong, "UNAUTHORIZED");
    }
    if (what_.caller == caller::partner)
      expect(base("no signature"), "SIGNATURE_INVALID");
    if (what_.caller != caller::session)
      return;
    if (what_.session_is_field)
      expect(without("no session", "X-Session-Id"), "MISSING_REQUIRED_FIELD", "session_id", "missing");
    else
      expect(without("no session", "X-Session-Id"), "UNAUTHORIZED");
    for (const auto& [value, problem] : {std::pair("short", "too_short"), std::pair("<script>alert(1)</script>", "malformed")}) {
      bad_request made = without(std::string("session ") + problem, "X-Session-Id");
      made.headers.emplace_back("X-Session-Id", value);
      expect_problem(made, "X-Session-Id", problem);
    }
    const field* listed = what_.find("session_id");
    if (listed && listed->where == place::body)
      expect_problem(with_body("two sessions", http::to_json(replaced(body_, "session_id", json_value::of_string("another-session")))), "session_id",
                     "not_equal");
  }

  void spoil_field(const field& each) {
    if (each.where == place::path)
      return spoil_path(each);
    if (each.where == place::query)
      return spoil_query(each);
    if (each.where != place::body)
      return;
    for (const auto& bad : bad_json_values(each, each.name)) {
      json_value body = replaced(completed(each.name), each.name, bad.value);
      expect_problem(with_body(each.name + " " + bad.about, http::to_json(body)), bad.field, bad.problem);
    }
    if (each.is_required)
      expect_problem(with_body(each.name + " missing", http::to_json(replaced(body_, each.name, std::nullopt))), each.name, "missing");
  }

  void spoil_path(const field& each) {
    for (const auto& bad : bad_plain_values(each)) {
      if (bad.text.empty())
        continue; // another path, not a bad value
      bad_request made = base(each.name + " " + bad.about);
      made.target = path(each.name, bad.text) + query_text(query_);
      if (each.type == value_type::id_or_code || each.type == value_type::choice)
        expect(made, "NOT_FOUND");
      else
        expect_problem(made, each.name, bad.problem);
    }
  }

  void spoil_query(const field& each) {
    for (const auto& bad : bad_plain_values(each)) {
      http::pairs pairs = query_;
      for (const auto& rule : what_.rules)
        if (rule.what == rule::kind::together && (rule.first == each.name || rule.second == each.name))
          add_if_absent(pairs, *what_.find(rule.first == each.name ? rule.second : rule.first));
      set(pairs, each.name, bad.text);
      expect_problem(with_query(each.name + " " + bad.about, pairs), each.name + bad.suffix, bad.problem);
    }
    http::pairs rest = query_;
    std::erase_if(rest, [&](const auto& pair) { return pair.first == each.name; });
    if (each.is_required)
      expect_problem(with_query(each.name + " missing", rest), each.name, "missing");
  }

  static void set(http::pairs& pairs, const std::string& name, const std::string& value) {
    std::erase_if(pairs, [&](const auto& pair) { return pair.first == name; });
    pairs.emplace_back(name, value);
  }

  static void add_if_absent(http::pairs& pairs, const field& what) {
    if (std::none_of(pairs.begin(), pairs.end(), [&](const auto& pair) { return pair.first == what.name; }))
      pairs.emplace_back(what.name, what.example);
  }

  /// The body with the partner that a field needs, so that the field's own problem is the only one.
  json_value completed(const std::string& name) const {
    json_value body = body_;
    for (const auto& rule : what_.rules) {
      if (rule.what == rule::kind::together && (rule.first == name || rule.second == name)) {
        const field* partner = what_.find(rule.first == name ? rule.second : rule.first);
        if (!body.find(partner->name))
          body = replaced(body, partner->name, good_json_value(*partner));
      }
      if (rule.what == rule::kind::one_of && (rule.first == name || rule.second == name))
        body = replaced(body, rule.first == name ? rule.second : rule.first, std::nullopt);
    }
    return body;
  }

  bad_request changed(const std::string& name, const std::vector<std::pair<std::string, std::optional<std::string>>>& changes) const {
    http::pairs pairs = query_;
    json_value body = body_;
    for (const auto& [key, value] : changes) {
      std::erase_if(pairs, [&, &wanted = key](const auto& pair) { return pair.first == wanted; });
      const field* known = what_.find(key);
      if (!known)
        continue;
      if (known->where == place::query && value)
        pairs.emplace_back(key, *value);
      if (known->where == place::body) {
        std::optional<json_value> replacement;
        if (value)
          replacement = json_value::of_string(*value);
        body = replaced(body, key, replacement);
      }
    }
    bad_request made = with_query(name, pairs);
    if (what_.body == body_kind::json)
      made.body = http::to_json(body);
    return made;
  }

  void spoil_rule(const rule& each) {
    const std::string both = each.first + " and " + each.second;
    switch (each.what) {
    case rule::kind::after:
      expect_problem(changed(each.second + " not after " + each.first, {{each.first, "2026-12-05"}, {each.second, "2026-12-05"}}), each.second,
                     "not_after");
      if (each.limit > 0)
        expect_problem(changed(each.second + " too late", {{each.first, "2026-01-01"}, {each.second, "2026-12-05"}}), each.second, "out_of_range");
      break;
    case rule::kind::one_of:
    case rule::kind::at_least_one:
      expect_problem(changed("neither " + both, {{each.first, std::nullopt}, {each.second, std::nullopt}}), each.first, "missing");
      break;
    case rule::kind::together:
      expect_problem(changed(each.first + " alone", {{each.first, what_.find(each.first)->example}, {each.second, std::nullopt}}), each.second,
                     "missing");
      break;
    case rule::kind::not_less:
    case rule::kind::equal_if_both: break; // One pair each; unit tests have them.
    }
  }

  void spoil_key() {
    if (!what_.is_command())
      return;
    for (const auto& [value, problem] :
         {std::pair<std::string, const char*>("short", "too_short"), {std::string(256, 'k'), "too_long"}, {"with a space", "malformed"}}) {
      bad_request made = base(std::string("Idempotency-Key ") + problem);
      made.headers.emplace_back("Idempotency-Key", value);
      expect_problem(made, "Idempotency-Key", problem);
    }
  }

  const endpoint& what_;
  http::pairs query_;
  json_value body_ = json_value::of_object({});
  std::vector<bad_request> made_;
};

std::string base64(std::string_view bytes) {
  static constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    unsigned group = 0;
    for (std::size_t j = 0; j < 3; ++j)
      group = group * 256 + (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0);
    for (std::size_t j = 0; j < 4; ++j)
      out += i + j > bytes.size() ? '=' : digits[(group >> (18 - 6 * j)) & 63];
  }
  return out;
}

} // namespace

std::vector<bad_request> bad_requests(const endpoint& what) {
  return spoiler(what).run();
}

std::string bad_requests_as_json() {
  http::json_writer out;
  out.begin_array();
  for (const auto& target : endpoints()) {
    for (const auto& each : bad_requests(target)) {
      out.begin_object().member("name", each.name).member("method", each.method).member("target", each.target).key("headers").begin_object();
      for (const auto& [name, value] : each.headers)
        out.member(name, value);
      out.end_object().member("body_base64", base64(each.body)).member("fill", each.fill).member("status", each.status).member("code", each.code);
      out.member("field", each.field).member("problem", each.problem).end_object();
    }
  }
  out.end_array();
  return out.take();
}

} // namespace reserve::gateway
