#include "persistence/postgres/connection.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <cstring>
#include <map>

namespace reserve::persistence {

namespace {

std::string field_of(const PGresult* answer, int code) {
  const char* text = answer == nullptr ? nullptr : PQresultErrorField(answer, code);
  return text == nullptr ? std::string() : std::string(text);
}

/// Keywords of a URL, without `options`: they are the context of somebody's psql.
std::map<std::string, std::string> keywords_of(const std::string& url) {
  std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> parsed(PQconninfoParse(url.c_str(), nullptr), PQconninfoFree);
  if (!parsed)
    throw database_error("08001", "", true, "the database URL cannot be read");
  std::map<std::string, std::string> out;
  for (const auto* option = parsed.get(); option->keyword != nullptr; ++option)
    if (option->val != nullptr && std::strcmp(option->keyword, "options") != 0)
      out[option->keyword] = option->val;
  return out;
}

parameter binary(wire::oid type, std::string bytes) {
  return {type, std::move(bytes), false};
}

} // namespace

database_error::database_error(std::string sqlstate, std::string detail, bool lost, const std::string& message, std::string table)
    : std::runtime_error(message), sqlstate_(std::move(sqlstate)), detail_(std::move(detail)), table_(std::move(table)), lost_(lost) {}

parameter param(bool value) {
  return binary(wire::oid::boolean, std::string(1, value ? '\1' : '\0'));
}

parameter param(std::int64_t value) {
  std::string out;
  wire::put_int64(out, value);
  return binary(wire::oid::int8, std::move(out));
}

parameter param(std::string_view text) {
  return binary(wire::oid::text, std::string(text));
}

parameter param(const uuid& id) {
  std::string out;
  wire::put_uuid(out, id);
  return binary(wire::oid::uuid, std::move(out));
}

parameter param(timestamp instant) {
  std::string out;
  wire::put_timestamp(out, instant);
  return binary(wire::oid::timestamptz, std::move(out));
}

parameter param(date day) {
  std::string out;
  wire::put_date(out, day);
  return binary(wire::oid::date, std::move(out));
}

parameter param(money amount) {
  std::string out;
  wire::put_numeric(out, amount.minor_units, 2);
  return binary(wire::oid::numeric, std::move(out));
}

parameter param(const bytes& data) {
  return binary(wire::oid::bytea, data.data);
}

parameter param(const json_text& json) {
  std::string out;
  wire::put_jsonb(out, json.text);
  return binary(wire::oid::jsonb, std::move(out));
}

parameter param(const uuid_list& ids) {
  std::string out;
  wire::put_array(out, ids.ids);
  return binary(wire::oid::uuid_array, std::move(out));
}

parameter param(const text_list& texts) {
  std::string out;
  wire::put_array(out, texts.texts, wire::oid::text);
  return binary(wire::oid::text_array, std::move(out));
}

parameter param(const std::vector<std::int64_t>& numbers) {
  std::string out;
  wire::put_array(out, numbers, wire::oid::int8);
  return binary(wire::oid::int8_array, std::move(out));
}

parameter null_param(wire::oid type) {
  return {type, {}, true};
}

query_result::query_result(pg_result* raw) : raw_(raw, PQclear) {}

std::size_t query_result::rows() const noexcept {
  return static_cast<std::size_t>(PQntuples(raw_.get()));
}

std::size_t query_result::columns() const noexcept {
  return static_cast<std::size_t>(PQnfields(raw_.get()));
}

std::int64_t query_result::affected() const {
  const char* count = PQcmdTuples(raw_.get());
  return *count == '\0' ? 0 : std::stoll(count);
}

bool query_result::is_null(std::size_t line, std::size_t field) const {
  return PQgetisnull(raw_.get(), static_cast<int>(line), static_cast<int>(field)) != 0;
}

std::string_view query_result::raw(std::size_t line, std::size_t field) const {
  if (line >= rows() || field >= columns())
    throw std::out_of_range("no such row or column in an answer of the database");
  const auto r = static_cast<int>(line);
  const auto c = static_cast<int>(field);
  return {PQgetvalue(raw_.get(), r, c), static_cast<std::size_t>(PQgetlength(raw_.get(), r, c))};
}

std::string_view query_result::value(std::size_t line, std::size_t field) const {
  const auto bytes = raw(line, field);
  if (is_null(line, field))
    throw std::runtime_error("NULL where the database owes a value");
  return bytes;
}

bool query_result::boolean(std::size_t line, std::size_t field) const {
  const char first = value(line, field).at(0);
  return first == '\1' || first == 't';
}

std::int64_t query_result::integer(std::size_t line, std::size_t field) const {
  const auto bytes = value(line, field);
  if (PQfformat(raw_.get(), static_cast<int>(field)) == 0)
    return std::stoll(std::string(bytes));
  return wire::read_integer(bytes);
}

uuid query_result::id(std::size_t line, std::size_t field) const {
  return wire::read_uuid(value(line, field));
}

timestamp query_result::instant(std::size_t line, std::size_t field) const {
  return wire::read_timestamp(value(line, field));
}

date query_result::day(std::size_t line, std::size_t field) const {
  return wire::read_date(value(line, field));
}

money query_result::amount(std::size_t line, std::size_t field) const {
  return {wire::read_numeric(value(line, field), 2)};
}

std::string query_result::json(std::size_t line, std::size_t field) const {
  auto bytes = value(line, field);
  if (PQfformat(raw_.get(), static_cast<int>(field)) == 1 && PQftype(raw_.get(), static_cast<int>(field)) == static_cast<Oid>(wire::oid::jsonb))
    bytes.remove_prefix(1);
  return std::string(bytes);
}

std::vector<uuid> query_result::ids(std::size_t line, std::size_t field) const {
  std::vector<uuid> out;
  for (const auto item : wire::read_array(value(line, field)))
    out.push_back(wire::read_uuid(item));
  return out;
}

std::vector<std::int64_t> query_result::integers(std::size_t line, std::size_t field) const {
  std::vector<std::int64_t> out;
  for (const auto item : wire::read_array(value(line, field)))
    out.push_back(wire::read_integer(item));
  return out;
}

std::vector<std::string> query_result::texts(std::size_t line, std::size_t field) const {
  std::vector<std::string> out;
  for (const auto item : wire::read_array(value(line, field)))
    out.emplace_back(item);
  return out;
}

connection::connection(const connection_options& options) : raw_(nullptr, PQfinish) {
  auto keywords = keywords_of(options.url);
  keywords["application_name"] = options.application_name;
  keywords["client_encoding"] = "UTF8";
  keywords["keepalives"] = "1";
  keywords["keepalives_idle"] = "5";
  keywords["keepalives_interval"] = "1";
  keywords["keepalives_count"] = "3";
  keywords["tcp_user_timeout"] = "8000";
  keywords.try_emplace("connect_timeout", "5");
  keywords["options"] = "-c search_path=reserve -c timezone=UTC -c statement_timeout=" + std::to_string(options.statement_timeout.count())
                        + " -c lock_timeout=" + std::to_string(options.lock_timeout.count()) + " -c idle_in_transaction_session_timeout=60000";
  std::vector<const char*> names, values;
  for (const auto& [name, value] : keywords) {
    names.push_back(name.c_str());
    values.push_back(value.c_str());
  }
  names.push_back(nullptr);
  values.push_back(nullptr);
  raw_.reset(PQconnectdbParams(names.data(), values.data(), 0));
  if (PQstatus(raw_.get()) != CONNECTION_OK)
    throw database_error("08001", "", true, "no connection to the database " + describe(options.url));
  PQsetNoticeProcessor(raw_.get(), [](void*, const char*) {}, nullptr);
}

database_error connection::error_of(const pg_result* answer) const {
  const bool lost = PQstatus(raw_.get()) != CONNECTION_OK;
  auto state = field_of(answer, PG_DIAG_SQLSTATE);
  auto message = field_of(answer, PG_DIAG_MESSAGE_PRIMARY);
  if (state.empty()) {
    state = "08006";
    message = "the connection to the database was lost";
  }
  return {state, field_of(answer, PG_DIAG_MESSAGE_DETAIL), lost, "database: " + message + " (" + state + ")", field_of(answer, PG_DIAG_TABLE_NAME)};
}

query_result connection::checked(pg_result* answer) const {
  query_result holder(answer);
  const auto status = PQresultStatus(answer);
  if (answer == nullptr || (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK))
    throw error_of(answer);
  return holder;
}

query_result connection::run(const std::string& sql) {
  return checked(PQexec(raw_.get(), sql.c_str()));
}

query_result connection::query(const std::string& sql, const std::vector<parameter>& values) {
  std::vector<Oid> types;
  std::vector<const char*> bytes;
  std::vector<int> sizes, formats;
  for (const auto& value : values) {
    types.push_back(static_cast<Oid>(value.type));
    bytes.push_back(value.null ? nullptr : value.bytes.c_str());
    sizes.push_back(static_cast<int>(value.bytes.size()));
    formats.push_back(1);
  }
  return checked(PQexecParams(raw_.get(), sql.c_str(), static_cast<int>(values.size()), types.data(), bytes.data(), sizes.data(), formats.data(), 1));
}

void connection::copy_in(const std::string& statement, std::string_view data) {
  const query_result begun(PQexec(raw_.get(), statement.c_str()));
  if (PQresultStatus(begun.handle()) != PGRES_COPY_IN)
    throw error_of(begun.handle());
  send_copy(data);
  if (PQputCopyEnd(raw_.get(), nullptr) != 1)
    throw error_of(nullptr);
  // The answer of COPY, then the null result that ends the statement.
  std::optional<database_error> failed;
  while (auto* answer = PQgetResult(raw_.get())) {
    const query_result holder(answer);
    if (PQresultStatus(answer) != PGRES_COMMAND_OK && !failed)
      failed = error_of(answer);
    if (!alive())
      break;
  }
  if (failed)
    throw database_error(*failed);
  if (!alive())
    throw error_of(nullptr);
}

void connection::send_copy(std::string_view data) {
  for (; !data.empty(); data.remove_prefix(std::min(copy_message, data.size())))
    if (PQputCopyData(raw_.get(), data.data(), static_cast<int>(std::min(copy_message, data.size()))) != 1)
      throw error_of(nullptr);
}

bool connection::alive() const noexcept {
  return PQstatus(raw_.get()) == CONNECTION_OK;
}

bool connection::in_transaction() const noexcept {
  const auto status = PQtransactionStatus(raw_.get());
  return status == PQTRANS_INTRANS || status == PQTRANS_INERROR || status == PQTRANS_ACTIVE;
}

int connection::backend_pid() const noexcept {
  return PQbackendPID(raw_.get());
}

int connection::socket() const noexcept {
  return PQsocket(raw_.get());
}

std::string connection::literal(std::string_view text) const {
  std::unique_ptr<char, void (*)(void*)> quoted(PQescapeLiteral(raw_.get(), text.data(), text.size()), PQfreemem);
  if (!quoted)
    throw error_of(nullptr);
  return quoted.get();
}

transaction::transaction(connection& on, const std::string& begin) : on_(on) {
  try {
    on_.run(begin);
  } catch (...) {
    // BEGIN may have worked and the setting behind it not.
    if (on_.alive() && on_.in_transaction())
      PQclear(PQexec(on_.raw(), "rollback"));
    throw;
  }
}

transaction::~transaction() {
  if (open_ && on_.alive() && on_.in_transaction())
    PQclear(PQexec(on_.raw(), "rollback"));
}

void transaction::commit() {
  on_.run("commit");
  open_ = false;
}

std::string describe(const std::string& url) {
  auto keywords = keywords_of(url);
  std::string out;
  for (const char* name : {"host", "port", "dbname", "user"})
    if (const auto found = keywords.find(name); found != keywords.end())
      out += (out.empty() ? "" : " ") + std::string(name) + "=" + found->second;
  return out;
}

} // namespace reserve::persistence
