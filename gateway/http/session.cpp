#include "gateway/http/session.hpp"

#include <array>

namespace reserve::http {
namespace asio = boost::asio;
namespace beast_http = boost::beast::http;
using asio::awaitable;
using asio::redirect_error;
using asio::use_awaitable;
using boost::system::error_code;

namespace {

constexpr std::size_t read_size = 16 * 1024;
/// A refused request with a body up to this size is read to its end, so that the connection can be kept.
constexpr std::uint64_t worth_reading = 64 * 1024;
/// What a line between two chunks of a body, or the trailer after the last, may have at most.
constexpr std::size_t frame_line_max = 64 * 1024;
constexpr std::chrono::milliseconds linger_time{1'000};
constexpr std::chrono::hours for_ever{24 * 365};

/// Whether a line of a head goes on in the next (RFC 9112 §5.2). The parser would join them, another server might not, and `Transfer-Encoding` could hide there.
bool is_folded(std::string_view head) noexcept {
  return head.find("\n ") != std::string_view::npos || head.find("\n\t") != std::string_view::npos;
}

} // namespace

session::session(asio::ip::tcp::socket socket, std::shared_ptr<house> shared, std::string peer, bool counted)
    : socket_(std::move(socket)), house_(std::move(shared)), peer_(std::move(peer)), counted_(counted) {
  house_->sessions.insert(this);
  ++house_->stats.connections_open;
  if (counted_)
    ++house_->connections_of[peer_];
}

session::~session() {
  house_->sessions.erase(this);
  --house_->stats.connections_open;
  if (counted_) {
    const auto found = house_->connections_of.find(peer_);
    if (--found->second == 0)
      house_->connections_of.erase(found);
  }
  if (house_->draining && house_->sessions.empty())
    house_->on_empty();
}

void session::start() {
  auto done = [self = shared_from_this()](std::exception_ptr failure) {
    if (failure)
      self->house_->how.on_error("a connection ended with an exception");
  };
  auto executor = socket_.get_executor();
  asio::co_spawn(executor, run(), asio::bind_cancellation_slot(cancel_.slot(), std::move(done)));
}

void session::enter(step next, std::chrono::milliseconds time) {
  step_ = next;
  deadline_ = steady::now() + time;
}

void session::expire() {
  deadline_ = steady::time_point::max();
  expired_ = true;
  if (step_ == step::handling) {
    cancel_.emit(asio::cancellation_type::terminal);
    return;
  }
  error_code ignored;
  socket_.cancel(ignored);
}

void session::close() {
  closed_ = true;
  if (step_ == step::handling)
    cancel_.emit(asio::cancellation_type::terminal);
  error_code ignored;
  socket_.close(ignored);
}

awaitable<void> session::run() {
  bool more = true;
  while (more && !closed_)
    more = co_await serve_one();
}

awaitable<bool> session::serve_one() {
  expired_ = false;
  request_.clear();
  answer_headers_.clear();
  parser_.emplace(request_);
  parser_->header_limit(static_cast<std::uint32_t>(house_->how.header_limit));
  parser_->body_limit(boost::none); // Ours is decided after the head.
  const progress head = co_await read_head();
  if (head == progress::closed)
    co_return false;
  if (head == progress::refused)
    co_return co_await deliver(std::move(refusal_));

  admission verdict = house_->what->admit(request_);
  answer_headers_ = std::move(verdict.answer_headers);
  const auto announced = parser_->content_length().value_or(0);
  if (verdict.refusal && (announced > worth_reading || parser_->chunked())) {
    verdict.refusal->close = true;
    co_return co_await deliver(std::move(*verdict.refusal));
  }
  const std::uint64_t limit = verdict.refusal ? worth_reading : verdict.body_limit;
  const progress body = co_await read_body(limit);
  if (body == progress::closed)
    co_return false;
  if (body == progress::refused)
    co_return co_await deliver(std::move(refusal_));
  if (verdict.refusal)
    co_return co_await deliver(std::move(*verdict.refusal));

  response answer = co_await ask_handler();
  if (closed_)
    co_return false;
  co_return co_await deliver(std::move(answer));
}

/// False when the connection ended or the step's deadline passed.
awaitable<bool> session::read_more() {
  error_code failure;
  const auto space = buffer_.prepare(read_size);
  const std::size_t got = co_await socket_.async_read_some(space, redirect_error(use_awaitable, failure));
  buffer_.commit(got);
  co_return !failure && !expired_;
}

awaitable<session::progress> session::read_head() {
  if (buffer_.size() == 0) {
    enter(step::idle, house_->how.idle_timeout);
    const bool arrived = co_await read_more();
    if (!arrived || (house_->draining && buffer_.size() == 0))
      co_return progress::closed;
  }
  enter(step::head, house_->how.header_timeout);
  std::size_t taken = 0; // The parser takes each field as it comes, and its own limit looks at what one call sees only.
  while (!parser_->is_header_done()) {
    error_code failure;
    const auto seen = buffer_.data();
    const std::size_t used = parser_->put(seen, failure);
    taken += used;
    const bool has_fold = is_folded({static_cast<const char*>(seen.data()), used});
    buffer_.consume(used);
    if (has_fold)
      co_return refuse(400, "a header must not go on in a second line");
    const bool wants_more = failure == beast_http::error::need_more;
    if (failure == beast_http::error::header_limit || taken + (wants_more ? buffer_.size() : 0) > house_->how.header_limit)
      co_return refuse(431, "the request line and headers are too long");
    if (wants_more) {
      const bool arrived = co_await read_more();
      if (expired_)
        co_return refuse(408, "the request line and headers took too long");
      if (!arrived)
        co_return progress::closed;
    } else if (failure) {
      co_return refuse(400, "the request is not HTTP/1.1");
    }
  }
  if (!take_head())
    co_return refuse(400, "the request line or headers are malformed");
  co_return progress::complete;
}

/// Completes the head of `request_`. Refuses what two servers in a row could read in two ways.
bool session::take_head() {
  const auto version = parser_->version();
  resolve_client();
  if (version != 11 && version != 10)
    return false;
  if (request_.headers.count("Host") > 1 || (version == 11 && request_.headers.count("Host") == 0))
    return false;
  const auto encoding = request_.headers.get("Transfer-Encoding");
  if (encoding && (version == 10 || !equals_ignoring_case(*encoding, "chunked") || request_.headers.count("Transfer-Encoding") > 1))
    return false;
  // The parser takes a list of equal lengths for one of them; not everybody before us does.
  if (request_.headers.get("Content-Length").value_or("").find(',') != std::string_view::npos || request_.headers.count("Content-Length") > 1)
    return false;
  return take_target(parser_->target());
}

/// Origin form, or absolute form as RFC 9112 wants it accepted.
bool session::take_target(std::string_view target) {
  if (target.find('#') != std::string_view::npos)
    return false;
  if (const auto scheme = target.find("://"); scheme != std::string_view::npos && target.front() != '/') {
    const auto path = target.find('/', scheme + 3);
    target = path == std::string_view::npos ? std::string_view("/") : target.substr(path);
  }
  if (target.empty() || target.front() != '/')
    return false;
  const auto question = target.find('?');
  request_.path = std::string(target.substr(0, question));
  if (question != std::string_view::npos)
    request_.query = std::string(target.substr(question + 1));
  return true;
}

/// The nearest address that is not one of our proxies.
void session::resolve_client() {
  request_.remote_address = peer_;
  const auto chain = request_.headers.get("X-Forwarded-For");
  if (!chain || !contains(house_->how.trusted_proxies, peer_))
    return;
  std::string_view rest = *chain;
  while (!rest.empty()) {
    const auto comma = rest.rfind(',');
    std::string_view last = comma == std::string_view::npos ? rest : rest.substr(comma + 1);
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(0, comma);
    while (!last.empty() && last.front() == ' ')
      last.remove_prefix(1);
    while (!last.empty() && last.back() == ' ')
      last.remove_suffix(1);
    if (!parse_address(last))
      return;
    request_.remote_address = std::string(last);
    if (!contains(house_->how.trusted_proxies, last))
      return;
  }
}

awaitable<session::progress> session::read_body(std::uint64_t limit) {
  if (parser_->is_done())
    co_return progress::complete;
  if (parser_->content_length().value_or(0) > limit)
    co_return refuse(413, "the body is too long");
  parser_->body_limit(limit);
  parser_->eager(true);
  enter(step::body, house_->how.body_timeout);
  const auto expectation = request_.headers.get("Expect");
  if (expectation && equals_ignoring_case(*expectation, "100-continue") && buffer_.size() == 0) {
    outgoing_ = "HTTP/1.1 100 Continue\r\n\r\n";
    error_code failure;
    const auto line = asio::buffer(outgoing_);
    co_await asio::async_write(socket_, line, redirect_error(use_awaitable, failure));
    if (failure)
      co_return progress::closed;
  }
  while (!parser_->is_done()) {
    if (buffer_.size() == 0) {
      const bool arrived = co_await read_more();
      if (expired_)
        co_return refuse(408, "the body took too long");
      if (!arrived)
        co_return progress::closed;
    }
    error_code failure;
    const std::size_t used = parser_->put(buffer_.data(), failure);
    buffer_.consume(used);
    if (failure == beast_http::error::need_more && buffer_.size() < frame_line_max) {
      const bool arrived = co_await read_more();
      if (expired_)
        co_return refuse(408, "the body took too long");
      if (!arrived)
        co_return progress::closed;
    } else if (failure == beast_http::error::body_limit) {
      co_return refuse(413, "the body is too long");
    } else if (failure) {
      co_return refuse(400, "the body is not framed as HTTP/1.1 asks");
    }
  }
  co_return progress::complete;
}

session::progress session::refuse(unsigned status, std::string_view why) {
  refusal_ = house_->what->refuse(status, request_, why);
  refusal_.close = true;
  return progress::refused;
}

awaitable<response> session::ask_handler() {
  ++house_->stats.requests_total;
  ++house_->stats.requests_in_flight;
  enter(step::handling, house_->how.request_timeout);
  response answer;
  bool failed = false;
  try {
    answer = co_await house_->what->handle(request_);
  } catch (const std::exception& problem) {
    failed = true;
    if (!expired_)
      house_->how.on_error(problem.what());
  }
  --house_->stats.requests_in_flight;
  if (expired_ || closed_)
    co_await asio::this_coro::reset_cancellation_state();
  if (failed && expired_)
    answer = house_->what->refuse(503, request_, "the answer took too long");
  else if (failed)
    answer = house_->what->refuse(500, request_, "an internal error");
  expired_ = false;
  co_return answer;
}

bool session::has_unread_body() const {
  return !parser_->is_done();
}

/// True when the connection is kept.
awaitable<bool> session::deliver(response answer) {
  if (answer.delivery == delivery::close_without_answer) {
    close();
    co_return false;
  }
  if (answer.delivery == delivery::never_answer)
    co_return co_await hold();

  enter(step::answering, house_->how.request_timeout);
  answer.headers.add(answer_headers_);
  const bool keep = !answer.close && !house_->draining && parser_->is_header_done() && parser_->keep_alive();
  render_head(outgoing_, answer, keep, parser_->version());
  const bool wants_body = request_.method != "HEAD" && answer.status != 204 && answer.status != 304;
  error_code failure;
  expired_ = false;
  const std::array<asio::const_buffer, 2> text{asio::const_buffer(outgoing_.data(), outgoing_.size()),
                                               asio::const_buffer(answer.body.data(), wants_body ? answer.body.size() : 0)};
  co_await asio::async_write(socket_, text, redirect_error(use_awaitable, failure));
  if (failure || closed_)
    co_return false;
  if (keep)
    co_return true;
  co_await linger();
  co_return false;
}

/// Silence until the client goes away.
awaitable<bool> session::hold() {
  enter(step::holding, for_ever);
  if (house_->draining)
    co_return false;
  bool open = true;
  while (open) {
    buffer_.consume(buffer_.size());
    open = co_await read_more();
  }
  co_return false;
}

/// Closing a socket with unread bytes resets the connection, and the client would lose the answer.
awaitable<void> session::linger() {
  error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  enter(step::lingering, linger_time);
  bool open = !house_->draining || has_unread_body();
  while (open && steady::now() < deadline_) {
    buffer_.consume(buffer_.size());
    open = co_await read_more();
  }
}

} // namespace reserve::http
