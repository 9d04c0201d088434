#include "gateway/api/codes.hpp"
#include "gateway/api/openapi.hpp"
#include "gateway/api/types.hpp"
#include "gateway/http/message.hpp"

#include <map>

namespace reserve::gateway {
namespace {

constexpr std::string_view problem_words = R"(["missing","wrong_type","malformed","too_short","too_long","out_of_range","not_after","unknown_value",)"
                                           R"("unknown_field","not_equal","not_allowed"])";

void write_schemas(http::json_writer& out) {
  out.key("schemas").begin_object();
  out.key("Uuid").raw(R"({"type":"string","format":"uuid","description":"Lower case, opaque"})");
  out.key("Date").raw(R"({"type":"string","format":"date","description":"YYYY-MM-DD"})");
  out.key("Time").raw(R"({"type":"string","pattern":"^[0-2][0-9]:[0-5][0-9]$","description":"HH:MM"})");
  out.key("Instant").raw(R"({"type":"string","format":"date-time","description":"RFC 3339 UTC with Z, whole seconds"})");
  out.key("Money").raw(R"({"type":"number","description":"Exactly two digits after the point; read and write it without binary floating point"})");
  out.key("GuestsInput")
      .raw(schema_of(
          object("", {integer("adults", 1, 20).required(), integer("children", 0, 10).defaulting("0"), integer("infants", 0, 5).defaulting("0")})));
  out.key("Code").begin_object().member("type", "string").key("enum").begin_array();
  for (const auto& each : error_codes())
    out.value(each.name);
  out.end_array().end_object();
  for (const auto& each : named_types())
    out.key(each.name).raw(schema_of(each.notation));
  out.key("FieldProblem")
      .raw(R"({"type":"object","properties":{"field":{"type":"string"},"problem":{"type":"string","enum":)" + std::string(problem_words) +
           R"(},"limit":{"type":["string","number"]}},"required":["field","problem"]})");
  out.key("ErrorDetails")
      .raw(R"({"type":"object","properties":{"fields":{"type":"array","items":{"type":"string"}},"problems":{"type":"array",)"
           R"("items":{"$ref":"#/components/schemas/FieldProblem"}},"offset":{"type":"integer"},"limit":{"type":"string"},)"
           R"("effect":{"type":"string","enum":["none","unknown"]}}})");
  out.key("Problem").raw(
      R"({"type":"object","properties":{"success":{"const":false},"data":{"type":"null"},"error":{"type":"object","properties":)"
      R"({"code":{"$ref":"#/components/schemas/Code"},"message":{"type":"string"},"details":{"$ref":"#/components/schemas/ErrorDetails"}},)"
      R"("required":["code","message","details"]},"meta":{"$ref":"#/components/schemas/Meta"},"type":{"type":"string"},)"
      R"("title":{"type":"string"},"status":{"type":"integer"},"detail":{"type":"string"},"instance":{"type":"string"}},)"
      R"("required":["success","data","error","meta","type","title","status","detail","instance"]})");
  out.end_object();
}

void write_headers(http::json_writer& out) {
  const std::map<std::string, std::string> headers{
      {"X-Request-Id", "Same as meta.request_id"},
      {"X-Correlation-ID", "The one of the request, or a new one"},
      {"Retry-After", "Seconds; with 429, 503 and 409 in progress"},
      {"RateLimit-Policy", "Class, quota and window"},
      {"RateLimit", "Class, what remains and when it is full again"},
      {"RateLimit-Limit", "For older clients"},
      {"RateLimit-Remaining", "For older clients"},
      {"RateLimit-Reset", "For older clients"},
  };
  out.key("headers").begin_object();
  for (const auto& [name, about] : headers) {
    out.key(name).begin_object().member("description", about);
    out.key("schema").raw(R"({"type":"string"})").end_object();
  }
  out.end_object();
}

void write_shared_responses(http::json_writer& out) {
  std::map<unsigned, std::vector<std::string_view>> by_status{{408, {"INVALID_REQUEST"}}, {431, {"INVALID_REQUEST"}}};
  for (const auto& each : error_codes())
    by_status[each.status].push_back(each.name);
  out.key("responses").begin_object();
  for (const auto& [status, codes] : by_status) {
    std::string about(http::reason_phrase(status));
    for (std::size_t i = 0; i < codes.size(); ++i)
      about += (i == 0 ? ": " : ", ") + std::string(codes[i]);
    out.key("Error" + std::to_string(status)).begin_object().member("description", about).key("headers").begin_object();
    for (const auto* name : {"X-Request-Id", "X-Correlation-ID", "Retry-After", "RateLimit-Policy", "RateLimit", "RateLimit-Limit",
                             "RateLimit-Remaining", "RateLimit-Reset"})
      out.key(name).begin_object().member("$ref", "#/components/headers/" + std::string(name)).end_object();
    out.end_object();
    out.key("content").raw(R"({"application/problem+json":{"schema":{"$ref":"#/components/schemas/Problem"}}})").end_object();
  }
  out.end_object();
}

} // namespace

void write_components(http::json_writer& out) {
  out.key("components").begin_object();
  write_schemas(out);
  write_headers(out);
  write_shared_responses(out);
  out.key("parameters")
      .raw(
          R"({"SessionId":{"name":"X-Session-Id","in":"header","description":"Guest session","schema":{"type":"string","minLength":8,"maxLength":100,)"
          R"("pattern":"^[A-Za-z0-9_-]+$"},"example":"bad0c0de-session-0001"},)"
          R"("IdempotencyKey":{"name":"Idempotency-Key","in":"header","description":"8 to 255 visible ASCII characters, quoted or not; a repeat gets the first answer",)"
          R"("schema":{"type":"string","minLength":8,"maxLength":257},"example":"3f1c9a52-booking-1"},)"
          R"("CorrelationId":{"name":"X-Correlation-ID","in":"header","schema":{"type":"string","maxLength":128}}})");
  out.key("securitySchemes")
      .raw(R"({"session":{"type":"apiKey","in":"header","name":"X-Session-Id"},"token":{"type":"http","scheme":"bearer","bearerFormat":"JWT"},)"
           R"("service":{"type":"http","scheme":"bearer"},"api_key":{"type":"apiKey","in":"header","name":"X-API-Key"}})");
  out.end_object();
}

} // namespace reserve::gateway
