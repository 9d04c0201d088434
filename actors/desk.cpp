#include "actors/desk.hpp"

#include "domain/reservation.hpp"

#include <spdlog/spdlog.h>

namespace reserve::actors {

namespace {

constexpr std::uint32_t codes_at_once = 64; ///< Counters per record: one commit for many bookings.
constexpr std::size_t remembered_codes = 4096;

int year_of(const local_time& local) {
  return static_cast<int>(std::chrono::year_month_day(local.day).year());
}

} // namespace

// --- numbering ---

numbering_entity::numbering_entity(entity_actor::pointer self, city_context& city, entity_id id)
    : value_entity(self, city, entity_kind::numbering, id) {
  // nop
}

void numbering_entity::restore(const std::optional<entity_snapshot>& from) {
  value_entity::restore(from);
  next_ = state_.next;
}

void numbering_entity::fold(const record& what) {
  value_entity::fold(what);
  const bool new_block = std::any_of(what.events.begin(), what.events.end(), [](const entity_event& one) { return one.what.is<code_block_drawn>(); });
  // What an earlier life reserved may have been given out: start behind it. What this life reserves is given out from next_ on.
  if (!ready() || new_block)
    next_ = state_.next;
}

void numbering_entity::handle(const command_ptr& what) {
  if (const auto* wanted = std::get_if<draw_code>(&what->body))
    draw(what, *wanted);
  else if (std::holds_alternative<expire_due>(what->body))
    wake(what);
  else
    what->reply.refuse(errc::not_found);
}

void numbering_entity::draw(const command_ptr& asked, const draw_code& what) {
  if (const auto known = given_.find(what.purpose); known != given_.end()) {
    asked->reply(answer{code_answer{known->second}, {}, true});
    return;
  }
  waiting_.push_back(asked);
  advance();
}

void numbering_entity::wake(const command_ptr& asked) {
  asked->reply(answer{due_answer{waiting_.size()}, {}, false});
  advance();
}

void numbering_entity::advance() {
  if (waiting_.empty() || busy_)
    return;
  const auto catalogue = city_.index.catalogue();
  const auto zone = catalogue && !catalogue->city.timezone.empty() ? catalogue->city.timezone : std::string("UTC");
  const int year = year_of(city_.zones.local(zone, now()));
  while (!waiting_.empty() && state_.year == year && next_ < state_.next) {
    const auto asked = waiting_.front();
    waiting_.erase(waiting_.begin());
    const auto purpose = std::get<draw_code>(asked->body).purpose;
    auto code = confirmation_code(year, next_++, city_.code_key);
    if (given_.size() >= remembered_codes)
      given_.clear();
    given_.emplace(purpose, code);
    asked->reply(answer{code_answer{std::move(code)}, {}, false});
  }
  if (!waiting_.empty())
    prepare(year);
}

void numbering_entity::prepare(int year) {
  if (state_.year == year && state_.next <= state_.last) {
    draft out;
    const auto upto = std::min(state_.next + codes_at_once - 1, state_.last);
    out.events.push_back({id_, codes_reserved{year, upto}});
    commit(std::move(out), [](verdict, position) {});
    return;
  }
  if (!step_starts("block"))
    return;
  send(entity_kind::platform, platform_entity(), draw_block{year, city_.code}, [this](const answer& heard) {
    const auto* given = std::get_if<block_answer>(&heard.content);
    if (given == nullptr) {
      step_failed("block");
      return;
    }
    step_done("block");
    draft out;
    out.events.push_back({id_, code_block_drawn{given->block.year, given->block.first, given->block.last}});
    commit(std::move(out), [](verdict, position) {});
  });
}

// --- exceptions ---

exceptions_entity_actor::exceptions_entity_actor(entity_actor::pointer self, city_context& city, entity_id id)
    : value_entity(self, city, entity_kind::exceptions, id) {
  // nop
}

void exceptions_entity_actor::handle(const command_ptr& what) {
  const auto* raise = std::get_if<raise_exceptions>(&what->body);
  if (raise == nullptr) {
    what->reply.refuse(errc::not_found);
    return;
  }
  draft out;
  exceptions_state known = state_;
  for (const auto& notice : raise->notices) {
    for (const auto& decided : decide(known, notice, raise->cause, now())) {
      evolve(known, decided, now());
      std::visit([&](const auto& event) { out.events.push_back({id_, event}); }, decided);
    }
    if (!notice.resolve)
      spdlog::warn("exception city={} type={} severity={} entity={} code={}", city_.code, notice.type, notice.severity, notice.entity_key, notice.error_code);
  }
  if (out.events.empty()) {
    what->reply(answer{done_answer{}, {}, true});
    return;
  }
  commit(std::move(out), [asked = what](verdict how, position at) {
    if (how == verdict::committed)
      asked->reply(answer{done_answer{}, at, false});
    else
      asked->reply.refuse(not_committed(how));
  });
}

// --- city ---

city_entity_actor::city_entity_actor(entity_actor::pointer self, city_context& city, entity_id id)
    : serial_entity(self, city, entity_kind::city, id) {
  // nop
}

void city_entity_actor::restore(const std::optional<entity_snapshot>& from) {
  if (from)
    state_.city = decoded<city_content>(from->data);
}

void city_entity_actor::fold(const record& what) {
  fold_into(state_, what, id_);
  changed_ = true;
}

void city_entity_actor::advance() {
  if (!loaded_properties_) {
    // Each property is a row of its own; the tail has been folded already and wins.
    if (!step_starts("properties"))
      return;
    busy_ = true;
    city_.storage.load_all(city_.code, entity_kind::property, [this, to = handle_](auto rows) {
      post_to(to, [this, rows = std::move(rows)] {
        step_done("properties");
        busy_ = false;
        if (!rows) {
          self_->quit(storage_away());
          return;
        }
        for (const auto& row : rows->first) {
          auto property = decoded<property_content>(row.data);
          state_.properties.try_emplace(property.id, std::move(property));
        }
        loaded_properties_ = true;
        changed_ = true;
        advance();
        run_queue();
      }, true);
    });
    return;
  }
  if (std::exchange(changed_, false))
    publish_catalogue(city_, state_);
}

void city_entity_actor::handle(const command_ptr& what) {
  if (const auto* configure = std::get_if<configure_city>(&what->body)) {
    if (state_.city && *state_.city == configure->city)
      what->reply(answer{done_answer{"unchanged"}, {}, true});
    else
      write(what, {city_configured{configure->city}});
  } else if (const auto* import = std::get_if<import_property>(&what->body)) {
    const auto known = state_.properties.find(import->property.id);
    if (known != state_.properties.end() && known->second == import->property)
      what->reply(answer{done_answer{"unchanged"}, {}, true});
    else
      write(what, {property_imported{import->property}});
  } else if (std::holds_alternative<expire_due>(what->body)) {
    what->reply(answer{due_answer{0}, {}, false});
  } else {
    what->reply.refuse(errc::not_found);
  }
}

void city_entity_actor::write(const command_ptr& asked, std::vector<event> events) {
  draft out;
  out.who = asked->who;
  out.correlation_id = asked->correlation_id;
  for (auto& one : events)
    out.events.push_back({id_, std::move(one)});
  commit(std::move(out), [this, asked](verdict how, position at) {
    if (how != verdict::committed) {
      asked->reply.refuse(not_committed(how));
      return;
    }
    advance();
    asked->reply(answer{done_answer{"changed"}, at, false});
  });
}

void publish_catalogue(city_context& city, const city_state& state) {
  auto view = make_catalogue(state, city.defaults);
  for (auto& unit : view->units)
    unit.slot = city.index.slot_of(unit.content->id);
  city.index.publish(std::shared_ptr<const catalogue_view>(std::move(view)));
}

// --- platform ---

platform_entity_actor::platform_entity_actor(entity_actor::pointer self, city_context& city, entity_id id)
    : value_entity(self, city, entity_kind::platform, id) {
  // nop
}

void platform_entity_actor::handle(const command_ptr& what) {
  draft out;
  out.who = what->who;
  answer said{done_answer{"changed"}, {}, false};
  if (const auto* add = std::get_if<add_city>(&what->body)) {
    const auto known = state_.cities.find(add->city.code);
    if (known != state_.cities.end()) {
      what->reply(answer{done_answer{"unchanged"}, {}, true});
      return;
    }
    for (const auto& [code, other] : state_.cities) {
      if (other.number == add->city.number || other.slug == add->city.slug) {
        what->reply.refuse({errc::conflict, "another city has this number or slug"});
        return;
      }
    }
    out.events.push_back({id_, add->city});
  } else if (const auto* block = std::get_if<draw_block>(&what->body)) {
    const auto given = state_.blocks_given.find(block->year);
    const std::uint32_t number = given == state_.blocks_given.end() ? 0 : given->second;
    code_block_given event{block->year, number, block->city_code, number * code_block_size, (number + 1) * code_block_size - 1};
    said.content = block_answer{event};
    out.events.push_back({id_, event});
  } else {
    what->reply.refuse(errc::not_found);
    return;
  }
  commit(std::move(out), [asked = what, said](verdict how, position at) mutable {
    said.at = at;
    if (how == verdict::committed)
      asked->reply(std::move(said));
    else
      asked->reply.refuse(not_committed(how));
  });
}

} // namespace reserve::actors
