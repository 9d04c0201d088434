#pragma once

#include "persistence/postgres/query_pool.hpp"
#include "persistence/postgres/sealing.hpp"

namespace reserve::persistence {

/// A webhook whose signature is right, before anybody has looked at what it means.
struct incoming_webhook {
  std::optional<std::string> city_code; ///< nullopt = not known yet.
  city_number city = 0;
  std::string provider;
  std::string dedup_key;                ///< 32 bytes: provider and what its signature covers, else SHA-256 of the body.
  std::string event_id, event_type;     ///< As sent; empty = none.
  std::string object_id, host_property_id;
  std::string body;                     ///< Raw bytes; stored sealed.
  std::string headers_json = "{}";      ///< Without signatures.
  timestamp received_at{};
};

struct stored_webhook {
  uuid inbox_id{};
  bool duplicate = false; ///< It was here before; the id is that of the first one.
};

/// A row that waits to be handled.
struct inbox_row {
  uuid id{};
  timestamp received_at{};
  std::string city_code; ///< Empty = not known.
  std::string provider, event_id, event_type, object_id, host_property_id, body, headers_json;
};

/// The inbox of webhooks: an at-least-once buffer, stored before it is acknowledged (commit-protocol §13). nullopt everywhere: the database could not be reached.
class webhook_inbox {
public:
  webhook_inbox(const sealer& keys, query_pool& pool) : sealer_(keys), pool_(pool) {}

  void store(incoming_webhook what, std::function<void(std::optional<stored_webhook>)> done);
  /// Rows of a city that no record has handled yet, oldest first; with an empty code those whose city is not known.
  void unprocessed(const std::string& city_code, std::size_t limit, std::function<void(std::optional<std::vector<inbox_row>>)> done);
  /// The same behind a row of an earlier answer: those that nobody consumes stay unprocessed for ever and must not stand in the way of others.
  void unprocessed_after(const std::string& city_code, const inbox_row& last, std::size_t limit,
                         std::function<void(std::optional<std::vector<inbox_row>>)> done);
  /// One row, handled or not; inner nullopt: there is none.
  void read(uuid inbox_id, std::function<void(std::optional<std::optional<inbox_row>>)> done);
  /// Says to which city a row belongs, once somebody knows.
  void assign_city(uuid inbox_id, const std::string& city_code, std::function<void(bool)> done);

private:
  inbox_row row_of(const query_result& rows, std::size_t i) const;

  const sealer& sealer_;
  query_pool& pool_;
};

} // namespace reserve::persistence
