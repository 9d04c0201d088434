#include "persistence/postgres/journal_rows.hpp"

#include "domain/codec.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace reserve::persistence {

namespace {

constexpr std::string_view journal_columns = "city_code, seq, epoch, command_id, kind, actor_type, actor_id, correlation_id, causation_id, occurred_at, "
                                             "inbox_id, entities, event_codes, events";
constexpr std::string_view key_columns = "city_code, key_hash, fingerprint, seq";

struct vault_table {
  const char* name;
  std::string_view columns;
};
constexpr vault_table vault_tables[] = {
    {"vault_keys", "city_code, data_key_id, version, subject_type, subject_id, wrapped_key, master_key_id, seq"},
    {"travelers", "city_code, id, version, data_key_id, sealed, email_key, phone_key, document_key, name_keys, seq, created_at"},
    {"stay_guests", "city_code, stay_id, version, traveler_id, data_key_id, sealed, email_key, phone_key, document_key, name_keys, seq, created_at"},
    {"payment_vault", "city_code, payment_id, version, data_key_id, sealed, seq, created_at"},
};

std::string_view bytes_of(const digest16& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::string hex_literal(const digest16& digest) {
  constexpr char digits[] = "0123456789abcdef";
  std::string out = "'\\x";
  for (const auto byte : digest) {
    out.push_back(digits[byte >> 4]);
    out.push_back(digits[byte & 15]);
  }
  return out + "'::bytea";
}

void put_record(binary_copy& out, const std::string& code, const record& one) {
  out.begin_row(14);
  out.put_text(code);
  out.put_int8(static_cast<std::int64_t>(one.seq));
  out.put_int8(static_cast<std::int64_t>(one.epoch));
  out.put_columns(one.row.empty() ? prepared_row(one) : one.row);
}

void put_search_keys(binary_copy& out, const vault_row& what) {
  out.put_bytes_or_null(what.email_key);
  out.put_bytes_or_null(what.phone_key);
  out.put_bytes_or_null(what.document_key);
  out.put_byte_strings(what.name_keys);
}

void put_vault_row(binary_copy& out, const std::string& code, const record& cause, const vault_row& what) {
  const auto seq = static_cast<std::int64_t>(cause.seq);
  const auto begin = [&](std::size_t columns) {
    out.begin_row(columns);
    out.put_text(code);
    out.put_uuid(what.id);
    out.put_int8(seq);
  };
  switch (what.into) {
    case vault_row::table::vault_keys:
      begin(8);
      out.put_text(what.subject_type);
      out.put_uuid(what.data_key); // the subject
      out.put_bytes(what.sealed);
      out.put_text(what.master_key_id);
      out.put_int8(seq);
      return;
    case vault_row::table::travelers:
      begin(11);
      out.put_uuid(what.data_key);
      out.put_bytes(what.sealed);
      put_search_keys(out, what);
      break;
    case vault_row::table::stay_guests:
      begin(12);
      out.put_uuid_or_null(what.traveler);
      out.put_uuid(what.data_key);
      out.put_bytes(what.sealed);
      put_search_keys(out, what);
      break;
    case vault_row::table::payment_vault:
      begin(7);
      out.put_uuid(what.data_key);
      out.put_bytes(what.sealed);
      break;
  }
  out.put_int8(seq);
  out.put_timestamp(cause.occurred_at);
}

/// Keys of one city's records as they stand at the end of the batch: one that a later record gives back is not written at all.
struct key_changes {
  struct added {
    digest16 fingerprint;
    sequence seq;
  };
  std::map<digest16, added> inserts;
  std::set<digest16> deletes;

  void take(const record& one) {
    if (one.released_key) {
      inserts.erase(*one.released_key);
      deletes.insert(*one.released_key);
    }
    if (one.key)
      inserts.insert_or_assign(one.key->hash, added{one.key->fingerprint, one.seq});
  }
};

actor_kind kind_named(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(actor_kind::service); ++i)
    if (name_of(static_cast<actor_kind>(i)) == name)
      return static_cast<actor_kind>(i);
  throw decode_error("journal: unknown actor type");
}

} // namespace

std::string prepared_row(const record& one) {
  // Kept from record to record, with their memory.
  thread_local std::vector<entity_id> entities;
  thread_local std::vector<std::int64_t> codes;
  thread_local binary_copy out;
  entities.clear();
  codes.clear();
  out.take_columns(); // Of one that failed halfway.
  const auto name = [&](entity_id entity) {
    if (std::ranges::find(entities, entity) == entities.end())
      entities.push_back(entity);
  };
  for (const auto& what : one.events) {
    name(what.entity);
    codes.push_back(code_of(what.what));
  }
  for (const auto& participant : one.participants)
    name(participant.entity);
  out.put_uuid(one.command_id);
  out.put_int2(codes.empty() ? 0 : codes.front());
  out.put_text(name_of(one.by));
  out.put_text_or_null(one.actor_id);
  out.put_text_or_null(one.correlation_id);
  out.put_uuid_or_null(one.causation_id);
  out.put_timestamp(one.occurred_at);
  out.put_uuid_or_null(one.inbox);
  out.put_uuids(entities);
  out.put_int2s(codes);
  out.put_bytes(encode_events(one.events, entities));
  return out.take_columns();
}

journal_batch encode_batch(std::span<const city_batch> batches, const leaf_map& leaves, const connection& on) {
  std::map<std::string, binary_copy> journal, keys;
  std::map<std::string, std::pair<const vault_table*, binary_copy>> vault;
  journal_batch out;
  for (const auto& city : batches) {
    key_changes changes;
    const leaf_map::range* range = nullptr;
    binary_copy* rows = nullptr;
    for (const auto& one : city.records) {
      if (rows == nullptr || one->seq >= range->past) {
        range = leaves.of_sequence("journal", one->seq);
        ensure(range != nullptr, "the journal has no leaf for this sequence number");
        rows = &journal[range->leaf];
      }
      put_record(*rows, city.code, *one);
      for (const auto& sealed : one->vault) {
        const auto& into = vault_tables[static_cast<std::size_t>(sealed.into)];
        auto& [columns, sealed_rows] = vault[leaves.of_city(into.name, city.code)];
        columns = &into;
        put_vault_row(sealed_rows, city.code, *one, sealed);
      }
      changes.take(*one);
    }
    const auto& leaf = leaves.of_city("command_keys", city.code);
    std::string released;
    for (const auto& hash : changes.deletes)
      released += (released.empty() ? "" : ",") + hex_literal(hash);
    if (!released.empty())
      out.deletes += "delete from reserve." + leaf + " where city_code = " + on.literal(city.code) + " and key_hash in (" + released + ");";
    for (const auto& [hash, added] : changes.inserts) {
      auto& key_rows = keys[leaf];
      key_rows.begin_row(4);
      key_rows.put_text(city.code);
      key_rows.put_bytes(bytes_of(hash));
      key_rows.put_bytes(bytes_of(added.fingerprint));
      key_rows.put_int8(static_cast<std::int64_t>(added.seq));
    }
  }
  for (auto& [leaf, rows] : journal)
    out.copies.push_back({copy_statement(leaf, journal_columns), rows.take()});
  for (auto& [leaf, rows] : keys)
    out.copies.push_back({copy_statement(leaf, key_columns), rows.take()});
  for (auto& [leaf, rows] : vault)
    out.copies.push_back({copy_statement(leaf, rows.first->columns), rows.second.take()});
  return out;
}

std::vector<committed_record> read_records(const query_result& rows) {
  std::vector<committed_record> out;
  out.reserve(rows.rows());
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    auto one = std::make_shared<record>();
    one->seq = static_cast<sequence>(rows.integer(i, 0));
    one->epoch = static_cast<std::uint64_t>(rows.integer(i, 1));
    one->command_id = rows.id(i, 2);
    one->by = kind_named(rows.raw(i, 3));
    one->actor_id = rows.text(i, 4);
    one->correlation_id = rows.text(i, 5);
    if (!rows.is_null(i, 6))
      one->causation_id = rows.id(i, 6);
    one->occurred_at = rows.instant(i, 7);
    if (!rows.is_null(i, 8))
      one->inbox = rows.id(i, 8);
    const auto entities = rows.ids(i, 9);
    for (const auto& entity : entities)
      one->participants.push_back({entity, 0});
    one->events = decode_events(rows.raw(i, 10), entities);
    one->city = city_of(entities.empty() ? one->command_id : entities.front());
    out.push_back(std::move(one));
  }
  return out;
}

} // namespace reserve::persistence
