#include "gateway/api/endpoint_groups.hpp"

#include <algorithm>
#include <iterator>
#include <stdexcept>

namespace reserve::gateway {
namespace {

/// Query and path of GET and DELETE, body of the others (spec 30§1.9); what stands in the path says so by its name.
void settle_places(endpoint& target) {
  const bool in_query = target.method == "GET" || target.method == "DELETE";
  for (auto& each : target.fields) {
    if (target.path.find("{" + each.name + "}") != std::string::npos) {
      each.where = place::path;
      each.is_required = true;
    } else if (in_query && each.where == place::body) {
      each.where = place::query;
    }
  }
}

std::vector<endpoint> all() {
  std::vector<endpoint> found;
  for (const auto make :
       {discovery_endpoints, booking_endpoints, payment_endpoints, reservation_endpoints, webhook_endpoints, internal_endpoints, health_endpoints}) {
    auto group = make();
    std::move(group.begin(), group.end(), std::back_inserter(found));
  }
  for (auto& each : found)
    settle_places(each);
  return found;
}

} // namespace

const field* endpoint::find(std::string_view name) const noexcept {
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const field& each) { return each.name == name; });
  return found == fields.end() ? nullptr : &*found;
}

endpoint describe(std::string_view operation_id, std::string_view method, std::string_view path, std::string_view summary) {
  endpoint made;
  made.operation_id = std::string(operation_id);
  made.method = std::string(method);
  made.path = std::string(path);
  made.summary = std::string(summary);
  made.body = method == "GET" || method == "DELETE" ? body_kind::none : body_kind::json;
  return made;
}

const std::vector<endpoint>& endpoints() {
  static const std::vector<endpoint> list = all();
  return list;
}

const endpoint& endpoint_of(std::string_view operation_id) {
  for (const auto& each : endpoints())
    if (each.operation_id == operation_id)
      return each;
  throw std::logic_error("no endpoint " + std::string(operation_id));
}

} // namespace reserve::gateway
