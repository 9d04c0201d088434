#include "app/commands.hpp"
#include "app/http_call.hpp"
#include "integrations/json.hpp"

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <stdexcept>
#include <thread>

namespace reserve::app {
namespace {

using namespace std::chrono_literals;
using integrations::json_value;

constexpr auto wait_max = 10s;
constexpr auto poll_interval = 250ms;

/// Where the programs of `./dev up` are. A shell that has read .local/env and one that has not see the same.
class surroundings {
public:
  surroundings() {
    std::ifstream file(".local/env");
    for (std::string line; std::getline(file, line);) {
      const auto begin = line.starts_with("export ") ? std::size_t{7} : std::size_t{0};
      const auto equals = line.find('=', begin);
      if (equals == std::string::npos)
        continue;
      auto value = line.substr(equals + 1);
      if (value.size() >= 2 && (value.front() == '\'' || value.front() == '"') && value.back() == value.front())
        value = value.substr(1, value.size() - 2);
      written_[line.substr(begin, equals - begin)] = value;
    }
  }

  std::string required(const std::string& name) const {
    const char* set = std::getenv(name.c_str());
    const auto written = written_.find(name);
    std::string value = set != nullptr ? set : written != written_.end() ? written->second : "";
    while (value.ends_with('/'))
      value.pop_back();
    if (value.empty())
      throw std::runtime_error(name + " is not set, and not in .local/env");
    return value;
  }

private:
  std::map<std::string, std::string> written_;
};

/// Calls and reads a JSON answer; throws with the reason when there is none or it is not 2xx.
json_value ask(integrations::outbound_request request, const std::string& whom) {
  const auto url = request.url;
  const auto got = http_call(std::move(request));
  if (got.kind != integrations::outbound_kind::answered)
    throw std::runtime_error("the " + whom + " does not answer: " + got.problem + " (" + url + ")");
  auto content = integrations::parse_json(got.body);
  if (got.status / 100 != 2) {
    // The sandbox has `message` at the top, the server inside `error`.
    const auto& body = content ? *content : json_value();
    const auto& message = body["message"].text().empty() ? body["error"]["message"].text() : body["message"].text();
    throw std::runtime_error("the " + whom + " answers " + std::to_string(got.status) + ": " + message + " (" + url + ")");
  }
  if (!content)
    throw std::runtime_error("the " + whom + " answers something that is not JSON (" + url + ")");
  return std::move(*content);
}

std::string path_of(payer_action action) {
  switch (action) {
  case payer_action::pay: return "pay";
  case payer_action::decline: return "decline";
  case payer_action::require_action: return "require_action";
  case payer_action::expire: return "expire";
  }
  throw std::logic_error("unknown action of the payer");
}

/// What the server says about the intent and its payment.
struct progress {
  std::string status;
  std::string payment_status;
  std::string retries_left;

  bool operator==(const progress&) const = default;
};

progress read_progress(const surroundings& around, const std::string& intent) {
  integrations::outbound_request request;
  request.url = around.required("RESERVE_URL") + "/api/v1/booking-intents/" + integrations::percent_encoded(intent) + "/payment-status";
  request.headers = {{"Authorization", "Bearer " + around.required("RESERVE_SERVICE_TOKEN")}};
  const auto answer = ask(std::move(request), "server");
  const auto& data = answer["data"];
  return {data["status"].text(), data["payment_status"].text(), data["retries_left"].text_or_number()};
}

/// A payment takes the intent on; whatever else the payer does shows at the payment and leaves the intent open.
bool has_moved(payer_action action, const progress& before, const progress& now) {
  const bool settled = now.status != "payment_confirmed";
  return settled && (action == payer_action::pay ? now.status != before.status : now != before);
}

} // namespace

int run_pay(const pay_options& options) {
  const surroundings around;
  const auto before = read_progress(around, options.intent);

  integrations::outbound_request request;
  request.method = "POST";
  request.url = around.required("SANDBOX_URL") + "/control/payments/" + integrations::percent_encoded(options.intent) + "/" + path_of(options.action);
  request.headers = {{"Content-Type", "application/json"}};
  request.body = integrations::json_object().text_if("decline_code", options.decline_code).done();
  const auto paid = ask(std::move(request), "sandbox");
  std::cout << "payment " << paid["provider"].text() << ' ' << paid["ref"].text_or_number() << ' ' << paid["status"].text() << std::endl;

  auto now = before;
  for (const auto deadline = std::chrono::steady_clock::now() + wait_max; !has_moved(options.action, before, now);) {
    if (std::chrono::steady_clock::now() >= deadline)
      break;
    std::this_thread::sleep_for(poll_interval);
    now = read_progress(around, options.intent);
  }
  std::cout << "intent " << options.intent << ' ' << now.status << (now.payment_status.empty() ? "" : ", payment " + now.payment_status) << '\n';
  if (has_moved(options.action, before, now))
    return 0;
  complain("pay", "nothing has changed after 10 s", options.intent);
  return 1;
}

} // namespace reserve::app
