#pragma once

#include "config/load.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace reserve::config {

/// A folder that is removed at the end of the test.
class temporary_folder {
public:
  temporary_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "reserve-config-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
  ~temporary_folder() { std::filesystem::remove_all(path_); }

  /// Writes a file and returns its path.
  std::string write(const std::string& name, const std::string& text) const {
    const auto path = (path_ / name).string();
    std::ofstream(path) << text;
    return path;
  }
  std::string path(const std::string& name) const { return (path_ / name).string(); }

private:
  std::filesystem::path path_;
};

inline std::vector<std::string> lines(const std::vector<problem>& problems) {
  std::vector<std::string> texts;
  for (const auto& found : problems)
    texts.push_back(found.key + ": " + found.what);
  return texts;
}

/// Loads with nothing but these flags.
inline loaded load_flags(std::vector<std::pair<std::string, std::string>> flags, purpose use = purpose::tool) {
  static const temporary_folder folder;
  const auto empty = folder.write("empty.toml", "");
  return load({.file = empty, .environment = {}, .flags = std::move(flags)}, use);
}

} // namespace reserve::config
