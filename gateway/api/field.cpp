#include "gateway/api/field.hpp"

namespace reserve::gateway {
namespace {

constexpr std::int64_t highest_amount = 999'999'999; // 9,999,999.99

field make(std::string_view name, value_type type, std::int64_t lowest = 0, std::int64_t highest = 0) {
  field made;
  made.name = std::string(name);
  made.type = type;
  made.minimum = lowest;
  made.maximum = highest;
  return made;
}

} // namespace

field field::required() const {
  field changed = *this;
  changed.is_required = true;
  return changed;
}

field field::in(place there) const {
  field changed = *this;
  changed.where = there;
  return changed;
}

field field::like(std::string_view example_text) const {
  field changed = *this;
  changed.example = std::string(example_text);
  return changed;
}

field field::saying(std::string_view sentence) const {
  field changed = *this;
  changed.about = std::string(sentence);
  return changed;
}

field field::defaulting(std::string_view value) const {
  field changed = *this;
  changed.default_value = std::string(value);
  return changed;
}

field text(std::string_view name, std::int64_t shortest, std::int64_t longest, pattern shape) {
  field made = make(name, value_type::text, shortest, longest);
  made.shape = shape;
  return made;
}

field uuid_field(std::string_view name) {
  return make(name, value_type::uuid).like("0001a1b2-c3d4-4e5f-8a6b-7c8d9e0f1a2b");
}

field id_or_code(std::string_view name) {
  return make(name, value_type::id_or_code).like("RES-2026-7K2M9Q");
}

field date_field(std::string_view name) {
  return make(name, value_type::date).like("2026-12-01");
}

field integer(std::string_view name, std::int64_t lowest, std::int64_t highest) {
  return make(name, value_type::integer, lowest, highest).like(std::to_string(lowest));
}

field number(std::string_view name, std::int64_t lowest, std::int64_t highest) {
  return make(name, value_type::number, lowest, highest).like(std::to_string(highest));
}

field money_field(std::string_view name) {
  return make(name, value_type::money, 0, highest_amount).like("1400.00");
}

field boolean(std::string_view name) {
  return make(name, value_type::boolean).like("false");
}

field choice(std::string_view name, std::vector<std::string> values) {
  field made = make(name, value_type::choice).like(values.front());
  made.choices = std::move(values);
  return made;
}

field guests_field(std::string_view name) {
  return make(name, value_type::guests, 1, 20).like("2");
}

field object(std::string_view name, std::vector<field> members) {
  field made = make(name, value_type::object);
  made.members = std::move(members);
  return made;
}

field array(std::string_view name, field item, std::int64_t fewest, std::int64_t most) {
  field made = make(name, value_type::array, fewest, most).like(item.example);
  made.members.push_back(std::move(item));
  return made;
}

field session_id() {
  return text("session_id", 8, 100, pattern::session)
      .like("bad0c0de-session-0001")
      .saying("Stands in for a missing X-Session-Id header; when both are sent they must be equal.");
}

field city_code() {
  return text("city_code", 2, 10, pattern::city_code).like("URB");
}

field slug(std::string_view name) {
  return text(name, 1, 160, pattern::slug).like("pousada-do-sol");
}

field promo_code() {
  return text("promo_code", 3, 30, pattern::promo_code).like("WELCOME10");
}

field page() {
  return integer("page", 1, 1'000'000).defaulting("1");
}

field per_page() {
  return integer("per_page", 1, 50).like("20").defaulting("20");
}

std::vector<field> traveler_members() {
  return {text("first_name", 1, 100),
          text("last_name", 1, 100),
          text("email", 3, 255, pattern::email),
          text("phone", 9, 16, pattern::phone).saying("E.164."),
          text("document", 1, 50).saying("With country BR a CPF, its check digits are checked."),
          text("country", 2, 2, pattern::country),
          text("locale", 2, 35, pattern::locale),
          boolean("marketing_opt_in"),
          boolean("whatsapp_opt_in"),
          boolean("sms_opt_in")};
}

} // namespace reserve::gateway
