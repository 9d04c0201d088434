#pragma once

#include "actors/entity.hpp"

#include "domain/desk.hpp"

#include <map>

namespace reserve::actors {

/// NUMBERING: gives out confirmation codes from blocks of counters that the platform log hands to the city.
class numbering_entity final : public value_entity<numbering_state> {
public:
  static constexpr const char* actor_name = "numbering";
  numbering_entity(entity_actor::pointer self, city_context& city, entity_id id);

protected:
  void restore(const std::optional<entity_snapshot>& from) override;
  void fold(const record& what) override;
  void handle(const command_ptr& what) override;
  void advance() override;

private:
  void draw(const command_ptr& asked, const draw_code& what);
  void wake(const command_ptr& asked);
  /// Makes sure that `next_` may be given out: a committed reservation of counters, a block of this year.
  void prepare(int year);

  std::uint32_t next_ = 0; ///< Next counter to give out; committed up to state_.next.
  std::map<uuid, std::string> given_;
  std::vector<command_ptr> waiting_;
};

/// EXCEPTIONS: opens, repeats and closes the problems of a city; one open problem per type and entity.
class exceptions_entity_actor final : public value_entity<exceptions_state> {
public:
  static constexpr const char* actor_name = "exceptions";
  exceptions_entity_actor(entity_actor::pointer self, city_context& city, entity_id id);

protected:
  void handle(const command_ptr& what) override;
  void advance() override {}
};

/// CITY: settings and catalogue of a city; publishes the catalogue that everybody reads.
class city_entity_actor final : public serial_entity {
public:
  static constexpr const char* actor_name = "city";
  city_entity_actor(entity_actor::pointer self, city_context& city, entity_id id);

protected:
  void restore(const std::optional<entity_snapshot>& from) override;
  void fold(const record& what) override;
  void handle(const command_ptr& what) override;
  void advance() override;

private:
  void write(const command_ptr& asked, std::vector<event> events);
  city_state state_;
  bool changed_ = true;
  bool loaded_properties_ = false;
};

/// PLATFORM: what belongs to no city: the cities themselves and the blocks of confirmation-code counters.
class platform_entity_actor final : public value_entity<platform_state> {
public:
  static constexpr const char* actor_name = "platform";
  platform_entity_actor(entity_actor::pointer self, city_context& city, entity_id id);

protected:
  void handle(const command_ptr& what) override;
  void advance() override {}
};

/// Makes the catalogue view of a city from its state and publishes it, slots filled in.
void publish_catalogue(city_context& city, const city_state& state);

} // namespace reserve::actors
