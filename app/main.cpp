#include "app/command_line.hpp"
#include "app/version.hpp"

#include <string>
#include <vector>

int main(int argc, char** argv) {
  using namespace reserve::app;
  command_line line(version_text());
  line.serve(run_serve);
  line.sandbox(run_sandbox);
  line.migrate(run_migrate);
  line.seed(run_seed);
  line.rebuild(run_rebuild);
  line.load(run_load);
  line.simulate(run_simulate);
  line.pay(run_pay);
  line.config_check(run_config_check);
  line.openapi(run_openapi);
  line.version(run_version);
  return line.execute(std::vector<std::string>(argv + 1, argv + argc));
}
