#pragma once

#include "actors/protocols/messages.hpp"
#include "gateway/services.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

namespace reserve::gateway {

/// Brings the answers of actors to coroutines of one io_context. Answers come on any thread and are put into a list; one post for all of them drains
/// it. The io_context must outlive the actors, since a late answer still posts to it.
class ask_port final : public reply_port, public std::enable_shared_from_this<ask_port> {
public:
  explicit ask_port(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

  void deliver(std::uint64_t slot, reserve::answer what) noexcept override;

  /// Sends and waits. No answer within `limit`, or a cancelled request: SERVICE_UNAVAILABLE with effect unknown; a later answer is dropped.
  boost::asio::awaitable<reserve::answer> ask(city_door& city, command_ptr what, std::chrono::milliseconds limit);

  /// Coroutines that wait.
  std::size_t pending() const noexcept { return pending_.load(); }

private:
  struct place {
    std::uint32_t generation = 0;
    bool taken = false;
    std::optional<reserve::answer> heard;
    std::unique_ptr<boost::asio::steady_timer> timer; ///< Made once for a place, used again by those who come after.
  };
  class seat;

  std::uint32_t sit_down();
  void get_up(std::uint32_t at) noexcept;
  void drain();

  boost::asio::any_io_executor executor_;
  std::vector<std::unique_ptr<place>> places_; ///< Of the io_context's thread only.
  std::vector<std::uint32_t> free_;
  std::atomic<std::size_t> pending_{0};

  std::mutex mutex_; ///< Guards arrived_ and posted_.
  std::vector<std::pair<std::uint64_t, reserve::answer>> arrived_;
  bool posted_ = false;
};

/// The same for a function that tells its result to a callback: nullopt when it says so, or says nothing within `limit`.
template <class T, class Start>
boost::asio::awaitable<std::optional<T>> hear(Start start, std::chrono::milliseconds limit);

} // namespace reserve::gateway

#include "gateway/hear.hpp"
