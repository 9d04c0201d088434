#include "persistence/postgres/leaves.hpp"

#include <algorithm>

namespace reserve::persistence {

leaf_map leaf_map::load(connection& from) {
  const auto rows = from.query("select parent, leaf, first, past, city_code from reserve.partition_leaves order by parent, first");
  leaf_map out;
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    if (rows.is_null(i, 2))
      out.cities_[rows.text(i, 0)][rows.text(i, 4)] = rows.text(i, 1);
    else
      out.ranges_[rows.text(i, 0)].push_back({static_cast<sequence>(rows.integer(i, 2)), static_cast<sequence>(rows.integer(i, 3)), rows.text(i, 1)});
  }
  return out;
}

const std::string& leaf_map::of_city(const std::string& table, const std::string& code) const {
  const auto leaves = cities_.find(table);
  if (leaves != cities_.end()) {
    if (const auto own = leaves->second.find(code); own != leaves->second.end())
      return own->second;
    if (const auto common = leaves->second.find(""); common != leaves->second.end())
      return common->second;
  }
  throw std::logic_error("table " + table + " has no leaf for city " + code);
}

const leaf_map::range* leaf_map::of_sequence(const std::string& table, sequence seq) const {
  const auto ranges = ranges_.find(table);
  if (ranges == ranges_.end())
    return nullptr;
  const auto found = std::ranges::find_if(ranges->second, [&](const range& one) { return one.first <= seq && seq < one.past; });
  return found == ranges->second.end() ? nullptr : &*found;
}

const leaf_map::range* leaf_map::last_of(const std::string& table) const {
  const auto ranges = ranges_.find(table);
  return ranges == ranges_.end() || ranges->second.empty() ? nullptr : &ranges->second.back();
}

} // namespace reserve::persistence
