#pragma once

#include "domain/id.hpp"
#include "persistence/postgres/query_pool.hpp"

namespace reserve::persistence {

/// Look-ups in the projections of bookings, as far as they have come. The outer nullopt means that the database could not be read.
class booking_queries {
public:
  explicit booking_queries(query_pool& pool) : pool_(pool) {}

  /// The reservation of a confirmation code.
  void find_code(const std::string& code, std::function<void(std::optional<std::optional<reservation_id>>)> done);
  /// The payment of a provider's object or charge.
  void find_payment(const std::string& provider_object, std::function<void(std::optional<std::optional<payment_id>>)> done);

private:
  query_pool& pool_;
};

} // namespace reserve::persistence
