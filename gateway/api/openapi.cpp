#include "gateway/api/openapi.hpp"
#include "gateway/api/codes.hpp"
#include "gateway/api/rate_limit.hpp"
#include "gateway/api/types.hpp"
#include "gateway/http/message.hpp"

#include <algorithm>
#include <map>

namespace reserve::gateway {
namespace {

using http::json_writer;

/// A path of the document with what can be done there.
struct path_item {
  std::vector<std::pair<const endpoint*, std::string>> operations; ///< With the id, unique in the document.
  bool at_root = false;                                            ///< Also without the base.
};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

/// By path below the base. An alias at the root with the same path is a second server of the item.
std::map<std::string, path_item> path_items() {
  std::map<std::string, path_item> items;
  for (const auto& each : endpoints()) {
    items[each.path].operations.emplace_back(&each, each.operation_id);
    int copies = 1;
    for (const auto& alias : each.root_aliases) {
      const bool below_base = alias.rfind(base_path, 0) == 0;
      auto& item = items[below_base ? alias.substr(base_path.size()) : alias];
      item.at_root = item.at_root || !below_base;
      const bool known = std::any_of(item.operations.begin(), item.operations.end(), [&](const auto& known_one) { return known_one.first == &each; });
      if (!known)
        item.operations.emplace_back(&each, each.operation_id + "_alias" + (++copies > 2 ? std::to_string(copies - 1) : ""));
    }
  }
  return items;
}

void write_parameter(json_writer& out, const field& what) {
  static constexpr const char* places[] = {"path", "query", "header", "body"};
  out.begin_object().member("name", what.name).member("in", places[static_cast<int>(what.where)]);
  if (what.is_required)
    out.member("required", true);
  if (!what.about.empty())
    out.member("description", what.about);
  if (what.type == value_type::array)
    out.member("style", "form").member("explode", false);
  out.key("schema").raw(schema_of(what));
  if (!what.example.empty())
    out.key("example").raw(example_of(what));
  out.end_object();
}

void write_parameters(json_writer& out, const endpoint& what) {
  const auto reference = [&](std::string_view name) {
    out.begin_object().member("$ref", "#/components/parameters/" + std::string(name)).end_object();
  };
  out.key("parameters").begin_array();
  for (const auto& each : what.fields)
    if (each.where != place::body)
      write_parameter(out, each);
  if (what.caller == caller::session)
    reference("SessionId");
  if (what.is_command() && what.body != body_kind::raw)
    reference("IdempotencyKey");
  reference("CorrelationId");
  out.end_array();
}

void write_body(json_writer& out, const endpoint& what) {
  if (what.body == body_kind::none)
    return;
  const bool is_raw = what.body == body_kind::raw;
  out.key("requestBody").begin_object().member("required", what.body != body_kind::optional);
  out.key("content").begin_object().key(is_raw ? "application/octet-stream" : "application/json").begin_object();
  if (is_raw)
    out.key("schema")
        .raw(R"({"type":"string","description":"The raw bytes, over which the signature is made"})")
        .key("example")
        .value(what.example_body);
  else
    out.key("schema").raw(body_schema(what)).key("example").raw(what.example_body.empty() ? "{}" : what.example_body);
  out.end_object().end_object().end_object();
}

void write_security(json_writer& out, const endpoint& what) {
  out.key("security").begin_array();
  if (what.caller == caller::session)
    out.raw(R"({"session":[]})");
  if (what.caller == caller::service || what.service_may)
    out.raw(R"({"service":[]})");
  out.end_array();
}

std::string envelope_schema(std::string_view type) {
  return R"({"type":"object","properties":{"success":{"const":true},"data":)" + schema_of(type) +
         R"(,"error":{"type":"null"},"meta":{"$ref":"#/components/schemas/Meta"}},"required":["success","data","error","meta"]})";
}

std::string envelope_example(std::string_view data) {
  return R"({"success":true,"data":)" + std::string(data) +
         R"(,"error":null,"meta":{"request_id":"req_01J9ZQ4T6W8Y0A2C4E6G8J0K2M","processing_time_ms":3}})";
}

void write_answer(json_writer& out, const endpoint& what, const answer& which) {
  out.key(std::to_string(which.status)).begin_object().member("description", http::reason_phrase(which.status)).key("headers").begin_object();
  for (const auto* name : {"X-Request-Id", "X-Correlation-ID"})
    out.key(name).begin_object().member("$ref", "#/components/headers/" + std::string(name)).end_object();
  out.end_object().key("content").begin_object().key("application/json").begin_object();
  out.key("schema").raw(what.enveloped ? envelope_schema(which.type) : schema_of(which.type));
  out.key("example").raw(what.enveloped ? envelope_example(what.example_data) : what.example_data);
  out.end_object().end_object().end_object();
}

void write_answers(json_writer& out, const endpoint& what) {
  out.key("responses").begin_object();
  for (const auto& each : what.answers)
    write_answer(out, what, each);
  std::map<unsigned, int> statuses;
  for (const auto& code : error_codes_of(what))
    ++statuses[error_status(code)];
  for (const auto& [status, ignored] : statuses) {
    const bool described = std::any_of(what.answers.begin(), what.answers.end(), [s = status](const answer& each) { return each.status == s; });
    if (!described)
      out.key(std::to_string(status)).begin_object().member("$ref", "#/components/responses/Error" + std::to_string(status)).end_object();
  }
  out.end_object();
}

void write_names(json_writer& out, std::string_view key, const std::vector<std::string>& names) {
  if (names.empty())
    return;
  out.key(key).begin_array();
  for (const auto& each : names)
    out.value(each);
  out.end_array();
}

void write_operation(json_writer& out, const endpoint& what, const std::string& id) {
  static constexpr const char* repeat_words[] = {"none", "natural", "required"};
  out.key(lower(what.method)).begin_object().member("operationId", id).member("summary", what.summary);
  write_names(out, "tags", {what.tag});
  write_names(out, "x-aliases", what.synonyms);
  write_names(out, "x-error-codes", error_codes_of(what));
  out.member("x-rate-class", std::string(1, letter_of(what.rate))).member("x-idempotency", repeat_words[static_cast<int>(what.repeat)]);
  write_parameters(out, what);
  write_body(out, what);
  write_answers(out, what);
  write_security(out, what);
  out.end_object();
}

} // namespace

std::vector<std::string> error_codes_of(const endpoint& what) {
  std::vector<std::string> codes = what.errors;
  const auto add = [&codes](std::string_view code) {
    if (std::find(codes.begin(), codes.end(), code) == codes.end())
      codes.emplace_back(code);
  };
  if (!what.enveloped)
    return codes;
  if (what.body != body_kind::raw) {
    add("INVALID_REQUEST");
    if (!what.fields.empty() || what.is_command()) {
      add("MISSING_REQUIRED_FIELD");
      add("INVALID_PARAMETER");
    }
  }
  if (what.body == body_kind::json || what.body == body_kind::optional) {
    add("PAYLOAD_TOO_LARGE");
    add("UNSUPPORTED_MEDIA_TYPE");
  }
  if (what.caller == caller::session || what.caller == caller::service)
    add("UNAUTHORIZED");
  if (what.is_command() && what.body != body_kind::raw) {
    add("IDEMPOTENCY_KEY_REUSED");
    add("IDEMPOTENCY_IN_PROGRESS");
  }
  if (what.rate != rate_class::none)
    add("RATE_LIMIT_EXCEEDED");
  add("SERVICE_UNAVAILABLE");
  add("INTERNAL_ERROR");
  return codes;
}

std::string openapi_document(std::string_view public_url, std::string_view version) {
  const std::string root(public_url.empty() ? std::string_view("/") : public_url);
  const std::string base = std::string(public_url) + std::string(base_path);
  json_writer out;
  out.begin_object().member("openapi", "3.1.0");
  out.key("info").begin_object().member("title", "Reserve Connect").member("version", version);
  out.member("description", "Booking engine: search, holds, payments, reservations. All dates are half-open, money has two digits.").end_object();
  out.key("servers").begin_array().begin_object().member("url", base).end_object().end_array();
  out.key("paths").begin_object();
  for (const auto& [path, item] : path_items()) {
    out.key(path).begin_object();
    if (item.at_root)
      out.key("servers").begin_array().begin_object().member("url", base).end_object().begin_object().member("url", root).end_object().end_array();
    for (const auto& [target, id] : item.operations)
      write_operation(out, *target, id);
    out.end_object();
  }
  out.end_object();
  write_components(out);
  out.end_object();
  return out.take();
}

} // namespace reserve::gateway
