#include "persistence/postgres/journal_queries.hpp"

#include "persistence/postgres/journal_rows.hpp"

#include <cstring>

namespace reserve::persistence {

void journal_queries::find_key(const std::string& city_code, digest16 hash, std::function<void(std::optional<std::optional<known_key>>)> done) {
  pool_.read<std::optional<known_key>>(
      access_context::service(city_code),
      [city_code, hash](connection& on) -> std::optional<known_key> {
        const bytes key{std::string(reinterpret_cast<const char*>(hash.data()), hash.size())};
        const auto rows = on.query("select fingerprint, seq from reserve.command_keys where city_code = $1 and key_hash = $2", {param(city_code), param(key)});
        if (rows.empty())
          return std::nullopt;
        known_key out;
        std::memcpy(out.fingerprint.data(), rows.raw(0, 0).data(), out.fingerprint.size());
        out.seq = static_cast<sequence>(rows.integer(0, 1));
        return out;
      },
      std::move(done));
}

void journal_queries::read_record(const std::string& city_code, sequence seq, std::function<void(std::optional<committed_record>)> done) {
  pool_.read<committed_record>(
      access_context::service(city_code),
      [city_code, seq](connection& on) {
        const auto found = read_records(on.query("select " + std::string(record_columns) + " from reserve.journal where city_code = $1 and seq = $2",
                                                 {param(city_code), param(static_cast<std::int64_t>(seq))}));
        return found.empty() ? committed_record() : found.front();
      },
      std::move(done));
}

} // namespace reserve::persistence
