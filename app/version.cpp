#include "app/commands.hpp"
#include "app/version.hpp"
#include "revision.hpp"

#include <iostream>

namespace reserve::app {

std::string version_text() {
  return std::string("reserve ") + version + " (" + revision + ")";
}

int run_version() {
  std::cout << version_text() << '\n';
  return 0;
}

} // namespace reserve::app
