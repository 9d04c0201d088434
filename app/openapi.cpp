#include "app/commands.hpp"
#include "revision.hpp"

#include "gateway/api/bad_input.hpp"
#include "gateway/api/openapi.hpp"

#include <iostream>

namespace reserve::app {

int run_openapi(const openapi_options& options) {
  std::cout << (options.bad_input ? gateway::bad_requests_as_json() : gateway::openapi_document("", version)) << '\n';
  return 0;
}

} // namespace reserve::app
