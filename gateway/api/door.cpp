#include "gateway/api/door.hpp"

namespace reserve::gateway {
namespace {

failure failure_of(const route& where) {
  if (where.what == route::outcome::malformed)
    return {"INVALID_REQUEST", "the path cannot be decoded"};
  if (where.what == route::outcome::unknown)
    return {"NOT_FOUND", "there is no such route"};
  failure made("METHOD_NOT_ALLOWED", "the route has no such method");
  made.headers.emplace_back("Allow", where.allow);
  return made;
}

std::string_view code_of(unsigned status) noexcept {
  switch (status) {
  case 413: return "PAYLOAD_TOO_LARGE";
  case 429: return "RATE_LIMIT_EXCEEDED";
  case 500: return "INTERNAL_ERROR";
  case 503: return "SERVICE_UNAVAILABLE";
  default: return "INVALID_REQUEST";
  }
}

} // namespace

door::door(door_settings how) : how_(std::move(how)), router_(endpoints()) {}

rate_subject door::subject_of(const http::request& head, const endpoint& target) const {
  rate_subject who;
  who.address = head.remote_address;
  who.session = std::string(head.headers.get("X-Session-Id").value_or("")).substr(0, 100);
  who.source = target.operation_id;
  who.is_exempt = http::contains(how_.exempt_networks, head.remote_address);
  return who;
}

http::admission door::admit(const http::request& head) {
  route where = router_.find(head.method, head.path);
  if (where.what == route::outcome::found && !exists(*where.target, how_.rights))
    where.what = route::outcome::unknown;
  if (where.what != route::outcome::found)
    return http::admission(refused(make_context(head, how_.public_url, nullptr), failure_of(where)));
  const auto rate = limiter_.take(where.target->rate, subject_of(head, *where.target), std::chrono::steady_clock::now());
  if (!rate.allowed) {
    failure too_many("RATE_LIMIT_EXCEEDED", "too many requests");
    too_many.details.emplace_back("limit", std::string("\"") + rate.letter + "\"");
    http::admission no(refused(make_context(head, how_.public_url, where.target), too_many));
    rate.tell(no.answer_headers);
    return no;
  }
  http::admission yes(where.target->body == body_kind::raw ? where.target->body_limit : how_.body_limit);
  rate.tell(yes.answer_headers);
  return yes;
}

entry door::enter(const http::request& what) {
  entry made;
  made.where = router_.find(what.method, what.path);
  made.context = make_context(what, how_.public_url, made.where.target);
  if (made.where.what == route::outcome::found)
    made.outcome = read_request(made.where, what, how_.rights);
  else
    made.outcome = failure_of(made.where);
  return made;
}

http::response door::refuse(unsigned status, const http::request& head, std::string_view why) const {
  failure made(code_of(status), why);
  made.fixed_status = status;
  if (status == 429)
    made.details.emplace_back("limit", "\"connections\"");
  if (status == 503) {
    // Without a request nothing can have happened; a handler that took too long may have decided.
    made.details.emplace_back("effect", head.method.empty() ? "\"none\"" : "\"unknown\"");
  }
  if (status == 429 || status == 503)
    made.headers.emplace_back("Retry-After", "1");
  return refused(make_context(head, how_.public_url, nullptr), made);
}

} // namespace reserve::gateway
