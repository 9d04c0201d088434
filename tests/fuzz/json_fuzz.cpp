// JSON bodies: what is read is written again and reads as the same.

#include "gateway/http/json.hpp"
#include "gateway/http/text.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace reserve;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  const auto reading = http::read_json(text);
  fuzz::must(reading.value.has_value() == reading.problem.empty(), "a value or a problem");
  fuzz::must(reading.offset <= text.size(), "the offset lies in the text");
  if (!reading.value)
    return 0;
  fuzz::must(!http::find_bad_utf8(text), "what is accepted is UTF-8 without U+0000");
  const auto written = http::to_json(*reading.value);
  const auto again = http::read_json(written);
  fuzz::must(again.value.has_value(), "what is written can be read");
  fuzz::must(http::to_json(*again.value) == written, "what is read again is the same");
  for (const auto& [name, value] : reading.value->members()) {
    fuzz::must(reading.value->find(name) != nullptr, "a member is found by its name");
    (void)value.as_integer();
    (void)value.as_double();
    if (const auto amount = value.as_money())
      fuzz::must(parse_money(to_string(*amount)) == amount, "money is shown as it is read");
  }
  return 0;
}
