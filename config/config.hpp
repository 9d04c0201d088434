#pragma once

#include "domain/settings.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What the programs are told from outside, read once and checked before anything starts (docs/configuration.md).
namespace reserve::config {

enum class environment : std::uint8_t { production, dev, test };

/// A value that is never printed.
struct secret {
  std::string value;

  bool operator==(const secret&) const = default;
  bool empty() const noexcept { return value.empty(); }
};

/// Where a server listens. Port 0 lets the system choose.
struct endpoint {
  std::string host;
  std::uint16_t port = 0;

  bool operator==(const endpoint&) const = default;
};

/// "127.0.0.1:8080", "[::1]:8080".
std::string to_string(const endpoint& where);

struct byte_size {
  std::uint64_t bytes = 0;

  bool operator==(const byte_size&) const = default;
};

/// A master key of the vault: AES-256.
struct vault_key {
  std::string id;
  std::array<std::uint8_t, 32> key{};

  bool operator==(const vault_key&) const = default;
};

enum class log_level : std::uint8_t { trace, debug, info, warn, error };

/// How OpenPix signs its webhooks.
enum class openpix_signature : std::uint8_t { rsa, hmac };

enum class email_provider : std::uint8_t { sendgrid, ses };

struct http_section {
  endpoint listen{"127.0.0.1", 8080};
  std::string public_url; ///< Never empty after load: by default http:// and `listen`.
  byte_size body_limit{1024 * 1024};
  byte_size header_limit{16 * 1024};
  millis idle_timeout = std::chrono::seconds(60);
  millis request_timeout = std::chrono::seconds(30);
  millis drain_timeout = std::chrono::seconds(20);
  int max_connections = 10'000;
  std::vector<std::string> trusted_proxies; ///< CIDR networks whose X-Forwarded-For gives the client's address.
};

struct database_section {
  secret url;
  int pool = 8; ///< Connections for queries; writer and projector have their own.
};

struct journal_section {
  int batch_max = 1024; ///< Records per transaction; up to eight times as many while the disk is slow.
};

struct admission_section {
  int commands_per_city = 1024; ///< Commands in flight.
  std::int64_t lag_max = 250'000; ///< Records the projector may be behind.
};

struct limits_section {
  std::vector<std::string> exempt_networks; ///< CIDR networks without per-IP limits (spec 30§1.5).
};

struct log_section {
  log_level level = log_level::info;
  std::string collector_url; ///< Empty = off.
};

struct clock_section {
  bool control = false; ///< Opens POST /api/v1/internal/clock; refused in production.
  millis offset{0};
};

struct actors_section {
  int threads = 1;
};

struct security_section {
  secret service_token;              ///< Empty = no internal routes.
  std::vector<vault_key> vault_keys; ///< The first seals, the others still open.
  secret hash_key;                   ///< Search by keyed hash.
  secret code_key;                   ///< Confirmation codes.
};

struct host_section {
  std::string base_url;
  secret api_key;
  secret jwt_secret;                   ///< HS256.
  std::vector<secret> webhook_secrets; ///< New first, old last.
  millis health_interval = std::chrono::seconds(10);
};

struct stripe_section {
  std::string base_url;
  secret secret_key;
  std::string publishable_key;
  std::string api_version;
  std::vector<secret> webhook_secrets;
  std::vector<std::string> cities; ///< Empty = all.
};

struct mercadopago_section {
  std::string base_url;
  secret access_token;
  std::vector<secret> webhook_secrets;
  std::vector<std::string> cities;
};

struct openpix_section {
  std::string base_url;
  secret app_id;
  openpix_signature webhook_signature = openpix_signature::rsa;
  std::vector<secret> webhook_secrets; ///< For hmac.
  std::string public_keys_url;         ///< For rsa.
  std::vector<std::string> cities;
};

struct email_section {
  email_provider provider = email_provider::sendgrid;
};

struct tls_section {
  std::string ca_file; ///< Empty = the system's.
};

struct sandbox_section {
  endpoint listen{"127.0.0.1", 8090};
  std::string state_dir = ".local/sandbox";
  std::uint64_t seed = 1;
  std::string server_url; ///< Where webhooks go. Never empty after load: by default `http.public_url`.
};

/// Everything of spec 50§13.2. A provider without a section is not offered.
struct config {
  environment env = environment::production;
  http_section http;
  database_section database;
  journal_section journal;
  admission_section admission;
  limits_section limits;
  log_section log;
  clock_section clock;
  actors_section actors;
  security_section security;
  host_section host;
  std::optional<stripe_section> stripe;
  std::optional<mercadopago_section> mercadopago;
  std::optional<openpix_section> openpix;
  email_section email;
  tls_section tls;
  sandbox_section sandbox;
  city_settings city_defaults;
};

/// All effective values as `key = value` lines, secrets masked.
std::string print_effective(const config& values);

} // namespace reserve::config
