#include "simulation/town.hpp"

namespace reserve::simulation {

unit_id unit_of(int property, int room) {
  return {derive_uuid(town_number, "unit " + std::to_string(property) + "/" + std::to_string(room))};
}

property_id property_of(int property) {
  return {derive_uuid(town_number, "property " + std::to_string(property))};
}

std::string host_unit_of(int property, int room) {
  return "room-" + std::to_string(property) + "-" + std::to_string(room);
}

date first_night() {
  return std::chrono::floor<std::chrono::days>(virtual_clock::beginning);
}

city_added added_town() {
  const auto content = town_content();
  city_added out;
  out.number = content.number;
  out.code = content.code;
  out.name = content.name;
  out.country = content.country;
  out.timezone = content.timezone;
  out.slug = content.slug;
  return out;
}

city_content town_content() {
  city_content out;
  out.number = town_number;
  out.code = town_code;
  out.name = "Urubici";
  out.timezone = "America/Sao_Paulo";
  out.slug = "urubici";
  out.taxes.push_back({derive_uuid(town_number, "iss"), "iss", rate{500}, "commission", "property", first_night(), {}, true});
  out.iof = {{"stripe_pix", rate{38}}, {"mercadopago_pix", rate{38}}, {"openpix", rate{38}}};
  return out;
}

property_content property_content_of(const town_plan& plan, int property) {
  property_content out;
  out.id = property_of(property);
  out.host_property_id = "host-" + std::to_string(property);
  out.slug = out.name = "pousada-" + std::to_string(property);
  out.published = true;
  if (property % 2 == 1)
    out.fees.push_back({"cleaning", "Cleaning", "per_stay", {5000}, {}, false});
  for (int n = 0; n < plan.rooms_each; ++n) {
    unit_content room;
    room.id = unit_of(property, n);
    room.host_unit_id = room.slug = room.name = host_unit_of(property, n);
    out.units.push_back(std::move(room));
  }
  return out;
}

std::vector<host_room> host_rooms_of(const town_plan& plan) {
  std::vector<host_room> out;
  for (int property = 0; property < plan.properties; ++property)
    for (int room = 0; room < plan.rooms_each; ++room)
      out.push_back({"host-" + std::to_string(property), host_unit_of(property, room), plan.allotment, plan.price, {}});
  return out;
}

} // namespace reserve::simulation
