#include "tiny_server.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <sys/socket.h>

#include <cstdio>
#include <filesystem>
#include <mutex>
#include <thread>
#include <vector>

namespace reserve::integrations::test {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

struct pem_pair {
  std::string key_file;
  std::string certificate_file;
};

std::string temporary_file() {
  std::string path = (std::filesystem::temp_directory_path() / "tls-XXXXXX").string();
  const int file = mkstemp(path.data());
  ::close(file);
  return path;
}

/// A self-signed certificate for the name `localhost`.
pem_pair make_certificate() {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_RSA_gen(2048), EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key.get());
  auto* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  auto* alternative = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:localhost");
  X509_add_ext(certificate.get(), alternative, -1);
  X509_EXTENSION_free(alternative);
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  pem_pair out{temporary_file(), temporary_file()};
  const std::unique_ptr<FILE, int (*)(FILE*)> key_out(std::fopen(out.key_file.c_str(), "wb"), std::fclose);
  PEM_write_PrivateKey(key_out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  const std::unique_ptr<FILE, int (*)(FILE*)> certificate_out(std::fopen(out.certificate_file.c_str(), "wb"), std::fclose);
  PEM_write_X509(certificate_out.get(), certificate.get());
  return out;
}

std::size_t content_length(const std::string& head) {
  const auto at = head.find("Content-Length: ");
  return at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
}

/// In packets of their own, unless the system is faster than who reads.
template <class Stream>
void write_in_pieces(Stream& stream, const std::string& bytes, error_code& why) {
  constexpr std::size_t piece = 1000;
  for (std::size_t at = 0; at < bytes.size() && !why; at += piece)
    asio::write(stream, asio::buffer(bytes.data() + at, std::min(piece, bytes.size() - at)), why);
}

/// One whole request, or nothing when the other side has closed.
template <class Stream>
std::string read_request(Stream& stream) {
  std::string out;
  char part[4096];
  error_code why;
  while (true) {
    const auto head = out.find("\r\n\r\n");
    if (head != std::string::npos && out.size() >= head + 4 + content_length(out))
      return out;
    const auto size = stream.read_some(asio::buffer(part), why);
    if (why)
      return {};
    out.append(part, size);
  }
}

} // namespace

std::string ok(const std::string& body) { return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body; }

struct tiny_server::impl {
  impl(script wanted, bool with_tls) : answer(std::move(wanted)), tls(with_tls), acceptor(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
    if (!tls)
      return;
    pem = make_certificate();
    context.use_private_key_file(pem.key_file, asio::ssl::context::pem);
    context.use_certificate_file(pem.certificate_file, asio::ssl::context::pem);
  }

  void accept_all() {
    while (!stopping) {
      auto socket = std::make_shared<tcp::socket>(io);
      error_code why;
      acceptor.accept(*socket, why);
      if (why || stopping)
        return;
      const std::lock_guard lock(mutex);
      socket->set_option(tcp::no_delay(true), why);
      sockets.push_back(socket);
      const int number = ++connections;
      workers.emplace_back([this, socket, number] { tls ? serve_tls(*socket, number) : serve(*socket, *socket, number); });
    }
  }

  void serve_tls(tcp::socket& socket, int number) {
    asio::ssl::stream<tcp::socket&> stream(socket, context);
    error_code why;
    stream.handshake(asio::ssl::stream_base::server, why);
    if (!why)
      serve(stream, socket, number);
  }

  template <class Stream>
  void serve(Stream& stream, tcp::socket& socket, int number) {
    error_code why;
    for (int count = 1;; ++count) {
      const auto request = read_request(stream);
      if (request.empty())
        return;
      ++requests;
      const auto reply = answer(request, number, count);
      write_in_pieces(stream, reply.bytes, why);
      if (why || reply.next == tiny_reply::then::close || reply.next == tiny_reply::then::reset) {
        if (reply.next == tiny_reply::then::reset)
          socket.set_option(asio::socket_base::linger(true, 0), why);
        const std::lock_guard lock(mutex);
        socket.close(why);
        return;
      }
      if (reply.next == tiny_reply::then::hold && read_request(stream).empty())
        return;
    }
  }

  script answer;
  bool tls;
  pem_pair pem;
  asio::io_context io;
  asio::ssl::context context{asio::ssl::context::tls_server};
  tcp::acceptor acceptor;
  std::atomic<bool> stopping{false};
  std::atomic<int> connections{0};
  std::atomic<int> requests{0};
  std::mutex mutex;
  std::vector<std::shared_ptr<tcp::socket>> sockets;
  std::vector<std::thread> workers;
  std::thread accepting;
};

tiny_server::tiny_server(script answer, bool tls) : impl_(std::make_shared<impl>(std::move(answer), tls)) {
  impl_->accepting = std::thread([server = impl_.get()] { server->accept_all(); });
}

tiny_server::~tiny_server() {
  impl_->stopping = true;
  error_code why;
  // A blocked accept does not see the close of its socket; it sees a connection.
  tcp::socket(impl_->io).connect(impl_->acceptor.local_endpoint(), why);
  impl_->accepting.join();
  {
    const std::lock_guard lock(impl_->mutex);
    for (const auto& socket : impl_->sockets)
      if (socket->is_open())
        ::shutdown(socket->native_handle(), SHUT_RDWR);
  }
  for (auto& worker : impl_->workers)
    worker.join();
  for (const auto& file : {impl_->pem.key_file, impl_->pem.certificate_file})
    if (!file.empty())
      std::filesystem::remove(file);
}

std::string tiny_server::url(const std::string& path) const {
  return std::string(impl_->tls ? "https" : "http") + "://localhost:" + std::to_string(impl_->acceptor.local_endpoint().port()) + path;
}

const std::string& tiny_server::ca_file() const { return impl_->pem.certificate_file; }

int tiny_server::connections() const { return impl_->connections; }

int tiny_server::requests() const { return impl_->requests; }

} // namespace reserve::integrations::test
