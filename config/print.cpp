#include "config/keys.hpp"
#include "config/values.hpp"

namespace reserve::config {

std::string print_effective(const config& values) {
  std::string text;
  each_key(values, [&](const std::string& key, const auto& value) {
    const auto line = key + " = " + print(value) + "\n";
    // An empty secret would not be accepted as a value, so that it is only a remark.
    text += is_secret<std::decay_t<decltype(value)>> && line.ends_with("= \"\"\n") ? "# " + line : line;
  });
  return text;
}

} // namespace reserve::config
