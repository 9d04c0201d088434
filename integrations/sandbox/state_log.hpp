#pragma once

#include "integrations/sandbox/store.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace reserve::sandbox {

/// The append-only file behind a store: every change is one record; at the start all are replayed and the file is written anew without what was
/// replaced.
class state_log {
public:
  /// Makes the directory when it is missing and fills `home`. Throws when the file cannot be read, is another sandbox's, or of another version.
  state_log(std::string directory, store& home);
  ~state_log();
  state_log(const state_log&) = delete;
  state_log& operator=(const state_log&) = delete;

  /// Writes what has changed since the last call. Throws when the disk is full.
  void flush();
  /// Writes the store as it is now into a fresh file.
  void rewrite();

private:
  void append(std::string_view record);
  void write_all(std::string_view bytes);

  std::string path_;
  store& home_;
  int file_ = -1;
  int lock_ = -1;
  std::string waiting_;
  std::uint64_t written_ = 0, written_when_fresh_ = 0;
};

/// The private key that OpenPix's webhooks are signed with: made at the first start, kept in the directory.
std::string kept_openpix_key(const std::string& directory);

} // namespace reserve::sandbox
