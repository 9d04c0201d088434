#include "gateway/api/request.hpp"

#include <algorithm>

namespace reserve::gateway {
namespace {

using kind = checked_value::kind;

bool has_problem(const field_checker& checker, const std::string& field) {
  const auto& all = checker.problems();
  return std::any_of(all.begin(), all.end(), [&](const problem& each) { return each.field == field || each.field.rfind(field + ".", 0) == 0; });
}

/// Days between two dates, and the day after which the second must be.
void check_after(const rule& what, const checked_value* first, const checked_value* second, field_checker& checker) {
  if (!first || !second)
    return;
  const auto days = (second->day - first->day).count();
  if (days <= 0)
    checker.report(what.second, "not_after", "\"" + to_string(first->day) + "\"");
  else if (what.limit > 0 && days > what.limit)
    checker.report(what.second, "out_of_range", std::to_string(what.limit));
}

std::int64_t adults_of(const checked_value& value) {
  const auto* adults = value.type == kind::object ? value.find("adults") : &value;
  return adults ? adults->integer : 0;
}

} // namespace

void check_rules(const std::vector<rule>& rules, const checked_value& root, field_checker& checker) {
  for (const auto& each : rules) {
    const auto* first = root.find(each.first);
    const auto* second = root.find(each.second);
    // A field that is there but wrong was reported already; it is not missing.
    const bool first_there = first || has_problem(checker, each.first);
    const bool second_there = second || has_problem(checker, each.second);
    switch (each.what) {
    case rule::kind::after: check_after(each, first, second, checker); break;
    case rule::kind::one_of:
      if (!first_there && !second_there)
        checker.report(each.first, "missing");
      else if (first && second)
        checker.report(each.second, "not_allowed");
      break;
    case rule::kind::together:
      if (first_there != second_there)
        checker.report(first_there ? each.second : each.first, "missing");
      break;
    case rule::kind::not_less:
      if (first && second && second->amount < first->amount)
        checker.report(each.second, "out_of_range", to_string(first->amount));
      break;
    case rule::kind::at_least_one:
      if (!first_there && !second_there) {
        checker.report(each.first, "missing");
        checker.report(each.second, "missing");
      }
      break;
    case rule::kind::equal_if_both:
      if (first && second && adults_of(*first) != adults_of(*second))
        checker.report(each.second, "not_equal");
      break;
    }
  }
}

} // namespace reserve::gateway
