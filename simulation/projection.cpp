#include "simulation/projection.hpp"

#include "persistence/core/log_fold.hpp"

namespace reserve::simulation {

namespace {

using namespace std::chrono_literals;

constexpr moment pace = 200ms; ///< As the projector's.
constexpr std::size_t states_max = 5000;

} // namespace

projection::projection(surroundings& world, database& from, generator random, city_number number, std::string code)
    : world_(world), from_(from), random_(random), number_(number), code_(std::move(code)), core_(number, code_) {
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
  const auto records = from_.log_after(code_, position());
  if (records.empty())
    return;
  const auto rows = write(core_, tables_, number_, code_, records, false);
  for (const auto& mark : rows.inbox)
    from_.webhook_handled(mark.inbox);
  core_.trim(states_max);
  if (told_)
    told_(position());
}

persistence::projected projection::write(persistence::projection_core& core, persistence::memory_tables& into, city_number number, const std::string& code,
                                         const std::vector<committed_record>& records, bool with_logs) {
  const auto asked = core.missing(records);
  core.provide(asked, into.known(asked));
  auto rows = core.fold(records);
  into.apply(rows);
  for (const auto name : with_logs ? persistence::log_projections() : std::span<const std::string_view>())
    persistence::fold_log(name, number, code, rows.from, records, rows.traces);
  const auto of_nights = core.missing_for_nights();
  core.provide(of_nights, into.known(of_nights));
  into.apply(core.fold_nights());
  return rows;
}

void projection::catch_up() {
  round();
}

void projection::forget() {
  core_ = persistence::projection_core(number_, code_);
  core_.start_at(position());
  core_.nights_start_at(tables_.position("nights"));
}

std::optional<entity_snapshot> projection::find(entity_kind kind, entity_id entity) const {
  auto found = tables_.load({{kind, entity}});
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

projection::table projection::snapshots_of(const persistence::memory_tables& tables, std::optional<entity_kind> only) {
  table out;
  for (auto& one : tables.states(only)) {
    const auto entity = one.snapshot.entity;
    out.insert_or_assign(entity, kept{std::move(one.snapshot), one.unfinished});
  }
  return out;
}

projection::table projection::fold_again(city_number number, const std::string& code, const std::vector<committed_record>& log) {
  persistence::projection_core fresh(number, code);
  persistence::memory_tables into;
  write(fresh, into, number, code, log, true);
  return snapshots_of(into, std::nullopt);
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

void storage::load(const std::string& city_code, entity_id entity, entity_kind kind, std::function<void(std::optional<loaded_entity>)> done) {
  const auto* from = tables_.at(city_code);
  read<loaded_entity>(
      [from, entity, kind] {
        return loaded_entity{from->find(kind, entity), from->position()};
      },
      std::move(done));
}

void storage::load_all(const std::string& city_code, entity_kind kind,
                       std::function<void(std::optional<std::pair<std::vector<entity_snapshot>, sequence>>)> done) {
  const auto* from = tables_.at(city_code);
  read<std::pair<std::vector<entity_snapshot>, sequence>>(
      [from, kind] {
        std::pair<std::vector<entity_snapshot>, sequence> out{{}, from->position()};
        for (const auto& [entity, row] : from->snapshots(kind))
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
