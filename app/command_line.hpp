#pragma once

#include "app/commands.hpp"
#include "app/logging.hpp"
#include "config/load.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace CLI {
class App;
}

namespace reserve::app {

/// What `--section.key value` (or `=value`) says, taken out of the arguments. A flag whose value is missing is put into `incomplete`.
struct split_arguments {
  std::vector<std::pair<std::string, std::string>> flags;
  std::vector<std::string> rest;
  std::string incomplete;
};

split_arguments split_config_flags(const std::vector<std::string>& arguments);

/// The command line of `reserve`. Each command that the program has is added with the function that runs it, with its configuration loaded and checked.
class command_line {
public:
  explicit command_line(std::string version_text);
  ~command_line();
  command_line(const command_line&) = delete;
  command_line& operator=(const command_line&) = delete;

  void serve(int (*run)(const config::config&, const serve_options&));
  void sandbox(int (*run)(const config::config&, const sandbox_options&));
  void migrate(int (*run)(const config::config&, const migrate_options&));
  void seed(int (*run)(const config::config&, const seed_options&));
  void rebuild(int (*run)(const config::config&, const rebuild_options&));
  void load(int (*run)(const config::config&, const load_options&));
  void simulate(int (*run)(const simulate_options&));
  void pay(int (*run)(const pay_options&));
  void config_check(int (*run)(const config::config&));
  void openapi(int (*run)(const openapi_options&));
  void version(int (*run)());

  /// Runs the chosen command and answers the exit code of the program.
  int execute(const std::vector<std::string>& arguments);

private:
  CLI::App* add(const std::string& name, const std::string& description);
  /// Logs of a service go to standard output; those of a tool must not mix with what it prints.
  void configured(CLI::App* command, config::purpose use, std::function<int(const config::config&)> run, log_stream log = log_stream::standard_error);

  std::unique_ptr<CLI::App> program_;
  config::sources from_;
  std::string environment_;
  std::function<int()> chosen_;
};

} // namespace reserve::app
