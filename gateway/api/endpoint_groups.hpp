#pragma once

#include "gateway/api/endpoint.hpp"

namespace reserve::gateway {

// One function for each subject, one file each; endpoints() puts them together.
std::vector<endpoint> discovery_endpoints();
std::vector<endpoint> booking_endpoints();
std::vector<endpoint> payment_endpoints();
std::vector<endpoint> reservation_endpoints();
std::vector<endpoint> webhook_endpoints();
std::vector<endpoint> internal_endpoints();
std::vector<endpoint> health_endpoints();

/// An endpoint with what every one has; GET reads no body, DELETE neither, the others an object.
endpoint describe(std::string_view operation_id, std::string_view method, std::string_view path, std::string_view summary);

} // namespace reserve::gateway
