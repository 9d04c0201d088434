#include "persistence/postgres/postgres_journal.hpp"

#include "domain/mutant.hpp"
#include "persistence/postgres/journal_rows.hpp"

#include <libpq-fe.h>
#include <poll.h>
#include <spdlog/spdlog.h>

#include <algorithm>

namespace reserve::persistence {

namespace {

using steady = std::chrono::steady_clock;

constexpr const char* as_writer = "begin; set local role reserve_writer";
constexpr const char* fence_failed = "RC001";
constexpr const char* partition_missed = "23514";
constexpr const char* key_taken = "23505";
constexpr const char* lock_not_free = "55P03";

constexpr const char* take_sql = "update reserve.city_leases set epoch = epoch + 1, node_id = $2, backend_pid = pg_backend_pid(), lease_ms = $3, "
                                 "expires_at = clock_timestamp() + $3 * interval '1 millisecond' "
                                 "where city_code = $1 and (expires_at < clock_timestamp() or node_id = $2) returning epoch, head, number";
constexpr const char* resolve_sql = "update reserve.city_leases set epoch = epoch + 1, backend_pid = pg_backend_pid(), "
                                    "expires_at = clock_timestamp() + lease_ms * interval '1 millisecond' "
                                    "where city_code = $1 and epoch = $2 returning epoch, head, number";
constexpr const char* renew_sql = "update reserve.city_leases l set backend_pid = pg_backend_pid(), "
                                  "expires_at = clock_timestamp() + l.lease_ms * interval '1 millisecond' "
                                  "from unnest($1::text[], $2::bigint[]) as mine(code, epoch) "
                                  "where l.city_code = mine.code and l.epoch = mine.epoch returning l.city_code";

/// Waits until the socket is ready, or `until`; looks at least once. false: the time is over.
bool wait_for(PGconn* on, short events, steady::time_point until) {
  for (;;) {
    const auto left = std::max<std::int64_t>(0, std::chrono::ceil<std::chrono::milliseconds>(until - steady::now()).count());
    pollfd one{PQsocket(on), events, 0};
    const int ready = poll(&one, 1, static_cast<int>(left));
    if (ready > 0)
      return true;
    if (left == 0 || (ready < 0 && errno != EINTR))
      return false;
  }
}

/// Everything that waits in the buffer goes out; reads meanwhile, so that both sides can never wait for each other.
bool flush(PGconn* on, steady::time_point until) {
  for (int left = PQflush(on); left != 0; left = PQflush(on)) {
    if (left < 0 || !wait_for(on, POLLIN | POLLOUT, until) || PQconsumeInput(on) == 0)
      return false;
  }
  return true;
}

/// The next answer, or nothing when the session died or does not answer in time. `meanwhile`, if any, works until it comes; `worked` adds up how long.
std::optional<query_result> next_answer(PGconn* on, steady::time_point until, bool& ended, const std::function<bool()>* meanwhile, steady::duration& worked) {
  constexpr std::chrono::milliseconds pause{1}; // Then there may be work again.
  while (PQisBusy(on) != 0) {
    bool here = meanwhile != nullptr && wait_for(on, POLLIN, steady::now());
    if (!here) {
      auto look_again = until;
      if (meanwhile != nullptr) {
        const auto began = steady::now();
        const bool some = (*meanwhile)();
        worked += steady::now() - began;
        look_again = std::min(until, steady::now() + (some ? std::chrono::milliseconds(0) : pause));
      }
      here = wait_for(on, POLLIN, look_again);
    }
    if (here) {
      if (PQconsumeInput(on) == 0)
        return std::nullopt;
    } else if (steady::now() >= until) {
      return std::nullopt;
    }
  }
  auto* answer = PQgetResult(on);
  ended = answer == nullptr;
  if (ended)
    return std::nullopt;
  return query_result(answer);
}

std::string begin_reading(const connection& on, const std::string& code) {
  return "begin read only; set local role reserve_service; set local app.role = 'service'; set local app.current_city_codes = " + on.literal(code);
}

sequence last_of(std::span<const city_batch> batches) {
  sequence last = 0;
  for (const auto& city : batches)
    last = std::max(last, city.last);
  return last;
}

} // namespace

postgres_journal::postgres_journal(journal_options options) : options_(std::move(options)) {}

postgres_journal::~postgres_journal() = default;

connection& postgres_journal::session() {
  if (session_ && !session_->alive())
    session_.reset();
  if (!session_) {
    connection_options wanted;
    wanted.url = options_.url;
    wanted.application_name = "reserve journal";
    session_ = std::make_unique<connection>(wanted);
    try {
      load_leaves();
    } catch (...) {
      session_.reset();
      throw;
    }
  }
  return *session_;
}

void postgres_journal::load_leaves() {
  transaction work(*session_, as_writer);
  leaves_ = leaf_map::load(*session_);
  work.commit();
}

void postgres_journal::add_city(const std::string& code, city_number number) {
  auto& on = session();
  transaction work(on, as_writer);
  // A plain look comes first: an INSERT would wait for a row that somebody has locked, even to do nothing.
  const auto known = on.query("select number from reserve.city_leases where city_code = $1", {param(code)});
  if (known.empty())
    on.query("insert into reserve.city_leases (city_code, number) values ($1, $2) on conflict (city_code) do nothing",
             {param(code), param(std::int64_t{number})});
  else if (known.integer(0, 0) == 0 && number != 0)
    on.query("update reserve.city_leases set number = $2 where city_code = $1", {param(code), param(std::int64_t{number})});
  work.commit();
}

append_outcome postgres_journal::append(std::span<const city_batch> batches) {
  try {
    session();
  } catch (const database_error& why) {
    return {append_outcome::kind::disconnected, why.sqlstate(), {}};
  }
  auto outcome = append_once(batches);
  if (outcome.what == append_outcome::kind::fence_lost && outcome.sqlstate == key_taken)
    outcome = tell_taken(std::move(outcome), batches);
  // A city got a leaf of its own since we looked: nothing happened, so look again and send again.
  if (outcome.what == append_outcome::kind::rolled_back && outcome.sqlstate == partition_missed && session_) {
    try {
      load_leaves();
    } catch (const database_error&) {
      return outcome;
    }
    outcome = append_once(batches);
  }
  if (outcome.what == append_outcome::kind::committed)
    look_ahead(batches);
  if (outcome.what == append_outcome::kind::rolled_back && outcome.sqlstate == lock_not_free)
    end_holders(batches);
  return outcome;
}

append_outcome postgres_journal::append_while(std::span<const city_batch> batches, const std::function<bool()>& meanwhile) {
  struct guard {
    const std::function<bool()>*& held;
    ~guard() { held = nullptr; }
  } const ends{meanwhile_};
  meanwhile_ = &meanwhile;
  return append(batches);
}

void postgres_journal::prepare(record& what) {
  what.row = prepared_row(what);
}

append_outcome postgres_journal::append_once(std::span<const city_batch> batches) {
  std::string statements = std::string(as_writer) + ";";
  journal_batch batch;
  try {
    make_room(batches);
    for (const auto& city : batches)
      if (!mutant(bug::missing_fence))
        statements += "select reserve.fence(" + session_->literal(city.code) + "," + std::to_string(city.epoch) + "," + std::to_string(city.first) + ","
                      + std::to_string(city.last) + ");";
    batch = encode_batch(batches, leaves_, *session_);
  } catch (const database_error& why) {
    return {append_outcome::kind::rolled_back, why.sqlstate(), {}};
  }
  statements += batch.deletes;
  for (const auto& copy : batch.copies)
    statements += copy.statement + ";";
  return send(statements + "commit", batch);
}

/// The whole transaction is one string: the server goes on by itself from the end of the last COPY to COMMIT. So before that end is sent nothing can have been
/// committed, and after it a lost session says nothing.
append_outcome postgres_journal::send(const std::string& statements, const journal_batch& batch) {
  auto* const raw = session_->raw();
  const auto until = steady::now() + options_.answer_timeout;
  PQsetnonblocking(raw, 1);
  bool commit_sent = false, committed = false, ended = false;
  auto sent_at = steady::now();
  steady::duration worked{};
  bool usable = PQsendQuery(raw, statements.c_str()) == 1 && flush(raw, until);
  std::optional<database_error> failed;
  std::size_t copy = 0;
  while (usable) {
    const auto answer = next_answer(raw, until, ended, meanwhile_, worked);
    if (!answer) {
      usable = ended;
      break;
    }
    const auto status = PQresultStatus(answer->handle());
    if (status == PGRES_COPY_IN) {
      std::string_view data = batch.copies.at(copy++).data;
      for (; usable && !data.empty(); data.remove_prefix(std::min(copy_message, data.size())))
        usable = PQputCopyData(raw, data.data(), static_cast<int>(std::min(copy_message, data.size()))) == 1 && flush(raw, until);
      commit_sent = usable && copy == batch.copies.size();
      usable = usable && PQputCopyEnd(raw, nullptr) == 1 && flush(raw, until);
      sent_at = steady::now();
      worked = {};
    } else if (status == PGRES_COMMAND_OK) {
      committed = std::string_view(PQcmdStatus(const_cast<PGresult*>(answer->handle()))) == "COMMIT";
    } else if (status != PGRES_TUPLES_OK && !failed) {
      failed.emplace(session_->error_of(answer->handle()));
    }
  }
  if (committed)
    return {append_outcome::kind::committed, {}, {}, std::chrono::duration_cast<std::chrono::milliseconds>(steady::now() - sent_at - worked)};
  const std::string sqlstate = failed ? failed->sqlstate() : "08006";
  if (!usable || !session_->alive()) {
    session_.reset();
    spdlog::warn("journal session lost sqlstate={} commit_sent={}", sqlstate, commit_sent);
    return {commit_sent ? append_outcome::kind::unknown : append_outcome::kind::rolled_back, sqlstate, {}};
  }
  // Whether this ROLLBACK arrives or not: an ERROR means that the transaction is over.
  if (session_->in_transaction())
    PQclear(PQexec(raw, "rollback"));
  if (sqlstate == fence_failed)
    return {append_outcome::kind::fence_lost, sqlstate, {failed->detail()}};
  if (sqlstate == key_taken && failed->table().starts_with("journal_"))
    return {append_outcome::kind::fence_lost, sqlstate, {}};
  return {append_outcome::kind::rolled_back, sqlstate, {}};
}

void postgres_journal::make_room(std::span<const city_batch> batches) {
  const auto last = last_of(batches);
  while (leaves_.last_of("journal") != nullptr && leaves_.last_of("journal")->past <= last)
    make_next_leaf();
}

void postgres_journal::look_ahead(std::span<const city_batch> batches) {
  const auto* newest = leaves_.last_of("journal");
  if (newest == nullptr || last_of(batches) < newest->first + (newest->past - newest->first) / 2)
    return;
  try {
    make_next_leaf();
  } catch (const database_error& why) {
    spdlog::warn("journal leaf not made, will be tried again sqlstate={}", why.sqlstate());
  }
}

void postgres_journal::make_next_leaf() {
  const auto newest = *leaves_.last_of("journal");
  transaction work(*session_, as_writer);
  session_->query("select reserve.ensure_partition('journal', $1::bigint, $2::bigint)",
                  {param(static_cast<std::int64_t>(newest.past)), param(static_cast<std::int64_t>(2 * newest.past - newest.first))});
  leaves_ = leaf_map::load(*session_);
  work.commit();
}

std::optional<city_lease> postgres_journal::change_lease(const std::string& code, const std::string& sql, const std::vector<parameter>& values) {
  auto& on = session();
  const auto begin = std::string(as_writer) + "; set local lock_timeout = " + std::to_string(options_.row_patience.count());
  const auto until = steady::now() + options_.answer_timeout;
  for (;;) {
    try {
      transaction work(on, begin);
      const auto rows = on.query(sql, values);
      std::optional<city_lease> lease;
      if (!rows.empty())
        lease = city_lease{static_cast<city_number>(rows.integer(0, 2)), code, static_cast<std::uint64_t>(rows.integer(0, 0)),
                           static_cast<sequence>(rows.integer(0, 1))};
      work.commit();
      return lease;
    } catch (const database_error& why) {
      if (why.sqlstate() != lock_not_free || steady::now() >= until)
        throw;
    }
    end_holder(code);
  }
}

/// Ends the session whose transaction keeps the lease row locked: the row names its transaction, the lock table its session. One that only waits for the standby
/// has committed and is left alone.
void postgres_journal::end_holder(const std::string& code) {
  auto& on = *session_;
  std::string holder;
  {
    transaction work(on, as_writer);
    const auto rows = on.query("select xmax::text from reserve.city_leases where city_code = $1", {param(code)});
    if (!rows.empty())
      holder = rows.text(0, 0);
    work.commit();
  }
  const auto ended = on.query("select l.pid, pg_terminate_backend(l.pid) from pg_locks l join pg_stat_activity a on a.pid = l.pid "
                              "where l.locktype = 'transactionid' and l.mode = 'ExclusiveLock' and l.granted and l.transactionid::text = $1 "
                              "and l.pid <> pg_backend_pid() and a.wait_event is distinct from 'SyncRep'",
                              {param(holder)});
  if (!ended.empty())
    spdlog::warn("journal ended a session that kept a lease row city={} pid={}", code, ended.integer(0, 0));
}

/// The second wall: a number of the journal that is taken is no bad record but a broken lease. PostgreSQL does not say which key it was to who may not read it.
append_outcome postgres_journal::tell_taken(append_outcome outcome, std::span<const city_batch> batches) {
  try {
    for (const auto& city : batches)
      if (has_any(city))
        outcome.lost.push_back(city.code);
  } catch (const database_error& why) {
    return {append_outcome::kind::rolled_back, why.sqlstate(), {}};
  }
  return outcome;
}

/// Numbers only: who wrote there may be a release whose events we do not know.
bool postgres_journal::has_any(const city_batch& of) {
  auto& on = session();
  transaction work(on, begin_reading(on, of.code));
  const auto rows = on.query("select exists (select from reserve.journal where city_code = $1 and seq between $2 and $3)",
                             {param(of.code), param(static_cast<std::int64_t>(of.first)), param(static_cast<std::int64_t>(of.last))});
  work.commit();
  return rows.boolean(0, 0);
}

/// An earlier session of ours that was given up may still keep the rows that the fence needs.
void postgres_journal::end_holders(std::span<const city_batch> batches) {
  try {
    session();
    for (const auto& city : batches)
      end_holder(city.code);
  } catch (const database_error& why) {
    spdlog::warn("journal cannot look for who keeps its lease rows sqlstate={}", why.sqlstate());
  }
}

std::optional<city_lease> postgres_journal::resolve(const std::string& code, std::uint64_t epoch) {
  try {
    const auto lease = change_lease(code, resolve_sql, {param(code), param(static_cast<std::int64_t>(epoch))});
    return lease ? lease : city_lease{0, code, 0, 0};
  } catch (const database_error& why) {
    spdlog::warn("journal cannot resolve yet city={} sqlstate={}", code, why.sqlstate());
    return std::nullopt;
  }
}

std::optional<city_lease> postgres_journal::take(const std::string& code) {
  try {
    add_city(code, 0);
    return change_lease(code, take_sql, {param(code), param(options_.node_id), param(std::int64_t{options_.lease.count()})});
  } catch (const database_error& why) {
    spdlog::warn("journal cannot take city={} sqlstate={}", code, why.sqlstate());
    return std::nullopt;
  }
}

std::optional<std::vector<std::string>> postgres_journal::renew(std::span<const city_lease> leases) {
  text_list codes;
  std::vector<std::int64_t> epochs;
  for (const auto& lease : leases) {
    codes.texts.push_back(lease.code);
    epochs.push_back(static_cast<std::int64_t>(lease.epoch));
  }
  try {
    auto& on = session();
    transaction work(on, as_writer);
    const auto kept = on.query(renew_sql, {param(codes), param(epochs)});
    work.commit();
    std::vector<std::string> lost = codes.texts;
    for (std::size_t i = 0; i < kept.rows(); ++i)
      std::erase(lost, kept.text(i, 0));
    return lost;
  } catch (const database_error& why) {
    spdlog::warn("journal cannot renew its leases sqlstate={}", why.sqlstate());
    return std::nullopt;
  }
}

void postgres_journal::release(const std::string& code, std::uint64_t epoch) {
  try {
    auto& on = session();
    transaction work(on, as_writer);
    on.query("update reserve.city_leases set expires_at = '-infinity', backend_pid = 0 where city_code = $1 and epoch = $2",
             {param(code), param(static_cast<std::int64_t>(epoch))});
    work.commit();
  } catch (const database_error& why) {
    // The lease runs out by itself.
    spdlog::warn("journal cannot release city={} sqlstate={}", code, why.sqlstate());
  }
}

std::vector<committed_record> postgres_journal::read(const std::string& code, sequence after, std::size_t limit) {
  auto& on = session();
  transaction work(on, begin_reading(on, code));
  const auto rows = on.query("select " + std::string(record_columns) + " from reserve.journal where city_code = $1 and seq > $2 order by seq limit $3",
                             {param(code), param(static_cast<std::int64_t>(after)), param(static_cast<std::int64_t>(limit))});
  work.commit();
  return read_records(rows);
}

int postgres_journal::socket() const noexcept {
  return session_ ? session_->socket() : -1;
}

} // namespace reserve::persistence
