#pragma once

#include "actors/protocols/messages.hpp"
#include "simulation/database.hpp"

#include <map>
#include <memory>

namespace reserve::simulation {

class process;

/// The gateway of the simulated world: client keys, the place among a session's live intents, time-outs; what it does not know is what became of a command
/// whose process died.
class front_door {
public:
  using listener = std::function<void(const answer&)>;

  front_door(surroundings& world, database& keys, generator random);
  ~front_door();

  /// Sends a command to the process; `then` hears its answer once, or that nobody knows.
  void ask(process* to, command_ptr what, listener then);
  /// This process is gone: whoever waits for it hears so.
  void lost(agenda::owner who);
  std::size_t waiting() const noexcept { return desk_->open.size(); }

  /// What everybody hears first: the checks of the promises.
  void watched_by(std::function<void(const command&, const answer&)> who) { desk_->witness = std::move(who); }

private:
  struct request {
    agenda::owner to = 0;
    command_ptr what;
    listener then;
  };
  /// Outlives the door: actors hold it through their reply ports.
  struct desk final : reply_port {
    explicit desk(surroundings& in) : world(in) {}
    void deliver(std::uint64_t slot, answer what) noexcept override;
    surroundings& world;
    std::map<std::uint64_t, request> open;
    std::function<void(const command&, const answer&)> witness;
    std::set<digest16> running;
    bool closed = false;
  };
  std::optional<answer> known_key(const command& what) const;

  surroundings& world_;
  database& keys_;
  generator random_;
  std::shared_ptr<desk> desk_;
  std::uint64_t last_ = 0;
};

} // namespace reserve::simulation
