// Bytes of the journal and of snapshots: what can be decoded is encoded to the same bytes, everything else is a decode_error. The first byte chooses.

#include "domain/calendar.hpp"
#include "domain/codec.hpp"
#include "domain/event.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace reserve;

namespace {

std::vector<entity_id> entities() {
  std::vector<entity_id> made(3);
  for (std::size_t i = 0; i < made.size(); ++i)
    made[i].bytes[0] = static_cast<std::uint8_t>(i + 1);
  return made;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0)
    return 0;
  const auto bytes = fuzz::text_of(data + 1, size - 1);
  try {
    if (data[0] % 2 == 0) {
      static const auto known = entities();
      const auto events = decode_events(bytes, known);
      const auto written = encode_events(events, known);
      const auto again = encode_events(decode_events(written, known), known);
      fuzz::must(written == again, "events survive the journal");
    } else {
      const auto written = encode_calendar(decode_calendar(bytes));
      fuzz::must(encode_calendar(decode_calendar(written)) == written, "a calendar survives its snapshot");
    }
  } catch (const decode_error&) {
    // The city stops; nothing is skipped.
  }
  return 0;
}
