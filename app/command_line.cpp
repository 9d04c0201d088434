#include "app/command_line.hpp"

#include <CLI/CLI.hpp>

#include <exception>
#include <iostream>
#include <map>

namespace reserve::app {
namespace {

constexpr int failed = 1;
constexpr int wrong_usage = 2;

constexpr const char* configuration_note = "Every key of the configuration is also an option: --section.key VALUE";

void show(const std::vector<config::problem>& problems) {
  for (const auto& found : problems)
    std::cerr << config::to_string(found) << '\n';
}

} // namespace

void complain(const std::string& subject, const std::string& what, const std::string& where) {
  std::cerr << "reserve: " << subject << ": " << what << (where.empty() ? "" : " (" + where + ")") << '\n';
}

split_arguments split_config_flags(const std::vector<std::string>& arguments) {
  split_arguments split;
  for (std::size_t at = 0; at < arguments.size(); ++at) {
    const auto& argument = arguments[at];
    const auto equals = argument.find('=');
    const auto name = argument.substr(0, equals);
    if (!name.starts_with("--") || name.find('.') == std::string::npos)
      split.rest.push_back(argument);
    else if (equals != std::string::npos)
      split.flags.emplace_back(name.substr(2), argument.substr(equals + 1));
    else if (at + 1 < arguments.size())
      split.flags.emplace_back(name.substr(2), arguments[++at]);
    else
      split.incomplete = name;
  }
  return split;
}

command_line::command_line(std::string version_text) : program_(std::make_unique<CLI::App>("Reserve Connect: the booking engine of a city.", "reserve")) {
  program_->require_subcommand(1);
  program_->set_version_flag("--version", std::move(version_text));
  program_->add_option("--config", from_.file, "Configuration file (TOML)")->type_name("FILE");
  program_->add_option("--env", environment_, "dev, test or production")->type_name("NAME");
  program_->footer(configuration_note);
}

command_line::~command_line() = default;

CLI::App* command_line::add(const std::string& name, const std::string& description) {
  auto* command = program_->add_subcommand(name, description);
  command->fallthrough();
  return command;
}

void command_line::configured(CLI::App* command, config::purpose use, std::function<int(const config::config&)> run, log_stream log) {
  command->footer("Options --config and --env go before or behind the command.\n" + std::string(configuration_note));
  command->callback([this, command, use, run = std::move(run), log] {
    chosen_ = [this, command, use, run, log] {
      if (!environment_.empty())
        from_.flags.emplace_back("env", environment_);
      from_.environment = config::process_environment();
      const auto made = config::load(from_, use);
      if (!made.problems.empty()) {
        show(made.problems);
        return wrong_usage;
      }
      start_logging(command->get_name(), made.values.log.level, log);
      return run(made.values);
    };
  });
}

void command_line::serve(int (*run)(const config::config&, const serve_options&)) {
  configured(add("serve", "Engine and HTTP gateway; ends on SIGTERM"), config::purpose::server,
             [run](const config::config& values) { return run(values, {}); }, log_stream::standard_output);
}

void command_line::sandbox(int (*run)(const config::config&, const sandbox_options&)) {
  configured(add("sandbox", "Every external system, played for tests"), config::purpose::sandbox,
             [run](const config::config& values) { return run(values, {}); }, log_stream::standard_output);
}

void command_line::migrate(int (*run)(const config::config&, const migrate_options&)) {
  auto* migrate = add("migrate", "Migrations of the database");
  migrate->require_subcommand(1);
  auto options = std::make_shared<migrate_options>();
  const auto action = [&](const std::string& name, const std::string& description, migrate_action what) {
    auto* command = migrate->add_subcommand(name, description);
    command->fallthrough();
    configured(command, config::purpose::database, [options, what, run](const config::config& values) {
      options->action = what;
      return run(values, *options);
    });
    return command;
  };
  auto* up = action("up", "Runs what is missing", migrate_action::up);
  up->add_option("--to", options->to, "Last migration to run")->type_name("N")->check(CLI::PositiveNumber);
  up->add_flag("--dry-run", options->dry_run, "Only print what would run");
  auto* down = action("down", "Takes migrations back", migrate_action::down);
  down->add_option("--steps", options->steps, "How many")->type_name("N")->check(CLI::PositiveNumber)->capture_default_str();
  down->add_flag("--dry-run", options->dry_run, "Only print what would run");
  action("status", "Lists migrations and which have run", migrate_action::status);
}

void command_line::seed(int (*run)(const config::config&, const seed_options&)) {
  auto options = std::make_shared<seed_options>();
  auto* command = add("seed", "Demo city; repeatable");
  command->add_option("--city", options->city, "City code")->type_name("CODE")->capture_default_str();
  configured(command, config::purpose::server, [options, run](const config::config& values) { return run(values, *options); });
}

void command_line::rebuild(int (*run)(const config::config&, const rebuild_options&)) {
  auto options = std::make_shared<rebuild_options>();
  auto* command = add("rebuild", "Folds a city's journal anew, compares it with the tables and swaps it in");
  command->add_option("--city", options->city, "City code")->type_name("CODE")->required();
  command->add_flag("--check", options->check, "Only compare; also beside a running server");
  configured(command, config::purpose::database, [options, run](const config::config& values) { return run(values, *options); });
}

void command_line::load(int (*run)(const config::config&, const load_options&)) {
  auto options = std::make_shared<load_options>();
  auto* command = add("load", "Load and burst against the gateway, or against the actor system directly");
  command->add_option("--http", options->http, "Address of the gateway; without it the actors are driven in this process")->type_name("URL");
  command->add_option("--city", options->city, "City whose rooms are wanted (with --http)")->type_name("CODE")->capture_default_str();
  command->add_option("--what", options->what, "holds, refusals (sold-out rooms, in process), expiry (holds that are due in one second, in process) or search (with --http)")
      ->transform(CLI::CheckedTransformer(std::map<std::string, load_kind>{{"holds", load_kind::holds}, {"refusals", load_kind::refusals}, {"search", load_kind::search}, {"expiry", load_kind::expiry}}));
  command->add_option("--intents,--requests", options->requests, "How many requests are sent")->check(CLI::Range(1, 100'000'000))->capture_default_str();
  command->add_option("--seconds", options->seconds, "Instead of a number: how long is measured")->check(CLI::Range(0.1, 86'400.0));
  command->add_option("--warmup", options->warmup, "Seconds before anything is measured")->check(CLI::Range(0.0, 3'600.0));
  command->add_option("--rate", options->rate, "Open loop: requests a second; without it the next one leaves when an answer has come")->check(CLI::Range(1.0, 10'000'000.0));
  command->add_option("--concurrency", options->concurrency, "Requests in flight, at most")->check(CLI::Range(1, 1'000'000))->capture_default_str();
  command->add_option("--units", options->units, "Room types of the load city (in process)")->check(CLI::Range(1, 1'000'000))->capture_default_str();
  command->add_option("--properties", options->properties, "Properties of the load city")->check(CLI::Range(1, 100'000))->capture_default_str();
  command->add_option("--days", options->days, "Nights of its calendars")->check(CLI::Range(10, 1'000))->capture_default_str();
  command->add_option("--zipf", options->zipf, "Skew over the room types; 0 = uniform")->check(CLI::Range(0.0, 4.0));
  command->add_flag("--hot", options->hot, "Everybody wants the same room type");
  command->add_option("--hot-unit", options->hot_unit, "Which one, by its number, counted round")->check(CLI::Range(0, 1'000'000))->needs("--hot")->capture_default_str();
  command->add_flag("--settled", options->settled, "After the warm-up waits until every table has everything, and measures then (in process, closed loop)")
      ->excludes("--rate")
      ->excludes("--http");
  command->add_flag("--paced", options->paced, "Waits while the tables are half of admission.lag_max behind, as the gateway makes new guests wait");
  command->add_flag("--city-only", options->city_only, "Only make the load city");
  command->add_flag("--rebuild-check", options->rebuild_check, "Afterwards: fold the journal again and compare it with the tables");
  command->add_flag("--unchecked", options->unchecked, "With --http: the database is not looked at, because the answers are another program's (bench/)");
  command->add_option("--json", options->json, "Writes the figures as JSON")->type_name("FILE");
  configured(command, config::purpose::server, [options, run](const config::config& values) { return run(values, *options); });
}

void command_line::simulate(int (*run)(const simulate_options&)) {
  auto options = std::make_shared<simulate_options>();
  auto* command = add("simulate", "Deterministic simulation of a city: guests, Host, providers and faults, by a seed");
  command->add_option("--seed", options->seed, "The first seed")->capture_default_str();
  command->add_option("--seeds", options->seeds, "How many seeds, one after the other")->check(CLI::Range(1, 100'000'000))->capture_default_str();
  command->add_flag("--forever", options->forever, "Until something breaks");
  command->add_option("--days", options->days, "Days of each life")->check(CLI::Range(1, 400))->capture_default_str();
  command->add_option("--guests", options->guests, "Guests a day")->check(CLI::Range(1, 5'000))->capture_default_str();
  command->add_option("--faults", options->faults, "all, none, or names with commas: crash, actor, journal, unknown, slow, away, lag, storage, host, outage, provider, "
                                                   "webhooks, clock, owners, vault, timers")
      ->capture_default_str();
  command->add_option("--jobs", options->jobs, "Seeds lived at the same time; 0 = one for each processor")->check(CLI::Range(0, 256))->capture_default_str();
  command->add_option("--failures", options->failures_max, "Stops after so many broken seeds")->check(CLI::PositiveNumber)->capture_default_str();
  command->callback([this, options, run] { chosen_ = [options, run] { return run(*options); }; });
}

void command_line::pay(int (*run)(const pay_options&)) {
  auto options = std::make_shared<pay_options>();
  auto* command = add("pay", "Pays the open payment of an intent at the sandbox, as the guest would");
  command->add_option("--intent", options->intent, "Booking intent")->type_name("ID")->required();
  auto* ways = command->add_option_group("instead of paying");
  ways->add_flag_function("--require-action", [options](std::int64_t) { options->action = payer_action::require_action; }, "Asks for authentication (card)");
  ways->add_flag_function("--expire", [options](std::int64_t) { options->action = payer_action::expire; }, "Lets the charge expire");
  ways->add_option_function<std::string>(
          "--decline",
          [options](const std::string& code) {
            options->action = payer_action::decline;
            options->decline_code = code;
          },
          "Declines, with this code if one is given: --decline=insufficient_funds")
      ->type_name("[CODE]")
      ->expected(0, 1);
  ways->require_option(0, 1);
  command->footer("RESERVE_URL, SANDBOX_URL and RESERVE_SERVICE_TOKEN are read from the environment, else from .local/env.");
  command->callback([this, options, run] { chosen_ = [options, run] { return run(*options); }; });
}

void command_line::config_check(int (*run)(const config::config&)) {
  auto* parent = add("config", "Configuration");
  parent->require_subcommand(1);
  auto* check = parent->add_subcommand("check", "Prints the effective configuration with secrets masked");
  check->fallthrough();
  configured(check, config::purpose::server, run);
}

void command_line::openapi(int (*run)(const openapi_options&)) {
  auto options = std::make_shared<openapi_options>();
  auto* command = add("openapi", "Prints the API document");
  command->add_flag("--bad-input", options->bad_input, "Instead: requests that must be refused, made from the document, for tests");
  command->callback([this, options, run] { chosen_ = [options, run] { return run(*options); }; });
}

void command_line::version(int (*run)()) {
  add("version", "Prints version and revision")->callback([this, run] { chosen_ = run; });
}

int command_line::execute(const std::vector<std::string>& arguments) {
  auto split = split_config_flags(arguments);
  if (!split.incomplete.empty()) {
    complain("usage", split.incomplete + " needs a value", "reserve --help");
    return wrong_usage;
  }
  from_.flags = std::move(split.flags);
  try {
    std::vector<std::string> reversed(split.rest.rbegin(), split.rest.rend());
    program_->parse(reversed);
  } catch (const CLI::Success& asked) {
    // --help and --version: CLI11 prints them.
    return program_->exit(asked);
  } catch (const CLI::ParseError& wrong) {
    complain("usage", wrong.what(), "reserve --help");
    return wrong_usage;
  }
  try {
    return chosen_();
  } catch (const std::exception& problem) {
    complain(program_->get_subcommands().front()->get_name(), problem.what());
    return failed;
  }
}

} // namespace reserve::app
