#include "app/commands.hpp"

#include <iostream>

namespace reserve::app {

int run_config_check(const config::config& values) {
  std::cout << config::print_effective(values);
  return 0;
}

} // namespace reserve::app
