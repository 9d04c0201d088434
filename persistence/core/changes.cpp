#include "persistence/core/changes.hpp"

#include "persistence/core/cells.hpp"
#include "persistence/core/tables.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace reserve::persistence {

namespace {

constexpr std::array<std::string_view, 2> state_names{"hot", "desk"};
constexpr std::array<std::string_view, 4> log_names{"audit", "catalogue", "money", "booking_log"};
constexpr std::array<std::string_view, 1> night_names{"nights"};

void keep_last_versions(table_change& change) {
  const bool keeps_created = change.of->has("created_at");
  const auto created = keeps_created ? change.of->place_of("created_at") : 0;
  std::map<row, row> last;
  for (auto& line : change.upserts) {
    auto [found, is_new] = last.try_emplace(key_of(*change.of, line));
    if (!is_new && keeps_created)
      replace_cell(line, created, cell(found->second, created));
    found->second = std::move(line);
  }
  change.upserts.clear();
  for (auto& [key, line] : last)
    change.upserts.push_back(std::move(line));
  const std::set<row> gone(change.deletes.begin(), change.deletes.end());
  change.deletes.assign(gone.begin(), gone.end());
}

/// Rows that leave the partial unique index of open exceptions make room for their successors.
void closed_first(table_change& change) {
  const auto resolved = change.of->place_of("resolved_at");
  std::stable_partition(change.upserts.begin(), change.upserts.end(), [&](const row& line) { return cell(line, resolved).has_value(); });
}

} // namespace

table_change& change_set::of(const table& which) {
  auto& change = changes_[&which];
  change.of = &which;
  return change;
}

std::vector<table_change> change_set::take() {
  std::vector<table_change> out;
  for (const auto* which : projected_tables()) {
    const auto found = changes_.find(which);
    if (found == changes_.end())
      continue;
    auto& change = found->second;
    keep_last_versions(change);
    if (which == &tables::exceptions)
      closed_first(change);
    out.push_back(std::move(change));
  }
  changes_.clear();
  return out;
}

std::span<const std::string_view> state_projections() noexcept {
  return state_names;
}
std::span<const std::string_view> log_projections() noexcept {
  return log_names;
}
std::span<const std::string_view> night_projections() noexcept {
  return night_names;
}

const std::vector<std::string_view>& projection_names() {
  static const std::vector<std::string_view> all = [] {
    std::vector<std::string_view> out;
    for (const auto& some : {state_projections(), log_projections(), night_projections()})
      out.insert(out.end(), some.begin(), some.end());
    return out;
  }();
  return all;
}

const std::vector<const table*>& projected_tables() {
  using namespace tables;
  static const std::vector<const table*> all{&booking_intents, &tables::payments, &payment_attempts, &payment_allocations, &pix_charges, &tables::refunds,
                                             &reservations, &unit_snapshots, &entity_snapshots, &audit_logs, &audit_entities, &booking_events,
                                             &availability_calendar, &reservation_nights, &ledger_transactions, &ledger_entries, &account_balances,
                                             &tables::exceptions, &tables::cities, &code_blocks, &tables::city_settings, &properties_map, &unit_map,
                                             &cancellation_policies, &tax_rules, &commission_tiers, &tables::numbering};
  return all;
}

} // namespace reserve::persistence
