#include "simulation/projection.hpp"

#include "persistence/core/tables.hpp"

namespace reserve::simulation {

namespace {

using namespace std::chrono_literals;

constexpr moment pace = 200ms; ///< As the projector's.
constexpr std::size_t states_max = 5000;

std::int64_t number_in(const persistence::column_value& value) {
  return std::get<std::int64_t>(value);
}

} // namespace

projection::projection(surroundings& world, database& from, generator random, city_number number, std::string code)
    : world_(world), from_(from), random_(random), code_(std::move(code)), core_(number, code_) {
  // nop
}

void projection::wake() {
  if (std::exchange(planned_, true))
    return;
  auto lag = pace + held_back_;
  if (world_.strikes(fault::lag, 20, random_))
    lag += random_.between(5s, 300s);
  world_.plan.after(lag, agenda::nobody, [this] {
    planned_ = false;
    round();
  });
}

void projection::round() {
  const auto records = from_.log_after(code_, position_);
  if (records.empty())
    return;
  const auto missing = core_.missing(records);
  std::vector<entity_snapshot> found;
  for (const auto& [kind, entity] : missing)
    if (const auto* row = find(entity))
      found.push_back(row->snapshot);
  core_.provide(missing, found);
  const auto rows = core_.fold(records);
  keep_snapshots(rows, snapshots_);
  for (const auto& mark : rows.inbox)
    from_.webhook_handled(mark.inbox);
  position_ = rows.to;
  core_.trim(states_max);
  if (told_)
    told_(position_);
}

void projection::catch_up() {
  round();
}

const projection::kept* projection::find(entity_id entity) const {
  const auto found = snapshots_.find(entity);
  return found == snapshots_.end() ? nullptr : &found->second;
}

void keep_snapshots(const persistence::projected& rows, projection::table& into) {
  for (const auto& change : rows.changes) {
    const bool units = change.of == &persistence::tables::unit_snapshots;
    if (!units && change.of != &persistence::tables::entity_snapshots)
      continue;
    for (const auto* lines : {&change.inserts, &change.upserts}) {
      for (const auto& line : *lines) {
        const auto entity = std::get<uuid>(line[0]);
        const auto seq = static_cast<sequence>(number_in(line[units ? 4 : 3]));
        const auto kind = units ? entity_kind::unit : static_cast<entity_kind>(number_in(line[2]));
        into.insert_or_assign(entity, projection::kept{{entity, kind, seq, std::get<persistence::bytes>(line[5]).data}, !units && std::get<bool>(line[4])});
      }
    }
  }
}

template <class Answer>
void storage::read(std::function<Answer()> look, std::function<void(std::optional<Answer>)> done) {
  if (!alive_)
    return;
  world_.plan.after(random_.between(100us, 2ms), me_, [this, look = std::move(look), done = std::move(done)] {
    std::optional<Answer> seen;
    if (!world_.strikes(fault::storage, 10, random_))
      seen = look();
    world_.plan.after(random_.between(50us, 1ms), me_, [done, seen = std::move(seen)] { done(seen); });
  });
}

void storage::load(const std::string& city_code, entity_id entity, entity_kind, std::function<void(std::optional<loaded_entity>)> done) {
  const auto* from = tables_.at(city_code);
  read<loaded_entity>(
      [from, entity] {
        const auto* row = from->find(entity);
        return loaded_entity{row == nullptr ? std::nullopt : std::optional(row->snapshot), from->position()};
      },
      std::move(done));
}

void storage::load_all(const std::string& city_code, entity_kind kind,
                       std::function<void(std::optional<std::pair<std::vector<entity_snapshot>, sequence>>)> done) {
  const auto* from = tables_.at(city_code);
  read<std::pair<std::vector<entity_snapshot>, sequence>>(
      [from, kind] {
        std::pair<std::vector<entity_snapshot>, sequence> out{{}, from->position()};
        for (const auto& [entity, row] : from->snapshots())
          if (row.snapshot.kind == kind)
            out.first.push_back(row.snapshot);
        return out;
      },
      std::move(done));
}

void storage::load_unfinished(const std::string& city_code, std::function<void(std::optional<std::vector<std::pair<entity_kind, entity_id>>>)> done) {
  const auto* from = tables_.at(city_code);
  read<std::vector<std::pair<entity_kind, entity_id>>>(
      [from] {
        std::vector<std::pair<entity_kind, entity_id>> out;
        for (const auto& [entity, row] : from->snapshots())
          if (row.unfinished)
            out.emplace_back(row.snapshot.kind, entity);
        return out;
      },
      std::move(done));
}

} // namespace reserve::simulation
