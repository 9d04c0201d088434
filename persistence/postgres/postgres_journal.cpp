#include "persistence/postgres/postgres_journal.hpp"

#include "domain/mutant.hpp"
#include "persistence/postgres/journal_exchange.hpp"

#include <libpq-fe.h>
#include <poll.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <utility>

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

/// A session that copies rows of a city ahead holds this advisory lock (two numbers: this one, and a hash of the city's code): its rows lock nothing else by which it
/// could be found.
constexpr const char* ahead_lock = "74241";

bool is_ready(const connection& on, short events) {
  pollfd one{on.socket(), events, 0};
  return poll(&one, 1, 0) > 0;
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
    session_ = open_session();
    try {
      load_leaves();
    } catch (...) {
      session_.reset();
      throw;
    }
  }
  return *session_;
}

std::unique_ptr<connection> postgres_journal::open_session() const {
  connection_options wanted;
  wanted.url = options_.url;
  wanted.application_name = "reserve journal";
  return std::make_unique<connection>(wanted);
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
  auto outcome = append_and_mend(batches);
  if (outcome.what != append_outcome::kind::committed)
    ahead_.reset(); // Nobody may ever ask for it, and it keeps numbers that somebody else may need.
  return outcome;
}

/// What stands in the way of the next try is put out of it.
append_outcome postgres_journal::append_and_mend(std::span<const city_batch> batches) {
  auto ahead = append_ahead(batches);
  if (!ahead) {
    try {
      session();
    } catch (const database_error& why) {
      return {append_outcome::kind::disconnected, why.sqlstate(), {}};
    }
  }
  auto outcome = ahead ? std::move(*ahead) : append_once(batches);
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
    statements += fences(batches);
    batch = encode_batch(batches, leaves_, *session_);
  } catch (const database_error& why) {
    return {append_outcome::kind::rolled_back, why.sqlstate(), {}};
  }
  statements += batch.deletes;
  for (const auto& copy : batch.copies)
    statements += copy.statement + ";";
  journal_exchange sending(*session_, statements + "commit", std::move(batch.copies));
  return conclude(sending);
}

std::string postgres_journal::fences(std::span<const city_batch> batches) const {
  std::string out;
  for (const auto& city : batches)
    if (!mutant(bug::missing_fence))
      out += "select reserve.fence(" + session_->literal(city.code) + "," + std::to_string(city.epoch) + "," + std::to_string(city.first) + "," + std::to_string(city.last) +
             ");";
  return out;
}

/// What became of the transaction on session_ whose end `sending` is.
append_outcome postgres_journal::conclude(journal_exchange& sending) {
  const auto disk_wait = finish(sending);
  if (sending.committed())
    return {append_outcome::kind::committed, {}, {}, disk_wait};
  const auto& failed = sending.failed();
  const std::string sqlstate = failed ? failed->sqlstate() : "08006";
  if (!sending.usable() || !session_->alive()) {
    session_.reset();
    spdlog::warn("journal session lost sqlstate={} commit_sent={}", sqlstate, sending.sent());
    return {sending.sent() ? append_outcome::kind::unknown : append_outcome::kind::rolled_back, sqlstate, {}};
  }
  // Whether this ROLLBACK arrives or not: an ERROR means that the transaction is over.
  if (session_->in_transaction())
    PQclear(PQexec(session_->raw(), "rollback"));
  if (sqlstate == fence_failed)
    return {append_outcome::kind::fence_lost, sqlstate, {failed->detail()}};
  if (sqlstate == key_taken && failed->table().starts_with("journal_"))
    return {append_outcome::kind::fence_lost, sqlstate, {}};
  return {append_outcome::kind::rolled_back, sqlstate, {}};
}

/// Until it is over or its time is; meanwhile the caller works and rows are copied ahead, unless it takes long: somebody may wait for those rows' session whom this one
/// waits for. How long was waited for the last answer, without that work.
std::chrono::milliseconds postgres_journal::finish(journal_exchange& sending) {
  constexpr std::chrono::milliseconds pause{1}; // Then there may be work again.
  const auto started = steady::now(), until = started + options_.answer_timeout;
  steady::duration worked{};
  while (!sending.advance()) {
    const auto began = steady::now();
    if (began >= until) {
      sending.give_up();
      break;
    }
    if (began > started + options_.row_patience)
      ahead_.reset();
    auto wait = std::chrono::ceil<std::chrono::milliseconds>(until - began);
    if (meanwhile_ != nullptr && !is_ready(*session_, sending.events())) {
      wait = (*meanwhile_)() ? std::chrono::milliseconds(0) : pause;
      if (sending.sent())
        worked += steady::now() - std::max(began, sending.sent_at());
    }
    std::array<pollfd, 2> sockets{pollfd{session_->socket(), sending.events(), 0}, pollfd{-1, 0, 0}}; // poll() passes over a negative one.
    if (ahead_ && !ahead_->rows->advance())
      sockets[1] = {ahead_->session->socket(), ahead_->rows->events(), 0};
    poll(sockets.data(), sockets.size(), static_cast<int>(wait.count()));
  }
  return std::chrono::duration_cast<std::chrono::milliseconds>(steady::now() - sending.sent_at() - worked);
}

// --- the next batch's rows ---

/// Like append_once() up to the end of its COPYs. The fence must wait: its city's head is where the transaction before this one puts it.
void postgres_journal::copy_ahead(std::span<const city_batch> next) {
  constexpr std::chrono::seconds pause{5}; // Between tries to get a second session: each may take as long.
  ahead_.reset();
  if (!session_ || steady::now() < no_spare_until_ || leaves_.last_of("journal") == nullptr || leaves_.last_of("journal")->past <= last_of(next))
    return; // append() sees to it.
  try {
    if (!spare_ || !spare_->alive()) {
      no_spare_until_ = steady::now() + pause;
      spare_ = open_session();
      no_spare_until_ = {};
    }
    std::string statements = std::string(as_writer) + ";";
    for (const auto& city : next)
      statements += "select pg_advisory_xact_lock_shared(" + std::string(ahead_lock) + ",hashtext(" + spare_->literal(city.code) + "));";
    auto batch = encode_batch(next, leaves_, *spare_);
    if (!batch.deletes.empty())
      return; // A key that the transaction before this one takes could not be seen here.
    for (const auto& copy : batch.copies)
      statements += (&copy == &batch.copies.front() ? "" : ";") + copy.statement;
    auto rows = std::make_unique<journal_exchange>(*spare_, statements, std::move(batch.copies));
    ahead_.emplace(copied_ahead{std::move(spare_), {next.begin(), next.end()}, std::move(rows)});
  } catch (const database_error& why) {
    spdlog::warn("journal cannot copy ahead sqlstate={}", why.sqlstate());
  }
}

/// The batches, if their rows were copied ahead; nothing: they were not, or that went wrong, and they are to be appended from the start.
std::optional<append_outcome> postgres_journal::append_ahead(std::span<const city_batch> batches) {
  auto copied = std::exchange(ahead_, std::nullopt); // Sessions that end take what is not committed with them.
  if (!copied || !copied->is(batches))
    return std::nullopt;
  spare_ = std::exchange(session_, std::move(copied->session));
  finish(*copied->rows);
  const bool hears = copied->rows->succeeded() && PQconsumeInput(session_->raw()) == 1 && session_->alive();
  if (!hears) {
    const auto& why = copied->rows->failed();
    const std::string sqlstate = why ? why->sqlstate() : "08006";
    spdlog::warn("journal rows that were copied ahead are copied again sqlstate={}", sqlstate);
    ahead_.reset();
    session_ = std::move(spare_);
    if (session_ && sqlstate == lock_not_free)
      for (const auto& city : batches)
        end_copies_ahead(city.code);
    return std::nullopt;
  }
  journal_exchange ending(*session_, fences(batches) + "commit", {});
  return conclude(ending);
}

bool postgres_journal::copied_ahead::is(std::span<const city_batch> wanted) const {
  return std::ranges::equal(batches, wanted, [](const city_batch& a, const city_batch& b) {
    return a.code == b.code && a.epoch == b.epoch && a.first == b.first && a.last == b.last && a.records == b.records;
  });
}

/// An owner that stands still in the middle of copying ahead keeps numbers of the journal that the next one needs. Without this the next one only waits longer, so
/// no error comes of it.
void postgres_journal::end_copies_ahead(const std::string& code) {
  try {
    const auto ended = session_->query("select l.pid, pg_terminate_backend(l.pid) from pg_locks l join pg_stat_activity a on a.pid = l.pid "
                                       "where l.locktype = 'advisory' and l.classid = " +
                                           std::string(ahead_lock) +
                                           " and l.objid = (hashtext($1)::bigint & 4294967295)::oid and l.pid <> pg_backend_pid() "
                                           "and a.datname = current_database() and a.wait_event is distinct from 'SyncRep'",
                                       {param(code)});
    if (!ended.empty())
      spdlog::warn("journal ended a session that had rows under way city={} pid={}", code, ended.integer(0, 0));
  } catch (const database_error& why) {
    spdlog::warn("journal cannot look for sessions that have rows under way city={} sqlstate={}", code, why.sqlstate());
  }
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
    ahead_.reset();
    session();
    for (const auto& city : batches) {
      end_holder(city.code);
      end_copies_ahead(city.code);
    }
  } catch (const database_error& why) {
    spdlog::warn("journal cannot look for who keeps its lease rows sqlstate={}", why.sqlstate());
  }
}

std::optional<city_lease> postgres_journal::resolve(const std::string& code, std::uint64_t epoch) {
  try {
    ahead_.reset();
    const auto lease = change_lease(code, resolve_sql, {param(code), param(static_cast<std::int64_t>(epoch))});
    if (lease)
      end_copies_ahead(code);
    return lease ? lease : city_lease{0, code, 0, 0};
  } catch (const database_error& why) {
    spdlog::warn("journal cannot resolve yet city={} sqlstate={}", code, why.sqlstate());
    return std::nullopt;
  }
}

std::optional<city_lease> postgres_journal::take(const std::string& code) {
  try {
    add_city(code, 0);
    const auto lease = change_lease(code, take_sql, {param(code), param(options_.node_id), param(std::int64_t{options_.lease.count()})});
    if (lease)
      end_copies_ahead(code);
    return lease;
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
  // By the key and in its order: without statistics of a table that grows so fast the planner sorts all that is above `after`, for each part that is read. Numbers have
  // no gaps, so the part has an end.
  transaction work(on, begin_reading(on, code) + "; set local enable_sort = off; set local enable_bitmapscan = off");
  const auto rows = on.query("select " + std::string(record_columns) + " from reserve.journal where city_code = $1 and seq > $2 and seq <= $3 order by seq",
                             {param(code), param(static_cast<std::int64_t>(after)), param(static_cast<std::int64_t>(after + limit))});
  work.commit();
  return read_records(rows);
}

int postgres_journal::socket() const noexcept {
  return session_ ? session_->socket() : -1;
}

} // namespace reserve::persistence
