#pragma once

#include "actors/protocols/journal_port.hpp"

#include <memory>
#include <string>
#include <vector>

namespace reserve {

/// What became of a record, as each of its participants hears it, in seq order.
struct outcome {
  committed_record record;
  reserve::verdict verdict = verdict::unknown;
  std::string sqlstate; ///< Of a refused record, for the log.
};

/// The answer to open(): a new incarnation, and the committed records that the projections may not show yet.
struct opening {
  entity_id entity{};
  reserve::incarnation incarnation = 0;
  std::vector<committed_record> tail;
};

/// The answer to withdraw(). Nothing when the record is queued or in flight: then its outcome is the only answer.
struct withdrawal {
  entity_id entity{};
  reserve::incarnation incarnation = 0; ///< The asker's new one.
};

/// How the writer reaches an actor; called on the writer's thread.
class entity_port {
public:
  virtual ~entity_port() = default;
  virtual void opened(opening what) = 0;
  virtual void told(std::vector<outcome> what) = 0;
  virtual void withdrawn(withdrawal what) = 0;
  /// The entity is closed: PostgreSQL refused a record of it, or the city was lost. Its actor ends; the next command opens it again.
  virtual void closed(entity_id entity) = 0;
};

/// The journal writer as actors see it (commit-protocol §2-§5). Any thread; nothing blocks.
class journal_gate {
public:
  virtual ~journal_gate() = default;

  /// Answered when no older record naming the entity is queued or in flight.
  virtual void open(city_number city, entity_id entity, std::shared_ptr<entity_port> port) = 0;
  /// The actor has ended (passivated or crashed); its incarnation is over.
  virtual void close(entity_id entity, incarnation which) = 0;
  /// Takes the records out of the list, in order, and leaves it its memory: a list of one is what a quiet calendar hands over for each command.
  virtual void submit(std::vector<record_ptr>& records) = 0;
  /// The asker of a step gives up on a calendar that may have died: see commit-protocol §5.
  virtual void withdraw(entity_id asker, incarnation which) = 0;
  /// The hot projection of a city has reached `seq`: older records leave the tail.
  virtual void applied(city_number city, sequence seq) = 0;

  /// false: no connection or the city is not ours; answers are 503 at the door.
  virtual bool online(city_number city) const noexcept = 0;
  /// Where the log of a city stands.
  virtual std::pair<std::uint64_t, sequence> head(city_number city) const noexcept = 0;
};

} // namespace reserve
