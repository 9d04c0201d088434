#include "domain/event.hpp"

#include "domain/codec.hpp"

#include <catch2/catch.hpp>

#include <random>
#include <set>

using namespace reserve;

namespace {

/// Puts random values into everything that a codec sees, so that a member forgotten by one side shows.
class filler {
public:
  explicit filler(unsigned seed) : dice_(seed) {}

  template <class... Ts>
  void operator()(Ts&... values) {
    (fill(values), ...);
  }

  void fill(bool& value) { value = dice_() % 2 == 0; }
  template <std::integral T>
  void fill(T& value) {
    value = static_cast<T>(dice_());
  }
  template <class T>
  requires std::is_enum_v<T>
  void fill(T& value) { value = static_cast<T>(dice_() % 3); }
  void fill(std::string& text) {
    text.resize(dice_() % 9);
    for (char& c : text)
      c = static_cast<char>(dice_());
  }
  template <std::size_t N>
  void fill(std::array<std::uint8_t, N>& bytes) {
    for (auto& byte : bytes)
      byte = static_cast<std::uint8_t>(dice_());
  }
  void fill(uuid& id) { fill(id.bytes); }
  template <class Tag>
  void fill(strong_id<Tag>& id) {
    fill(id.value);
  }
  void fill(money& amount) { fill(amount.minor_units); }
  void fill(rate& share) { fill(share.per_ten_thousand); }
  void fill(currency& unit) {
    for (char& c : unit.code)
      c = static_cast<char>('A' + dice_() % 26);
  }
  void fill(date& day) { day = date(std::chrono::days(dice_() % 40000)); }
  void fill(timestamp& instant) { instant = timestamp(std::chrono::microseconds(dice_())); }
  template <class Rep, class Period>
  void fill(std::chrono::duration<Rep, Period>& length) {
    length = std::chrono::duration<Rep, Period>(dice_() % 100000);
  }
  template <class T>
  void fill(std::optional<T>& value) {
    value.reset();
    if (dice_() % 3 != 0)
      fill(value.emplace());
  }
  template <class T>
  void fill(std::vector<T>& values) {
    values.resize(dice_() % 4);
    for (T& value : values)
      fill(value);
  }
  template <class K, class V>
  void fill(std::map<K, V>& values) {
    for (auto n = dice_() % 4; n > 0; --n) {
      K key{};
      fill(key);
      fill(values[key]);
    }
  }
  template <class A, class B>
  void fill(std::pair<A, B>& value) {
    fill(value.first);
    fill(value.second);
  }
  template <class T>
  void fill(std::shared_ptr<const T>& value) {
    T made{};
    fill(made);
    value = std::make_shared<const T>(std::move(made));
  }
  template <class T>
  void fill(shared_value<T>& value) {
    T made{};
    fill(made);
    value = std::move(made);
  }
  template <class T>
  requires requires(T& value, filler& in) { T::each(value, in); }
  void fill(T& value) { T::each(value, *this); }

private:
  std::mt19937 dice_;
};

template <std::size_t Index = 0>
void each_kind(std::vector<event>& out, unsigned seed) {
  if constexpr (Index < std::variant_size_v<any_event>) {
    std::variant_alternative_t<Index, any_event> what{};
    filler fill(seed * 1000 + Index);
    fill(what);
    out.emplace_back(std::move(what));
    each_kind<Index + 1>(out, seed);
  }
}

/// One event of every kind, with random content.
std::vector<event> one_of_each(unsigned seed) {
  std::vector<event> out;
  each_kind(out, seed);
  return out;
}

const std::vector<entity_id> three_entities{derive_uuid(1, "a"), derive_uuid(1, "b"), derive_uuid(1, "c")};

std::string bytes_of_all(unsigned seed) {
  std::vector<entity_event> events;
  for (auto& what : one_of_each(seed))
    events.push_back({three_entities[events.size() % 3], std::move(what)});
  return encode_events(events, three_entities);
}

} // namespace

TEST_CASE("every event survives the journal", "[domain][event]") {
  for (unsigned seed = 1; seed <= 20; ++seed)
    for (const auto& what : one_of_each(seed)) {
      CAPTURE(seed, event_kinds()[what.index()].name);
      const std::string bytes = encode_events({{three_entities[1], what}}, three_entities);
      const auto read = decode_events(bytes, three_entities);
      REQUIRE(read.size() == 1);
      REQUIRE(read[0].entity == three_entities[1]);
      REQUIRE(read[0].what.index() == what.index());
      REQUIRE(encode_events(read, three_entities) == bytes);
    }
}

TEST_CASE("the events of a record keep their order and their entities", "[domain][event]") {
  const std::string bytes = bytes_of_all(1);
  const auto read = decode_events(bytes, three_entities);
  REQUIRE(read.size() == std::variant_size_v<any_event>);
  for (std::size_t i = 0; i < read.size(); ++i) {
    CHECK(read[i].what.index() == i);
    CHECK(read[i].entity == three_entities[i % 3]);
  }
  CHECK(encode_events(read, three_entities) == bytes);
  CHECK(entities_of(read) == three_entities);
  CHECK(entities_of({}).empty());
  CHECK(decode_events("", {}).empty());
}

TEST_CASE("every event has a number and a name of its own", "[domain][event]") {
  const auto kinds = event_kinds();
  REQUIRE(kinds.size() == std::variant_size_v<any_event>);
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    CHECK(kinds[i].code == i + 1);
    CHECK(kinds[i].version >= 1);
    CHECK(kinds[i].name.find('.') != std::string_view::npos);
    CHECK(names.insert(kinds[i].name).second);
  }
  for (const auto& what : one_of_each(3))
    CHECK(code_of(what) == what.index() + 1);
}

TEST_CASE("names that others subscribe to stand at their events", "[domain][event]") {
  const auto name = [](const event& what) { return event_kinds()[what.index()].name; };
  CHECK(name(intent_created{}) == "intent.created");
  CHECK(name(intent_expired{}) == "intent.expired");
  CHECK(name(intent_cancelled{}) == "intent.cancelled");
  CHECK(name(intent_converted{}) == "intent.converted");
  CHECK(name(request_submitted{}) == "intent.submitted");
  CHECK(name(payment_started{}) == "payment.started");
  CHECK(name(payment_succeeded{}) == "payment.succeeded");
  CHECK(name(payment_failed{}) == "payment.failed");
  CHECK(name(payment_late{}) == "payment.late");
  CHECK(name(payment_mismatched{}) == "payment.mismatch");
  CHECK(name(payment_duplicate{}) == "payment.duplicate");
  CHECK(name(refund_requested{}) == "payment.refund_requested");
  CHECK(name(refund_completed{}) == "refund.completed");
  CHECK(name(refund_failed{}) == "refund.failed");
  CHECK(name(reservation_created{}) == "reservation.created");
  CHECK(name(reservation_imported{}) == "reservation.imported");
  CHECK(name(reservation_confirmed{}) == "booking.created");
  CHECK(name(host_commit_failed{}) == "reservation.host_commit_failed");
  CHECK(name(host_commit_retried{}) == "reservation.retry");
  CHECK(name(reservation_given_up{}) == "booking.cancelled");
  CHECK(name(exception_raised{}) == "exception.raised");
  CHECK(name(exception_resolved{}) == "exception.resolved");
  CHECK(name(availability_imported{}) == "availability.updated");
  CHECK(name(property_imported{}) == "property.updated");
  CHECK(name(webhook_handled{}) == "inbox.webhook_handled");
  CHECK(name(code_block_given{}) == "platform.code_block_given");
}

TEST_CASE("what is not known is never skipped", "[domain][event]") {
  const std::string good = encode_events({{three_entities[0], event(intent_expired{})}}, three_entities);
  const auto changed = [&](std::size_t at, char to) {
    auto bytes = good;
    bytes[at] = to;
    return bytes;
  };
  CHECK_NOTHROW(decode_events(good, three_entities));
  CHECK_THROWS_AS(decode_events(changed(0, '\0'), three_entities), decode_error);   // type 0
  CHECK_THROWS_AS(decode_events(changed(1, '\x7f'), three_entities), decode_error); // a type of the future
  CHECK_THROWS_AS(decode_events(changed(2, '\2'), three_entities), decode_error);   // a version of the future
  CHECK_THROWS_AS(decode_events(changed(2, '\0'), three_entities), decode_error);
  CHECK_THROWS_AS(decode_events(changed(3, '\3'), three_entities), decode_error); // a fourth entity
  CHECK_THROWS_AS(decode_events(changed(5, '\1'), three_entities), decode_error); // longer than the bytes
  CHECK_THROWS_AS(decode_events(good + "x", three_entities), decode_error);
  CHECK_THROWS_AS(encode_events({{derive_uuid(1, "stranger"), event(intent_expired{})}}, three_entities), std::logic_error);
}

TEST_CASE("broken bytes are refused, never misread into undefined behaviour", "[domain][event]") {
  std::mt19937 dice(11);
  const std::string good = bytes_of_all(2);
  for (std::size_t length = 0; length < good.size(); length += 13)
    try {
      decode_events(std::string_view(good).substr(0, length), three_entities);
    } catch (const decode_error&) {
    }
  int refused = 0;
  for (int n = 0; n < 3000; ++n) {
    std::string bytes = good.substr(0, 200 + dice() % 2000);
    for (auto flips = 1 + dice() % 8; flips > 0; --flips)
      bytes[dice() % bytes.size()] = static_cast<char>(dice());
    try {
      decode_events(bytes, three_entities);
    } catch (const decode_error&) {
      ++refused;
    }
  }
  CHECK(refused > 2000);
}
