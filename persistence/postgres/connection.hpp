#pragma once

#include "persistence/core/rows.hpp"
#include "persistence/postgres/wire.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

struct pg_conn;
struct pg_result;

namespace reserve::persistence {

/// Bytes of one message of COPY data. PostgreSQL keeps a whole message in memory: a small buffer stays in the processor's cache and is not got from the kernel anew
/// for each COPY.
inline constexpr std::size_t copy_message = 64 << 10;

/// A statement that PostgreSQL refused, or a connection that is gone. The text holds no values of rows.
class database_error : public std::runtime_error {
public:
  database_error(std::string sqlstate, std::string detail, bool lost, const std::string& message, std::string table = {});

  /// Five characters; "08006" when the connection was lost without a word.
  const std::string& sqlstate() const noexcept { return sqlstate_; }
  const std::string& detail() const noexcept { return detail_; }
  /// The table whose constraint was broken; empty = none.
  const std::string& table() const noexcept { return table_; }
  /// The connection is unusable.
  bool lost() const noexcept { return lost_; }

private:
  std::string sqlstate_, detail_, table_;
  bool lost_;
};

struct connection_options {
  std::string url;
  std::string application_name = "reserve";
  std::chrono::milliseconds statement_timeout{30'000};
  std::chrono::milliseconds lock_timeout{10'000};
};

/// A typed value of a statement, in binary form.
struct parameter {
  wire::oid type = wire::oid::unspecified;
  std::string bytes;
  bool null = false;
};
parameter param(bool value);
parameter param(std::int64_t value);
parameter param(std::string_view text);
inline parameter param(const std::string& text) {
  return param(std::string_view(text));
}
inline parameter param(const char* text) {
  return param(std::string_view(text));
}
parameter param(const uuid& id);
parameter param(timestamp instant);
parameter param(date day);
parameter param(money amount);
parameter param(const bytes& data);
parameter param(const json_text& json);
parameter param(const uuid_list& ids);
parameter param(const text_list& texts);
parameter param(const std::vector<std::int64_t>& numbers);
parameter null_param(wire::oid type);
template <class T>
parameter param(const std::optional<T>& value) {
  if (value)
    return param(*value);
  auto none = param(T{});
  return null_param(none.type);
}

/// Rows of an answer. Getters throw std::runtime_error on NULL or another type: both are bugs.
class query_result {
public:
  explicit query_result(pg_result* raw);

  std::size_t rows() const noexcept;
  std::size_t columns() const noexcept;
  bool empty() const noexcept { return rows() == 0; }
  /// Rows that an INSERT, UPDATE or DELETE touched.
  std::int64_t affected() const;
  bool is_null(std::size_t line, std::size_t field) const;

  /// Bytes of the value as they came; empty for NULL.
  std::string_view raw(std::size_t line, std::size_t field) const;
  std::string text(std::size_t line, std::size_t field) const { return std::string(raw(line, field)); }
  bool boolean(std::size_t line, std::size_t field) const;
  std::int64_t integer(std::size_t line, std::size_t field) const;
  uuid id(std::size_t line, std::size_t field) const;
  timestamp instant(std::size_t line, std::size_t field) const;
  date day(std::size_t line, std::size_t field) const;
  /// numeric(12,2)
  money amount(std::size_t line, std::size_t field) const;
  /// Text of a jsonb value.
  std::string json(std::size_t line, std::size_t field) const;
  std::vector<uuid> ids(std::size_t line, std::size_t field) const;
  std::vector<std::int64_t> integers(std::size_t line, std::size_t field) const;
  std::vector<std::string> texts(std::size_t line, std::size_t field) const;

  const pg_result* handle() const noexcept { return raw_.get(); }

private:
  std::string_view value(std::size_t line, std::size_t field) const;

  std::unique_ptr<pg_result, void (*)(pg_result*)> raw_;
};

/// One session of PostgreSQL. Blocking; used by one thread at a time.
///
/// The `options` of the URL are dropped: they carry the context that a person's psql has (spec 50§13.4), a program sets its own in each transaction.
class connection {
public:
  /// Throws database_error.
  explicit connection(const connection_options& options);

  /// Sends text of one or several statements; the last result. Values in it must be our own.
  query_result run(const std::string& sql);
  /// One statement with parameters $1.., binary answer.
  query_result query(const std::string& sql, const std::vector<parameter>& values = {});
  /// Runs a COPY ... FROM STDIN statement with `data`.
  void copy_in(const std::string& statement, std::string_view data);

  bool alive() const noexcept;
  /// Inside a transaction, also a failed one.
  bool in_transaction() const noexcept;
  int backend_pid() const noexcept;
  /// The socket, for fault tests.
  int socket() const noexcept;
  /// Text as a literal of SQL, with its quotes.
  std::string literal(std::string_view text) const;
  pg_conn* raw() const noexcept { return raw_.get(); }
  /// The error of a result, or of the connection when there is none.
  database_error error_of(const pg_result* answer) const;
  /// Bytes of a COPY that is open. Throws when the connection is lost.
  void send_copy(std::string_view data);

private:
  query_result checked(pg_result* answer) const;

  std::unique_ptr<pg_conn, void (*)(pg_conn*)> raw_;
};

/// Rolls back unless committed.
class transaction {
public:
  /// `begin` may carry more than BEGIN: isolation, roles and settings, all in one round trip.
  explicit transaction(connection& on, const std::string& begin = "begin");
  transaction(const transaction&) = delete;
  transaction& operator=(const transaction&) = delete;
  ~transaction();

  void commit();

private:
  connection& on_;
  bool open_ = true;
};

/// The URL's host, port, database and user without its context; for messages and tests.
std::string describe(const std::string& url);

} // namespace reserve::persistence
