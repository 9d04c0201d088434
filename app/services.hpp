#pragma once

#include "app/engine.hpp"

#include "gateway/services.hpp"
#include "integrations/openpix/public_keys.hpp"
#include "integrations/webhook_door.hpp"
#include "persistence/postgres/booking_queries.hpp"
#include "persistence/postgres/inbox.hpp"
#include "persistence/postgres/journal_queries.hpp"

#include <memory>
#include <vector>

namespace reserve::app {

// The gateway's services over the engine: who answers what (gateway/services.hpp).

/// A city of this process.
class served_city final : public gateway::city_door {
public:
  served_city(engine& with, actors::city_engine& city) : engine_(with), city_(city) {}

  const std::string& code() const override { return city_.city().code; }
  city_number number() const override { return city_.city().number; }
  void send(command_ptr what) override { city_.router().send(std::move(what)); }
  const city_index& index() const override { return city_.city().index; }
  bool online() const override { return engine_.writer().online(city_.city().number); }
  std::pair<std::uint64_t, sequence> head() const override { return engine_.writer().head(city_.city().number); }
  gateway::projection_lag lag() const override {
    const auto number = city_.city().number;
    const auto& tables = engine_.projector();
    const auto waits = tables.backlog_of(number);
    return {waits.records, tables.stopped(number) ? 0 : waits.per_second};
  }
  bool take_session(const std::string& session, int limit) override { return city_.city().sessions.take(session, limit); }
  void free_session(const std::string& session) override { city_.city().sessions.free(session); }
  std::chrono::milliseconds host_outage() const override { return engine_.host()->outage(); }
  bool property_down(const std::string& host_property_id) const override { return engine_.host()->property_open(host_property_id); }
  bool provider_offered(std::string_view provider) const override { return engine_.payments()->offers(provider); }
  bool provider_available(std::string_view provider) const override { return engine_.payments()->available(provider); }
  timestamp now() const override { return city_.city().now(); }
  local_time local(timestamp at) const override {
    const auto catalogue = city_.city().index.catalogue();
    return engine_.zones().local(zone_of(catalogue.get()), at);
  }
  timestamp instant(date day, std::chrono::minutes time_of_day) const override {
    const auto catalogue = city_.city().index.catalogue();
    return engine_.zones().instant(zone_of(catalogue.get()), day, time_of_day);
  }
  uuid new_id() override { return city_.city().new_id(); }
  std::chrono::milliseconds steady() const override { return engine_.clock().steady(); }

private:
  static const std::string& zone_of(const catalogue_view* catalogue) {
    static const std::string none_yet = "UTC";
    return catalogue && !catalogue->city.timezone.empty() ? catalogue->city.timezone : none_yet;
  }
  engine& engine_;
  actors::city_engine& city_;
};

class served_cities final : public gateway::city_directory {
public:
  explicit served_cities(engine& with);
  gateway::city_door* find(std::string_view code) override;
  gateway::city_door* find(city_number number) override;
  std::vector<gateway::city_door*> all() override;
  bool left_out(std::string_view code) const override;
  bool left_out(city_number number) const override;

private:
  const engine& engine_;
  std::vector<std::unique_ptr<served_city>> cities_;
};

class engine_vault final : public gateway::guest_vault {
public:
  explicit engine_vault(engine& with) : engine_(with) {}
  gateway::sealed_traveler seal(city_number city, intent_id stay, const guest_details& guest) override;
  void open(const std::string& city_code, intent_id stay, gateway::told<guest_details> done) override;
  void open_payment(const std::string& city_code, payment_id payment, gateway::told<provider_secrets> done) override;

private:
  engine& engine_;
};

class database_lookup final : public gateway::lookup {
public:
  explicit database_lookup(engine& with) : engine_(with), journal_(with.pool()), bookings_(with.pool()) {}
  void find_key(const std::string& city_code, digest16 hash, gateway::told<std::optional<gateway::used_key>> done) override;
  void read_record(const std::string& city_code, sequence seq, gateway::told<committed_record> done) override;
  void resolve_code(const std::string& code, gateway::told<std::optional<reservation_id>> done) override;
  void resolve_payment(const std::string& provider_object, gateway::told<std::optional<payment_id>> done) override;

private:
  engine& engine_;
  persistence::journal_queries journal_;
  persistence::booking_queries bookings_;
};

class webhook_reception final : public gateway::webhook_desk {
public:
  explicit webhook_reception(engine& with);
  void check(std::shared_ptr<const gateway::delivery> what, gateway::told<gateway::delivery_check> done) override;
  std::optional<gateway::delivery_event> parse(const gateway::delivery& what) override;
  void store(std::shared_ptr<const gateway::delivery> what, const std::string& dedup_key, const gateway::delivery_event* known, gateway::told<gateway::stored_delivery> done) override;
  /// What was stored and never handled is handed to its city's inbox again: at the start, and then every minute (the inbox knows what it has already).
  void resume();

private:
  void resume(actors::city_engine& city, const persistence::inbox_row& after);
  engine& engine_;
  std::unique_ptr<integrations::openpix::public_keys> keys_;
  std::unique_ptr<integrations::webhook_door> door_;
  persistence::webhook_inbox inbox_;
};

/// The program as /readyz and the clock control see it.
class this_program final : public gateway::program {
public:
  explicit this_program(engine& with);
  std::vector<gateway::component> components() override;
  std::string version() const override;
  std::chrono::seconds uptime() const override;
  std::string qr_base64(std::string_view text) const override;
  std::chrono::seconds advance_clock(std::chrono::seconds by) override;
  timestamp wall() const override { return engine_.clock().wall(); }
  bool logs_requests() const override;
  void log_request(std::string_view line) override;
  void log_security(std::string_view line) override;
  void drains() noexcept { draining_ = true; }

private:
  engine& engine_;
  std::chrono::steady_clock::time_point started_;
  std::atomic<bool> draining_{false};
};

} // namespace reserve::app
