#include "gateway/api/envelope.hpp"
#include "gateway/api/codes.hpp"
#include "gateway/http/json.hpp"

#include <algorithm>
#include <random>

namespace reserve::gateway {
namespace {

constexpr std::string_view crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

bool is_usable_correlation(std::string_view text) {
  return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

void write_meta(http::json_writer& out, const request_context& context) {
  const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - context.started);
  out.key("meta").begin_object().member("request_id", context.request_id).member("processing_time_ms", passed.count()).end_object();
}

const http::header_list& of_every_answer() {
  static const http::header_list all = [] {
    http::header_list made;
    made.add("X-Content-Type-Options", "nosniff");
    made.add("Referrer-Policy", "no-referrer");
    made.add("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
    made.add("Strict-Transport-Security", "max-age=31536000");
    return made;
  }();
  return all;
}

void add_headers(http::response& answer, const request_context& context) {
  auto& headers = answer.headers;
  headers.add("X-Request-Id", context.request_id);
  headers.add("X-Correlation-ID", context.correlation_id);
  const bool may_cache = context.target && context.target->max_age_seconds > 0 && answer.status < 300;
  if (may_cache)
    headers.add("Cache-Control", "max-age=" + std::to_string(context.target->max_age_seconds));
  else
    headers.add("Cache-Control", "no-store");
  headers.add(of_every_answer());
}

void write_details(http::json_writer& out, const failure& why) {
  out.key("details").begin_object();
  if (!why.problems.empty()) {
    std::vector<std::string_view> names;
    for (const auto& each : why.problems)
      if (std::find(names.begin(), names.end(), each.field) == names.end())
        names.push_back(each.field);
    out.key("fields").begin_array();
    for (const auto name : names)
      out.value(name);
    out.end_array().key("problems").begin_array();
    for (const auto& each : why.problems) {
      out.begin_object().member("field", each.field).member("problem", each.what);
      if (!each.limit.empty())
        out.key("limit").raw(each.limit);
      out.end_object();
    }
    out.end_array();
  }
  for (const auto& [name, json] : why.details)
    out.key(name).raw(json);
  out.end_object();
}

} // namespace

std::string make_request_id(std::chrono::milliseconds since_epoch, const std::array<std::uint8_t, 10>& random) {
  constexpr std::string_view prefix = "req_";
  constexpr std::size_t time_digits = 10, chance_digits = 16;
  std::string id(prefix.size() + time_digits + chance_digits, '_');
  prefix.copy(id.data(), prefix.size());
  // 128 bits in 26 characters of 5, the last first: 80 of chance fill 16 of them, and 48 of time nearly 10.
  auto* at = id.data() + id.size();
  for (std::size_t end = random.size(); end > 0; end -= 5) {
    std::uint64_t forty = 0;
    for (std::size_t i = end - 5; i < end; ++i)
      forty = forty << 8 | random[i];
    for (int digit = 0; digit < 8; ++digit, forty >>= 5)
      *--at = crockford[forty & 31];
  }
  auto time = static_cast<std::uint64_t>(since_epoch.count()) & ((std::uint64_t{1} << 48) - 1);
  for (std::size_t digit = 0; digit < time_digits; ++digit, time >>= 5)
    *--at = crockford[time & 31];
  return id;
}

std::string make_request_id() {
  thread_local std::mt19937_64 generator{[] {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device()};
    return std::mt19937_64(seed);
  }()};
  std::array<std::uint8_t, 10> random{};
  std::uint64_t bits = generator();
  for (std::size_t i = 0; i < random.size(); ++i) {
    if (i == 8)
      bits = generator();
    random[i] = static_cast<std::uint8_t>(bits >> (8 * (i % 8)));
  }
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return make_request_id(std::chrono::duration_cast<std::chrono::milliseconds>(now), random);
}

request_context make_context(const http::request& what, std::string public_url, const endpoint* target) {
  request_context made;
  made.request_id = make_request_id();
  const auto given = what.headers.get("X-Correlation-ID").value_or("");
  made.correlation_id = is_usable_correlation(given) ? std::string(given) : made.request_id;
  made.public_url = std::move(public_url);
  made.started = std::chrono::steady_clock::now();
  made.target = target;
  return made;
}

http::response success(const request_context& context, unsigned status, std::string_view data, std::string_view rest) {
  http::json_writer out(data.size() + rest.size() + 256);
  out.begin_object().member("success", true).key("data").raw(data, rest).key("error").null();
  write_meta(out, context);
  out.end_object();
  return plain(context, status, out.take());
}

http::response plain(const request_context& context, unsigned status, std::string body) {
  http::response answer(status, std::move(body));
  add_headers(answer, context);
  return answer;
}

http::response refused(const request_context& context, const failure& why) {
  const unsigned status = why.status();
  const std::string message = why.message.empty() ? in_words(why.code) : why.message;
  http::json_writer out;
  out.begin_object().member("success", false).key("data").null().key("error").begin_object().member("code", why.code).member("message", message);
  write_details(out, why);
  out.end_object();
  write_meta(out, context);
  out.member("type", context.public_url + "/problems/" + hyphenated(why.code)).member("title", in_words(why.code)).member("status", status);
  out.member("detail", message).member("instance", "/requests/" + context.request_id).end_object();
  http::response answer(status, out.take(), "application/problem+json");
  add_headers(answer, context);
  for (const auto& [name, value] : why.headers)
    answer.headers.add(name, value);
  if (status == 401)
    answer.headers.add("WWW-Authenticate", "Bearer realm=\"reserve\"");
  return answer;
}

} // namespace reserve::gateway
