#pragma once

#include "actors/protocols/ports.hpp"
#include "domain/terms.hpp"
#include "persistence/postgres/query_pool.hpp"
#include "persistence/postgres/sealing.hpp"

namespace reserve::persistence {

/// The vault over PostgreSQL. Sealing is pure and may be called by any thread; opening reads the newest version through the pool.
class vault final : public vault_port {
public:
  vault(sealer keys, query_pool& pool) : sealer_(std::move(keys)), pool_(pool) {}

  const sealer& keys() const noexcept { return sealer_; }

  sealed_guest seal_guest(city_number city, intent_id stay, const guest_details& guest) override;
  /// The id that a traveler with this e-mail has in a city.
  traveler_id traveler_of(city_number city, std::string_view email) const;
  std::vector<vault_row> seal_payment(city_number city, payment_id payment, const provider_secrets& secrets) override;

  void open_guest(const std::string& city_code, intent_id stay, std::function<void(std::optional<guest_details>)> done) override;
  void open_payment(const std::string& city_code, payment_id payment, std::function<void(std::optional<provider_secrets>)> done) override;

  /// Deletes the data keys of a subject and its rows: nothing sealed for it can ever be opened again. `done` says whether it is done.
  void erase(const std::string& city_code, uuid subject, std::function<void(bool)> done);

private:
  sealer sealer_;
  query_pool& pool_;
};

} // namespace reserve::persistence
