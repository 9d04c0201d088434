#include "persistence/core/cells.hpp"
#include "persistence/core/column_values.hpp"
#include "persistence/core/tables.hpp"

namespace reserve::persistence::tables {

// Only the column types whose names are no types of ours.
using column_type::bigint, column_type::boolean, column_type::integer, column_type::jsonb, column_type::text,
    column_type::timestamptz;

namespace {

std::string texts_json(const std::vector<std::string>& texts) {
  return json_list(texts, [](const std::string& text) { return json_object::quoted(text); });
}

std::string images_json(const std::vector<image>& images) {
  return json_list(images, [](const image& one) { return json_object().add("url", one.url).add("alt", one.alt).text(); });
}

} // namespace

const table exceptions{"exceptions",
                       {{"id", column_type::uuid}, {"created_at", timestamptz}, {"updated_at", timestamptz}, {"city_code", text}, {"exception_type", text},
                        {"severity", text}, {"status", text}, {"status_changed_at", timestamptz}, {"title", text}, {"error_message", text}, {"error_code", text},
                        {"context", jsonb}, {"reservation_id", column_type::uuid}, {"booking_intent_id", column_type::uuid}, {"payment_id", column_type::uuid},
                        {"refund_id", column_type::uuid}, {"property_id", column_type::uuid}, {"entity_key", text}, {"occurrences", integer},
                        {"resolution_action", text}, {"resolved_at", timestamptz}, {"previous_id", column_type::uuid}},
                       {0}, "desk", false, ""};

row of_exception(const row_context& in, const open_exception& state, const std::string& resolution) {
  json_object context;
  for (const auto& [key, value] : state.notice.context)
    context.add(key, value);
  const bool closed = state.status == exception_status::resolved || state.status == exception_status::dismissed;
  return make_row(tables::exceptions, state.id.value, state.created_at, in.at, in.code, state.notice.type, state.notice.severity, name_of(state.status), state.updated_at,
          state.notice.type, clipped(state.notice.error_message), text_or_null(state.notice.error_code), json_text{context.text()},
          id_or_null(state.notice.reservation.value), id_or_null(state.notice.intent.value), id_or_null(state.notice.payment.value),
          id_or_null(state.notice.refund.value), id_or_null(state.notice.property.value), state.notice.entity_key, state.occurrences,
          text_or_null(resolution), when(closed, in.at), id_or_null(state.previous.value));
}

const table cities{"cities",
                   {{"id", column_type::uuid}, {"city_code", text}, {"code", text}, {"number", integer}, {"name", text}, {"state", text}, {"country", text},
                    {"timezone", text}, {"currency", text}, {"locale", text}, {"support_phone", text}, {"support_email", text}, {"slug", text},
                    {"format_level", integer}, {"is_active", boolean}, {"created_at", timestamptz}, {"updated_at", timestamptz}},
                   {0}, "catalogue", false, "", true};

row of_city(const row_context& in, const city_added& city) {
  return make_row(tables::cities, city_entity(city.number), in.code, city.code, city.number, city.name, text_or_null(city.state), city.country, city.timezone,
          city.currency.text(), city.locale, text_or_null(city.support_phone), text_or_null(city.support_email), text_or_null(city.slug), 1, true, in.at, in.at);
}

const table code_blocks{"code_blocks",
                        {{"year", integer}, {"block_no", integer}, {"city_code", text}, {"first_counter", bigint}, {"last_counter", bigint}, {"created_at", timestamptz}},
                        {0, 1}, "catalogue", true, "", true};

row of_code_block(const row_context& in, const code_block_given& block) {
  return make_row(tables::code_blocks, block.year, block.block, block.city_code, block.first, block.last, in.at);
}

const table city_settings{"city_settings", {{"city_code", text}, {"settings", jsonb}, {"version", integer}, {"updated_at", timestamptz}}, {0}, "catalogue", false, ""};

row of_settings(const row_context& in, const city_content& city) {
  json_object settings;
  for (const auto& [key, value] : city.settings)
    settings.add(key, value);
  return make_row(tables::city_settings, in.code, json_text{settings.text()}, 1, in.at);
}

const table properties_map{"properties_map",
                           {{"id", column_type::uuid}, {"created_at", timestamptz}, {"updated_at", timestamptz}, {"city_code", text}, {"city_id", column_type::uuid},
                            {"host_property_id", text}, {"name", text}, {"slug", text}, {"property_type", text}, {"description", text}, {"address", jsonb}, {"state", text},
                            {"phone", text}, {"email", text}, {"whatsapp", text}, {"amenities_cached", jsonb}, {"images_cached", jsonb}, {"house_rules", text},
                            {"check_in_time", column_type::time}, {"check_out_time", column_type::time}, {"currency", text}, {"fees", jsonb}, {"review_count", integer},
                            {"confirmation_mode", text}, {"allotment_semantics", text}, {"availability_status", text}, {"is_active", boolean}, {"is_published", boolean},
                            {"is_featured", boolean}},
                           {0}, "catalogue", false, ""};

row of_property(const row_context& in, uuid city_id, const property_content& property) {
  const auto fees = json_list(property.fees, [](const fee& one) {
    return json_object().add("code", one.code).add("name", one.name).add("basis", one.basis).add("amount", one.amount).raw("taxable", one.taxable ? "true" : "false").text();
  });
  return make_row(tables::properties_map, property.id.value, in.at, in.at, in.code, city_id, property.host_property_id, property.name, property.slug, text_or_null(property.property_type),
          text_or_null(property.description), json_text{json_object().add("text", property.address).add("city", property.city_name).text()},
          text_or_null(property.state), text_or_null(property.phone), text_or_null(property.email), text_or_null(property.whatsapp),
          json_text{texts_json(property.amenities)}, json_text{images_json(property.images)}, text_or_null(property.house_rules), property.check_in_time,
          property.check_out_time, property.currency.text(), json_text{fees}, property.review_count, property.confirmation_mode,
          property.allotment_semantics, "ok", property.active, property.published, property.featured);
}

const table unit_map{"unit_map",
                     {{"id", column_type::uuid}, {"created_at", timestamptz}, {"updated_at", timestamptz}, {"city_code", text}, {"property_id", column_type::uuid},
                      {"host_unit_id", text}, {"name", text}, {"slug", text}, {"description", text}, {"max_occupancy", integer}, {"base_capacity", integer},
                      {"bed_configuration", jsonb}, {"amenities_cached", jsonb}, {"images_cached", jsonb}, {"base_price", column_type::money},
                      {"extra_adult_price", column_type::money}, {"extra_child_price", column_type::money}, {"is_active", boolean}, {"sort", integer}},
                     {0}, "catalogue", false, ""};

row of_unit(const row_context& in, const property_content& property, const unit_content& unit) {
  const auto beds = json_list(unit.beds, [](const bed& one) { return json_object().add("type", one.type).add("count", static_cast<std::int64_t>(one.count)).text(); });
  return make_row(tables::unit_map, unit.id.value, in.at, in.at, in.code, property.id.value, unit.host_unit_id, unit.name, unit.slug, text_or_null(unit.description),
          unit.max_occupancy, unit.base_capacity, json_text{beds}, json_text{texts_json(unit.amenities)}, json_text{images_json(unit.images)},
          unit.base_price, unit.extra_adult, unit.extra_child, unit.active, unit.sort);
}

const table cancellation_policies{"cancellation_policies",
                                  {{"id", column_type::uuid}, {"created_at", timestamptz}, {"updated_at", timestamptz}, {"city_code", text},
                                   {"property_id", column_type::uuid}, {"policy_type", text}, {"free_cancellation_hours", integer}, {"refund_percentage_before", integer},
                                   {"refund_percentage_after", integer}, {"no_show_charge_percentage", integer}, {"scope", text}, {"is_active", boolean}},
                                  {0}, "catalogue", false, ""};

row of_policy(const row_context& in, const policy_snapshot& policy, std::optional<property_id> property) {
  const auto owner = property ? property->value : city_entity(in.city);
  return make_row(tables::cancellation_policies, derive_uuid(owner, "cancellation_policy"), in.at, in.at, in.code, id_or_null(property), policy.type,
          policy.free_hours, policy.percent_before, policy.percent_after,
          policy.no_show_percent, property ? "property" : "city", true);
}

const table tax_rules{"tax_rules",
                      {{"id", column_type::uuid}, {"created_at", timestamptz}, {"updated_at", timestamptz}, {"city_id", column_type::uuid}, {"city_code", text},
                       {"tax_type", text}, {"rate", column_type::rate}, {"applies_to", text}, {"remitted_by", text}, {"effective_from", column_type::date},
                       {"effective_to", column_type::date}, {"is_active", boolean}},
                      {0}, "catalogue", false, ""};

row of_tax(const row_context& in, const tax_rule& tax) {
  return make_row(tables::tax_rules, tax.id, in.at, in.at, city_entity(in.city), in.code, tax.type, rate{tax.share.per_ten_thousand * 100} /* percent */, tax.applies_to, tax.remitted_by, tax.from, tax.to, tax.active);
}

const table commission_tiers{"commission_tiers",
                             {{"id", column_type::uuid}, {"created_at", timestamptz}, {"updated_at", timestamptz}, {"city_code", text}, {"rule_type", text},
                              {"commission_rate", column_type::rate}, {"fixed_amount", column_type::money}, {"min_commission", column_type::money},
                              {"max_commission", column_type::money}, {"is_active", boolean}},
                             {0}, "money", false, ""};

row of_commission(const row_context& in, const commission_rule& rule) {
  return make_row(tables::commission_tiers, derive_uuid(city_entity(in.city), "commission"), in.at, in.at, in.code, rule.kind, rule.share, rule.fixed, rule.minimum, rule.maximum, true);
}

const table numbering{"numbering", {{"city_code", text}, {"series", text}, {"year", integer}, {"last_value", bigint}, {"updated_at", timestamptz}}, {0, 1, 2}, "hot", false, ""};

row of_numbering(const row_context& in, const numbering_state& state) {
  return make_row(tables::numbering, in.code, "code", state.year, static_cast<std::int64_t>(state.next) - 1, in.at);
}

} // namespace reserve::persistence::tables
