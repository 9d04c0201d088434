#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

namespace reserve::gateway {

template <class T, class Start>
boost::asio::awaitable<std::optional<T>> hear(Start start, std::chrono::milliseconds limit) {
  namespace asio = boost::asio;
  struct waiting {
    explicit waiting(const asio::any_io_executor& executor) : timer(executor) {}
    asio::steady_timer timer;
    std::optional<T> value;
  };
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  const auto shared = std::make_shared<waiting>(executor);
  shared->timer.expires_after(limit);
  std::function<void(std::optional<T>)> done = [shared, executor](std::optional<T> value) {
    // Never resumed in here: `done` may be called before we wait, and on any thread.
    asio::post(executor, [shared, value = std::move(value)]() mutable {
      shared->value = std::move(value);
      shared->timer.cancel();
    });
  };
  start(std::move(done));
  auto wait = shared->timer.async_wait(asio::as_tuple(asio::use_awaitable));
  co_await std::move(wait);
  co_return std::move(shared->value);
}

} // namespace reserve::gateway
