#pragma once

#include "integrations/http_client.hpp"

namespace reserve::app {

/// One call that waits for its answer. For tools: a server never blocks like this.
integrations::outbound_result http_call(integrations::outbound_request request);

} // namespace reserve::app
