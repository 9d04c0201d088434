#pragma once

#include "config/config.hpp"

#include <cstdint>
#include <optional>
#include <string>

/// The subcommands of `reserve` (spec 50§13.1), one file each. A command answers its exit code: 0 done, 1 failed or not equal.
namespace reserve::app {

struct serve_options {};
int run_serve(const config::config& values, const serve_options& options);

struct sandbox_options {};
int run_sandbox(const config::config& values, const sandbox_options& options);

enum class migrate_action : std::uint8_t { up, down, status };

struct migrate_options {
  migrate_action action = migrate_action::status;
  std::optional<int> to; ///< up: the last migration to run.
  int steps = 1;         ///< down: how many to take back.
  bool dry_run = false;
};
int run_migrate(const config::config& values, const migrate_options& options);

struct seed_options {
  std::string city = "URB";
};
int run_seed(const config::config& values, const seed_options& options);

struct rebuild_options {
  std::string city;
  bool check = false; ///< Only compare.
};
int run_rebuild(const config::config& values, const rebuild_options& options);

/// What the guests of a load want.
enum class load_kind : std::uint8_t {
  holds,    ///< Rooms that are free.
  refusals, ///< Rooms that are sold out (in process).
  search,   ///< A page of the city's search (over HTTP).
  expiry,   ///< Holds that are due in one second (in process).
};

struct load_options {
  std::string http;                      ///< Address of a gateway; empty = the actor system directly.
  std::string city = "URB";              ///< Over HTTP: whose rooms. In process it is always the load city.
  load_kind what = load_kind::holds;
  std::size_t requests = 20000;          ///< Unless `seconds` is given.
  double seconds = 0;                    ///< Length of what is measured; 0 = until `requests` were sent.
  double warmup = 0;                     ///< Seconds before it.
  double rate = 0;                       ///< Requests a second, sent whatever the answers do; 0 = the next one when an answer has come.
  std::size_t concurrency = 256;         ///< Requests in flight, at most.
  std::size_t units = 200;               ///< Room types of the load city (in process).
  std::size_t properties = 1;            ///< Its properties.
  int days = 60;                         ///< Length of its calendar.
  double zipf = 0;                       ///< Skew over the units; 0 = uniform.
  bool hot = false;                      ///< Everybody wants the same room type ...
  std::size_t hot_unit = 0;              ///< ... this one: a room type has so many rooms, and a fast machine sells them in seconds.
  bool settled = false;                  ///< In process: after the warm-up waits until every table has everything. A burst of known length then meets warm calendars.
  bool paced = false;                    ///< In process: waits while the tables are half of admission.lag_max behind, where the gateway slows new guests down.
  bool city_only = false;                ///< Make the load city, send nothing.
  bool rebuild_check = false;            ///< Afterwards: fold the journal again and compare.
  bool unchecked = false;                ///< Over HTTP: another program answers there, whose tables are not ours.
  std::string json;                      ///< File for the figures; empty = none.
};
int run_load(const config::config& values, const load_options& options);

struct simulate_options {
  std::uint64_t seed = 1;
  std::uint64_t seeds = 1;   ///< How many, from `seed` on.
  bool forever = false;
  int days = 3;
  int guests = 12;           ///< A day.
  std::string faults = "all";
  std::uint64_t failures_max = 3; ///< Then it stops.
  int jobs = 0;                   ///< Seeds lived at the same time, each in a process of its own; 0 = one for each processor.
};
/// Needs no configuration and no database.
int run_simulate(const simulate_options& options);

enum class payer_action : std::uint8_t { pay, decline, require_action, expire };

struct pay_options {
  std::string intent;
  payer_action action = payer_action::pay;
  std::string decline_code; ///< Empty = the sandbox's usual one.
};
/// Needs no configuration: addresses and token come from the environment, else from `.local/env`.
int run_pay(const pay_options& options);

int run_config_check(const config::config& values);
struct openapi_options {
  bool bad_input = false; ///< Instead of the document: requests that must be refused, made from it, for tests.
};
int run_openapi(const openapi_options& options);
int run_version();

/// Tells a person what went wrong: `reserve: <subject>: <what> (<where>)` on stderr.
void complain(const std::string& subject, const std::string& what, const std::string& where = {});

} // namespace reserve::app
