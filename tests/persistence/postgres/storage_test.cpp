#include "database.hpp"
#include "records.hpp"

#include "persistence/postgres/postgres_storage.hpp"

#include "domain/codec.hpp"
#include "domain/intent.hpp"

#include <catch2/catch.hpp>

using namespace reserve;
using namespace reserve::persistence;
using namespace reserve::test;

namespace {

using loaded = std::optional<loaded_entity>;
using all_of_kind = std::optional<std::pair<std::vector<entity_snapshot>, sequence>>;
using unfinished = std::optional<std::vector<std::pair<entity_kind, entity_id>>>;

} // namespace

TEST_CASE("an entity is loaded as of the hot position, however far the others are", "[persistence][postgres][storage]") {
  const database db;
  auto on = db.superuser();
  const auto intent_row = [&](std::uint8_t id, const char* status, bool handed_over, bool unfinished) {
    intent state;
    state.terms.intent = intent_id{some_id(1, id)};
    state.terms.hold = hold_id{some_id(1, static_cast<std::uint8_t>(id + 100))};
    state.terms.unit = unit_id{some_id(1, 1)};
    state.terms.session = "session" + std::to_string(id);
    state.terms.stay = {date(std::chrono::days(20000)), date(std::chrono::days(20002))};
    encoder whole;
    whole(state, handed_over);
    on.query("insert into reserve.booking_intents (city_code, id, created_at, session_id, property_id, unit_id, has_name, has_email, has_phone, has_requests, check_in, "
             "check_out, nights, guests_adults, guests_children, guests_infants, base_price, taxes, fees, extras_amount, discount_amount, total_amount, amount_due_now, "
             "currency, price_snapshot, policy_snapshot, status, handed_over, expires_at, payment_failures, source, rooms, unfinished, state) "
             "values ('URB', $1, now(), 's', $2, $2, false, false, false, false, '2027-01-01', '2027-01-03', 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 'BRL', '{}', '{}', $3, $4, "
             "now(), 0, 'direct', 1, $5, $6)",
             {param(some_id(1, id)), param(some_id(1, 1)), param(status), param(handed_over), param(unfinished), param(bytes{std::move(whole).take()})});
    return state;
  };
  unit_calendar unit;
  unit.id = unit_id{some_id(1, 1)};
  on.query("insert into reserve.unit_snapshots (unit_id, city_code, property_id, format, seq, data) values ($1, 'URB', $1, 1, 4, $2)",
           {param(some_id(1, 1)), param(bytes{encode_calendar(unit)})});
  on.query("insert into reserve.entity_snapshots (entity_id, city_code, kind, seq, unfinished, data) values ($1, 'URB', 3, 6, true, '\\x03'), "
           "($2, 'URB', 8, 7, false, '\\x04'), ($3, 'GRA', 3, 9, true, '\\x05')",
           {param(some_id(1, 2)), param(some_id(1, 3)), param(some_id(2, 4))});
  on.run("insert into reserve.journal_positions (projection, city_code, applied_seq, epoch, applied_at) values ('hot', 'URB', 8, 1, now()), "
         "('audit', 'URB', 3, 1, now()), ('nights', 'URB', 2, 1, now())");
  const auto untouched = intent_row(10, "intent_created", false, false);
  intent_row(11, "expired", false, false);
  intent_row(12, "intent_created", true, true);

  query_pool pool({db.url(), 2, 16});
  postgres_storage storage(pool);
  const auto loaded_unit = answer_of<loaded>([&](auto done) { storage.load("URB", some_id(1, 1), entity_kind::unit, done); });
  REQUIRE(loaded_unit);
  CHECK(loaded_unit->applied_seq == 8);
  REQUIRE(loaded_unit->snapshot);
  CHECK(loaded_unit->snapshot->seq == 8);
  CHECK(loaded_unit->snapshot->kind == entity_kind::unit);
  // The claims that nobody has touched come from their own rows.
  const auto calendar = decode_calendar(loaded_unit->snapshot->data);
  REQUIRE(calendar.claims.size() == 1);
  CHECK(calendar.claims.begin()->second.intent == untouched.terms.intent);

  const auto payment = answer_of<loaded>([&](auto done) { storage.load("URB", some_id(1, 2), entity_kind::payment, done); });
  REQUIRE(payment->snapshot);
  CHECK(payment->snapshot->data == "\x03");
  const auto intent = answer_of<loaded>([&](auto done) { storage.load("URB", some_id(1, 11), entity_kind::intent, done); });
  REQUIRE(intent->snapshot);
  CHECK(intent->snapshot->kind == entity_kind::intent);
  const auto nobody = answer_of<loaded>([&](auto done) { storage.load("URB", some_id(1, 77), entity_kind::intent, done); });
  CHECK_FALSE(nobody->snapshot);
  CHECK(nobody->applied_seq == 8);
  CHECK_FALSE(answer_of<loaded>([&](auto done) { storage.load("URB", some_id(2, 4), entity_kind::payment, done); })->snapshot);

  const auto properties = answer_of<all_of_kind>([&](auto done) { storage.load_all("URB", entity_kind::property, done); });
  CHECK(properties->first.size() == 1);
  CHECK(properties->second == 8);
  const auto nowhere = answer_of<all_of_kind>([&](auto done) { storage.load_all("NEW", entity_kind::property, done); });
  CHECK(nowhere->first.empty());
  CHECK(nowhere->second == 0);

  const auto open = answer_of<unfinished>([&](auto done) { storage.load_unfinished("URB", done); });
  CHECK(open == unfinished({{entity_kind::intent, some_id(1, 12)}, {entity_kind::payment, some_id(1, 2)}}));
}

TEST_CASE("an unreadable database and a full queue are told, not waited for", "[persistence][postgres][storage]") {
  query_pool nowhere({"host=/nowhere/at/all dbname=x user=reserve", 1, 16});
  postgres_storage storage(nowhere);
  CHECK_FALSE(answer_of<loaded>([&](auto done) { storage.load("URB", some_id(1, 1), entity_kind::unit, done); }));
  query_pool full({"", 0, 0});
  postgres_storage refused(full);
  CHECK_FALSE(answer_of<loaded>([&](auto done) { refused.load("URB", some_id(1, 1), entity_kind::unit, done); }));
}

TEST_CASE("a pool goes on after its sessions were ended", "[persistence][postgres][storage]") {
  const database db;
  query_pool pool({db.url(), 2, 16});
  const auto ask = [&] {
    return answer_of<std::optional<std::int64_t>>([&](auto done) {
      pool.read<std::int64_t>(access_context::service("URB"), [](connection& on) { return number(on, "select 5::bigint"); }, done);
    });
  };
  CHECK(ask() == 5);
  db.superuser().run("select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'reserve query' and datname = current_database()");
  CHECK(ask() == 5);
  CHECK(ask() == 5);
}
