#include "persistence/postgres/inbox.hpp"

namespace reserve::persistence {

namespace {

/// The unique key decides: who comes second waits for the first and inserts nothing.
constexpr const char* store_sql =
    "with first as (insert into reserve.webhook_dedup (dedup_key, inbox_id, created_at) values ($1, $2, $3) on conflict (dedup_key) do nothing "
    "returning inbox_id) "
    "insert into reserve.webhook_inbox (id, created_at, city_code, provider, dedup_key, event_id, event_type, object_id, host_property_id, body, headers) "
    "select inbox_id, $3, $4, $5, $1, $6, $7, $8, $9, $10, $11 from first";
constexpr const char* columns = "id, created_at, city_code, provider, event_id, event_type, object_id, host_property_id, body, headers";
constexpr const char* partition_missed = "23514";

parameter text_or_null(const std::string& text, std::size_t longest) {
  return text.empty() ? null_param(wire::oid::text) : param(std::string_view(text).substr(0, longest));
}

std::string place(const uuid& id) {
  return place_of("webhook_inbox", id, "body");
}

} // namespace

void webhook_inbox::store(incoming_webhook what, std::function<void(std::optional<stored_webhook>)> done) {
  const auto id = make_uuid(what.city, random_uuid_bytes());
  // Sealed here, on the caller's thread: the queue holds no plain bodies.
  const auto sealed = sealer_.seal_alone(place(id), what.body);
  const bytes dedup{what.dedup_key};
  const std::vector<parameter> values{param(dedup), param(id), param(what.received_at), param(what.city_code), param(what.provider),
                                      text_or_null(what.event_id, 255), text_or_null(what.event_type, 100), text_or_null(what.object_id, 255),
                                      text_or_null(what.host_property_id, 255), param(bytes{sealed}), param(json_text{what.headers_json})};
  pool_.write<stored_webhook>(
      access_context::service("*"),
      [values, id, dedup, at = what.received_at](connection& on) {
        on.run("savepoint before");
        query_result stored = [&] {
          try {
            return on.query(store_sql, values);
          } catch (const database_error& why) {
            if (why.sqlstate() != partition_missed)
              throw;
          }
          // The first webhook of a month that nobody prepared.
          on.run("rollback to savepoint before; set local role reserve_writer");
          on.query("select reserve.ensure_partition('webhook_inbox', $1::date)", {param(std::chrono::floor<std::chrono::days>(at))});
          on.run("set local role reserve_service");
          return on.query(store_sql, values);
        }();
        if (stored.affected() == 1)
          return stored_webhook{id, false};
        const auto first = on.query("select inbox_id from reserve.webhook_dedup where dedup_key = $1", {param(dedup)});
        const auto first_id = first.id(0, 0);
        // Our own row, when this is the second try of one insert whose answer was lost.
        return stored_webhook{first_id, first_id != id};
      },
      std::move(done));
}

inbox_row webhook_inbox::row_of(const query_result& rows, std::size_t i) const {
  inbox_row out{rows.id(i, 0),   rows.instant(i, 1), rows.text(i, 2), rows.text(i, 3), rows.text(i, 4),
                rows.text(i, 5), rows.text(i, 6),    rows.text(i, 7), {},              rows.json(i, 9)};
  // An emptied body, or one under a key that is gone, reads as empty.
  out.body = sealer_.open_alone(place(out.id), rows.raw(i, 8)).value_or("");
  return out;
}

void webhook_inbox::unprocessed(const std::string& city_code, std::size_t limit, std::function<void(std::optional<std::vector<inbox_row>>)> done) {
  unprocessed_after(city_code, inbox_row{}, limit, std::move(done));
}

void webhook_inbox::unprocessed_after(const std::string& city_code, const inbox_row& last, std::size_t limit,
                                      std::function<void(std::optional<std::vector<inbox_row>>)> done) {
  pool_.read<std::vector<inbox_row>>(
      access_context::service("*"),
      [this, city_code, at = last.received_at, id = last.id, limit](connection& on) {
        const auto rows = on.query("select " + std::string(columns)
                                       + " from reserve.webhook_inbox where not processed and coalesce(city_code, '') = $1 and (created_at, id) > ($2, $3) "
                                         "order by created_at, id limit $4",
                                   {param(city_code), param(at), param(id), param(static_cast<std::int64_t>(limit))});
        std::vector<inbox_row> out;
        for (std::size_t i = 0; i < rows.rows(); ++i)
          out.push_back(row_of(rows, i));
        return out;
      },
      std::move(done));
}

void webhook_inbox::read(uuid inbox_id, std::function<void(std::optional<std::optional<inbox_row>>)> done) {
  pool_.read<std::optional<inbox_row>>(
      access_context::service("*"),
      [this, inbox_id](connection& on) -> std::optional<inbox_row> {
        const auto rows = on.query("select " + std::string(columns) + " from reserve.webhook_inbox where id = $1", {param(inbox_id)});
        if (rows.empty())
          return std::nullopt;
        return row_of(rows, 0);
      },
      std::move(done));
}

void webhook_inbox::assign_city(uuid inbox_id, const std::string& city_code, std::function<void(bool)> done) {
  pool_.write<bool>(
      access_context::service("*"),
      [inbox_id, city_code](connection& on) {
        on.query("update reserve.webhook_inbox set city_code = $2 where id = $1", {param(inbox_id), param(city_code)});
        return true;
      },
      [done = std::move(done)](std::optional<bool> ok) { done(ok.has_value()); });
}

} // namespace reserve::persistence
