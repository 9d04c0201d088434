#pragma once

#include "domain/codec.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace reserve::sandbox {

/// The sandbox's memory: named tables whose every change goes to one sink (a file, or nobody). Restoring the same records in order gives the same
/// tables.
class store {
public:
  using sink = std::function<void(std::string_view record)>;
  using loader = std::function<void(const std::string& key, const std::string* bytes)>;
  using dumper = std::function<void()>;

  void report_to(sink target) { sink_ = std::move(target); }

  void add(const std::string& table, loader load, dumper dump) {
    loaders_[table] = std::move(load);
    dumpers_[table] = std::move(dump);
  }

  void changed(const std::string& table, const std::string& key, const std::string* bytes) {
    if (!sink_)
      return;
    encoder out;
    out(table, key, bytes != nullptr);
    if (bytes)
      out(*bytes);
    sink_(out.bytes());
  }

  /// Applies a record of before. A table nobody knows any more is passed over.
  void restore(std::string_view record) {
    decoder in(record);
    std::string table;
    std::string key;
    bool present = false;
    in(table, key, present);
    const auto load = loaders_.find(table);
    if (load == loaders_.end())
      return;
    if (!present)
      return load->second(key, nullptr);
    std::string bytes;
    in(bytes);
    load->second(key, &bytes);
  }

  /// Reports every row once more, for a fresh file.
  void report_all() const {
    for (const auto& [name, dump] : dumpers_)
      dump();
  }

private:
  sink sink_;
  std::map<std::string, loader> loaders_;
  std::map<std::string, dumper> dumpers_;
};

/// Rows by key. `T` names its members for domain/codec.hpp.
template <class T>
class table {
public:
  /// Sees every change, so that indexes follow: nothing before = new, nothing after = gone.
  using watcher = std::function<void(const std::string& key, const T* before, const T* after)>;

  table(store& home, std::string name) : home_(home), name_(std::move(name)) {
    home_.add(
        name_,
        [this](const std::string& key, const std::string* bytes) {
          if (bytes)
            set(key, decoded<T>(*bytes));
          else
            drop(key);
        },
        [this] {
          for (const auto& [key, value] : rows_)
            report(key, value);
        });
  }
  table(const table&) = delete;
  table& operator=(const table&) = delete;

  void watch(watcher seen) { watcher_ = std::move(seen); }

  const T* find(const std::string& key) const {
    const auto found = rows_.find(key);
    return found == rows_.end() ? nullptr : &found->second;
  }

  const T& put(const std::string& key, T value) {
    const auto& kept = set(key, std::move(value));
    report(key, kept);
    return kept;
  }

  void erase(const std::string& key) {
    if (drop(key))
      home_.changed(name_, key, nullptr);
  }

  void clear() {
    while (!rows_.empty())
      erase(std::string(rows_.begin()->first));
  }

  const std::map<std::string, T>& rows() const noexcept { return rows_; }

private:
  void report(const std::string& key, const T& value) {
    const auto bytes = encoded(value);
    home_.changed(name_, key, &bytes);
  }

  const T& set(const std::string& key, T value) {
    auto [place, fresh] = rows_.try_emplace(key);
    if (watcher_)
      watcher_(key, fresh ? nullptr : &place->second, &value);
    place->second = std::move(value);
    return place->second;
  }

  bool drop(const std::string& key) {
    const auto found = rows_.find(key);
    if (found == rows_.end())
      return false;
    if (watcher_)
      watcher_(key, &found->second, nullptr);
    rows_.erase(found);
    return true;
  }

  store& home_;
  std::string name_;
  std::map<std::string, T> rows_;
  watcher watcher_;
};

} // namespace reserve::sandbox
