#pragma once

#include "domain/event.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace reserve {

/// Place in a city's log, counted from 1.
using sequence = std::uint64_t;

/// One life of an entity's actor in this process; given out by the writer, counted from 1.
using incarnation = std::uint64_t;

/// An entity that a record names without being decided by its actor: one that the record creates, or an untouched intent, which its calendar owns.
/// The writer does not check it, but it counts for open(), belongs to the entity's tail, and is told to its actor when there is one.
inline constexpr incarnation mentioned = 0;

/// Who takes part in a record (commit-protocol §2, §5). The writer refuses a record that names an old incarnation.
struct participant {
  entity_id entity{};
  reserve::incarnation incarnation = mentioned;
};

/// First 16 bytes of a SHA-256.
using digest16 = std::array<std::uint8_t, 16>;

/// A client's key: hash of caller, operation and key; fingerprint of the validated command (commit-protocol §7).
struct command_key {
  digest16 hash{};
  digest16 fingerprint{};
};

/// A sealed row of the vault (spec 40§10.2), written in the record's transaction. Its version is the record's seq: newer rows win, no two clash.
struct vault_row {
  enum class table : std::uint8_t { vault_keys, travelers, stay_guests, payment_vault };
  table into = table::stay_guests;
  uuid id{};          ///< data_key_id, traveler, stay (intent) or payment.
  uuid data_key{};    ///< data_key_id of the row; of vault_keys: the subject's id.
  uuid traveler{};    ///< stay_guests only.
  std::string sealed; ///< nonce + ciphertext + tag; of vault_keys: the wrapped data key.
  std::string master_key_id, subject_type; ///< vault_keys only.
  std::string email_key, phone_key, document_key; ///< 32 bytes each, or empty.
  std::vector<std::string> name_keys;
};

/// One accepted command: one row of the journal, all or nothing (commit-protocol §1). Immutable once it has been handed to the writer, except for its place.
struct record {
  city_number city = 0;
  sequence seq = 0;        ///< Given by the writer.
  std::uint64_t epoch = 0; ///< Given by the writer.
  uuid command_id{};
  actor_kind by = actor_kind::system;
  std::string actor_id;
  std::string correlation_id;
  uuid causation_id{};
  timestamp occurred_at{};
  std::optional<uuid> inbox; ///< The stored webhook that caused it.
  std::vector<participant> participants;
  std::vector<entity_event> events;
  std::vector<vault_row> vault;
  std::optional<command_key> key;         ///< Stored with the record, for ever.
  std::optional<digest16> released_key;   ///< The closing record of an outside step without effect gives the key back.
  std::string row;                        ///< journal_port::prepare(): what its row says besides its number and epoch. The writer's alone; empty once it is committed.
};
using record_ptr = std::shared_ptr<record>;
using committed_record = std::shared_ptr<const record>;

/// What became of a record.
enum class verdict : std::uint8_t {
  committed,
  refused_record,      ///< PostgreSQL refuses it: its entities are closed, nothing of it will happen.
  refused_incarnation, ///< It names an old life or a withdrawn claim; nobody is closed.
  unknown,             ///< The city was lost while it was in flight.
};

} // namespace reserve
