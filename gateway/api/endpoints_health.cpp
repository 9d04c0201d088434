#include "gateway/api/endpoint_groups.hpp"

namespace reserve::gateway {

std::vector<endpoint> health_endpoints() {
  endpoint health = describe("health_check", "GET", "/healthz", "The process lives");
  health.root_aliases = {"/healthz", "/health", "/api/v1/health"};
  health.answers = {{200, "Health"}};
  health.example_data = R"({"status":"ok","version":"0.1.0","uptime_s":42})";

  endpoint ready = describe("ready_check", "GET", "/readyz", "The process serves: 200, or 503 with the component that is missing");
  ready.root_aliases = {"/readyz", "/ready", "/api/v1/ready"};
  ready.answers = {{200, "Ready"}, {503, "Ready"}};
  ready.example_data = R"({"status":"ready","components":[{"name":"database","status":"ok","detail":null}]})";

  endpoint document = describe("openapi", "GET", "/openapi.json", "This document");
  document.root_aliases = {"/openapi.json"};
  document.answers = {{200, "object"}};
  document.max_age_seconds = 60;
  document.example_data = R"({"openapi":"3.1.0"})";

  std::vector<endpoint> made{health, ready, document};
  for (auto& each : made) {
    each.tag = "Health";
    each.enveloped = false;
  }
  return made;
}

} // namespace reserve::gateway
