#pragma once

#include "domain/civil.hpp"
#include "domain/id.hpp"
#include "domain/ledger.hpp"
#include "domain/money.hpp"
#include "domain/terms.hpp"

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace reserve {

/// Digest by which a repeated import is recognised as the same (spec 40§1).
using content_hash = std::array<std::uint8_t, 16>;

struct bed {
  std::string type;
  std::uint8_t count = 1;
  bool operator==(const bed&) const = default;
  static void each(auto& self, auto&& visit) { visit(self.type, self.count); }
};

struct image {
  std::string url, alt;
  bool operator==(const image&) const = default;
  static void each(auto& self, auto&& visit) { visit(self.url, self.alt); }
};

/// A fee of a property (spec 10§16.1 step 9).
struct fee {
  std::string code, name;
  std::string basis = "per_stay"; ///< per_stay, per_night, per_person_night, percent
  money amount;                   ///< Unless percent.
  rate share;                     ///< With percent, of the base price.
  bool taxable = false;
  bool operator==(const fee&) const = default;
  static void each(auto& self, auto&& visit) { visit(self.code, self.name, self.basis, self.amount, self.share, self.taxable); }
};

/// A room type (spec 40§3 unit_map).
struct unit_content {
  unit_id id{};
  std::string host_unit_id, slug, name, description;
  std::uint8_t max_occupancy = 2, base_capacity = 2;
  std::vector<bed> beds;
  std::optional<int> size_m2;
  std::vector<std::string> amenities;
  std::vector<image> images;
  std::optional<money> base_price; ///< For nights that the Host gives no price.
  money extra_adult, extra_child;
  bool active = true;
  int sort = 0;
  bool operator==(const unit_content&) const = default;
  static void each(auto& self, auto&& visit) {
    visit(self.id, self.host_unit_id, self.slug, self.name, self.description, self.max_occupancy, self.base_capacity, self.beds, self.size_m2, self.amenities,
          self.images, self.base_price, self.extra_adult, self.extra_child, self.active, self.sort);
  }
};

/// A property with its room types (spec 40§3 properties_map).
struct property_content {
  property_id id{};
  std::string host_property_id, slug, name, property_type, description, address, city_name, state;
  std::optional<std::int64_t> lat_e6, lng_e6; ///< Degrees × 1,000,000.
  std::string phone, email, whatsapp, house_rules;
  std::vector<std::string> amenities;
  std::vector<image> images;
  std::chrono::minutes check_in_time{15 * 60}, check_out_time{11 * 60};
  reserve::currency currency{};
  std::vector<fee> fees;
  std::string confirmation_mode = "instant";
  std::string allotment_semantics = "gross";
  std::vector<std::string> payment_methods; ///< Empty = the city's list.
  std::vector<std::string> pix_providers;   ///< Empty = the city's list.
  std::optional<policy_snapshot> policy;    ///< Overrides the city's default; free_until unused here.
  bool active = true, published = false, featured = false;
  std::optional<std::int32_t> rating_tenths;
  int review_count = 0;
  std::vector<unit_content> units;
  bool operator==(const property_content&) const = default;
  static void each(auto& self, auto&& visit) {
    visit(self.id, self.host_property_id, self.slug, self.name, self.property_type, self.description, self.address, self.city_name, self.state, self.lat_e6,
          self.lng_e6, self.phone, self.email, self.whatsapp, self.house_rules, self.amenities, self.images, self.check_in_time, self.check_out_time,
          self.currency, self.fees, self.confirmation_mode, self.allotment_semantics, self.payment_methods, self.pix_providers, self.policy, self.active,
          self.published, self.featured, self.rating_tenths, self.review_count, self.units);
  }
};

/// A dated tax of the city (spec 20§7).
struct tax_rule {
  uuid id{};
  std::string type;                   ///< iss, booking, ...
  rate share;                         ///< Percent × 100.
  std::string applies_to;             ///< commission, payout, booking
  std::string remitted_by = "property";
  date from{};
  std::optional<date> to;
  bool active = true;
  bool operator==(const tax_rule&) const = default;
  static void each(auto& self, auto&& visit) {
    visit(self.id, self.type, self.share, self.applies_to, self.remitted_by, self.from, self.to, self.active);
  }
};

/// What a city is (spec 40§3 cities, city_settings and the city's own rules).
struct city_content {
  city_number number = 0;
  std::string code, name, state, country = "BR", timezone, slug, locale = "pt-BR";
  reserve::currency currency{};
  std::optional<std::int64_t> lat_e6, lng_e6;
  std::string support_phone, support_email;
  bool active = true;
  policy_snapshot default_policy{};
  std::vector<tax_rule> taxes;
  commission_rule commission{};
  std::map<std::string, rate> iof; ///< By payment method; `payment.iof_rate` of the city.
  std::map<std::string, std::string> settings; ///< Keys of spec 50§10 that this city overrides, as text.
  bool operator==(const city_content&) const = default;
  static void each(auto& self, auto&& visit) {
    visit(self.number, self.code, self.name, self.state, self.country, self.timezone, self.slug, self.locale, self.currency, self.lat_e6, self.lng_e6,
          self.support_phone, self.support_email, self.active, self.default_policy, self.taxes, self.commission, self.iof, self.settings);
  }
};

/// State of the entity `city`: everything the city_supervisor decides (settings, catalogue). Its id: city_entity(number).
struct city_state {
  std::optional<city_content> city; ///< nullopt until configured.
  std::map<property_id, property_content> properties;
};

entity_id city_entity(city_number number);
entity_id numbering_entity(city_number number);
entity_id exceptions_entity(city_number number);
entity_id inbox_entity(city_number number);

} // namespace reserve
