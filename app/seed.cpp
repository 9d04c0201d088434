#include "app/commands.hpp"
#include "app/engine.hpp"

#include "persistence/postgres/city_queries.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <future>
#include <iostream>

namespace reserve::app {

namespace {

constexpr city_number urubici_number = 1;
constexpr int days_ahead = 366;

/// What the Host does not know about the demo city (spec 00§1, 20§5, 20§7).
city_content urubici(const std::string& code) {
  city_content city;
  city.number = urubici_number;
  city.code = code;
  city.name = "Urubici";
  city.state = "SC";
  city.timezone = "America/Sao_Paulo";
  city.slug = "urubici";
  city.currency = currency{};
  city.lat_e6 = -28014400;
  city.lng_e6 = -49591700;
  city.support_phone = "+554932784000";
  city.support_email = "reservas@urubici.example";
  city.commission = commission_rule{};
  const auto entity = city_entity(urubici_number);
  tax_rule iss;
  iss.id = derive_uuid(entity, "tax iss");
  iss.type = "iss";
  iss.share = {500};
  iss.applies_to = "commission";
  iss.remitted_by = "platform";
  iss.from = std::chrono::year(2024) / 1 / 1;
  city.taxes.push_back(iss);
  for (const auto* method : {"stripe_pix", "mercadopago_pix", "openpix"})
    city.iof[method] = {38};
  return city;
}

host_reply call_host(engine& with, host_request request) {
  request.now = with.clock().wall();
  const auto heard = std::make_shared<std::promise<host_reply>>();
  auto coming = heard->get_future();
  with.host_calls().call(std::move(request), [heard](host_reply said) { heard->set_value(std::move(said)); });
  return coming.get();
}

/// A command of the seed; throws with the refusal's words.
answer order(engine& with, entity_kind kind, entity_id entity, command_body body) {
  auto what = std::make_shared<command>();
  what->kind = kind;
  what->entity = entity;
  what->who.kind = actor_kind::service;
  what->who.id = "seed";
  what->body = std::move(body);
  auto said = with.ask(what);
  if (said.refused())
    throw std::runtime_error(said.why().message.empty() ? "a command was refused" : said.why().message);
  return said;
}

bool changed(const answer& said) {
  const auto* done = std::get_if<done_answer>(&said.content);
  return done != nullptr && done->note != "unchanged";
}

/// Ids of what the Host names follow from its names, so a repeated import meets the first one.
property_content mapped(property_content property, const std::vector<host_room_type>& room_types) {
  property.id = property_id{derive_uuid(urubici_number, "property " + property.host_property_id)};
  property.published = property.active;
  property.units.clear();
  int sort = 0;
  for (const auto& type : room_types) {
    auto unit = type.content;
    unit.id = unit_id{derive_uuid(urubici_number, "unit " + property.host_property_id + " " + unit.host_unit_id)};
    unit.sort = sort++;
    property.units.push_back(std::move(unit));
  }
  return property;
}

struct counts {
  std::size_t properties = 0, units = 0, changes = 0;
};

counts pull(engine& with, const std::string& code) {
  auto* city = with.find(code);
  counts out;
  host_request list;
  list.what = host_request::operation::properties;
  auto found = call_host(with, list);
  if (!found.answered)
    throw std::runtime_error("the Host does not list its properties: " + found.error);
  std::sort(found.properties.begin(), found.properties.end(), [](const auto& a, const auto& b) { return a.content.host_property_id < b.content.host_property_id; });
  for (std::size_t i = 0; i < found.properties.size(); ++i) {
    const auto& listed = found.properties[i].content;
    host_request types;
    types.what = host_request::operation::room_types;
    types.host_property_id = listed.host_property_id;
    const auto rooms = call_host(with, types);
    if (!rooms.answered)
      throw std::runtime_error("the Host does not list the room types of " + listed.host_property_id + ": " + rooms.error);
    auto property = mapped(listed, rooms.room_types);
    if (i == 0) // One property with a cleaning fee, so that step 9 of the price is visible (spec 20§5).
      property.fees.push_back({"cleaning", "Taxa de limpeza", "per_stay", {8000}, {}, false});
    out.changes += changed(order(with, entity_kind::city, city_entity(urubici_number), import_property{property}));
    out.properties += 1;
    out.units += property.units.size();

    host_request nights;
    nights.what = host_request::operation::availability;
    nights.host_property_id = listed.host_property_id;
    const auto today = with.zones().local("America/Sao_Paulo", with.clock().wall()).day;
    nights.range = {today, today + std::chrono::days(days_ahead)};
    const auto read = call_host(with, nights);
    if (!read.answered)
      throw std::runtime_error("the Host does not tell the availability of " + listed.host_property_id + ": " + read.error);
    for (const auto& unit : property.units) {
      for (const auto& readings : read.availability) {
        if (readings.host_unit_id != unit.host_unit_id)
          continue;
        take_readings take{{property.id, readings.nights, city->city().now()}};
        out.changes += changed(order(with, entity_kind::unit, unit.id.value, std::move(take)));
      }
    }
  }
  return out;
}

} // namespace

int run_seed(const config::config& values, const seed_options& options) {
  if (options.city != "URB") {
    complain("seed", "knows the demo city URB only", "--city " + options.city);
    return 2;
  }
  try {
    {
      persistence::postgres_journal journal({.url = values.database.url.value, .node_id = "seed"});
      journal.add_city(options.city, urubici_number);
    }
    engine with(values, {.role = "seed", .cities = {options.city}, .outside = false});
    const auto city = urubici(options.city);
    city_added added;
    added.number = city.number;
    added.code = city.code;
    added.name = city.name;
    added.state = city.state;
    added.country = city.country;
    added.timezone = city.timezone;
    added.slug = city.slug;
    added.locale = city.locale;
    added.currency = city.currency;
    added.lat_e6 = city.lat_e6;
    added.lng_e6 = city.lng_e6;
    added.support_phone = city.support_phone;
    added.support_email = city.support_email;
    std::size_t changes = changed(order(with, entity_kind::platform, platform_entity(), add_city{added}));
    changes += changed(order(with, entity_kind::city, city_entity(urubici_number), configure_city{city}));
    const auto pulled = pull(with, options.city);
    changes += pulled.changes;
    std::cout << "city " << options.city << "  " << pulled.properties << " properties, " << pulled.units << " room types, " << days_ahead - 1
              << " days" << (changes == 0 ? " (unchanged)" : "") << "\n";
    // The rows are there when the command ends, so that whoever comes next reads them.
    for (auto* one : {with.find(options.city), with.find(std::string(platform_code))})
      if (!with.projector().wait_until(one->city().number, with.writer().head(one->city().number).second, std::chrono::seconds(30), persistence::projection_names()))
        spdlog::warn("the projector is behind city={}", one->city().code);
    with.stop();
    return 0;
  } catch (const std::exception& error) {
    // While a server holds the lease, the seed only tells whether the city is there.
    try {
      if (persistence::is_served(values.database.url.value, options.city)) {
        std::cout << "city " << options.city << " is there, served by a running server\n";
        return 0;
      }
    } catch (const std::exception& second) {
      spdlog::debug("seed: {}", second.what());
    }
    complain("seed", error.what(), values.host.base_url);
    return 1;
  }
}

} // namespace reserve::app
