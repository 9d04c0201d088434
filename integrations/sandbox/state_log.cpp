#include "integrations/sandbox/state_log.hpp"

#include "integrations/crypto.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>

namespace reserve::sandbox {

namespace {

constexpr std::string_view magic = "reserve sandbox 1\n";
constexpr std::uint64_t rewrite_above = 64ULL * 1024 * 1024;

[[noreturn]] void fail(const std::string& what, const std::string& path) {
  throw std::system_error(errno, std::generic_category(), what + " " + path);
}

std::string size_of(std::string_view record) {
  encoder out;
  out(static_cast<std::uint32_t>(record.size()));
  return std::move(out).take();
}

std::string content_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// Applies the records; what a killed process has left half written at the end is passed over.
void restore_all(std::string_view bytes, store& home, const std::string& path) {
  if (bytes.empty())
    return;
  if (!bytes.starts_with(magic))
    throw std::runtime_error("not a sandbox state of this version: " + path);
  bytes.remove_prefix(magic.size());
  while (bytes.size() >= 4) {
    std::uint32_t size = 0;
    decoder(bytes.substr(0, 4))(size);
    if (bytes.size() - 4 < size)
      return;
    try {
      home.restore(bytes.substr(4, size));
    } catch (const decode_error& error) {
      throw std::runtime_error("not a sandbox state of this version: " + path + " (" + error.what() + ")");
    }
    bytes.remove_prefix(4 + std::size_t{size});
  }
}

} // namespace

state_log::state_log(std::string directory, store& home) : path_(std::move(directory)), home_(home) {
  std::filesystem::create_directories(path_);
  const auto lock_path = path_ + "/lock";
  lock_ = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock_ < 0 || ::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    const auto why = errno;
    if (lock_ >= 0)
      ::close(lock_);
    throw std::system_error(why, std::generic_category(), "another sandbox uses " + path_);
  }
  path_ += "/state.log";
  try {
    restore_all(content_of(path_), home_, path_);
    rewrite();
  } catch (...) {
    ::close(lock_);
    throw;
  }
  home_.report_to([this](std::string_view record) { append(record); });
}

state_log::~state_log() {
  home_.report_to({});
  if (file_ >= 0)
    ::close(file_);
  ::close(lock_);
}

void state_log::append(std::string_view record) {
  waiting_ += size_of(record);
  waiting_ += record;
}

void state_log::write_all(std::string_view bytes) {
  written_ += bytes.size();
  while (!bytes.empty()) {
    const auto count = ::write(file_, bytes.data(), bytes.size());
    if (count < 0 && errno != EINTR)
      fail("cannot write", path_);
    bytes.remove_prefix(count > 0 ? static_cast<std::size_t>(count) : 0);
  }
}

void state_log::flush() {
  if (waiting_.empty())
    return;
  write_all(waiting_);
  waiting_.clear();
  if (written_ > rewrite_above && written_ > 4 * written_when_fresh_)
    rewrite();
}

void state_log::rewrite() {
  const auto fresh = path_ + ".new";
  const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0)
    fail("cannot open", fresh);
  if (file_ >= 0)
    ::close(file_);
  file_ = file;
  written_ = 0;
  waiting_.assign(magic);
  home_.report_to([this](std::string_view record) { append(record); });
  home_.report_all();
  write_all(waiting_);
  waiting_.clear();
  written_when_fresh_ = written_;
  if (::rename(fresh.c_str(), path_.c_str()) != 0)
    fail("cannot rename", fresh);
}

std::string kept_openpix_key(const std::string& directory) {
  std::filesystem::create_directories(directory);
  const auto path = directory + "/openpix_key.pem";
  auto key = content_of(path);
  if (!integrations::public_pem_of(key).empty())
    return key;
  key = integrations::make_rsa_key_pair(2048).private_pem;
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0 || ::write(file, key.data(), key.size()) != static_cast<ssize_t>(key.size()))
    fail("cannot write", path);
  ::close(file);
  return key;
}

} // namespace reserve::sandbox
