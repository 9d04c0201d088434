#pragma once

#include "domain/civil.hpp"

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace reserve::sandbox {

/// Why a provider says no. Each provider's face turns it into the provider's own error body.
struct refused {
  int status = 400;
  std::string code, message;
  std::string param;              ///< Of the parameter at fault.
  std::string decline_code;       ///< Card refusals.
  std::string object_id;          ///< The object the refusal is about.
  std::vector<std::string> dates; ///< Sold-out nights.
};

template <class T>
using made = std::variant<T, refused>;

template <class T>
const refused* refusal_of(const made<T>& result) {
  return std::get_if<refused>(&result);
}

/// Something a provider reports by webhook.
struct event_draft {
  std::string id, provider, type;
  std::string object_id; ///< What it is about.
  std::string path;      ///< Behind the server's address.
  std::string query;     ///< Without `?`.
  std::string body;
};

/// Where models hand their events.
using event_sink = std::function<void(event_draft draft, timestamp now)>;

/// The BR Code of an amount and a transaction id.
using br_code_maker = std::function<std::string(std::int64_t cents, const std::string& txid)>;

/// What the payer or the provider does to a payment through the control API.
enum class payer_action { pay, decline, require_action, authenticate, cancel, expire };

struct payer_options {
  std::string decline_code = "card_declined";
  std::optional<std::int64_t> cents; ///< PIX: what was really paid.
};

/// A payment as the control API shows it.
struct payment_view {
  std::string ref, status, booking_intent_id;
};

/// A payment found by one of its references.
struct payment_found {
  std::string ref;
  bool open = false;        ///< Neither paid nor ended.
  std::uint64_t number = 0; ///< The higher, the newer.
};

} // namespace reserve::sandbox
