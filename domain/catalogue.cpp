#include "domain/catalogue.hpp"

#include "domain/desk.hpp"

namespace reserve {

entity_id city_entity(city_number number) {
  return derive_uuid(number, "entity:city");
}

entity_id numbering_entity(city_number number) {
  return derive_uuid(number, "entity:numbering");
}

entity_id exceptions_entity(city_number number) {
  return derive_uuid(number, "entity:exceptions");
}

entity_id inbox_entity(city_number number) {
  return derive_uuid(number, "entity:inbox");
}

entity_id platform_entity() {
  return derive_uuid(city_number{0}, "entity:platform");
}

void evolve(city_state& target, const city_configured& event) {
  target.city = event.city;
}

void evolve(city_state& target, const property_imported& event) {
  target.properties.insert_or_assign(event.property.id, event.property);
}

void evolve(platform_state& target, const city_added& event) {
  target.cities.insert_or_assign(event.code, event);
}

void evolve(platform_state& target, const code_block_given& event) {
  std::uint32_t& given = target.blocks_given[event.year];
  given = std::max(given, event.block + 1);
}

} // namespace reserve
