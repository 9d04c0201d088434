#include "persistence/postgres/rebuild.hpp"

#include "persistence/postgres/binary_copy.hpp"
#include "persistence/postgres/postgres_journal.hpp"
#include "persistence/postgres/table_store.hpp"

#include <algorithm>
#include <optional>
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

  std::optional<sequence> positions() {
    const auto rows = on_.query("select min(applied_seq), max(applied_seq) from reserve.journal_positions where city_code = $1", {param(wanted_.code)});
    if (rows.is_null(0, 0))
      return 0;
    if (rows.integer(0, 0) != rows.integer(0, 1))
      return std::nullopt;
    return static_cast<sequence>(rows.integer(0, 0));
  }

  void fold(city_number number, sequence upto, held_lease* lease) {
    shadow_.make_shadow();
    projection_core core(number, wanted_.code);
    while (core.position() < upto) {
      const auto records = journal_.read(wanted_.code, core.position(), std::min<sequence>(wanted_.batch, upto - core.position()));
      if (records.empty())
        throw std::runtime_error("the journal of city " + wanted_.code + " ends before its head");
      const auto asked = core.missing(records);
      if (!asked.empty())
        core.provide(asked, shadow_.load(wanted_.code, asked));
      shadow_.apply(wanted_.code, core.fold(records));
      core.trim(states_max);
      if (lease != nullptr)
        lease->prolong();
      if (wanted_.progress)
        wanted_.progress(core.position(), upto);
    }
  }

  std::vector<table_difference> compare() {
    std::vector<table_difference> out;
    for (const auto* one : projected_tables())
      if (has_rows_of(*one, wanted_.code))
        if (auto found = compare(*one); found.missing + found.surplus > 0)
          out.push_back(std::move(found));
    return out;
  }

  void swap(const std::vector<table_difference>& different, sequence upto) {
    on_.query("select set_config('app.rebuilds_city', $1, true)", {param(wanted_.code)});
    for (const auto* one : projected_tables()) {
      if (std::none_of(different.begin(), different.end(), [&](const table_difference& other) { return other.table == one->name; }))
        continue;
      on_.query("delete from " + real_.name_of(*one) + " where " + rows_of_city(*one, wanted_.code), {param(wanted_.code)});
      on_.run("insert into " + real_.name_of(*one) + " (" + column_list(*one) + ") select " + column_list(*one) + " from " + shadow_.name_of(*one));
    }
    text_list names;
    for (const auto name : projection_names())
      names.texts.emplace_back(name);
    on_.query("insert into reserve.journal_positions as kept (projection, city_code, applied_seq, applied_at) "
              "select name, $2, $3, clock_timestamp() from unnest($1::text[]) as name "
              "on conflict (projection, city_code) do update set applied_seq = excluded.applied_seq, applied_at = excluded.applied_at",
              {param(names), param(wanted_.code), param(static_cast<std::int64_t>(upto))});
  }

private:
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
  const auto position = run.positions();
  report.upto = lease ? lease->head() : position.value_or(0);
  run.fold(*number, report.upto, lease ? &*lease : nullptr);
  report.different = run.compare();
  if (!position || *position != report.upto)
    report.different.push_back({"journal_positions", position ? 0 : 1, 0, {}});
  if (lease) {
    run.swap(report.different, report.upto);
    lease->prolong();
    report.swapped = true;
    work.commit();
  }
  return report;
}

} // namespace reserve::persistence
