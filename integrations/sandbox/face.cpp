#include "integrations/sandbox/face.hpp"

namespace reserve::sandbox {

std::string bearer(const request& call) {
  constexpr std::string_view scheme = "Bearer ";
  const auto value = call.header("authorization");
  return value.starts_with(scheme) ? value.substr(scheme.size()) : std::string();
}

} // namespace reserve::sandbox
