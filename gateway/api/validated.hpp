#pragma once

#include "domain/civil.hpp"
#include "domain/id.hpp"
#include "domain/money.hpp"
#include "domain/terms.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reserve::gateway {

/// A value that was checked against its field; the member that its type fills is the one to read.
struct checked_value {
  enum class kind : std::uint8_t { absent, text, integer, number, money, boolean, date, uuid, object, array };
  kind type = kind::absent;
  std::string text; ///< Texts and choices; the source text of the others.
  std::int64_t integer = 0;
  double number = 0;
  money amount;
  bool flag = false;
  date day{};
  uuid id;
  std::vector<std::pair<std::string, checked_value>> members;
  std::vector<checked_value> items;

  checked_value() noexcept; ///< Defined elsewhere: here a pair that holds one is not complete yet, which clang minds.
  const checked_value* find(std::string_view name) const noexcept;
};

/// A request whose fields are all as the endpoint describes them. Names may be dotted ("guests.adults", "rooms.0.unit_id"). Reading a value as what
/// it is not is a bug and throws; so does reading one that is absent, unless the function says otherwise.
class validated {
public:
  bool has(std::string_view name) const noexcept;

  /// Empty when absent.
  std::string_view text(std::string_view name) const;
  std::optional<std::string> maybe_text(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;
  std::int64_t integer(std::string_view name, std::int64_t otherwise) const;
  double number(std::string_view name) const;
  money money_of(std::string_view name) const;
  std::optional<money> maybe_money(std::string_view name) const;
  bool flag(std::string_view name, bool otherwise = false) const;
  std::optional<bool> maybe_flag(std::string_view name) const;
  date date_of(std::string_view name) const;
  std::optional<date> maybe_date(std::string_view name) const;
  uuid uuid_of(std::string_view name) const;
  std::optional<uuid> maybe_uuid(std::string_view name) const;
  /// `values.id<intent_id>("id")`
  template <class Id>
  Id id(std::string_view name) const {
    return Id{uuid_of(name)};
  }
  template <class Id>
  std::optional<Id> maybe_id(std::string_view name) const {
    const auto found = maybe_uuid(name);
    return found ? std::optional<Id>(Id{*found}) : std::nullopt;
  }
  /// Texts of an array; empty when absent.
  std::vector<std::string> texts(std::string_view name) const;
  std::vector<uuid> uuids(std::string_view name) const;
  /// Number of items of an array; 0 when absent.
  std::size_t count(std::string_view name) const noexcept;
  /// Guests as `name`, else as the fields adults, children, infants beside it; one adult when nothing says.
  party party_of(std::string_view name = "guests") const;
  /// Part of the request as if it were a whole one.
  validated nested(std::string_view name) const;

  /// The guest's session; empty for services and where none is needed.
  std::string_view session() const noexcept { return session_; }
  /// The call came with the service token.
  bool is_service() const noexcept { return is_service_; }
  /// Without its quotes; empty when there is none.
  std::string_view idempotency_key() const noexcept { return idempotency_key_; }
  /// The same text for the same command, whatever the order and spelling of its members; what a client key is bound to (spec 30§1.10).
  std::string canonical_text() const;

  const checked_value& root() const noexcept { return root_; }

private:
  friend class request_reader;
  const checked_value* at(std::string_view name) const noexcept;
  const checked_value& at(std::string_view name, checked_value::kind wanted) const;
  const checked_value* maybe(std::string_view name, checked_value::kind wanted) const;

  checked_value root_;
  std::string session_;
  std::string idempotency_key_;
  bool is_service_ = false;
};

} // namespace reserve::gateway
