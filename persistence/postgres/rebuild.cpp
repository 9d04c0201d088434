#include "persistence/postgres/rebuild.hpp"

#include "persistence/core/log_fold.hpp"
#include "persistence/postgres/postgres_journal.hpp"
#include "persistence/postgres/table_store.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <unistd.h>

namespace reserve::persistence {

namespace {

using namespace std::chrono_literals;

/// States kept in memory while folding; the rest is read from the shadow again.
constexpr std::size_t states_max = 500'000;

/// The city's lease for the time of a rebuild, so that no server starts to write what is being swapped.
class held_lease {
public:
  held_lease(postgres_journal& journal, const rebuild_request& wanted) : journal_(journal), lease_(journal.take(wanted.code)) {}
  held_lease(const held_lease&) = delete;
  held_lease& operator=(const held_lease&) = delete;
  ~held_lease() {
    if (lease_)
      journal_.release(lease_->code, lease_->epoch);
  }

  bool taken() const noexcept { return lease_.has_value(); }
  sequence head() const noexcept { return lease_->head; }
  /// Throws when it was lost: then nothing is swapped.
  void prolong() {
    const auto lost = journal_.renew(std::span(&*lease_, 1));
    if (!lost || !lost->empty())
      throw std::runtime_error("the lease of city " + lease_->code + " was lost");
  }

private:
  postgres_journal& journal_;
  std::optional<city_lease> lease_;
};

class rebuilding {
public:
  rebuilding(const rebuild_request& wanted, connection& on, postgres_journal& journal)
      : wanted_(wanted), on_(on), journal_(journal), real_(on), shadow_(on, table_store::place::shadow) {}

  /// Everything happens in one transaction, whose snapshot is taken here: the tables at one position, whatever a server does meanwhile.
  std::string begin() const { return real_.begin_as_projector(wanted_.code, "repeatable read"); }

  /// Where each projection stands in this snapshot.
  void read_positions() {
    const auto rows = on_.query("select projection, applied_seq from reserve.journal_positions where city_code = $1", {param(wanted_.code)});
    for (std::size_t i = 0; i < rows.rows(); ++i)
      stands_[rows.text(i, 0)] = static_cast<sequence>(rows.integer(i, 1));
    for (const auto name : projection_names())
      stands_.emplace(name, 0);
  }
  /// The rows of every projection, `seq` records far.
  void expect_at(sequence seq) {
    for (auto& [name, at] : stands_)
      at = seq;
  }
  /// Where the fold must stop to be compared, the last one at its end.
  std::set<sequence> stops() const {
    std::set<sequence> out;
    for (const auto& [name, at] : stands_)
      out.insert(at);
    return out;
  }
  bool all_at(sequence seq) const {
    return std::all_of(stands_.begin(), stands_.end(), [&](const auto& one) { return one.second == seq; });
  }

  void begin_fold(city_number number) {
    shadow_.make_shadow();
    core_.emplace(number, wanted_.code);
    number_ = number;
  }

  void fold(sequence upto, held_lease* lease) {
    while (core_->position() < upto) {
      const auto from = core_->position();
      const auto records = journal_.read(wanted_.code, from, std::min<sequence>(wanted_.batch, upto - from));
      if (records.empty())
        throw std::runtime_error("the journal of city " + wanted_.code + " ends before its head");
      load(core_->missing(records));
      const auto rows = core_->fold(records);
      shadow_.apply(wanted_.code, rows);
      for (const auto name : log_projections())
        shadow_.apply(wanted_.code, fold_log(name, number_, wanted_.code, from, records, rows.traces));
      core_->trim(states_max);
      if (lease != nullptr)
        lease->prolong();
      if (wanted_.progress)
        wanted_.progress(core_->position(), upto);
    }
    load(core_->missing_for_nights());
    shadow_.apply(wanted_.code, core_->fold_nights());
  }

  /// Compares the tables of the projections that stand where the fold stands.
  void compare(std::vector<table_difference>& out) {
    for (const auto* one : projected_tables())
      if (has_rows_of(*one, wanted_.code) && stands_.at(std::string(one->projection)) == core_->position())
        if (auto found = compare(*one); found.missing + found.surplus > 0)
          out.push_back(std::move(found));
  }

  void swap(const std::vector<table_difference>& different, sequence upto) {
    on_.query("select set_config('app.rebuilds_city', $1, true)", {param(wanted_.code)});
    for (const auto* one : projected_tables()) {
      if (std::none_of(different.begin(), different.end(), [&](const table_difference& other) { return other.table == one->name; }))
        continue;
      on_.query("delete from " + real_.name_of(*one) + " where " + rows_of_city(*one, wanted_.code), {param(wanted_.code)});
      if (one->copy_leaf == "month") // Of a journal that is older than this database.
        on_.query("select reserve.ensure_partition($1, month) from (select distinct date_trunc('month', created_at at time zone 'UTC')::date as month from " +
                      shadow_.name_of(*one) + ") as months",
                  {param(std::string_view(one->name))});
      on_.run("insert into " + real_.name_of(*one) + " (" + column_list(*one) + ") select " + column_list(*one) + " from " + shadow_.name_of(*one));
    }
    text_list names;
    for (const auto name : projection_names())
      names.texts.emplace_back(name);
    on_.query("insert into reserve.journal_positions as kept (projection, city_code, applied_seq, applied_at) "
              "select name, $2, $3, clock_timestamp() from unnest($1::text[]) as name "
              "on conflict (projection, city_code) do update set applied_seq = excluded.applied_seq, applied_at = excluded.applied_at",
              {param(names), param(wanted_.code), param(static_cast<std::int64_t>(upto))});
    on_.query("delete from reserve.projection_traces where city_code = $1", {param(wanted_.code)});
  }

private:
  void load(const std::vector<std::pair<entity_kind, entity_id>>& asked) {
    if (!asked.empty())
      core_->provide(asked, shadow_.load(wanted_.code, asked));
  }

  /// Rows of one side that the other one does not have like that: how many, and some keys.
  std::int64_t only_in(const std::string& here, const std::string& there, const table& of, std::vector<std::string>& keys) {
    std::string key;
    for (const auto index : of.key)
      key += (key.empty() ? "" : ", ") + std::string(of.columns[index].name);
    const auto rows = on_.query("select concat_ws(' ', " + key + "), count(*) over () from (" + here + " except all " + there + ") as d order by 1 limit $2::bigint",
                                {param(wanted_.code), param(static_cast<std::int64_t>(wanted_.keys_shown))});
    for (std::size_t i = 0; i < rows.rows(); ++i)
      if (keys.size() < wanted_.keys_shown && std::find(keys.begin(), keys.end(), rows.text(i, 0)) == keys.end())
        keys.push_back(rows.text(i, 0));
    return rows.empty() ? 0 : rows.integer(0, 1);
  }

  table_difference compare(const table& of) {
    const auto real = "select * from " + real_.name_of(of) + " where " + rows_of_city(of, wanted_.code);
    const auto shadow = "select * from " + shadow_.name_of(of);
    table_difference out{std::string(of.name), 0, 0, {}};
    out.surplus = only_in(real, shadow, of, out.keys);
    out.missing = only_in(shadow, "(" + real + ")", of, out.keys);
    return out;
  }

  const rebuild_request& wanted_;
  connection& on_;
  postgres_journal& journal_;
  table_store real_, shadow_;
  std::map<std::string, sequence> stands_;
  std::optional<projection_core> core_;
  city_number number_ = 0;
};

/// Number of the city's ids; nullopt: no such city. `head` says where its log stands.
std::optional<city_number> number_of(connection& on, const std::string& code) {
  transaction work(on, "begin; set local role reserve_service; set local app.role = 'service'; set local app.current_city_codes = " + on.literal(code));
  const auto rows = on.query("select number from reserve.city_leases where city_code = $1", {param(code)});
  work.commit();
  if (rows.empty())
    return std::nullopt;
  return static_cast<city_number>(rows.integer(0, 0));
}

} // namespace

rebuild_report rebuild(const rebuild_request& wanted) {
  connection on({.url = wanted.url, .application_name = "reserve rebuild", .statement_timeout = 30min, .lock_timeout = 10s});
  rebuild_report report;
  const auto number = number_of(on, wanted.code);
  report.known = number.has_value();
  if (!number)
    return report;

  journal_options options;
  options.url = wanted.url;
  options.node_id = "rebuild " + std::to_string(getpid());
  options.lease = wanted.lease;
  postgres_journal journal(options);
  std::optional<held_lease> lease;
  if (!wanted.check) {
    lease.emplace(journal, wanted);
    report.held = !lease->taken();
    if (report.held)
      return report;
  }

  rebuilding run(wanted, on, journal);
  transaction work(on, run.begin());
  run.read_positions();
  const bool was_at_head = !lease || run.all_at(lease->head());
  if (lease)
    run.expect_at(lease->head());
  run.begin_fold(*number);
  // Beside a running server each projection stands somewhere else: the fold stops at each of these places.
  for (const auto stop : run.stops()) {
    run.fold(stop, lease ? &*lease : nullptr);
    run.compare(report.different);
    report.upto = stop;
  }
  if (!was_at_head)
    report.different.push_back({"journal_positions", 1, 0, {}});
  if (lease) {
    run.swap(report.different, report.upto);
    lease->prolong();
    report.swapped = true;
    work.commit();
  }
  return report;
}

} // namespace reserve::persistence
