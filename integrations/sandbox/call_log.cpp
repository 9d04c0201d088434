#include "integrations/sandbox/call_log.hpp"

#include "integrations/sandbox/json_text.hpp"

#include <cstdio>

namespace reserve::sandbox {

namespace {

constexpr std::size_t calls_max = 50'000;

std::string key_of(std::uint64_t number) {
  char text[32];
  std::snprintf(text, sizeof text, "%012llu", static_cast<unsigned long long>(number));
  return text;
}

std::string call_json(const call_record& call) {
  json_object out;
  out.number("id", static_cast<std::int64_t>(call.number)).text("at", to_string(call.at)).text("provider", call.provider);
  out.text("operation", call.operation).raw("property_id", text_or_null(call.property_id));
  out.raw("idempotency_key", text_or_null(call.idempotency_key)).raw("request", call.request);
  out.raw("status", call.status ? std::to_string(*call.status) : "null");
  return out.raw("fault_id", text_or_null(call.fault_id)).done();
}

} // namespace

void call_log::add(const call_record& call) {
  calls_.put(key_of(call.number), call);
  if (calls_.rows().size() > calls_max)
    calls_.erase(std::string(calls_.rows().begin()->first));
}

std::string call_log::list(const call_filter& filter) const {
  std::vector<std::string> out;
  const auto& rows = calls_.rows();
  for (auto at = rows.upper_bound(key_of(filter.after)); at != rows.end() && out.size() < filter.limit; ++at) {
    const auto& call = at->second;
    if ((filter.provider.empty() || call.provider == filter.provider) && (filter.operation.empty() || call.operation == filter.operation) &&
        (filter.property_id.empty() || call.property_id == filter.property_id))
      out.push_back(call_json(call));
  }
  return array_text(out);
}

std::string request_json(const request& call) {
  json_object out;
  out.text("method", call.method).text("path", call.path).raw("query", call.query.json());
  if (call.body.empty())
    return out.raw("body", "null").done();
  if (const auto json = parse_json(call.body))
    return out.raw("body", written(*json)).done();
  if (call.header("content-type").starts_with("application/x-www-form-urlencoded"))
    return out.raw("body", fields::parse(call.body).json()).done();
  return out.text("body", call.body).done();
}

} // namespace reserve::sandbox
