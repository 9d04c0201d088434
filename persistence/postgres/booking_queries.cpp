#include "persistence/postgres/booking_queries.hpp"

namespace reserve::persistence {

namespace {

constexpr const char* code_sql = "select id from reserve.reservations where confirmation_code = $1";
constexpr const char* payment_sql = "select id from reserve.payments where gateway_payment_intent_id = $1 or gateway_charge_id = $1 limit 1";

/// The id in the first row of a query with one parameter.
template <class Id>
void find(query_pool& pool, const char* sql, const std::string& value, std::function<void(std::optional<std::optional<Id>>)> done) {
  pool.read<std::optional<Id>>(
      access_context::service("*"),
      [sql, value](connection& on) {
        const auto rows = on.query(sql, {param(value)});
        return rows.empty() ? std::optional<Id>{} : std::optional<Id>{Id{rows.id(0, 0)}};
      },
      std::move(done));
}

} // namespace

void booking_queries::find_code(const std::string& code, std::function<void(std::optional<std::optional<reservation_id>>)> done) {
  find<reservation_id>(pool_, code_sql, code, std::move(done));
}

void booking_queries::find_payment(const std::string& provider_object, std::function<void(std::optional<std::optional<payment_id>>)> done) {
  find<payment_id>(pool_, payment_sql, provider_object, std::move(done));
}

} // namespace reserve::persistence
