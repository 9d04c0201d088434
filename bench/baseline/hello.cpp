// The hello server: bare Beast, keep-alive, one thread, a constant JSON answer of a given size. What any server on Beast can reach here.
//   bench_hello PORT BYTES

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

class session : public std::enable_shared_from_this<session> {
public:
  session(tcp::socket socket, const std::string& body) : socket_(std::move(socket)), answer_(http::status::ok, 11) {
    answer_.set(http::field::content_type, "application/json");
    answer_.body() = body;
    answer_.prepare_payload();
  }
  void read() {
    request_ = {};
    http::async_read(socket_, buffer_, request_, [self = shared_from_this()](const boost::system::error_code& failed, std::size_t) {
      if (!failed)
        self->write();
    });
  }

private:
  void write() {
    http::async_write(socket_, answer_, [self = shared_from_this()](const boost::system::error_code& failed, std::size_t) {
      if (!failed)
        self->read();
    });
  }

  tcp::socket socket_;
  boost::beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
  http::response<http::string_body> answer_;
};

void accept(tcp::acceptor& door, const std::string& body) {
  door.async_accept([&door, &body](const boost::system::error_code& failed, tcp::socket socket) {
    if (failed)
      return;
    socket.set_option(tcp::no_delay(true));
    std::make_shared<session>(std::move(socket), body)->read();
    accept(door, body);
  });
}

} // namespace

int main(int count, char** arguments) {
  if (count != 3) {
    std::cerr << "bench_hello PORT BYTES\n";
    return 2;
  }
  const std::string frame = R"({"data":")" R"("})";
  const auto bytes = static_cast<std::size_t>(std::atoll(arguments[2]));
  const std::string body = R"({"data":")" + std::string(bytes > frame.size() ? bytes - frame.size() : 0, 'x') + R"("})";
  asio::io_context io(1);
  tcp::acceptor door(io, {asio::ip::make_address("127.0.0.1"), static_cast<std::uint16_t>(std::atoi(arguments[1]))});
  accept(door, body);
  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&io](const boost::system::error_code&, int) { io.stop(); });
  io.run();
}
