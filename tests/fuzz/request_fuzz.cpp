// Requests from their head to the validated command: route, rate, body, credentials, fields. The input is written like HTTP: request line, header lines, an
// empty line, body.

#include "gateway/api/codes.hpp"
#include "gateway/api/door.hpp"
#include "gateway/http/json.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace reserve;

namespace {

gateway::door_settings settings() {
  gateway::door_settings made;
  made.public_url = "https://book.example.com";
  made.rights.service_token = "service-token-of-the-fuzzer";
  made.rights.clock_control = true;
  made.exempt_networks = {*http::parse_network("127.0.0.0/8")};
  return made;
}

http::request request_of(std::string_view input) {
  http::request made;
  auto line = fuzz::take_until(input, '\n');
  made.method = std::string(fuzz::take_until(line, ' '));
  made.path = std::string(fuzz::take_until(line, '?'));
  made.query = std::string(line);
  made.remote_address = "127.0.0.1";
  while (!input.empty()) {
    auto header = fuzz::take_until(input, '\n');
    if (header.empty())
      break;
    const auto name = fuzz::take_until(header, ':');
    made.headers.add(std::string(name), std::string(header));
  }
  made.body = std::string(input);
  return made;
}

void check_answer(const http::response& answer) {
  fuzz::must(answer.status >= 400 && answer.status < 600, "a refusal has the status of one");
  fuzz::must(http::read_json(answer.body).value.has_value(), "a refusal is JSON");
  fuzz::must(answer.body.size() < 200'000, "a client cannot make our answer long");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static gateway::door door(settings());
  const auto what = request_of(fuzz::text_of(data, size));
  auto head = what;
  head.body.clear();
  const auto admitted = door.admit(head);
  if (admitted.refusal) {
    check_answer(*admitted.refusal);
    return 0;
  }
  if (what.body.size() > admitted.body_limit)
    return 0;
  const auto came = door.enter(what);
  if (const auto* why = std::get_if<gateway::failure>(&came.outcome)) {
    fuzz::must(gateway::error_status(why->code) != 0 || why->fixed_status != 0, "every failure has a status");
    check_answer(gateway::refused(came.context, *why));
    return 0;
  }
  const auto& values = std::get<gateway::validated>(came.outcome);
  fuzz::must(values.canonical_text() == values.canonical_text(), "the canonical text is one");
  (void)values.party_of();
  for (const auto& [name, value] : values.root().members)
    fuzz::must(values.has(name) || name.find('.') != std::string::npos, "a field is found by its name");
  return 0;
}
