#include "integrations/http_client.hpp"

#include "integrations/http_connection.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <deque>
#include <list>
#include <map>
#include <utility>
#include <vector>

namespace reserve::integrations {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using clock_type = std::chrono::steady_clock;

namespace {

struct split_url {
  http_endpoint where;
  std::string authority; ///< As the Host header wants it.
  std::string target;
};

std::optional<split_url> split(std::string_view url) {
  split_url out;
  if (url.starts_with("https://"))
    out.where.secure = true;
  else if (!url.starts_with("http://"))
    return std::nullopt;
  url.remove_prefix(out.where.secure ? 8 : 7);
  const auto slash = std::min(url.find_first_of("/?"), url.size());
  out.authority = std::string(url.substr(0, slash));
  out.target = std::string(url.substr(slash));
  if (!out.target.starts_with('/'))
    out.target.insert(0, "/");
  const auto bracket = out.authority.find(']');
  const auto colon = out.authority.find(':', bracket == std::string::npos ? 0 : bracket);
  out.where.host = out.authority.substr(0, colon);
  out.where.port = colon != std::string::npos ? out.authority.substr(colon + 1) : out.where.secure ? "443" : "80";
  if (bracket != std::string::npos)
    out.where.host = out.where.host.substr(1, out.where.host.size() - 2);
  if (out.where.host.empty() || !parse_digits(out.where.port) || out.authority.find('@') != std::string::npos)
    return std::nullopt;
  return out;
}

/// A control character would let a value write headers of its own.
bool is_line(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
}

bool is_sendable(const outbound_request& request) {
  const auto fits = [](const auto& header) { return !header.first.empty() && is_line(header.first) && is_line(header.second); };
  return is_line(request.method) && is_line(request.url) && request.url.find(' ') == std::string::npos && is_line(request.correlation_id) &&
         std::all_of(request.headers.begin(), request.headers.end(), fits);
}

bool may_repeat(const outbound_request& request) {
  return request.method == "GET" || find_field(request.headers, "Idempotency-Key") || find_field(request.headers, "X-Idempotency-Key");
}

outbound_result not_sent(std::string problem) {
  outbound_result out;
  out.problem = std::move(problem);
  return out;
}

http_request message_of(const outbound_request& request, const split_url& url, const std::string& user_agent) {
  http_request out;
  out.version(11);
  out.method_string(request.method);
  out.target(url.target);
  out.set(http::field::host, url.authority);
  out.set(http::field::user_agent, user_agent);
  out.set(http::field::accept, "application/json");
  if (!request.correlation_id.empty())
    out.set("X-Correlation-ID", request.correlation_id);
  for (const auto& [name, value] : request.headers)
    out.set(name, value);
  out.body() = request.body;
  out.prepare_payload();
  return out;
}

outbound_observation observed(const outbound_request& request, const http_endpoint& where, const outbound_result& result) {
  outbound_observation out;
  out.method = request.method;
  out.host = where.host;
  const std::string_view url = request.url;
  const auto path = url.find('/', std::min(url.find("//") + 2, url.size()));
  out.path = path == std::string_view::npos ? "/" : url.substr(path, std::min(url.find('?', path), url.size()) - path);
  out.correlation_id = request.correlation_id;
  out.kind = result.kind;
  out.status = result.status;
  out.problem = result.problem;
  out.took = result.took;
  return out;
}

/// A call from its arrival to its answer.
struct outbound_call {
  outbound_call(const io_strand& strand, outbound_request wanted, http_client::callback answer)
    : request(std::move(wanted)), done(std::move(answer)), started(clock_type::now()), deadline(started + request.timeout), waiting(strand) {}

  outbound_request request;
  http_client::callback done;
  steady_time started;
  steady_time deadline;
  asio::steady_timer waiting; ///< Runs while no connection is free.
  http_endpoint where;
  http_request message;
  cancel_slot slot;
};
using call_ptr = std::shared_ptr<outbound_call>;

/// The connections to one endpoint.
struct lane {
  std::vector<std::unique_ptr<http_connection>> idle; ///< The last used one at the end.
  std::deque<call_ptr> waiting;
  std::size_t busy = 0;
};

} // namespace

std::string_view name_of(outbound_kind kind) {
  switch (kind) {
    case outbound_kind::answered: return "answered";
    case outbound_kind::not_sent: return "not_sent";
    case outbound_kind::no_answer: return "no_answer";
    case outbound_kind::too_large: return "too_large";
  }
  return "no_answer";
}

/// Everything runs on one strand; coroutines under way keep it alive.
class http_client::pool : public std::enable_shared_from_this<pool> {
public:
  pool(asio::io_context& io, http_client_settings limits) : strand_(asio::make_strand(io)), settings_(std::move(limits)), tls_(asio::ssl::context::tls_client) {
    tls_.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
    if (settings_.ca_file.empty())
      tls_.set_default_verify_paths();
    else
      tls_.load_verify_file(settings_.ca_file);
  }

  void accept(outbound_request request, callback done) {
    auto call = std::make_shared<outbound_call>(strand_, std::move(request), std::move(done));
    asio::post(strand_, [self = shared_from_this(), call] { self->begin(call); });
  }

  void stop() {
    asio::post(strand_, [self = shared_from_this()] { self->stop_now(); });
  }

private:
  void finish(outbound_call& call, outbound_result result) {
    result.took = std::chrono::duration_cast<std::chrono::microseconds>(clock_type::now() - call.started);
    if (settings_.observe)
      settings_.observe(observed(call.request, call.where, result));
    call.done(std::move(result));
  }

  void begin(const call_ptr& call) {
    const auto url = split(call->request.url);
    if (stopped_ || !url || !is_sendable(call->request)) {
      finish(*call, not_sent(stopped_ ? "shutting down" : "malformed request"));
      return;
    }
    call->where = url->where;
    call->message = message_of(call->request, *url, settings_.user_agent);
    auto& to = lanes_[call->where];
    if (to.busy < settings_.connections_per_endpoint)
      start(call);
    else if (to.waiting.size() < settings_.waiting_per_endpoint)
      wait(call);
    else
      finish(*call, not_sent("too many calls wait for this endpoint"));
  }

  void wait(const call_ptr& call) {
    lanes_[call->where].waiting.push_back(call);
    call->waiting.expires_at(call->deadline);
    call->waiting.async_wait([self = shared_from_this(), call](const boost::system::error_code& why) {
      auto& queue = self->lanes_[call->where].waiting;
      const auto at = std::find(queue.begin(), queue.end(), call);
      if (why || at == queue.end())
        return;
      queue.erase(at);
      self->finish(*call, not_sent("time-out before a connection was free"));
    });
  }

  void start(const call_ptr& call) {
    ++lanes_[call->where].busy;
    active_.push_back(call);
    asio::co_spawn(strand_, perform(shared_from_this(), call), [self = shared_from_this(), call](const std::exception_ptr& bug, outbound_result result) {
      if (bug) {
        result = outbound_result();
        result.kind = outbound_kind::no_answer;
        result.problem = "internal error";
      }
      self->ended(call);
      self->finish(*call, std::move(result));
    });
  }

  void ended(const call_ptr& call) {
    active_.remove(call);
    auto& from = lanes_[call->where];
    --from.busy;
    if (from.waiting.empty())
      return;
    const auto next = from.waiting.front();
    from.waiting.pop_front();
    next->waiting.cancel();
    start(next);
  }

  /// The parameter `self` keeps the pool alive as long as the coroutine.
  static asio::awaitable<outbound_result> perform(std::shared_ptr<pool> self, call_ptr call) {
    auto connection = self->take_idle(call->where);
    const bool reused = connection != nullptr;
    outbound_result outcome;
    if (!connection && !co_await self->connect(*call, connection, outcome))
      co_return outcome;
    auto result = co_await self->exchange(*call, *connection);
    if (reused && result.heard_nothing && may_repeat(call->request) && !self->stopped_) {
      // The other side had closed the kept connection. The first request may have been read all the same, so this can no longer end as "not sent".
      if (!co_await self->connect(*call, connection, outcome)) {
        outcome.kind = outbound_kind::no_answer;
        co_return outcome;
      }
      result = co_await self->exchange(*call, *connection);
    }
    if (result.keep && !self->stopped_)
      self->give_back(call->where, std::move(connection));
    co_return std::move(result.outcome);
  }

  /// Puts a new connection in the place of `connection`; false with the outcome when there is none.
  asio::awaitable<bool> connect(outbound_call& call, std::unique_ptr<http_connection>& connection, outbound_result& outcome) {
    connection = std::make_unique<http_connection>(strand_, tls_, call.where);
    const auto deadline = std::min(call.deadline, clock_type::now() + settings_.connect_timeout);
    auto problem = co_await connection->open(call.where, deadline, call.slot);
    call.slot = cancel_slot();
    if (problem.empty() && stopped_)
      problem = "shutting down";
    if (problem.empty())
      co_return true;
    outcome = not_sent(std::move(problem));
    co_return false;
  }

  asio::awaitable<exchange_result> exchange(outbound_call& call, http_connection& connection) {
    call.slot.stream = &connection.stream();
    auto result = co_await connection.exchange(call.message, settings_, call.deadline);
    call.slot = cancel_slot();
    co_return result;
  }

  std::unique_ptr<http_connection> take_idle(const http_endpoint& where) {
    auto& idle = lanes_[where].idle;
    while (!idle.empty()) {
      auto connection = std::move(idle.back());
      idle.pop_back();
      if (clock_type::now() - connection->idle_since < settings_.idle_timeout && !connection->is_stale())
        return connection;
    }
    return nullptr;
  }

  void give_back(const http_endpoint& where, std::unique_ptr<http_connection> connection) {
    connection->stream().expires_never();
    connection->idle_since = clock_type::now();
    lanes_[where].idle.push_back(std::move(connection));
  }

  void stop_now() {
    stopped_ = true;
    for (auto& [where, to] : lanes_) {
      to.idle.clear();
      for (const auto& call : std::exchange(to.waiting, {})) {
        call->waiting.cancel();
        finish(*call, not_sent("shutting down"));
      }
    }
    for (const auto& call : active_) {
      if (call->slot.stream != nullptr)
        call->slot.stream->close();
      if (call->slot.timer != nullptr)
        call->slot.timer->cancel();
    }
  }

  io_strand strand_;
  http_client_settings settings_;
  asio::ssl::context tls_;
  std::map<http_endpoint, lane> lanes_;
  std::list<call_ptr> active_;
  bool stopped_ = false;
};

http_client::http_client(asio::io_context& io, http_client_settings settings) : pool_(std::make_shared<pool>(io, std::move(settings))) {}

http_client::~http_client() { pool_->stop(); }

void http_client::call(outbound_request request, callback done) { pool_->accept(std::move(request), std::move(done)); }

void http_client::shutdown() { pool_->stop(); }

} // namespace reserve::integrations
