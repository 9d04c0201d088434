#pragma once

#include "config/config.hpp"

#include <string>

/// The catalogue of keys: reading, printing and the check for unknown keys all walk this one list.
namespace reserve::config {

template <class Settings, class Visit>
void each_city_key(Settings& city, Visit&& visit) {
  visit("city_defaults.booking.booking_horizon_days", city.booking.booking_horizon_days);
  visit("city_defaults.booking.max_nights", city.booking.max_nights);
  visit("city_defaults.booking.min_advance_hours", city.booking.min_advance_hours);
  visit("city_defaults.booking.same_day_cutoff", city.booking.same_day_cutoff);
  visit("city_defaults.booking.max_rooms", city.booking.max_rooms);
  visit("city_defaults.booking.max_live_intents_per_session", city.booking.max_live_intents_per_session);

  visit("city_defaults.ttl.intent_created", city.ttl.intent_created);
  visit("city_defaults.ttl.payment_pending", city.ttl.payment_pending);
  visit("city_defaults.ttl.retry_extension", city.ttl.retry_extension);
  visit("city_defaults.ttl.payment_total", city.ttl.payment_total);
  visit("city_defaults.ttl.finalize_failsafe", city.ttl.finalize_failsafe);
  visit("city_defaults.ttl.tentative", city.ttl.tentative);
  visit("city_defaults.ttl.3ds_abandon", city.ttl.three_ds_abandon);
  visit("city_defaults.ttl.3ds_cancel", city.ttl.three_ds_cancel);
  visit("city_defaults.ttl.pix_charge", city.ttl.pix_charge);
  visit("city_defaults.ttl.host_commit", city.ttl.host_commit);
  visit("city_defaults.ttl.host_cancel", city.ttl.host_cancel);

  visit("city_defaults.payment.methods", city.payment.methods);
  visit("city_defaults.payment.pix_providers", city.payment.pix_providers);
  visit("city_defaults.payment.max_failures", city.payment.max_failures);
  visit("city_defaults.payment.expire_grace", city.payment.expire_grace);
  visit("city_defaults.payment.unmatched_after", city.payment.unmatched_after);
  visit("city_defaults.payment.pix_poll_interval", city.payment.pix_poll_interval);
  visit("city_defaults.payment.card_poll_interval", city.payment.card_poll_interval);
  for (auto& [method, rates] : city.payment.rates) {
    visit("city_defaults.payment.fee_rate." + method, rates.fee);
    visit("city_defaults.payment.fee_fixed." + method, rates.fixed);
    visit("city_defaults.payment.iof_rate." + method, rates.iof);
  }

  visit("city_defaults.host.timeout", city.host.timeout);
  visit("city_defaults.host.retries", city.host.retries);
  visit("city_defaults.host.backoff", city.host.backoff);
  visit("city_defaults.host.jitter", city.host.jitter);
  visit("city_defaults.host.breaker.failures", city.host.breaker_failures);
  visit("city_defaults.host.breaker.window", city.host.breaker_window);
  visit("city_defaults.host.breaker.open", city.host.breaker_open);
  visit("city_defaults.host.rate_per_property", city.host.rate_per_property);
  visit("city_defaults.host.live_check_timeout", city.host.live_check_timeout);
  visit("city_defaults.host.host_failure_refund_after", city.host.failure_refund_after);

  visit("city_defaults.inventory.queue_wait", city.inventory.queue_wait);
  visit("city_defaults.refund.retries", city.refund.retries);
  visit("city_defaults.refund.backoff", city.refund.backoff);

  visit("city_defaults.cache.search", city.cache.search);
  visit("city_defaults.cache.calendar", city.cache.calendar);
  visit("city_defaults.cache.list", city.cache.list);
  visit("city_defaults.cache.detail", city.cache.detail);
  visit("city_defaults.cache.cities", city.cache.cities);

  visit("city_defaults.support.phone", city.support.phone);
  visit("city_defaults.support.email", city.support.email);
  visit("city_defaults.flags.public_booking", city.flags.public_booking);
  visit("city_defaults.flags.cards", city.flags.cards);
  visit("city_defaults.flags.pix", city.flags.pix);
}

template <class Config, class Visit>
void each_provider_key(Config& all, Visit&& visit) {
  if (auto& stripe = all.stripe) {
    visit("stripe.base_url", stripe->base_url);
    visit("stripe.secret_key", stripe->secret_key);
    visit("stripe.publishable_key", stripe->publishable_key);
    visit("stripe.api_version", stripe->api_version);
    visit("stripe.webhook_secrets", stripe->webhook_secrets);
    visit("stripe.cities", stripe->cities);
  }
  if (auto& mercadopago = all.mercadopago) {
    visit("mercadopago.base_url", mercadopago->base_url);
    visit("mercadopago.access_token", mercadopago->access_token);
    visit("mercadopago.webhook_secrets", mercadopago->webhook_secrets);
    visit("mercadopago.cities", mercadopago->cities);
  }
  if (auto& openpix = all.openpix) {
    visit("openpix.base_url", openpix->base_url);
    visit("openpix.app_id", openpix->app_id);
    visit("openpix.webhook_signature", openpix->webhook_signature);
    visit("openpix.webhook_secrets", openpix->webhook_secrets);
    visit("openpix.public_keys_url", openpix->public_keys_url);
    visit("openpix.cities", openpix->cities);
  }
}

/// Calls `visit(name, member)` for every key. `Config` is `config` or `const config`; providers without a section are left out.
template <class Config, class Visit>
void each_key(Config& all, Visit&& visit) {
  visit("env", all.env);
  visit("http.listen", all.http.listen);
  visit("http.public_url", all.http.public_url);
  visit("http.body_limit", all.http.body_limit);
  visit("http.header_limit", all.http.header_limit);
  visit("http.idle_timeout", all.http.idle_timeout);
  visit("http.request_timeout", all.http.request_timeout);
  visit("http.drain_timeout", all.http.drain_timeout);
  visit("http.max_connections", all.http.max_connections);
  visit("http.trusted_proxies", all.http.trusted_proxies);
  visit("database.url", all.database.url);
  visit("database.pool", all.database.pool);
  visit("journal.batch_max", all.journal.batch_max);
  visit("admission.commands_per_city", all.admission.commands_per_city);
  visit("admission.lag_max", all.admission.lag_max);
  visit("limits.exempt_networks", all.limits.exempt_networks);
  visit("log.level", all.log.level);
  visit("log.collector_url", all.log.collector_url);
  visit("clock.control", all.clock.control);
  visit("clock.offset", all.clock.offset);
  visit("actors.threads", all.actors.threads);
  visit("security.service_token", all.security.service_token);
  visit("security.vault_keys", all.security.vault_keys);
  visit("security.hash_key", all.security.hash_key);
  visit("security.code_key", all.security.code_key);
  visit("host.base_url", all.host.base_url);
  visit("host.api_key", all.host.api_key);
  visit("host.jwt_secret", all.host.jwt_secret);
  visit("host.webhook_secrets", all.host.webhook_secrets);
  visit("host.health_interval", all.host.health_interval);
  each_provider_key(all, visit);
  visit("email.provider", all.email.provider);
  visit("tls.ca_file", all.tls.ca_file);
  visit("sandbox.listen", all.sandbox.listen);
  visit("sandbox.state_dir", all.sandbox.state_dir);
  visit("sandbox.seed", all.sandbox.seed);
  visit("sandbox.server_url", all.sandbox.server_url);
  each_city_key(all.city_defaults, visit);
}

} // namespace reserve::config
