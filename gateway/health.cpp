#include "gateway/api/openapi.hpp"
#include "gateway/handlers.hpp"
#include "gateway/render.hpp"

#include <algorithm>

namespace reserve::gateway {

task<http::response> health_check(call& from) {
  auto& self = from.outside().self;
  http::json_writer out;
  out.begin_object().member("status", "ok").member("version", self.version()).member("uptime_s", self.uptime().count()).end_object();
  co_return plain(from.context, 200, out.take());
}

task<http::response> ready_check(call& from) {
  const auto components = from.outside().self.components();
  const bool is_down = std::any_of(components.begin(), components.end(), [](const auto& each) { return each.status == "down"; });
  http::json_writer out;
  out.begin_object().member("status", is_down ? "not_ready" : "ready").key("components").begin_array();
  for (const auto& each : components) {
    out.begin_object().member("name", each.name).member("status", each.status);
    write_text(out, "detail", each.detail);
    out.end_object();
  }
  out.end_array().end_object();
  co_return plain(from.context, is_down ? 503 : 200, out.take());
}

task<http::response> openapi(call& from) {
  auto& document = from.shared.document;
  if (document.empty())
    document = openapi_document(from.shared.how.public_url, from.outside().self.version());
  co_return plain(from.context, 200, document);
}

} // namespace reserve::gateway
