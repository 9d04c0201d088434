#include "app/load/load_city.hpp"

#include <condition_variable>
#include <mutex>
#include <stdexcept>

namespace reserve::app::load {

namespace {

constexpr std::int16_t plenty = 30000; ///< Rooms of a night: what is measured is the path, not the sell-out.
constexpr std::size_t window = 512;    ///< Commands under way while the city is made.

/// Sends commands, some at a time, and waits for all of them.
class sender {
public:
  explicit sender(engine& with) : with_(with) {}

  void send(entity_kind kind, entity_id entity, command_body body) {
    auto what = std::make_shared<command>();
    what->kind = kind;
    what->entity = entity;
    what->who.kind = actor_kind::service;
    what->body = std::move(body);
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return under_way_ < window; });
      ++under_way_;
    }
    what->reply = reply_function::make([this](const answer& said) {
      const std::lock_guard lock(mutex_);
      if (said.refused())
        problem_ = said.why().message;
      --under_way_;
      changed_.notify_all();
    });
    auto* owner = kind == entity_kind::platform ? with_.find(std::string(platform_code)) : with_.find(city_number_of_load);
    owner->router().send(std::move(what));
  }

  void finish() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return under_way_ == 0; });
    if (problem_)
      throw std::runtime_error("the load city could not be made: " + *problem_);
  }

private:
  engine& with_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t under_way_ = 0;
  std::optional<std::string> problem_;
};

city_content content_of_city() {
  city_content city;
  city.number = city_number_of_load;
  city.code = city_of_load;
  city.name = "Load";
  city.timezone = "America/Sao_Paulo";
  city.slug = "load";
  return city;
}

city_added announced(const city_content& city) {
  city_added added;
  added.number = city.number;
  added.code = city.code;
  added.name = city.name;
  added.country = city.country;
  added.timezone = city.timezone;
  added.slug = city.slug;
  return added;
}

/// About as much text as a real one, so that a page of search has its real size.
property_content content_of_property(std::size_t number, std::size_t units) {
  const auto text = std::to_string(number);
  property_content property;
  property.id = property_id{derive_uuid(city_number_of_load, "property " + text)};
  property.host_property_id = property.slug = "load-" + text;
  property.name = "Pousada da Carga " + text;
  property.property_type = "inn";
  property.description = "Casa de pedra no centro historico, a dez minutos do mirante; cafe da manha com produtos da serra, lareira nas noites frias.";
  property.address = "Rua das Araucarias " + text;
  property.city_name = "Load";
  property.state = "SC";
  property.lat_e6 = -28'015'000 + static_cast<std::int64_t>(number);
  property.lng_e6 = -49'591'000 - static_cast<std::int64_t>(number);
  property.amenities = {"wifi", "breakfast", "parking", "fireplace"};
  property.images = {{"https://images.example.com/load/" + text + "/front.jpg", "Fachada"}, {"https://images.example.com/load/" + text + "/room.jpg", "Quarto"}};
  property.published = true;
  property.rating_tenths = static_cast<std::int32_t>(38 + number % 12);
  property.review_count = static_cast<int>(number % 300);
  for (std::size_t i = 0; i < units; ++i) {
    unit_content unit;
    const auto name = text + "/" + std::to_string(i);
    unit.id = unit_id{derive_uuid(city_number_of_load, "unit " + name)};
    unit.host_unit_id = "unit-" + name;
    unit.slug = "unit-" + std::to_string(i);
    unit.name = "Quarto " + std::to_string(i);
    unit.amenities = {"heating", "tv"};
    unit.sort = static_cast<int>(i);
    property.units.push_back(std::move(unit));
  }
  return property;
}

take_readings nights_of(const property_content& property, date first, timestamp now, const load_options& options, std::size_t unit) {
  take_readings take{{property.id, {}, now}};
  take.reading.nights.reserve(static_cast<std::size_t>(options.days));
  for (int day = 0; day < options.days; ++day) {
    night_reading night;
    night.day = first + std::chrono::days(day);
    night.allotment = options.what == load_kind::refusals ? 1 : plenty;
    night.price = 10'000 + static_cast<std::int32_t>(unit * 137 % 5'000) + (day % 7 >= 5 ? 2'500 : 0);
    take.reading.nights.push_back(night);
  }
  return take;
}

} // namespace

void register_city(const config::config& values) {
  persistence::postgres_journal journal({.url = values.database.url.value, .node_id = "load"});
  journal.add_city(city_of_load, city_number_of_load);
}

std::vector<unit_id> make_city(engine& with, const load_options& options) {
  const auto city = content_of_city();
  sender out(with);
  out.send(entity_kind::platform, platform_entity(), add_city{announced(city)});
  out.send(entity_kind::city, city_entity(city.number), configure_city{city});
  std::vector<property_content> properties;
  for (std::size_t p = 0; p < options.properties; ++p) {
    const auto share = options.units * (p + 1) / options.properties - options.units * p / options.properties;
    properties.push_back(content_of_property(p, share));
    out.send(entity_kind::city, city_entity(city.number), import_property{properties.back()});
  }
  out.finish();
  const auto now = with.clock().wall();
  const auto today = with.zones().local(city.timezone, now).day;
  std::vector<unit_id> units;
  for (const auto& property : properties) {
    for (const auto& unit : property.units) {
      out.send(entity_kind::unit, unit.id.value, nights_of(property, today, now, options, units.size()));
      units.push_back(unit.id);
    }
  }
  out.finish();
  return units;
}

} // namespace reserve::app::load
