// Configuration files, with the environment and the flags from lines that begin with `#env ` and `#flag `.

#include "config/load.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <string>

using namespace reserve;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const int file = memfd_create("reserve.toml", 0);
  fuzz::must(file >= 0 && ftruncate(file, 0) == 0 && pwrite(file, data, size, 0) == static_cast<ssize_t>(size), "the file can be written");
  config::sources from;
  from.file = "/proc/self/fd/" + std::to_string(file);
  auto rest = fuzz::text_of(data, size);
  while (!rest.empty()) {
    auto line = fuzz::take_until(rest, '\n');
    const bool is_environment = line.starts_with("#env "), is_flag = line.starts_with("#flag ");
    if (!is_environment && !is_flag)
      continue;
    line.remove_prefix(line.find(' ') + 1);
    const auto name = std::string(fuzz::take_until(line, '='));
    (is_environment ? from.environment : from.flags).emplace_back(name, std::string(line));
  }
  for (const auto use : {config::purpose::tool, config::purpose::sandbox, config::purpose::server}) {
    const auto loaded = config::load(from, use);
    for (const auto& each : loaded.problems) {
      fuzz::must(!each.where.empty(), "a problem says where it is");
      (void)config::to_string(each);
    }
  }
  return 0;
}
