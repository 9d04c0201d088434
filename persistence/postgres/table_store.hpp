#pragma once

#include "persistence/core/projection_core.hpp"
#include "persistence/postgres/connection.hpp"
#include "persistence/postgres/leaves.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace reserve::persistence {

/// The projector met a position that another one has moved: whoever owned the city before, or owns it now.
class position_moved : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// The tables of class P in PostgreSQL, as the projector reads and writes them (commit-protocol §11). One session; after an error it is thrown away.
///
/// Everything runs as reserve_projector with the city in its context. Rows of partitioned tables that are certainly new go to the leaf by binary COPY, sorted by their
/// key, all others through a temporary table, because COPY cannot reach a table with row-level security.
class table_store {
public:
  /// Where the rows live: the real tables, or the shadow of a rebuild: temporary tables of the same session, inside its open transaction.
  enum class place { real, shadow };
  explicit table_store(connection& on, place where = place::real) : on_(on), where_(where) {}

  /// Makes the empty shadow of every projected table. In a transaction that began with begin_as_projector().
  void make_shadow();

  /// Position of each projection; 0 = nothing was projected yet.
  std::map<std::string, sequence, std::less<>> positions(const std::string& code);
  /// Of the hot one.
  sequence position(const std::string& code) { return positions(code)["hot"]; }
  /// What the tables know of these entities.
  known_states load(const std::string& code, const std::vector<std::pair<entity_kind, entity_id>>& asked);
  /// Traces of the records in (after, upto], ascending.
  std::vector<trace> traces(const std::string& code, sequence after, sequence upto);
  /// One transaction: moves the positions of the projections from `rows.from` to `rows.to`, writes rows and traces, marks the inbox. Throws position_moved or
  /// database_error. On the shadow: the rows only, in the transaction that is open.
  void apply(const std::string& code, const projected& rows);
  /// Removes traces that every projection has passed.
  void forget_traces(const std::string& code);
  /// Every row of a table, for comparisons. Needs the open transaction.
  std::vector<row> rows_of(const table& of, const std::string& code);

  /// "begin" with role and context of the projector of a city.
  std::string begin_as_projector(const std::string& code, const std::string& isolation = {}) const;
  /// Name by which SQL finds a table here.
  std::string name_of(const table& of) const;

private:
  void move_positions(const std::string& code, const projected& rows);
  void keep_traces(const std::string& code, const projected& rows);
  void write(const std::string& code, const table_change& change);
  void remove(const table& of, const std::vector<row>& keys);
  void insert(const std::string& code, const table& of, const row_block& rows);
  void copy_by_month(const table& of, const std::vector<std::string_view>& rows);
  void copy(const std::string& target, const table& of, const std::vector<std::string_view>& rows);
  void merge(const table& of, const std::vector<row>& rows, const std::string& conflict);
  /// Fills the temporary table that stands before `of`.
  std::string stage(const table& of, const std::vector<std::string_view>& rows);
  void mark_inbox(const std::vector<inbox_mark>& marks);

  connection& on_;
  place where_;
  std::optional<leaf_map> leaves_;
  std::set<std::string> months_; ///< Leaves by month that are certainly there.
  std::set<std::string> stages_; ///< Temporary tables of this session.
  std::set<std::string> staged_; ///< Those with rows of the open transaction.
};

/// SQL condition for the rows of a city in a table, over the parameter $1; the platform log owns the whole of its tables.
std::string rows_of_city(const table& of, const std::string& code);
/// Is any row of this table folded from that city's log?
bool has_rows_of(const table& of, const std::string& code);
/// "a, b, c"
std::string column_list(const table& of);

/// Which rows of booking_intents are claims that stand beside their units' own rows. Parameters: city, unit ids.
inline constexpr std::string_view untouched_where = " where city_code = $1 and unit_id = any($2) and status = 'intent_created' and not handed_over";

} // namespace reserve::persistence
