#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace reserve::sandbox {

/// An empty directory that goes with its owner.
struct temporary_directory {
  std::string path;

  temporary_directory() : path((std::filesystem::temp_directory_path() / "reserve-sandbox-XXXXXX").string()) {
    if (::mkdtemp(path.data()) == nullptr)
      throw std::runtime_error("no temporary directory");
  }
  ~temporary_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;
};

} // namespace reserve::sandbox
