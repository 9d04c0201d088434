#pragma once

#include "app/load/tally.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace reserve::app::load {

/// Where a gateway listens: http://host[:port].
struct http_target {
  std::string host, port;
};
/// Throws std::runtime_error for anything but a plain http address.
http_target parse_target(const std::string& url);

/// Sends requests over kept-alive connections, one at a time on each, from one thread. It does as little as it can: requests come as text, of an answer only status,
/// length and body are looked at, so that what is measured is the server.
class http_driver {
public:
  /// The whole text of request `number`.
  using maker = std::function<std::string(std::size_t number)>;
  /// How an answer counts.
  using judge = std::function<ending(unsigned status, std::string_view body)>;
  using moment = std::function<void()>;

  http_driver(http_target where, std::size_t connections);
  ~http_driver();

  /// Runs the plan to its end; `measuring_starts` and `measuring_ends` are called when the measured time begins and when the last measured answer is there.
  void run(plan& when, maker make, judge look, tally& into, moment measuring_starts, moment measuring_ends);

private:
  struct line;

  void connect(line& on);
  void fill();
  void look_again_at(steady::time_point when);
  void send(line& on, steady::time_point due);
  void read(line& on);
  void answered(line& on);
  void broken(line& on);
  void finish(line& on, ending how);
  void end_sending();

  http_target where_;
  boost::asio::io_context io_;
  boost::asio::steady_timer tick_, limit_;
  std::vector<std::unique_ptr<line>> lines_;
  std::vector<line*> idle_;
  plan* when_ = nullptr;
  tally* into_ = nullptr;
  maker make_;
  judge look_;
  moment measuring_starts_, measuring_ends_;
  std::size_t number_ = 0, under_way_ = 0, broken_in_a_row_ = 0;
  bool measuring_ = false, ended_ = false;
};

} // namespace reserve::app::load
