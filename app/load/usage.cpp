#include "app/load/usage.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

namespace reserve::app::load {

namespace {

double ticks_to_seconds(std::uint64_t ticks) {
  static const auto per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
  return static_cast<double>(ticks) / per_second;
}

/// What /proc/<pid>/stat says of one process; nullopt when it is gone.
struct process {
  int parent = 0;
  double used = 0;          ///< By itself.
  double used_children = 0; ///< By children that have ended.
};

std::optional<process> read_process(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/stat");
  std::string line;
  if (!std::getline(file, line))
    return std::nullopt;
  // The name is in parentheses and may hold anything; behind it come state, parent, ... utime (12th), stime, cutime, cstime.
  std::istringstream rest(line.substr(line.rfind(')') + 1));
  std::string state, skipped;
  process out;
  rest >> state >> out.parent;
  for (int i = 0; i < 9; ++i)
    rest >> skipped;
  std::uint64_t user = 0, system = 0, child_user = 0, child_system = 0;
  rest >> user >> system >> child_user >> child_system;
  out.used = ticks_to_seconds(user + system);
  out.used_children = ticks_to_seconds(child_user + child_system);
  return out;
}

double own_time() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& at) { return static_cast<double>(at.tv_sec) + static_cast<double>(at.tv_usec) / 1e6; };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

double machine_time() {
  std::ifstream file("/proc/stat");
  std::string name;
  std::uint64_t user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, soft = 0;
  file >> name >> user >> nice >> system >> idle >> wait >> irq >> soft;
  return ticks_to_seconds(user + nice + system + irq + soft);
}

} // namespace

cpu_time operator-(const cpu_time& later, const cpu_time& earlier) {
  cpu_time out{later.own - earlier.own, later.postgres - earlier.postgres, later.machine - earlier.machine, later.sessions};
  for (const auto& [name, used] : earlier.sessions)
    out.sessions[name] -= used;
  return out;
}

cpu_time cpu_meter::read() {
  cpu_time out;
  out.own = own_time();
  out.machine = machine_time();
  const auto sessions = queries_.sessions();
  for (const auto& [pid, name] : sessions)
    if (const auto found = read_process(std::to_string(pid)))
      out.sessions[name] += found->used;
  const auto backend = read_process(std::to_string(queries_.backend_pid()));
  if (!backend)
    return out; // PostgreSQL is elsewhere.
  const auto postmaster = std::to_string(backend->parent);
  if (const auto self = read_process(postmaster))
    out.postgres = self->used + self->used_children;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const auto name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos)
      continue;
    if (const auto found = read_process(name); found && std::to_string(found->parent) == postmaster)
      out.postgres += found->used;
  }
  return out;
}

} // namespace reserve::app::load
