#include "app/services.hpp"

#include "app/version.hpp"
#include "integrations/pix/qr_png.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace reserve::app {

// --- cities ---

served_cities::served_cities(engine& with) : engine_(with) {
  for (auto* one : with.cities())
    cities_.push_back(std::make_unique<served_city>(with, *one));
}

gateway::city_door* served_cities::find(std::string_view code) {
  for (const auto& one : cities_)
    if (one->code() == code)
      return one.get();
  return nullptr;
}

gateway::city_door* served_cities::find(city_number number) {
  for (const auto& one : cities_)
    if (one->number() == number)
      return one.get();
  return nullptr;
}

std::vector<gateway::city_door*> served_cities::all() {
  std::vector<gateway::city_door*> out;
  for (const auto& one : cities_)
    out.push_back(one.get());
  return out;
}

bool served_cities::left_out(std::string_view code) const {
  return std::any_of(engine_.unread().begin(), engine_.unread().end(), [&](const auto& one) { return one.second == code; });
}

bool served_cities::left_out(city_number number) const {
  return std::any_of(engine_.unread().begin(), engine_.unread().end(), [&](const auto& one) { return one.first == number; });
}

// --- vault ---

gateway::sealed_traveler engine_vault::seal(city_number city, intent_id stay, const guest_details& guest) {
  auto sealed = engine_.vault().seal_guest(city, stay, guest);
  return {std::move(sealed.contact), std::move(sealed.rows)};
}

void engine_vault::open(const std::string& city_code, intent_id stay, gateway::told<guest_details> done) {
  engine_.vault().open_guest(city_code, stay, std::move(done));
}

void engine_vault::open_payment(const std::string& city_code, payment_id payment, gateway::told<provider_secrets> done) {
  engine_.vault().open_payment(city_code, payment, std::move(done));
}

// --- look-ups ---

void database_lookup::find_key(const std::string& city_code, digest16 hash, gateway::told<std::optional<gateway::used_key>> done) {
  journal_.find_key(city_code, hash, [done = std::move(done)](std::optional<std::optional<persistence::known_key>> found) {
    if (!found)
      return done(std::nullopt);
    std::optional<gateway::used_key> out;
    if (*found)
      out = gateway::used_key{(*found)->fingerprint, (*found)->seq};
    done(std::optional<std::optional<gateway::used_key>>(out));
  });
}

void database_lookup::read_record(const std::string& city_code, sequence seq, gateway::told<committed_record> done) {
  journal_.read_record(city_code, seq, std::move(done));
}

void database_lookup::resolve_code(const std::string& code, gateway::told<std::optional<reservation_id>> done) {
  bookings_.find_code(code, [this, code, done = std::move(done)](std::optional<std::optional<reservation_id>> found) {
    std::vector<std::pair<city_number, sequence>> behind;
    for (auto* one : engine_.cities())
      if (const auto number = one->city().number; engine_.projector().lag(number) > 0)
        behind.emplace_back(number, engine_.writer().head(number).second);
    if (!found || *found || behind.empty())
      return done(std::move(found));
    // A code that was given out a moment ago may not be in the table yet: the tables catch up once, then the answer stands.
    for (const auto& [number, seq] : behind)
      engine_.projector().wait_until(number, seq, std::chrono::seconds(2));
    bookings_.find_code(code, done);
  });
}

void database_lookup::resolve_payment(const std::string& provider_object, gateway::told<std::optional<payment_id>> done) {
  bookings_.find_payment(provider_object, std::move(done));
}

// --- webhooks ---

namespace {

integrations::secrets texts_of(const std::vector<config::secret>& values) {
  integrations::secrets out;
  for (const auto& one : values)
    out.push_back(one.value);
  return out;
}

integrations::webhook_secrets secrets_of(const config::config& values) {
  integrations::webhook_secrets out;
  out.host = texts_of(values.host.webhook_secrets);
  if (values.stripe)
    out.stripe = texts_of(values.stripe->webhook_secrets);
  if (values.mercadopago)
    out.mercadopago = texts_of(values.mercadopago->webhook_secrets);
  if (values.openpix) {
    out.openpix_rsa = values.openpix->webhook_signature == config::openpix_signature::rsa;
    out.openpix_hmac = texts_of(values.openpix->webhook_secrets);
  }
  return out;
}

integrations::webhook_delivery delivery_of(const gateway::delivery& what) {
  integrations::webhook_delivery out;
  out.body = what.body;
  for (const auto& [name, value] : what.headers)
    out.headers.emplace_back(name, value);
  for (const auto& [name, value] : what.query)
    out.query.emplace_back(name, value);
  return out;
}

/// The first city that a provider's account serves; nullptr = none of them is here.
actors::city_engine* first_city_of(engine& with, const std::string& provider) {
  const auto& values = with.values();
  const auto* listed = provider == "stripe" && values.stripe              ? &values.stripe->cities
                       : provider == "mercadopago" && values.mercadopago ? &values.mercadopago->cities
                       : provider == "openpix" && values.openpix         ? &values.openpix->cities
                                                                          : nullptr;
  if (listed != nullptr && !listed->empty())
    return with.find(listed->front());
  const auto all = with.cities();
  return all.empty() ? nullptr : all.front();
}

/// The city that our own reference in an event carries; 0 = none.
city_number city_of_event(const handle_webhook& what) {
  for (const auto* text : {&what.payment_ref, &what.intent_ref, &what.reservation_ref})
    if (const auto id = parse_uuid(*text))
      return city_of(*id);
  return 0;
}

} // namespace

webhook_reception::webhook_reception(engine& with) : engine_(with), inbox_(with.vault().keys(), with.pool()) {
  const auto& values = with.values();
  if (values.openpix && values.openpix->webhook_signature == config::openpix_signature::rsa)
    keys_ = std::make_unique<integrations::openpix::public_keys>(with.client(), values.openpix->public_keys_url);
  door_ = std::make_unique<integrations::webhook_door>(secrets_of(values), keys_.get());
}

void webhook_reception::check(std::shared_ptr<const gateway::delivery> what, gateway::told<gateway::delivery_check> done) {
  const auto source = integrations::webhook_source_of(what->provider);
  if (!source) {
    done(gateway::delivery_check{false, "unknown source", {}});
    return;
  }
  const auto delivery = std::make_shared<const integrations::webhook_delivery>(delivery_of(*what));
  door_->check(*source, delivery, engine_.clock().wall(), [done = std::move(done)](integrations::webhook_check said) {
    const bool ok = said.result == integrations::signature_check::ok;
    done(gateway::delivery_check{ok, std::string(integrations::name_of(said.result)), std::move(said.dedup_key)});
  });
}

std::optional<gateway::delivery_event> webhook_reception::parse(const gateway::delivery& what) {
  const auto source = integrations::webhook_source_of(what.provider);
  if (!source)
    return std::nullopt;
  auto event = integrations::parse_webhook(*source, delivery_of(what));
  if (!event)
    return std::nullopt;
  gateway::delivery_event out;
  out.is_consumed = integrations::is_consumed(*source, event->command.event_type);
  out.event_id = event->event_id;
  out.city = city_of_event(event->command);
  // The Host serves properties, not ids of ours: its events belong to the city that sells the property.
  if (out.city == 0 && !event->command.host_property_id.empty())
    for (auto* one : engine_.cities())
      if (const auto catalogue = one->city().index.catalogue(); catalogue && catalogue->by_host_id.contains(event->command.host_property_id))
        out.city = one->city().number;
  // A payment that names no city of ours belongs to the first of its account, whose inbox finds out whose it is (spec 50§13.2). It could be that of a city left out.
  if (out.city == 0 && what.provider != "host" && engine_.unread().empty())
    if (auto* owner = first_city_of(engine_, what.provider))
      out.city = owner->city().number;
  out.command = std::move(event->command);
  return out;
}

void webhook_reception::store(std::shared_ptr<const gateway::delivery> what, const std::string& dedup_key, const gateway::delivery_event* known,
                              gateway::told<gateway::stored_delivery> done) {
  // What is stored is not sent again. While a city is left out, an event that may be its own is not taken: its sender tries for days.
  if (known != nullptr && (known->city == 0 || engine_.find(known->city) == nullptr) && !engine_.unread().empty())
    return done(std::nullopt);
  persistence::incoming_webhook row;
  row.provider = what->provider;
  row.dedup_key = dedup_key;
  row.body = what->body;
  row.received_at = engine_.clock().wall();
  if (known != nullptr) {
    row.event_id = known->event_id;
    row.event_type = known->command.event_type;
    row.object_id = known->command.object;
    row.host_property_id = known->command.host_property_id;
    if (auto* owner = engine_.find(known->city); known->city != 0 && owner != nullptr) {
      row.city = known->city;
      row.city_code = owner->city().code;
    }
  }
  inbox_.store(std::move(row), [done = std::move(done)](std::optional<persistence::stored_webhook> stored) {
    if (!stored)
      return done(std::nullopt);
    done(gateway::stored_delivery{stored->inbox_id, stored->duplicate});
  });
}

void webhook_reception::resume() {
  for (auto* one : engine_.cities())
    resume(*one, {});
}

void webhook_reception::resume(actors::city_engine& city, const persistence::inbox_row& after) {
  constexpr std::size_t at_once = 1000;
  inbox_.unprocessed_after(city.city().code, after, at_once, [this, &city](std::optional<std::vector<persistence::inbox_row>> rows) {
    if (!rows) {
      spdlog::warn("the inbox could not be read; the next look will city={}", city.city().code);
      return;
    }
    std::size_t handed = 0;
    for (const auto& row : *rows) {
      const auto source = integrations::webhook_source_of(row.provider);
      if (!source)
        continue;
      integrations::webhook_delivery again;
      again.body = row.body;
      auto event = integrations::parse_webhook(*source, again);
      if (!event || !integrations::is_consumed(*source, event->command.event_type))
        continue;
      event->command.inbox = row.id;
      auto what = std::make_shared<command>();
      what->kind = entity_kind::inbox;
      what->entity = inbox_entity(city.city().number);
      what->who.kind = actor_kind::network;
      what->body = std::move(event->command);
      city.router().send(std::move(what));
      ++handed;
    }
    if (handed != 0)
      spdlog::info("stored webhooks are handed on again city={} count={}", city.city().code, handed);
    if (rows->size() == at_once)
      resume(city, rows->back());
  });
}

// --- the program ---

this_program::this_program(engine& with) : engine_(with), started_(std::chrono::steady_clock::now()) {
  // nop
}

std::vector<gateway::component> this_program::components() {
  std::vector<gateway::component> out;
  bool online = true, stands = true, resumed = true;
  for (auto* one : engine_.cities()) {
    online = online && engine_.writer().online(one->city().number);
    stands = stands && one->city().index.ready();
    resumed = resumed && one->resumed();
  }
  out.push_back({"database", online ? "ok" : "down", ""});
  out.push_back({"migrations", "ok", ""}); // Checked before anything starts.
  std::string unread;
  for (const auto& [number, code] : engine_.unread())
    unread += (unread.empty() ? "not served, a record of its journal cannot be read: " : ", ") + code;
  if (stands)
    out.push_back({"cities", unread.empty() ? "ok" : "degraded", unread});
  else
    out.push_back({"cities", "down", "the search index is being built"});
  out.push_back({"unfinished work", resumed ? "ok" : "down", resumed ? "" : "what an earlier run left unfinished has not been read yet"});
  const bool ticks = engine_.time_passes();
  out.push_back({"timers", ticks ? "ok" : "down", ticks ? "" : "the clock thread is silent"});
  out.push_back({"clock", engine_.clock().trusted() ? "ok" : "degraded", engine_.clock().trusted() ? "" : "the machine's clock is not followed"});
  std::string halted;
  for (auto* one : engine_.cities())
    if (engine_.projector().stopped(one->city().number))
      halted += (halted.empty() ? "" : ", ") + one->city().code;
  out.push_back({"projection", halted.empty() ? "ok" : "degraded", halted.empty() ? "" : "stands still: " + halted});
  out.push_back({"host", engine_.host()->outage().count() == 0 ? "ok" : "degraded", ""});
  for (const auto* provider : {"stripe", "mercadopago", "openpix"})
    if (engine_.payments()->offers(provider))
      out.push_back({std::string("provider ") + provider, engine_.payments()->available(provider) ? "ok" : "degraded", ""});
  if (draining_)
    out.push_back({"process", "down", "draining"});
  return out;
}

std::string this_program::version() const {
  return version_text();
}

std::chrono::seconds this_program::uptime() const {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - started_);
}

std::string this_program::qr_base64(std::string_view text) const {
  return integrations::pix::qr_png_base64(text);
}

std::chrono::seconds this_program::advance_clock(std::chrono::seconds by) {
  const auto offset = engine_.clock().advance(by);
  // The answer comes after everything that became due has been handed to its actor (spec 50§13.5).
  for (auto* one : engine_.cities())
    while (one->run_due() != 0) {
    }
  return offset;
}

bool this_program::logs_requests() const {
  return spdlog::should_log(spdlog::level::info);
}

void this_program::log_request(std::string_view line) {
  spdlog::info("{}", line);
}

void this_program::log_security(std::string_view line) {
  spdlog::warn("{}", line);
}

} // namespace reserve::app
