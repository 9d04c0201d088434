#pragma once

#include "persistence/postgres/connection.hpp"

#include <functional>
#include <string>
#include <vector>

namespace reserve::persistence {

/// A numbered pair of scripts of migrations/, embedded in the program.
struct migration {
  int version = 0;
  std::string name;
  std::string up, down;
};

/// All of them, ascending.
const std::vector<migration>& migrations();

/// SHA-256 of the up script, in hex. A script is never edited after its release.
std::string checksum_of(const migration& one);

struct migration_status {
  int version = 0;
  std::string name;
  bool applied = false;
  bool changed = false;  ///< Applied, and the script is another one today.
  std::string applied_at; ///< Empty when it is not applied.
};

/// A migration that was changed after it was applied, or an applied one that this program does not know.
class migration_drift : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Brings a database from one version to another. The login takes the role reserve_owner; one runner at a time (advisory lock), each script in a transaction of
/// its own. Throws migration_drift, or database_error with the script's name in front.
class migration_runner {
public:
  explicit migration_runner(connection& on, const std::vector<migration>& scripts = migrations());

  /// Applies what is missing, up to version `to` (0 = all), and fills `event_kinds`. Returns what was, or with `dry_run` would be, applied.
  std::vector<migration> up(int to = 0, bool dry_run = false);
  /// Takes the newest `steps` back.
  std::vector<migration> down(int steps = 1, bool dry_run = false);
  std::vector<migration_status> status();

private:
  struct applied {
    int version;
    std::string name, checksum, at;
  };
  void prepare();
  std::vector<applied> read_applied();
  /// What is applied, after the check for drift.
  std::vector<applied> checked();
  void apply(const migration& one);
  void revert(const migration& one);
  void fill_event_kinds();

  connection& on_;
  const std::vector<migration>& scripts_;
};

} // namespace reserve::persistence
