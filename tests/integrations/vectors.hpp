#pragma once

#include "integrations/json.hpp"

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace reserve::integrations::test {

/// Values made or accepted by the vendors' own packages: data/vectors.json.
inline const json_value& vectors() {
  static const json_value all = [] {
    std::ifstream in(RESERVE_SOURCE_DIR "/tests/integrations/data/vectors.json");
    auto read = parse_json(std::string(std::istreambuf_iterator<char>(in), {}));
    if (!read)
      throw std::runtime_error("vectors.json is unreadable");
    return *std::move(read);
  }();
  return all;
}

} // namespace reserve::integrations::test
