#pragma once

#include "actors/protocols/city_index.hpp"
#include "actors/protocols/messages.hpp"
#include "gateway/http/message.hpp"
#include "gateway/http/network.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reserve::gateway {

// What the handlers need from the rest of the program. Everything here is implemented where the program is put together, and outlives the gateway.

/// Told once, on any thread; nullopt = it could not be found out (database away).
template <class T>
using told = std::function<void(std::optional<T>)>;

/// How far a city's tables are behind its log.
struct projection_lag {
  sequence records = 0;
  double per_second = 0; ///< Records that the projector can write; 0 = it stands still, or nobody has measured it yet.
};

/// A city as its guests' commands reach it. All functions may be called from the gateway's thread and none blocks.
class city_door {
public:
  virtual ~city_door() = default;

  virtual const std::string& code() const = 0;
  virtual city_number number() const = 0;
  /// To the actor that owns the command's entity.
  virtual void send(command_ptr what) = 0;
  virtual const city_index& index() const = 0;

  /// Is the city served here, with a journal to write to?
  virtual bool online() const = 0;
  /// Epoch and last sequence of its log.
  virtual std::pair<std::uint64_t, sequence> head() const = 0;

  virtual projection_lag lag() const = 0;

  /// Place of a live intent of a session; its calendar gives it back when it refuses or the intent ends.
  virtual bool take_session(const std::string& session, int limit) = 0;
  virtual void free_session(const std::string& session) = 0;

  /// How long the Host has been away; zero = it answers.
  virtual std::chrono::milliseconds host_outage() const = 0;
  /// The property's own breaker is open: it is temporarily unavailable.
  virtual bool property_down(const std::string& host_property_id) const = 0;
  /// Is the payment provider configured?
  virtual bool provider_offered(std::string_view provider) const = 0;
  /// Does it answer now?
  virtual bool provider_available(std::string_view provider) const = 0;

  virtual timestamp now() const = 0;
  virtual local_time local(timestamp at) const = 0;
  virtual timestamp instant(date day, std::chrono::minutes time_of_day) const = 0;
  /// An id of this city.
  virtual uuid new_id() = 0;
  /// What command::deadline is measured with.
  virtual std::chrono::milliseconds steady() const = 0;
};

/// The cities that this program knows. A city that another node serves is not online.
class city_directory {
public:
  virtual ~city_directory() = default;
  virtual city_door* find(std::string_view code) = 0;
  virtual city_door* find(city_number number) = 0;
  virtual std::vector<city_door*> all() = 0;
  /// There is such a city, but it is not served now.
  virtual bool left_out(std::string_view) const { return false; }
  virtual bool left_out(city_number) const { return false; }
};

/// A guest's data sealed for the record that carries it.
struct sealed_traveler {
  contact_flags contact;
  std::vector<vault_row> rows;
};

/// Personal data and secrets.
class guest_vault {
public:
  virtual ~guest_vault() = default;
  virtual sealed_traveler seal(city_number city, intent_id stay, const guest_details& guest) = 0;
  /// nullopt also when there is none, or it was erased.
  virtual void open(const std::string& city_code, intent_id stay, told<guest_details> done) = 0;
  virtual void open_payment(const std::string& city_code, payment_id payment, told<provider_secrets> done) = 0;
};

/// A client key that a committed record holds.
struct used_key {
  digest16 fingerprint{};
  sequence seq = 0;
};

/// What is read beside the actors.
class lookup {
public:
  virtual ~lookup() = default;
  /// Inner nullopt: nobody has used it.
  virtual void find_key(const std::string& city_code, digest16 hash, told<std::optional<used_key>> done) = 0;
  /// Inner null: there is none with this number.
  virtual void read_record(const std::string& city_code, sequence seq, told<committed_record> done) = 0;
  /// A reservation of any city by its normalised code. Inner nullopt: there is none.
  virtual void resolve_code(const std::string& code, told<std::optional<reservation_id>> done) = 0;
  /// A payment by the id of its provider object. Inner nullopt: there is none (yet).
  virtual void resolve_payment(const std::string& provider_object, told<std::optional<payment_id>> done) = 0;
};

/// A webhook as it came.
struct delivery {
  std::string provider; ///< host, stripe, mercadopago, openpix
  http::header_list headers;
  std::vector<std::pair<std::string, std::string>> query; ///< Decoded.
  std::string body;
};

struct delivery_check {
  bool ok = false;
  std::string why;       ///< For the security log: missing, malformed, stale, wrong.
  std::string dedup_key; ///< 32 bytes when ok.
};

/// What a delivery says.
struct delivery_event {
  city_number city = 0;     ///< 0 = not known.
  bool is_consumed = false; ///< Somebody handles this type.
  std::string event_id;
  handle_webhook command; ///< Without `inbox`.
};

struct stored_delivery {
  uuid inbox{};
  bool duplicate = false;
};

/// Signatures, meaning and the inbox of webhooks.
class webhook_desk {
public:
  virtual ~webhook_desk() = default;
  virtual void check(std::shared_ptr<const delivery> what, told<delivery_check> done) = 0;
  /// Called only when the signature is right; nullopt: the body cannot be read.
  virtual std::optional<delivery_event> parse(const delivery& what) = 0;
  /// Durable before `done`; nullopt: not stored. `known` may be null.
  virtual void store(std::shared_ptr<const delivery> what, const std::string& dedup_key, const delivery_event* known, told<stored_delivery> done) = 0;
};

/// A part of the program as /readyz shows it.
struct component {
  std::string name;
  std::string status = "ok"; ///< ok, degraded, down
  std::string detail;
};

/// The program itself.
class program {
public:
  virtual ~program() = default;
  /// Not ready while any component is down.
  virtual std::vector<component> components() = 0;
  virtual std::string version() const = 0;
  virtual std::chrono::seconds uptime() const = 0;
  /// PNG of a QR code, base64; empty when the text does not fit.
  virtual std::string qr_base64(std::string_view text) const = 0;
  /// Moves the wall clock forward (only called while clock.control is on); answers the whole offset.
  virtual std::chrono::seconds advance_clock(std::chrono::seconds by) = 0;
  virtual timestamp wall() const = 0;
  /// Is anybody to read lines of requests?
  virtual bool logs_requests() const { return true; }
  /// One line, no personal data.
  virtual void log_request(std::string_view line) = 0;
  virtual void log_security(std::string_view line) = 0;
};

/// Everything from outside.
struct services {
  city_directory& cities;
  guest_vault& vault;
  lookup& look;
  webhook_desk& webhooks;
  reserve::gateway::program& self;
};

/// Configuration of the gateway.
struct settings {
  std::string public_url = "http://localhost:8080";
  std::string service_token; ///< Empty: the routes of the service do not exist.
  bool clock_control = false;
  std::string publishable_key; ///< Stripe's, for the browser; empty = null.
  std::vector<http::network> exempt_networks;
  std::chrono::milliseconds command_timeout{25'000}; ///< Less than the server's request time-out.
  std::chrono::milliseconds lookup_timeout{5'000};
  std::chrono::milliseconds booking_wait{15'000}; ///< create_booking waits this long for the Host.
  std::chrono::milliseconds poll_every{200};
  std::chrono::milliseconds overload_pause{1'000}; ///< Who is refused a new intent for overload hears it so much later: refusing at once would leave less for the rest.
  std::size_t overload_pauses_max = 5'000; ///< So many at once, of all connections; the others hear it at once.
  std::size_t in_flight_max = 4096; ///< Commands of one city that wait for an answer.
  sequence lag_max = 250'000;       ///< Records that the tables of a city may be behind.
};

} // namespace reserve::gateway
