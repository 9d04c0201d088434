#pragma once

#include "gateway/http/server.hpp"
#include "gateway/services.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>

namespace reserve::gateway {

/// Answers the requests of guests, partners and tools (spec 30). One for each io_context; all calls come from the thread that runs it.
class front_desk final : public http::handler {
public:
  /// `outside` and all it refers to must outlive the front desk, and the io_context must outlive the actors: a late answer is still posted to it.
  front_desk(services outside, settings how, boost::asio::any_io_executor executor);
  ~front_desk() override;

  http::admission admit(const http::request& head) override;
  boost::asio::awaitable<http::response> handle(const http::request& what) override;
  http::response refuse(unsigned status, const http::request& head, std::string_view why) override;

  /// Commands that wait for their answers.
  std::size_t pending() const noexcept;

private:
  class implementation;
  std::unique_ptr<implementation> implementation_;
};

} // namespace reserve::gateway
