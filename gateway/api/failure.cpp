#include "gateway/api/failure.hpp"
#include "gateway/api/codes.hpp"
#include "gateway/http/json.hpp"

#include <algorithm>

namespace reserve::gateway {
namespace {

/// A detail of the domain that starts like JSON and is JSON stays as it is, everything else is a text.
std::string as_json(const std::string& value) {
  const bool may_be_json =
      !value.empty() && (value.front() == '[' || value.front() == '{' || value.front() == '"' || (value.front() >= '0' && value.front() <= '9'));
  if (may_be_json && http::read_json(value).value)
    return value;
  std::string out;
  http::append_json_string(out, value);
  return out;
}

} // namespace

unsigned failure::status() const noexcept {
  return fixed_status ? fixed_status : error_status(code);
}

std::string sentence_of(const problem& what) {
  const std::string limit = what.limit.empty() ? "" : " (" + what.limit + ")";
  if (what.what == "missing")
    return what.field + " is missing";
  if (what.what == "wrong_type")
    return what.field + " is of the wrong type";
  if (what.what == "malformed")
    return what.field + " is malformed";
  if (what.what == "too_short")
    return what.field + " is too short" + limit;
  if (what.what == "too_long")
    return what.field + " is too long" + limit;
  if (what.what == "out_of_range")
    return what.field + " is out of range" + limit;
  if (what.what == "not_after")
    return what.field + " must be after" + limit;
  if (what.what == "unknown_value")
    return what.field + " has an unknown value";
  if (what.what == "unknown_field")
    return what.field + " is not a field of this request";
  if (what.what == "not_equal")
    return what.field + " differs from what else was sent";
  return what.field + " is not allowed here";
}

failure failure_of(std::vector<problem> problems) {
  const auto missing = std::find_if(problems.begin(), problems.end(), [](const problem& each) { return each.what == "missing"; });
  failure made;
  made.code = missing != problems.end() ? "MISSING_REQUIRED_FIELD" : "INVALID_PARAMETER";
  const auto first = missing != problems.end() ? missing : problems.begin();
  if (first != problems.end())
    made.message = sentence_of(*first);
  made.problems = std::move(problems);
  return made;
}

failure failure_of(const refusal& why) {
  failure made(name_of(why.code), why.message);
  for (const auto& [field, what] : why.fields)
    made.problems.push_back({field, what, ""});
  if (made.message.empty())
    made.message = made.problems.empty() ? in_words(made.code) : sentence_of(made.problems.front());
  for (const auto& [name, value] : why.details)
    made.details.emplace_back(name, as_json(value));
  if (made.status() == 503) {
    made.details.emplace_back("effect", why.effect == effect::unknown ? "\"unknown\"" : "\"none\"");
    made.headers.emplace_back("Retry-After", "1");
  }
  if (why.code == errc::idempotency_in_progress)
    made.headers.emplace_back("Retry-After", "1");
  return made;
}

} // namespace reserve::gateway
