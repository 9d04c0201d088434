#pragma once

#include "actors/entity.hpp"

#include <shared_mutex>

namespace reserve::actors {

struct activate_message { command_ptr what; };
struct busy_message { entity_id entity{}; };
struct sweep_message {};
struct stop_message {};

using supervisor_actor = caf::typed_actor<
    // A command whose actor is not in the handle table: start it, or keep the command while the old one ends.
    caf::reacts_to<activate_message>,
    // It was not idle after all.
    caf::reacts_to<busy_message>,
    // Look for actors that have been quiet for long.
    caf::reacts_to<sweep_message>,
    // End every actor of the city.
    caf::reacts_to<stop_message>>;

/// The handle table of a city: which actor owns which entity now. Any thread sends; only the supervisor writes.
class handle_table final : public command_router {
public:
  void send(command_ptr what) override;
  void still_busy(entity_id entity) override;

  void supervised_by(supervisor_actor who);
  void put(entity_id entity, entity_actor who);
  /// After this nothing new reaches the actor: whoever was sending has finished.
  void remove(entity_id entity);
  std::optional<entity_actor> find(entity_id entity) const;
  void forget_all();

private:
  mutable std::shared_mutex mutex_;
  std::unordered_map<entity_id, entity_actor> handles_;
  supervisor_actor supervisor_;
};

/// The CITY SUPERVISOR: starts the city's actors on demand, starts again what crashes, parks what keeps crashing, retires the idle.
struct supervisor_state {
  supervisor_state() = default;
  static inline const char* name = "city_supervisor";

  struct child {
    entity_actor who;
    entity_kind kind = entity_kind::unit;
    bool retiring = false;
    std::chrono::milliseconds started{};
  };
  struct crashes {
    int count = 0;
    std::chrono::milliseconds last{};
  };
  city_context* city = nullptr;
  handle_table* table = nullptr;
  std::unordered_map<entity_id, child> children;
  std::unordered_map<entity_id, std::vector<command_ptr>> stash; ///< Commands for an actor that is ending.
  std::unordered_map<entity_id, crashes> crashed;
  std::unordered_map<caf::actor_addr, entity_id> by_address;
  bool stopping = false;
};

supervisor_actor::behavior_type city_supervisor(supervisor_actor::stateful_pointer<supervisor_state> self, city_context* city, handle_table* table);

/// Starts the actor of one entity.
entity_actor start_entity(caf::local_actor* parent, city_context& city, entity_kind kind, entity_id id);

} // namespace reserve::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(reserve::actors::activate_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(reserve::actors::busy_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(reserve::actors::sweep_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(reserve::actors::stop_message)
