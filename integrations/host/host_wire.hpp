#pragma once

#include "actors/protocols/host_port.hpp"
#include "integrations/wire.hpp"

#include <string>

/// Requests to Host Connect and what its answers mean (spec 30§18.1, 10§22). No I/O.
namespace reserve::integrations::host {

/// JWT HS256 of five minutes: iss reserve-connect, aud host-connect.
std::string bearer_token(const std::string& secret, timestamp now);

wire_request render(const host_request& request);

host_reply parse(const host_request& request, const outbound_result& result);

} // namespace reserve::integrations::host
