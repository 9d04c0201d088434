#pragma once

#include "simulation/world.hpp"

#include <memory>

namespace reserve::simulation {

/// What a guest wants to do, drawn when he arrives.
struct guest_plan {
  enum class way : std::uint8_t { card, stripe_pix, mercadopago, openpix };
  enum class ending : std::uint8_t { leaves, cancels, pays };

  std::string session;
  int property = 0, room = 0;
  reserve::stay stay{};
  bool double_click = false, has_key = false;
  ending end = ending::pays;
  way pays_by = way::card;
  std::string card = "pm_card_visa";
  bool stubborn = false;          ///< Sold out: looks again until somebody else's hold ends.
  bool dawdles = false;           ///< Fills in at the moment in which his hold runs out.
  bool pays_late = false, pays_twice = false, never_pays = false;
  bool pays_last_moment = false;  ///< When his charge is about to end, or just has.
  std::int64_t pays_too_much = 0; ///< Minor units, negative: too little.
  bool regrets = false;           ///< Cancels after paying.
  int patience = 5;               ///< Tries when nobody knows what became of a command.

  static guest_plan draw(generator& from, int number, const town_plan& town, date today);
};

/// A guest with a browser: holds, fills in, pays, retries what got no answer. Lives as long as something is to come.
class guest : public std::enable_shared_from_this<guest> {
public:
  guest(world& in, guest_plan plan, generator random) : world_(in), plan_(std::move(plan)), random_(random) {}

  void arrives();
  /// The command of his hold, with a new id each time, as the gateway makes it.
  static command_ptr hold_command(world& in, const guest_plan& plan);

private:
  using next = void (guest::*)();
  void hold();
  void heard_hold(const answer& said);
  void decides_what_next();
  /// About the moment at which something of his ends.
  void around(timestamp end, std::function<void()> what);
  void fill_in();
  void pay();
  void pay_by(guest_plan::way how);
  void heard_payment(guest_plan::way how, const answer& said);
  void send_money(payment_id to);
  void regret();
  void look();
  void later(moment low, moment high, next what);
  void tell(entity_kind kind, entity_id entity, command_body body, std::function<void(guest&, const answer&)> then);
  /// Nobody knows what became of it: once more, if he still has the patience.
  bool try_again(const answer& said, next what);

  world& world_;
  const guest_plan plan_;
  generator random_;
  intent_id intent_{};
  timestamp runs_out_{}; ///< His hold.
  std::optional<command_key> key_;
  int tries_ = 0, declines_ = 0;
};

} // namespace reserve::simulation
