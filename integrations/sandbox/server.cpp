#include "integrations/sandbox/server.hpp"

#include "gateway/http/server.hpp"
#include "integrations/bytes.hpp"
#include "integrations/crypto.hpp"
#include "integrations/http_client.hpp"
#include "integrations/pix/brcode.hpp"
#include "integrations/sandbox/json_text.hpp"
#include "integrations/sandbox/state_log.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace reserve::sandbox {

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr std::int64_t advance_max = 20LL * 366 * 24 * 3600;

timestamp system_now() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

/// The account that PIX payments of the sandbox go to.
std::string br_code_of(std::int64_t cents, const std::string& txid) {
  integrations::pix::brcode code;
  code.key = "3f1d6b0e-8c1b-4a52-9f3d-0a6f3ab0c001";
  code.merchant_name = "Reserve Urubici";
  code.merchant_city = "Urubici";
  code.amount = money{cents};
  code.txid = txid;
  code.once = true;
  auto text = integrations::pix::build(code);
  ensure(text.has_value(), "sandbox: an amount or a txid does not fit a BR Code");
  return *std::move(text);
}

world_settings completed(world_settings settings, const std::string& private_key) {
  settings.openpix_key.pem = integrations::public_pem_of(private_key);
  settings.openpix_key.identifier = integrations::public_key_identifier(settings.openpix_key.pem);
  return settings;
}

request read_request(const http::request& what) {
  request out;
  out.method = what.method;
  out.path = what.path;
  out.query = fields::parse(what.query);
  for (const auto& [name, value] : what.headers)
    out.headers[integrations::lower(name)] = value;
  out.body = what.body;
  return out;
}

http::response write_answer(const answer& content) {
  http::response out(static_cast<unsigned>(content.status), content.body);
  for (const auto& [name, value] : content.headers)
    out.headers.add(name, value);
  return out;
}

http::response failure(unsigned status, const char* code, const std::string& message) {
  json_object body;
  body.text("error", code).text("message", message);
  return {status, body.done()};
}

} // namespace

/// The handler of the HTTP server, and who sends the webhooks.
class sandbox_server::implementation final : public http::handler, public std::enable_shared_from_this<implementation> {
public:
  implementation(asio::io_context& context, server_settings settings)
      : context_(context),
        settings_(std::move(settings)),
        timer_(context),
        client_(context, client_settings()),
        key_(kept_openpix_key(settings_.state_dir)),
        world_(store_, completed(settings_.world, key_), br_code_of),
        log_(settings_.state_dir, store_) {
    settings_.secrets.openpix_private_key = key_;
    if (!settings_.machine_clock)
      settings_.machine_clock = system_now;
    world_.set_offset(settings_.clock_offset_seconds);
    log_.flush();
  }

  void start() {
    http::options how;
    how.address = settings_.address;
    how.port = settings_.port;
    how.request_timeout = 15min; // Longer than any fault may wait.
    for (const char* local : {"127.0.0.0/8", "::1/128"})
      how.exempt_networks.push_back(*http::parse_network(local));
    how.on_error = settings_.log;
    listener_->start(context_, std::move(how), shared_from_this());
    work();
  }

  void stop() {
    if (stopped_)
      return;
    stopped_ = true;
    timer_.cancel();
    client_.shutdown();
    listener_.reset();
  }

  std::uint16_t port() const noexcept { return listener_ ? listener_->port() : 0; }
  void set_server_url(std::string url) { settings_.server_url = std::move(url); }

  asio::awaitable<http::response> handle(const http::request& what) override;
  http::response refuse(unsigned status, const http::request&, std::string_view why) override { return failure(status, "refused", std::string(why)); }

private:
  static integrations::http_client_settings client_settings() {
    integrations::http_client_settings out;
    out.user_agent = "reserve-sandbox";
    return out;
  }

  timestamp now() const { return settings_.machine_clock(); }

  /// Lets happen what is due, sends what waits, and comes back when there is more to do.
  void work();
  void send(webhook_send what);
  asio::awaitable<http::response> move_clock(std::string body);
  /// Moves the server's clock by so many seconds; answers its offset, or why not.
  asio::awaitable<made<std::int64_t>> server_clock(std::int64_t advance);

  asio::io_context& context_;
  server_settings settings_;
  asio::steady_timer timer_;
  integrations::http_client client_;
  std::string key_;
  store store_;
  world world_;
  state_log log_;
  std::unique_ptr<http::server> listener_ = std::make_unique<http::server>(); ///< Holds us as its handler; gone after stop().
  int clock_moves_ = 0; ///< While the clocks differ nothing is sent: its signature would be of another time.
  bool stopped_ = false;
};

asio::awaitable<http::response> sandbox_server::implementation::handle(const http::request& what) {
  const auto self = shared_from_this();
  if (what.path == "/control/clock" && what.method == "POST") {
    auto moving = move_clock(what.body);
    auto moved = co_await std::move(moving);
    co_return moved;
  }
  auto result = world_.handle(read_request(what), now());
  if (what.path == "/control/reset")
    log_.rewrite();
  log_.flush();
  work();
  if (result.delay.count() > 0) {
    asio::steady_timer wait(context_, result.delay);
    co_await wait.async_wait(asio::use_awaitable);
  }
  if (result.how == delivery::never)
    co_return http::response::never_answer();
  if (result.how == delivery::closed)
    co_return http::response::close_without_answer();
  co_return write_answer(result.content);
}

void sandbox_server::implementation::work() {
  if (stopped_)
    return;
  world_.settle(now());
  if (clock_moves_ == 0 && !settings_.server_url.empty())
    for (auto& due : world_.take_webhooks(now()))
      send(std::move(due));
  log_.flush();
  const auto due = clock_moves_ == 0 ? world_.next_due(now()) : std::nullopt;
  if (!due || (settings_.server_url.empty() && *due <= now()))
    return;
  timer_.expires_after(std::clamp<std::chrono::microseconds>(*due - now(), 1ms, 1h));
  timer_.async_wait([self = weak_from_this()](boost::system::error_code failed) {
    if (const auto here = failed ? nullptr : self.lock())
      here->work();
  });
}

void sandbox_server::implementation::send(webhook_send what) {
  const auto& draft = what.event.draft;
  integrations::outbound_request out;
  out.method = "POST";
  out.url = settings_.server_url + draft.path + (draft.query.empty() ? "" : "?" + draft.query);
  out.headers = signed_headers(settings_.secrets, what, world_.signing_time(now()));
  out.body = draft.body;
  out.timeout = settings_.webhook_timeout;
  const auto headers = out.headers;
  const auto number = what.delivery;
  const auto subject = "webhook " + draft.provider + " " + draft.type + " event=" + draft.id;
  client_.call(std::move(out), [self = weak_from_this(), headers, number, subject](const integrations::outbound_result& result) {
    const auto here = self.lock();
    if (!here || here->stopped_)
      return;
    const bool answered = result.kind == integrations::outbound_kind::answered;
    here->world_.webhook_finished(number, answered ? result.status : 0, headers, here->now());
    here->settings_.log(subject + " status=" + (answered ? std::to_string(result.status) : std::string(integrations::name_of(result.kind))));
    here->work();
  });
}

asio::awaitable<made<std::int64_t>> sandbox_server::implementation::server_clock(std::int64_t advance) {
  integrations::outbound_request out;
  out.method = "POST";
  out.url = settings_.server_url + "/api/v1/internal/clock";
  out.headers = {{"Content-Type", "application/json"}, {"Authorization", "Bearer " + settings_.service_token}};
  out.body = "{\"advance_seconds\":" + std::to_string(advance) + "}";
  out.timeout = 60s; // It answers when everything that became due has been handed over.
  const auto answered = std::make_shared<std::optional<integrations::outbound_result>>();
  const auto arrived = std::make_shared<asio::steady_timer>(context_, asio::steady_timer::time_point::max());
  client_.call(std::move(out), [answered, arrived](integrations::outbound_result result) {
    *answered = std::move(result);
    arrived->cancel();
  });
  boost::system::error_code woken;
  if (!answered->has_value())
    co_await arrived->async_wait(asio::redirect_error(asio::use_awaitable, woken));
  refused why;
  if (!answered->has_value() || (*answered)->kind == integrations::outbound_kind::not_sent) {
    why.code = "server_unreachable";
    co_return why;
  }
  const auto json = parse_json((*answered)->body);
  const auto offset = json ? ((*json)["data"].is_object() ? (*json)["data"] : *json)["offset_seconds"].integer() : std::nullopt;
  if ((*answered)->kind == integrations::outbound_kind::answered && (*answered)->status == 200 && offset)
    co_return *offset;
  why.code = "server_clock";
  why.message = "the server's clock has not answered as it should, status " + std::to_string((*answered)->status);
  co_return why;
}

asio::awaitable<http::response> sandbox_server::implementation::move_clock(std::string body) {
  const auto json = parse_json(body.empty() ? "{}" : body);
  const auto advance = json && !(*json)["advance_seconds"].is_null() ? (*json)["advance_seconds"].integer().value_or(-1) : 0;
  const auto skew = json ? (*json)["skew_seconds"].integer() : std::nullopt;
  if (!json || !json->is_object() || advance < 0 || advance > advance_max || (skew && std::abs(*skew) > advance_max))
    co_return failure(400, "invalid_parameter", "advance_seconds is 0 or more, skew_seconds any whole number");
  if (skew)
    world_.set_skew(*skew);
  const bool with_server = !settings_.server_url.empty() && !settings_.service_token.empty();
  std::string problem;
  std::int64_t behind = 0; // How far the server's clock is to go.
  ++clock_moves_;
  if (with_server) {
    auto asking = server_clock(0);
    const auto known = co_await std::move(asking);
    const auto* why = refusal_of(known);
    problem = why ? why->code : "";
    const auto server_offset = why ? world_.clock().offset_seconds : std::get<std::int64_t>(known);
    const auto target = std::max(world_.clock().offset_seconds, server_offset) + advance;
    behind = target - server_offset;
    if (problem != "server_clock")
      world_.set_offset(target);
  } else {
    world_.set_offset(world_.clock().offset_seconds + advance);
  }
  // The sandbox is first: what the server asks about when its own time has come must have happened here already.
  world_.settle(now());
  log_.flush();
  if (with_server && problem.empty() && behind > 0) {
    auto asking = server_clock(behind);
    const auto moved = co_await std::move(asking);
    const auto* why = refusal_of(moved);
    problem = why ? why->code : "";
  }
  --clock_moves_;
  work();
  if (problem == "server_clock")
    co_return failure(502, "server_clock", "the server's clock could not be moved; calling again brings both to the same time");
  http::response out(200, clock_json(world_, now()));
  if (problem == "server_unreachable")
    settings_.log("the server is not there, only the sandbox's clock has moved");
  co_return out;
}

sandbox_server::sandbox_server(asio::io_context& context, server_settings settings)
    : implementation_(std::make_shared<implementation>(context, std::move(settings))) {
  implementation_->start();
}

sandbox_server::~sandbox_server() {
  stop();
}

std::uint16_t sandbox_server::port() const noexcept {
  return implementation_->port();
}
void sandbox_server::set_server_url(std::string url) {
  implementation_->set_server_url(std::move(url));
}
void sandbox_server::stop() {
  implementation_->stop();
}

} // namespace reserve::sandbox
