#include "app/load/hold_sender.hpp"

#include "app/load/load_city.hpp"

namespace reserve::app::load {

hold_sender::hold_sender(engine& with, const std::vector<unit_id>& units, const run_mark& mark, int days)
    : with_(with), owner_(*with.find(city_number_of_load)), units_(units), mark_(mark), catalogue_(owner_.city().index.catalogue()),
      tomorrow_(with.zones().local(catalogue_->city.timezone, owner_.city().now()).day + std::chrono::days(1)) {
  for (int day = 0; day < days; ++day)
    arrivals_.push_back(with.zones().instant(catalogue_->city.timezone, tomorrow_ + std::chrono::days(day), std::chrono::hours(15)));
}

command_ptr hold_sender::make(std::size_t unit, int day, std::size_t number) const {
  auto& city = owner_.city();
  auto what = std::make_shared<command>();
  what->kind = entity_kind::unit;
  what->entity = units_[unit].value;
  what->who.session = mark_.session(number);
  ask_hold ask;
  auto& terms = ask.command.terms;
  terms.intent = intent_id{city.new_id()};
  terms.hold = hold_id{city.new_id()};
  terms.unit = units_[unit];
  terms.session = what->who.session;
  const auto check_in = tomorrow_ + std::chrono::days(day);
  terms.stay = {check_in, check_in + std::chrono::days(nights)};
  terms.guests.adults = 2;
  ask.command.rules = catalogue_->rules.at(units_[unit]);
  terms.property = ask.command.rules->property;
  terms.currency = ask.command.rules->currency;
  auto& question = ask.command.question;
  question.stay = terms.stay;
  question.guests = terms.guests;
  question.city_now = with_.zones().local(catalogue_->city.timezone, city.now());
  question.check_in_instant = arrivals_[static_cast<std::size_t>(day)];
  what->body = std::move(ask);
  return what;
}

void hold_sender::send(command_ptr what, std::uint32_t number, steady::time_point due, tally& into) {
  what->reply = reply_function::make([&into, number, due](const answer& said) {
    if (!said.refused())
      // A replay is no new hold: sessions are unique, so it would be a fault of ours.
      into.end(number, due, said.replay ? ending::failed : ending::accepted);
    else if (said.why().code != errc::service_unavailable)
      into.end(number, due, ending::refused);
    else
      into.end(number, due, said.why().effect == effect::unknown ? ending::failed : ending::overloaded);
  });
  owner_.router().send(std::move(what));
}

command_ptr hold_sender::make(std::size_t unit, int day, std::size_t number, millis lives) const {
  auto what = make(unit, day, number);
  auto& rules = std::get<ask_hold>(what->body).command.rules;
  auto own = std::make_shared<sale_rules>(*rules);
  own->hold_ttl = lives;
  rules = std::move(own);
  return what;
}

} // namespace reserve::app::load
