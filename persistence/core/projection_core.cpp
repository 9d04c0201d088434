#include "persistence/core/projection_core.hpp"

#include "persistence/core/cells.hpp"
#include "persistence/core/log_fold.hpp"
#include "persistence/core/tables.hpp"

#include "actors/protocols/changed_state.hpp"
#include "domain/codec.hpp"
#include "domain/untouched.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace reserve::persistence {

using tables::row_context;

namespace {

/// The entity that an event brings into being: it has no row that could be asked for. Nil: none.
entity_id born_by(const entity_event& what) {
  if (const auto* created = what.what.as<intent_created>())
    return created->terms->intent.value;
  if (what.what.is<payment_created>() || what.what.is<reservation_created>() ||
      what.what.is<reservation_imported>())
    return what.entity;
  return {};
}

/// The untouched intent that an event of its calendar ends or hands over; nil: none.
intent_id untouched_of(const event& what) {
  if (const auto* expired = what.as<untouched_expired>())
    return expired->intent;
  if (const auto* cancelled = what.as<untouched_cancelled>())
    return cancelled->intent;
  if (const auto* taken = what.as<hold_taken_over>())
    return taken->intent;
  return {};
}

/// Nights of the claim that a calendar's event ends or changes.
std::optional<stay> nights_of_claim(const unit_calendar& before, const event& what) {
  const auto of = [&](const hold_id& hold) -> std::optional<stay> {
    const auto found = before.claims.find(hold);
    return found == before.claims.end() ? std::nullopt : std::optional(found->second.stay);
  };
  if (const auto* ended = what.as<hold_ended>())
    return of(ended->hold);
  if (const auto* converted = what.as<hold_converted>())
    return of(converted->hold);
  if (const auto* released = what.as<booking_released>())
    return of(released->hold);
  if (const auto* cancelled = what.as<import_cancelled>())
    return of(cancelled->claim);
  return std::nullopt;
}

} // namespace

/// What one batch has changed so far.
struct projection_core::batch {
  /// An intent that was made in this batch: its row is certainly new. Rendered from the event unless something else has touched it.
  struct fresh_intent {
    const intent_created* event = nullptr;
    timestamp at{};
    sequence seq = 0;
    bool touched = false;
  };
  std::map<entity_id, row_context> units, intents, payments, reservations, exceptions, numbers, platforms; // dirty, with the record that changed them last
  change_set changes;
  std::map<exception_id, row> exception_rows;
  std::vector<fresh_intent> fresh;
  std::unordered_map<entity_id, std::size_t> fresh_at;
  std::vector<trace> traces;
};

std::vector<std::pair<entity_kind, entity_id>> projection_core::missing(const std::vector<committed_record>& records) const {
  std::vector<std::pair<entity_kind, entity_id>> out;
  std::unordered_set<entity_id> asked;
  const auto want = [&](entity_kind kind, entity_id entity) {
    if (!known_.contains(entity) && asked.insert(entity).second)
      out.emplace_back(kind, entity);
  };
  for (const auto& one : records) {
    for (const auto& what : one->events) {
      // A new intent has no row, and is most of the traffic: nothing is asked for it.
      if (const auto born = born_by(what); !born.is_nil())
        asked.insert(born);
      if (const auto kind = kind_of(what.what))
        want(*kind, what.entity);
      if (const auto untouched = untouched_of(what.what); !untouched.is_nil())
        want(entity_kind::intent, untouched.value);
    }
  }
  return out;
}

void projection_core::provide(const std::vector<std::pair<entity_kind, entity_id>>& asked, const known_states& found) {
  for (const auto& [kind, entity] : asked)
    known_.insert(entity);
  for (const auto& one : found.units) {
    auto& unit = units_[one.unit] = {one.data.empty() ? unit_calendar() : decode_calendar(one.data), one.untouched};
    unit.calendar.id = unit_id{one.unit};
  }
  for (const auto& one : found.entities) {
    switch (one.kind) {
      case entity_kind::intent: {
        auto [state, opened] = decoded<std::pair<intent, bool>>(one.data);
        intents_[one.entity] = {std::move(state), opened};
        break;
      }
      case entity_kind::payment: payments_[one.entity] = decoded<payment>(one.data); break;
      case entity_kind::reservation: reservations_[one.entity] = decoded<reserve::reservation>(one.data); break;
      case entity_kind::exceptions: exceptions_[one.entity] = decoded<exceptions_state>(one.data); break;
      case entity_kind::numbering: numbers_[one.entity] = decoded<numbering_state>(one.data); break;
      case entity_kind::platform: platforms_[one.entity] = decoded<platform_state>(one.data); break;
      default: break;
    }
  }
}

void projection_core::forget() {
  units_.clear();
  intents_.clear();
  payments_.clear();
  reservations_.clear();
  exceptions_.clear();
  numbers_.clear();
  platforms_.clear();
  known_.clear();
}

void projection_core::trim(std::size_t most) {
  if (units_.size() + intents_.size() + payments_.size() + reservations_.size() > most)
    forget();
}

bool projection_core::holds_states() const noexcept {
  return !units_.empty() || !intents_.empty() || !payments_.empty() || !reservations_.empty();
}

projection_core::kept_intent& projection_core::intent_of(entity_id id, batch& out) {
  if (const auto fresh = out.fresh_at.find(id); fresh != out.fresh_at.end()) {
    auto& made = out.fresh[fresh->second];
    if (!std::exchange(made.touched, true))
      intents_[id] = {untouched_intent(*made.event, made.at), false};
  }
  known_.insert(id);
  return intents_[id];
}

/// A unit's own part. Untouched holds only move its counts; everything else is the domain's business.
void projection_core::apply_calendar(const record& from, const entity_event& what, batch& out, trace& seen) {
  const row_context here{city_, code_, from.occurred_at, from.seq};
  auto& unit = units_[what.entity];
  unit.calendar.id = unit_id{what.entity};
  const auto end = [&](intent_id id, bool expired, const std::string& reason) {
    auto& kept = intent_of(id.value, out);
    const auto& terms = kept.state.terms;
    ensure(kept.state.status == intent_status::intent_created && !kept.opened, "only an untouched intent is ended by its calendar");
    seen.nights_from = terms.stay.check_in;
    seen.nights_until = terms.stay.check_out;
    unit.untouched.add(terms.stay, -terms.rooms);
    end_untouched(kept.state, from.occurred_at, expired, reason);
    out.intents[id.value] = here;
  };
  what.what.visit([&]<class Event>(const Event& event) {
    if constexpr (std::is_same_v<Event, intent_created>) {
      unit.untouched.add(event.terms->stay, event.terms->rooms);
      if (unit.calendar.property != event.terms->property) {
        unit.calendar.property = event.terms->property;
        out.units[what.entity] = here;
      }
      out.fresh_at.emplace(event.terms->intent.value, out.fresh.size());
      out.fresh.push_back({&event, from.occurred_at, from.seq, false});
    } else if constexpr (std::is_same_v<Event, untouched_expired>) {
      end(event.intent, true, {});
    } else if constexpr (std::is_same_v<Event, untouched_cancelled>) {
      end(event.intent, false, event.reason);
    } else if constexpr (is_calendar_event<Event>) {
      if (const auto moved = nights_of_claim(unit.calendar, what.what)) {
        seen.nights_from = moved->check_in;
        seen.nights_until = moved->check_out;
      }
      if constexpr (std::is_same_v<Event, hold_taken_over>) {
        const auto& state = intent_of(event.intent.value, out).state;
        unit.untouched.add(state.terms.stay, -state.terms.rooms);
        put_back(unit.calendar, state);
      }
      evolve(unit.calendar, event);
      out.units[what.entity] = here;
    }
  });
}

void projection_core::apply(const record& from, std::uint32_t n, const entity_event& what, batch& out) {
  const row_context here{city_, code_, from.occurred_at, from.seq};
  trace seen;
  seen.seq = from.seq;
  seen.n = n;
  if (kind_of(what.what))
    known_.insert(what.entity);
  what.what.visit([&]<class Event>(const Event& event) {
    if constexpr (is_one_of<Event, intent_event>) {
      auto& kept = intent_of(what.entity, out);
      seen.before = name_of(kept.state.status);
      kept.opened = kept.opened || std::is_same_v<Event, intent_opened>;
      evolve(kept.state, intent_event(event), from.occurred_at, from.seq);
      seen.after = name_of(kept.state.status);
      out.intents[what.entity] = here;
    } else if constexpr (is_one_of<Event, payment_event>) {
      auto& state = payments_[what.entity];
      seen.before = name_of(state.status);
      if constexpr (std::is_same_v<Event, payment_moved>) {
        // Its share is keyed by the intent it belongs to.
        if (event.intent && *event.intent != state.intent)
          out.changes.of(tables::payment_allocations).deletes.push_back(make_key(tables::payment_allocations, state.id.value, state.intent.value));
      }
      evolve(state, payment_event(event), from.occurred_at, from.seq);
      seen.after = name_of(state.status);
      seen.intent = state.intent.value;
      seen.reservation = state.reservation.value;
      out.payments[what.entity] = here;
    } else if constexpr (is_one_of<Event, reservation_event>) {
      auto& state = reservations_[what.entity];
      seen.before = name_of(state.status);
      evolve(state, reservation_event(event), from.occurred_at, from.seq);
      seen.after = name_of(state.status);
      seen.intent = state.terms.intent.value;
      out.reservations[what.entity] = here;
    } else if constexpr (is_one_of<Event, exceptions_event>) {
      auto& state = exceptions_[what.entity];
      if constexpr (std::is_same_v<Event, exception_resolved>) {
        if (const auto found = state.open.find(event.key); found != state.open.end()) {
          auto closing = found->second;
          closing.status = exception_status::resolved;
          closing.updated_at = from.occurred_at;
          out.exception_rows[closing.id] = tables::of_exception(here, closing, event.action);
        }
        evolve(state, exceptions_event(event), from.occurred_at);
      } else {
        exception_id id{};
        if constexpr (std::is_same_v<Event, exception_raised>)
          id = event.raised.id;
        else
          id = event.id;
        evolve(state, exceptions_event(event), from.occurred_at);
        for (const auto& [key, one] : state.open)
          if (one.id == id)
            out.exception_rows[id] = tables::of_exception(here, one, {});
      }
      out.exceptions[what.entity] = here;
    } else if constexpr (is_calendar_event<Event>) {
      apply_calendar(from, what, out, seen);
    } else if constexpr (std::is_same_v<Event, code_block_drawn> || std::is_same_v<Event, codes_reserved>) {
      evolve(numbers_[what.entity], event);
      out.numbers[what.entity] = here;
    } else if constexpr (std::is_same_v<Event, city_added> || std::is_same_v<Event, code_block_given>) {
      evolve(platforms_[what.entity], event);
      out.platforms[what.entity] = here;
    } else if constexpr (std::is_same_v<Event, city_configured>) {
      out.changes.of(tables::entity_snapshots)
          .upserts.push_back(tables::of_entity_snapshot(here, what.entity, entity_kind::city, false, encoded(event.city)));
    } else if constexpr (std::is_same_v<Event, property_imported>) {
      out.changes.of(tables::entity_snapshots)
          .upserts.push_back(tables::of_entity_snapshot(here, event.property.id.value, entity_kind::property, false, encoded(event.property)));
    }
  });
  nights_.note(from, n, what, &seen);
  const bool says_more = !seen.before.empty() || !seen.after.empty() || seen.nights_from < seen.nights_until;
  if (says_more && !is_bookkeeping(what.what))
    out.traces.push_back(std::move(seen));
}

projected projection_core::fold(const std::vector<committed_record>& records) {
  projected out;
  out.projections = state_projections();
  out.from = position_;
  batch done;
  done.fresh.reserve(records.size());
  done.fresh_at.reserve(records.size());
  for (const auto& one : records) {
    ensure(one->seq == position_ + 1, "records follow each other without a gap");
    std::uint32_t n = 0;
    if (one->inbox)
      out.inbox.push_back({*one->inbox, one->seq, one->occurred_at});
    for (const auto& what : one->events) {
      if (const auto* handled = what.what.as<webhook_handled>())
        out.inbox.push_back({handled->inbox, one->seq, one->occurred_at});
      apply(*one, n++, what, done);
    }
    position_ = one->seq;
    last_at_ = out.at = one->occurred_at;
  }
  out.to = position_;
  render(done);
  out.traces = std::move(done.traces);
  out.changes = done.changes.take();
  return out;
}

void projection_core::render(batch& done) {
  const auto put = [&](const table& where, row line) { done.changes.of(where).upserts.push_back(std::move(line)); };
  const auto snapshot = [&](const row_context& at, entity_id entity, entity_kind kind, bool unfinished, std::string data) {
    put(tables::entity_snapshots, tables::of_entity_snapshot(at, entity, kind, unfinished, std::move(data)));
  };
  static const city_settings defaults;
  for (const auto& [id, at] : done.units)
    put(tables::unit_snapshots, tables::of_unit_snapshot(at, units_.at(id).calendar));

  if (!done.fresh.empty()) {
    auto& rows = done.changes.of(tables::booking_intents).inserts;
    intent scratch; // Its strings keep their memory from row to row.
    for (const auto& made : done.fresh) {
      if (made.touched)
        continue;
      scratch.terms = *made.event->terms;
      scratch.contact = made.event->contact;
      scratch.status = intent_status::intent_created;
      scratch.status_changed_at = made.at;
      scratch.expires_at = made.event->expires_at;
      scratch.hold_live = true;
      tables::put_intent(rows.next(), {city_, code_, made.at, made.seq}, scratch, false, false);
    }
  }
  for (const auto& [id, at] : done.intents) {
    const auto& kept = intents_.at(id);
    const bool unfinished = kept.opened && (!next_steps(kept.state).empty() || next_deadline(kept.state, defaults).has_value());
    auto& change = done.changes.of(tables::booking_intents);
    tables::put_intent(done.fresh_at.contains(id) ? change.inserts.next() : change.upserts.emplace_back(), at, kept.state, kept.opened, unfinished);
  }
  for (const auto& [id, at] : done.payments) {
    const auto& state = payments_.at(id);
    put(tables::payments, tables::of_payment(at, state));
    put(tables::payment_attempts, tables::of_attempt(at, state));
    if (state.captured.minor_units > 0)
      put(tables::payment_allocations, tables::of_allocation(at, state));
    if (state.is_pix() && !state.provider_object.empty())
      put(tables::pix_charges, tables::of_pix(at, state));
    for (const auto& one : state.refunds)
      put(tables::refunds, tables::of_refund(at, state, one));
    const bool unfinished = !next_steps(state, at.at).empty() || next_deadline(state, defaults).has_value() || state.object_open() ||
                            std::any_of(state.refunds.begin(), state.refunds.end(), [](const refund& one) { return one.open(); });
    snapshot(at, id, entity_kind::payment, unfinished, encoded(state));
  }
  for (const auto& [id, at] : done.reservations) {
    const auto& state = reservations_.at(id);
    put(tables::reservations, tables::of_reservation(at, state));
    const bool unfinished = !next_steps(state, at.at).empty() || next_deadline(state, defaults).has_value();
    snapshot(at, id, entity_kind::reservation, unfinished, encoded(state));
  }
  for (const auto& [id, at] : done.exceptions)
    snapshot(at, id, entity_kind::exceptions, false, encoded(exceptions_.at(id)));
  for (auto& [id, line] : done.exception_rows)
    put(tables::exceptions, std::move(line));
  for (const auto& [id, at] : done.numbers) {
    snapshot(at, id, entity_kind::numbering, false, encoded(numbers_.at(id)));
    put(tables::numbering, tables::of_numbering(at, numbers_.at(id)));
  }
  for (const auto& [id, at] : done.platforms)
    snapshot(at, id, entity_kind::platform, false, encoded(platforms_.at(id)));
}

// --- nights ---

void projection_core::nights_start_at(sequence position) {
  nights_position_ = position;
  nights_.clear();
}

void projection_core::note_nights(const std::vector<committed_record>& records, std::span<const trace> traces) {
  trace_reader seen(traces);
  for (const auto& one : records) {
    std::uint32_t n = 0;
    for (const auto& what : one->events) {
      nights_.note(*one, n, what, seen.find(one->seq, n));
      ++n;
    }
  }
}

std::vector<std::pair<entity_kind, entity_id>> projection_core::missing_for_nights() const {
  std::vector<std::pair<entity_kind, entity_id>> out;
  for (const auto& [unit, book] : nights_.units())
    if (!known_.contains(unit))
      out.emplace_back(entity_kind::unit, unit);
  for (const auto& reservation : nights_.reservations())
    if (!known_.contains(reservation))
      out.emplace_back(entity_kind::reservation, reservation);
  return out;
}

projected projection_core::fold_nights() {
  projected out;
  out.projections = night_projections();
  out.from = nights_position_;
  out.to = position_;
  out.at = last_at_;
  change_set changes;
  for (const auto& [id, book] : nights_.units()) {
    const auto& unit = units_[id];
    auto day = book.first;
    for (const auto at : book.at) {
      if (at != timestamp{})
        changes.of(tables::availability_calendar)
            .upserts.push_back(tables::of_night({city_, code_, at, position_}, unit.calendar, day, unit.untouched.at(day)));
      day += std::chrono::days(1);
    }
  }
  for (const auto& id : nights_.reservations()) {
    const auto& state = reservations_[id];
    auto day = state.terms.stay.check_in;
    for (const auto& amount : state.terms.price.nights) {
      changes.of(tables::reservation_nights).upserts.push_back(tables::of_reservation_night({city_, code_, last_at_, position_}, state, day, amount));
      day += std::chrono::days(1);
    }
  }
  out.changes = changes.take();
  nights_position_ = position_;
  nights_.clear();
  return out;
}

} // namespace reserve::persistence
