#include "gateway/api/validated.hpp"
#include "gateway/http/json.hpp"

#include <algorithm>
#include <charconv>

namespace reserve::gateway {
namespace {

using kind = checked_value::kind;

void append_canonical(std::string& out, const checked_value& value) {
  switch (value.type) {
  case kind::absent: out += "null"; break;
  case kind::text: http::append_json_string(out, value.text); break;
  case kind::integer: out += std::to_string(value.integer); break;
  case kind::number: out += value.text; break;
  case kind::money: out += to_string(value.amount); break;
  case kind::boolean: out += value.flag ? "true" : "false"; break;
  case kind::date: out += to_string(value.day); break;
  case kind::uuid: out += to_string(value.id); break;
  case kind::object: {
    std::vector<const std::pair<std::string, checked_value>*> sorted;
    for (const auto& member : value.members)
      sorted.push_back(&member);
    std::sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) { return a->first < b->first; });
    out += '{';
    for (const auto* member : sorted) {
      http::append_json_string(out, member->first);
      out += ':';
      append_canonical(out, member->second);
      out += ',';
    }
    out += '}';
    break;
  }
  case kind::array:
    out += '[';
    for (const auto& item : value.items) {
      append_canonical(out, item);
      out += ',';
    }
    out += ']';
    break;
  }
}

} // namespace

checked_value::checked_value() noexcept = default;

const checked_value* checked_value::find(std::string_view name) const noexcept {
  for (const auto& [key, value] : members)
    if (key == name)
      return &value;
  return nullptr;
}

const checked_value* validated::at(std::string_view name) const noexcept {
  const checked_value* here = &root_;
  while (here && !name.empty()) {
    const auto dot = name.find('.');
    const auto step = name.substr(0, dot);
    name = dot == std::string_view::npos ? std::string_view() : name.substr(dot + 1);
    if (here->type == kind::array) {
      std::size_t index = here->items.size();
      std::from_chars(step.data(), step.data() + step.size(), index);
      here = index < here->items.size() ? &here->items[index] : nullptr;
    } else {
      here = here->find(step);
    }
  }
  return here;
}

const checked_value* validated::maybe(std::string_view name, kind wanted) const {
  const checked_value* found = at(name);
  ensure(!found || found->type == wanted, "a field is read as another type than it has");
  return found;
}

const checked_value& validated::at(std::string_view name, kind wanted) const {
  const checked_value* found = maybe(name, wanted);
  ensure(found != nullptr, "a field is read that is absent");
  return *found;
}

bool validated::has(std::string_view name) const noexcept {
  return at(name) != nullptr;
}

std::string_view validated::text(std::string_view name) const {
  const auto* found = maybe(name, kind::text);
  return found ? std::string_view(found->text) : std::string_view();
}

std::optional<std::string> validated::maybe_text(std::string_view name) const {
  const auto* found = maybe(name, kind::text);
  return found ? std::optional(found->text) : std::nullopt;
}

std::int64_t validated::integer(std::string_view name) const {
  return at(name, kind::integer).integer;
}

std::int64_t validated::integer(std::string_view name, std::int64_t otherwise) const {
  const auto* found = maybe(name, kind::integer);
  return found ? found->integer : otherwise;
}

double validated::number(std::string_view name) const {
  return at(name, kind::number).number;
}

money validated::money_of(std::string_view name) const {
  return at(name, kind::money).amount;
}

std::optional<money> validated::maybe_money(std::string_view name) const {
  const auto* found = maybe(name, kind::money);
  return found ? std::optional(found->amount) : std::nullopt;
}

bool validated::flag(std::string_view name, bool otherwise) const {
  const auto* found = maybe(name, kind::boolean);
  return found ? found->flag : otherwise;
}

std::optional<bool> validated::maybe_flag(std::string_view name) const {
  const auto* found = maybe(name, kind::boolean);
  return found ? std::optional(found->flag) : std::nullopt;
}

date validated::date_of(std::string_view name) const {
  return at(name, kind::date).day;
}

std::optional<date> validated::maybe_date(std::string_view name) const {
  const auto* found = maybe(name, kind::date);
  return found ? std::optional(found->day) : std::nullopt;
}

uuid validated::uuid_of(std::string_view name) const {
  return at(name, kind::uuid).id;
}

std::optional<uuid> validated::maybe_uuid(std::string_view name) const {
  const auto* found = maybe(name, kind::uuid);
  return found ? std::optional(found->id) : std::nullopt;
}

std::vector<std::string> validated::texts(std::string_view name) const {
  std::vector<std::string> found;
  if (const auto* list = maybe(name, kind::array))
    for (const auto& item : list->items)
      found.push_back(item.text);
  return found;
}

std::vector<uuid> validated::uuids(std::string_view name) const {
  std::vector<uuid> found;
  if (const auto* list = maybe(name, kind::array))
    for (const auto& item : list->items)
      found.push_back(item.id);
  return found;
}

std::size_t validated::count(std::string_view name) const noexcept {
  const auto* found = at(name);
  return found ? found->items.size() : 0;
}

party validated::party_of(std::string_view name) const {
  const auto* said = at(name);
  const auto amount = [&](std::string_view who) -> std::int64_t {
    const checked_value* found = said ? said->find(who) : nullptr;
    if (!found)
      found = root_.find(who);
    return found && found->type == kind::integer ? found->integer : 0;
  };
  party who;
  who.adults = static_cast<std::uint8_t>(std::max<std::int64_t>(1, amount("adults")));
  who.children = static_cast<std::uint8_t>(amount("children"));
  who.infants = static_cast<std::uint8_t>(amount("infants"));
  return who;
}

validated validated::nested(std::string_view name) const {
  validated part;
  if (const auto* found = at(name))
    part.root_ = *found;
  part.session_ = session_;
  part.is_service_ = is_service_;
  return part;
}

std::string validated::canonical_text() const {
  std::string out;
  append_canonical(out, root_);
  return out;
}

} // namespace reserve::gateway
