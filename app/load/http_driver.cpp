#include "app/load/http_driver.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <charconv>
#include <stdexcept>

namespace reserve::app::load {

namespace {

using boost::asio::ip::tcp;

constexpr std::chrono::seconds last_answers{30}; ///< How long the answers that are under way at the end may take.
constexpr std::size_t read_at_once = 64 * 1024;
/// In open loop, while every connection is busy: waking for each request that cannot be sent would take the processor from the server.
constexpr std::chrono::milliseconds pause_when_full{1};
constexpr std::size_t broken_max = 1'000; ///< Connections that break one after the other: nobody is there.

bool equals_lower(std::string_view text, std::string_view lower) {
  return text.size() == lower.size() && std::equal(text.begin(), text.end(), lower.begin(), [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
}

/// What the head of an answer says; `length` is npos when it is not told.
struct answer_head {
  unsigned status = 0;
  std::size_t length = std::string_view::npos;
  bool close = false;
};

answer_head parse_head(std::string_view head) {
  answer_head out;
  if (head.size() < 12)
    return out;
  std::from_chars(head.data() + 9, head.data() + 12, out.status);
  for (auto at = head.find("\r\n"); at != std::string_view::npos && at + 2 < head.size();) {
    const auto next = head.find("\r\n", at + 2);
    const auto field = head.substr(at + 2, next == std::string_view::npos ? next : next - at - 2);
    const auto colon = field.find(':');
    if (colon != std::string_view::npos) {
      auto value = field.substr(colon + 1);
      value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
      if (equals_lower(field.substr(0, colon), "content-length"))
        std::from_chars(value.data(), value.data() + value.size(), out.length);
      else if (equals_lower(field.substr(0, colon), "connection"))
        out.close = equals_lower(value, "close");
    }
    at = next;
  }
  return out;
}

} // namespace

http_target parse_target(const std::string& url) {
  constexpr std::string_view scheme = "http://";
  auto rest = std::string_view(url);
  if (!rest.starts_with(scheme))
    throw std::runtime_error("the address must begin with http://");
  rest.remove_prefix(scheme.size());
  rest = rest.substr(0, rest.find('/'));
  const auto colon = rest.rfind(':');
  if (colon == std::string_view::npos)
    return {std::string(rest), "80"};
  return {std::string(rest.substr(0, colon)), std::string(rest.substr(colon + 1))};
}

/// A connection and the request that is under way on it.
struct http_driver::line {
  explicit line(boost::asio::io_context& io) : socket(io) {}

  tcp::socket socket;
  std::string out, in;
  std::size_t filled = 0; ///< Bytes of `in` that have arrived.
  std::uint32_t number = 0;
  steady::time_point due;
};

http_driver::http_driver(http_target where, std::size_t connections) : where_(std::move(where)), io_(1), tick_(io_), limit_(io_) {
  for (std::size_t i = 0; i < connections; ++i) {
    lines_.push_back(std::make_unique<line>(io_));
    connect(*lines_.back());
  }
}

http_driver::~http_driver() = default;

void http_driver::connect(line& on) {
  boost::system::error_code ignored;
  on.socket.close(ignored);
  on.filled = 0;
  tcp::resolver resolver(io_);
  boost::asio::connect(on.socket, resolver.resolve(where_.host, where_.port));
  on.socket.set_option(tcp::no_delay(true));
}

void http_driver::run(plan& when, maker make, judge look, tally& into, moment measuring_starts, moment measuring_ends) {
  when_ = &when;
  into_ = &into;
  make_ = std::move(make);
  look_ = std::move(look);
  measuring_starts_ = std::move(measuring_starts);
  measuring_ends_ = std::move(measuring_ends);
  for (const auto& one : lines_)
    idle_.push_back(one.get());
  fill();
  io_.run();
}

/// Sends whatever is due on the connections that are free.
void http_driver::fill() {
  while (!ended_) {
    const auto now = steady::now();
    if (when_->ended(number_, now)) {
      end_sending();
      return;
    }
    if (!measuring_ && when_->warm(now)) {
      measuring_ = true;
      measuring_starts_();
      when_->start_measuring(steady::now());
      into_->start_measuring(steady::now());
    }
    auto due = now;
    if (when_->open_loop()) {
      due = when_->leaves_at(number_);
      if (due > now) {
        look_again_at(idle_.empty() ? std::max(due, now + pause_when_full) : due);
        return;
      }
      if (idle_.empty()) {
        into_->dropped();
        ++number_;
        continue;
      }
    }
    if (idle_.empty())
      return;
    auto* on = idle_.back();
    idle_.pop_back();
    send(*on, due);
  }
}

void http_driver::look_again_at(steady::time_point when) {
  tick_.expires_at(when);
  tick_.async_wait([this](const boost::system::error_code& stopped) {
    if (!stopped)
      fill();
  });
}

void http_driver::end_sending() {
  ended_ = true;
  tick_.cancel();
  if (when_->timed()) {
    into_->stop_measuring();
    measuring_ends_();
  }
  if (under_way_ == 0) {
    if (!when_->timed())
      measuring_ends_();
    return;
  }
  limit_.expires_after(last_answers);
  limit_.async_wait([this](const boost::system::error_code& stopped) {
    if (stopped)
      return;
    for (const auto& one : lines_) {
      boost::system::error_code ignored;
      one->socket.close(ignored);
    }
  });
}

void http_driver::send(line& on, steady::time_point due) {
  on.number = static_cast<std::uint32_t>(number_);
  on.due = due;
  on.out = make_(number_++);
  ++under_way_;
  into_->try_enter();
  boost::asio::async_write(on.socket, boost::asio::buffer(on.out), [this, &on](const boost::system::error_code& failed, std::size_t) {
    if (failed)
      broken(on);
    else
      read(on);
  });
}

void http_driver::read(line& on) {
  if (on.in.size() < on.filled + read_at_once)
    on.in.resize(on.filled + read_at_once);
  on.socket.async_read_some(boost::asio::buffer(on.in.data() + on.filled, on.in.size() - on.filled), [this, &on](const boost::system::error_code& failed, std::size_t count) {
    on.filled += count;
    if (failed)
      broken(on);
    else
      answered(on);
  });
}

void http_driver::answered(line& on) {
  const std::string_view all(on.in.data(), on.filled);
  const auto end = all.find("\r\n\r\n");
  if (end == std::string_view::npos) {
    read(on);
    return;
  }
  const auto head = parse_head(all.substr(0, end));
  if (head.length == std::string_view::npos) {
    broken(on);
    return;
  }
  if (on.filled < end + 4 + head.length) {
    read(on);
    return;
  }
  const auto how = look_(head.status, all.substr(end + 4, head.length));
  on.filled = 0;
  broken_in_a_row_ = 0;
  if (head.close && !ended_)
    connect(on);
  finish(on, how);
}

void http_driver::broken(line& on) {
  if (!ended_) {
    if (++broken_in_a_row_ > broken_max)
      throw std::runtime_error("the server closes every connection");
    connect(on);
  }
  finish(on, ending::failed);
}

void http_driver::finish(line& on, ending how) {
  into_->end(on.number, on.due, how);
  --under_way_;
  idle_.push_back(&on);
  if (!ended_) {
    if (!when_->open_loop())
      fill();
    return;
  }
  if (under_way_ > 0)
    return;
  limit_.cancel();
  if (!when_->timed())
    measuring_ends_();
}

} // namespace reserve::app::load
