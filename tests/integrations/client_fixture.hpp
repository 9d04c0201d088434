#pragma once

#include "integrations/http_client.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <future>
#include <memory>
#include <optional>
#include <thread>

namespace reserve::integrations::test {

/// A client on an io_context with a thread of its own.
class client_fixture {
public:
  explicit client_fixture(http_client_settings settings = {}) : work_(io_.get_executor()) {
    client_.emplace(io_, std::move(settings));
    thread_ = std::thread([this] { io_.run(); });
  }

  ~client_fixture() {
    client_.reset();
    work_.reset();
    thread_.join();
  }

  http_client& client() { return *client_; }
  boost::asio::io_context& io() { return io_; }

  std::future<outbound_result> start(outbound_request request) {
    auto promise = std::make_shared<std::promise<outbound_result>>();
    auto future = promise->get_future();
    client_->call(std::move(request), [promise](outbound_result result) { promise->set_value(std::move(result)); });
    return future;
  }

  outbound_result call(outbound_request request) { return start(std::move(request)).get(); }

private:
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::optional<http_client> client_;
  std::thread thread_;
};

} // namespace reserve::integrations::test
