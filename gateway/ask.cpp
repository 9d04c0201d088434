#include "gateway/ask.hpp"

#include <boost/asio/io_context.hpp>

namespace reserve::gateway {
namespace {

namespace asio = boost::asio;

constexpr std::uint64_t ticket_of(std::uint32_t generation, std::uint32_t at) noexcept {
  return (static_cast<std::uint64_t>(generation) << 32) | at;
}

} // namespace

/// Keeps a place as long as its coroutine lives, however that ends.
class ask_port::seat {
public:
  explicit seat(std::shared_ptr<ask_port> port) : port_(std::move(port)), at_(port_->sit_down()) {}
  seat(const seat&) = delete;
  seat& operator=(const seat&) = delete;
  ~seat() { port_->get_up(at_); }

  place& own() const { return *port_->places_[at_]; }
  std::uint64_t ticket() const { return ticket_of(own().generation, at_); }

private:
  std::shared_ptr<ask_port> port_;
  std::uint32_t at_;
};

std::uint32_t ask_port::sit_down() {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(places_.size()));
    places_.push_back(std::make_unique<place>());
    places_.back()->timer = std::make_unique<asio::steady_timer>(executor_);
  }
  const auto at = free_.back();
  free_.pop_back();
  places_[at]->taken = true;
  ++pending_;
  return at;
}

void ask_port::get_up(std::uint32_t at) noexcept {
  auto& left = *places_[at];
  ++left.generation; // What still comes for the old one finds nobody.
  left.taken = false;
  left.heard.reset();
  free_.push_back(at);
  --pending_;
}

void ask_port::deliver(std::uint64_t slot, reserve::answer what) noexcept {
  {
    const std::lock_guard lock(mutex_);
    arrived_.emplace_back(slot, std::move(what));
    if (std::exchange(posted_, true))
      return;
  }
  asio::post(executor_, [me = shared_from_this()] { me->drain(); });
}

void ask_port::drain() {
  std::vector<std::pair<std::uint64_t, reserve::answer>> all;
  {
    const std::lock_guard lock(mutex_);
    all.swap(arrived_);
    posted_ = false;
  }
  for (auto& [slot, what] : all) {
    const auto at = static_cast<std::uint32_t>(slot);
    if (at >= places_.size())
      continue;
    auto& to = *places_[at];
    if (!to.taken || to.generation != static_cast<std::uint32_t>(slot >> 32) || to.heard)
      continue;
    to.heard = std::move(what);
    to.timer->cancel();
  }
}

asio::awaitable<reserve::answer> ask_port::ask(city_door& city, command_ptr what, std::chrono::milliseconds limit) {
  seat mine(shared_from_this());
  what->reply = reply_to(shared_from_this(), mine.ticket());
  mine.own().timer->expires_after(limit);
  city.send(std::move(what));
  // Drained by a post, so never before this coroutine waits.
  auto wait = mine.own().timer->async_wait(asio::as_tuple(asio::use_awaitable));
  co_await std::move(wait);
  if (mine.own().heard)
    co_return std::move(*mine.own().heard);
  refusal why(errc::service_unavailable, "no answer in time; repeat with the same Idempotency-Key");
  why.effect = effect::unknown;
  reserve::answer late;
  late.content = std::move(why);
  co_return late;
}

} // namespace reserve::gateway
