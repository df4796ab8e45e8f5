#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include "base/mutex.h"
#include "base/thread.h"
#include "http/exchange.h"
#include "http/server.h"
#include "http/server_parser.h"
#include "http/stream_queue.h"
#include "http/transport.h"

// The inside of http::Server, for its own files only: server.cc has the way of a request,
// server_streams.cc that of an event.
namespace rowhouse::http {

// "127.0.0.1:50312" of the other side.
std::string RemoteName(const boost::asio::ip::tcp::socket& socket);

// One client's connection. It belongs to the I/O thread while it waits for a request
// and to one worker while that is handled; never to both.
struct Connection {
  Connection(boost::asio::ip::tcp::socket s, const TlsContext* tls)
      : socket(std::move(s)),
        transport(socket.native_handle(), tls),
        timer(socket.get_executor()),
        remote(RemoteName(socket)) {}

  boost::asio::ip::tcp::socket socket;
  Transport transport;
  boost::asio::steady_timer timer;
  const std::string remote;
  std::unique_ptr<RequestParser> parser;
  std::string unparsed;
  int refuse_with = 0;      // HTTP status, where the request itself is bad
  uint64_t wait_round = 0;  // tells a timer that is late that it is
  bool with_io = true;      // I/O thread only
  bool ready = false;       // TLS handshake done
  // A response of events: the queue its senders fill, and what is being written.
  std::shared_ptr<StreamQueue> stream;
  std::string outgoing;
  size_t outgoing_sent = 0;
  bool waits_to_write = false;
  Clock::TimePoint wrote_at;
  std::atomic<bool> cut{false};
};

using ConnectionPtr = std::shared_ptr<Connection>;

// The parts of a running Server: the I/O thread's side, then the workers' side.
class Server::Impl {
 public:
  Impl(ServerOptions options, Handler handler)
      : options_(std::move(options)),
        handler_(std::move(handler)),
        acceptor_(io_),
        pause_(io_),
        heart_(io_) {}

  Status Open();
  void Stop(Deadline deadline);

  uint16_t port() const { return port_; }

  std::string url() const {
    const bool v6 = options_.host.find(':') != std::string::npos;
    return fmt::format(
        "{}://{}:{}",
        options_.tls.has_value() ? "https" : "http",
        v6 ? "[" + options_.host + "]" : options_.host,
        port_
    );
  }

 private:
  // I/O thread.
  void Accept();
  void Welcome(boost::asio::ip::tcp::socket socket);
  void AwaitRequest(const ConnectionPtr& connection);
  void Advance(const ConnectionPtr& connection);
  bool ReadHead(Connection& connection, Transport::Want& want);
  void WaitFor(const ConnectionPtr& connection, Transport::Want want);
  void SetTimer(const ConnectionPtr& connection, milliseconds wait);
  void Drop(const ConnectionPtr& connection);
  void HandOver(const ConnectionPtr& connection);
  void CloseIdle();
  void AdoptStream(const ConnectionPtr& connection);
  void WatchStreamsPeer(const ConnectionPtr& connection);
  void PumpStream(const ConnectionPtr& connection);
  bool WriteStream(const ConnectionPtr& connection);
  void BeatStreams();
  void RenewTls();

  // Workers.
  void Work();
  ConnectionPtr NextReady();
  void Serve(const ConnectionPtr& connection);
  void RunHandler(const Request& request, Exchange& exchange);
  Result<std::shared_ptr<StreamQueue>> OpenStream(
      const ConnectionPtr& connection, EventStreamOptions options
  );

  const ServerOptions options_;
  const Handler handler_;
  std::shared_ptr<TlsContext> tls_;  // I/O thread only, once it runs
  std::string tls_version_;          // of the files that were read last
  uint16_t port_ = 0;

  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;
  boost::asio::steady_timer heart_;
  std::unordered_set<ConnectionPtr> streams_;  // I/O thread only
  std::atomic<int> streams_open_{0};
  std::string scratch_ = std::string(size_t{64} * 1024, '\0');
  std::atomic<bool> stopping_{false};

  Mutex mu_;
  CondVar changed_;
  std::unordered_set<ConnectionPtr> connections_ GUARDED_BY(mu_);  // at most connections_max
  std::deque<ConnectionPtr> ready_ GUARDED_BY(mu_);                // each connection once
  int running_ GUARDED_BY(mu_) = 0;
  bool closed_ GUARDED_BY(mu_) = false;

  Thread io_thread_;
  std::vector<Thread> workers_;
};

}  // namespace rowhouse::http
