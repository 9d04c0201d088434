#pragma once

#include "integrations/sandbox/face.hpp"
#include "integrations/sandbox/host_model.hpp"
#include "integrations/sandbox/idempotency.hpp"

#include <deque>
#include <map>
#include <string>

namespace reserve::sandbox {

struct host_keys {
  std::string api_key, jwt_secret; ///< Empty = not checked.
};

/// Host Connect (spec 30§18.1).
class host_face final : public face {
public:
  host_face(host_model& model, key_book& keys, host_keys secrets) : model_(model), keys_(keys), secrets_(std::move(secrets)) {}

  std::string operation(const request& call) const override;
  std::string property_of(const request& call) const override;
  std::string key_of(const request& call) const override { return call.header("idempotency-key"); }
  answer work(const request& call, timestamp now) override;
  answer error(const refused& why) const override;

private:
  bool may(const request& call, timestamp now) const;
  bool too_many(const std::string& property, timestamp now);
  answer availability(const request& call) const;
  answer properties(const request& call) const;
  answer room_types(const std::string& property) const;
  answer find_bookings(const request& call) const;
  answer write(const std::string& operation, const request& call, timestamp now);
  answer booking_answer(const made<host_booking>& result, int status) const;

  host_model& model_;
  key_book& keys_;
  host_keys secrets_;
  std::map<std::string, std::deque<timestamp>> recent_; ///< Calls of the last minute by property.
};

/// Reads the JSON body of a write. A member of the wrong type is as if it were absent.
std::optional<booking_wish> read_booking_wish(const std::string& body);

} // namespace reserve::sandbox
