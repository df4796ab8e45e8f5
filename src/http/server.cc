#include <csignal>
#include <sys/stat.h>
#include <vector>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "base/log.h"
#include "http/exchange.h"
#include "http/server_impl.h"

namespace rowhouse::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr milliseconds kAcceptPause{100};

// OpenSSL writes to sockets without MSG_NOSIGNAL.
void BlockBrokenPipeSignal() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

// Differs where a file was written again or replaced.
std::string VersionOf(const TlsFiles& files) {
  std::string text;
  for (const std::string& path : {files.certificate, files.key}) {
    struct stat at {};

    if (::stat(path.c_str(), &at) == 0) {
      const timespec& when = at.st_mtim;
      text += fmt::format("{} {} {}.{:09};", at.st_ino, at.st_size, when.tv_sec, when.tv_nsec);
    }
  }
  return text;
}

Error AddressError(const ServerOptions& options, const error_code& ec) {
  const std::string where = fmt::format("port {} on {}", options.port, options.host);
  if (ec == asio::error::address_in_use) {
    return Error(ErrorKind::kConfig, fmt::format("{}: {} is taken", options.name, where))
        .WithNative(ec.value())
        .WithCode("E-NET-001")
        .WithHint(fmt::format(
            "end the program that has it (ss -ltnp 'sport = :{}' names it) or choose another port: "
            "{}.listen",
            options.port,
            options.name
        ));
  }
  if (ec == asio::error::access_denied) {
    return Error(ErrorKind::kConfig, fmt::format("{}: {} may not be used", options.name, where))
        .WithNative(ec.value())
        .WithHint("choose a port from 1024 on, or start with the right to use it");
  }
  return Error(
             ErrorKind::kConfig,
             fmt::format("{}: can't listen at {}: {}", options.name, where, ec.message())
  )
      .WithNative(ec.value())
      .WithHint("give an address of this machine, such as 127.0.0.1 or 0.0.0.0");
}

}  // namespace

std::string RemoteName(const tcp::socket& socket) {
  error_code ec;
  const tcp::endpoint peer = socket.remote_endpoint(ec);
  return ec ? "unknown" : fmt::format("{}:{}", peer.address().to_string(), peer.port());
}

Status Server::Impl::Open() {
  if (options_.tls.has_value()) {
    tls_version_ = VersionOf(*options_.tls);
    tls_ = ROWHOUSE_TRY(TlsContext::Open(*options_.tls));
  }
  error_code ec;
  tcp::resolver resolver(io_);
  const auto found =
      resolver.resolve(options_.host, std::to_string(options_.port), tcp::resolver::passive, ec);
  if (ec || found.empty()) {
    return AddressError(options_, ec);
  }
  const tcp::endpoint address = found.begin()->endpoint();
  acceptor_.open(address.protocol(), ec);
  if (!ec) {
    acceptor_.set_option(tcp::acceptor::reuse_address(true), ec);
    acceptor_.bind(address, ec);
  }
  if (!ec) {
    acceptor_.listen(asio::socket_base::max_listen_connections, ec);
  }
  if (ec) {
    return AddressError(options_, ec);
  }
  port_ = acceptor_.local_endpoint(ec).port();
  Accept();
  BeatStreams();
  io_thread_ = Thread(options_.name + "-io", [this](const std::stop_token&) {
    BlockBrokenPipeSignal();
    const auto keep_running = asio::make_work_guard(io_);
    io_.run();
  });
  for (int i = 0; i < options_.workers; ++i) {
    workers_.emplace_back(
        fmt::format("{}-{}", options_.name, i + 1),
        [this](const std::stop_token&) {
          BlockBrokenPipeSignal();
          Work();
        }
    );
  }
  return Ok();
}

void Server::Impl::Accept() {
  acceptor_.async_accept([this](const error_code& ec, tcp::socket socket) {
    if (stopping_ || ec == asio::error::operation_aborted) {
      return;
    }
    if (!ec) {
      Welcome(std::move(socket));
      Accept();
      return;
    }
    // Out of file descriptors, or a client that was gone at once.
    LogWarn("can't accept a connection", {{"server", options_.name}, {"err", ec.message()}});
    pause_.expires_after(kAcceptPause);
    pause_.async_wait([this](const error_code& stopped) {
      if (!stopped) {
        Accept();
      }
    });
  });
}

void Server::Impl::Welcome(tcp::socket socket) {
  error_code ec;
  socket.non_blocking(true, ec);
  socket.set_option(tcp::no_delay(true), ec);
  auto connection = std::make_shared<Connection>(std::move(socket), tls_.get());
  bool full = false;
  {
    const MutexLock lock(mu_);
    full = connections_.size() >= static_cast<size_t>(options_.connections_max);
    if (!full) {
      connections_.insert(connection);
    }
  }
  if (full) {
    LogWarn("too many connections", {{"server", options_.name}, {"max", options_.connections_max}});
    if (tls_ == nullptr) {
      connection->transport.WriteStep(
          "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
      );
    }
    return;
  }
  connection->parser =
      std::make_unique<RequestParser>(options_.header_bytes_max, options_.body_bytes_max);
  SetTimer(connection, options_.header_timeout);
  Advance(connection);
}

void Server::Impl::AwaitRequest(const ConnectionPtr& connection) {
  connection->with_io = true;
  if (stopping_) {
    Drop(connection);
    return;
  }
  connection->parser =
      std::make_unique<RequestParser>(options_.header_bytes_max, options_.body_bytes_max);
  if (connection->unparsed.empty()) {
    connection->unparsed = {};  // give its memory back
  }
  SetTimer(
      connection, connection->unparsed.empty() ? options_.idle_timeout : options_.header_timeout
  );
  Advance(connection);
}

// Takes the connection as far as it goes without waiting.
void Server::Impl::Advance(const ConnectionPtr& connection) {
  Connection& c = *connection;
  Transport::Want want = Transport::Want::kNothing;
  if (!c.ready) {
    want = c.transport.Handshake().want;
    c.ready = want == Transport::Want::kNothing;
  }
  if (c.ready && ReadHead(c, want)) {
    HandOver(connection);
  } else if (want == Transport::Want::kClosed) {
    Drop(connection);
  } else {
    WaitFor(connection, want);
  }
}

// True when the request's head is complete, or is known to be bad.
bool Server::Impl::ReadHead(Connection& c, Transport::Want& want) {
  for (;;) {
    if (!c.unparsed.empty()) {
      const Result<size_t> used = c.parser->Feed(c.unparsed);
      if (!used.has_value()) {
        c.refuse_with = used.error().native();
        return true;
      }
      c.unparsed.erase(0, *used);
      if (c.parser->head_done()) {
        return true;
      }
    }
    const Transport::Step step = c.transport.ReadStep(scratch_.data(), scratch_.size());
    want = step.want;
    if (step.bytes == 0) {
      return false;
    }
    c.unparsed.append(scratch_, 0, step.bytes);
  }
}

void Server::Impl::WaitFor(const ConnectionPtr& connection, Transport::Want want) {
  const auto direction =
      want == Transport::Want::kWrite ? tcp::socket::wait_write : tcp::socket::wait_read;
  const bool was_idle = connection->unparsed.empty();
  connection->socket.async_wait(direction, [this, connection, was_idle](const error_code& ec) {
    if (ec || !connection->with_io) {
      if (connection->refuse_with != 0 && !stopping_) {
        HandOver(connection);
      } else {
        Drop(connection);
      }
      return;
    }
    if (was_idle && connection->ready) {
      SetTimer(connection, options_.header_timeout);  // the first byte of a request
    }
    Advance(connection);
  });
}

void Server::Impl::SetTimer(const ConnectionPtr& connection, milliseconds wait) {
  const uint64_t round = ++connection->wait_round;
  connection->timer.expires_after(wait);
  connection->timer.async_wait([connection, round](const error_code& ec) {
    if (ec || round != connection->wait_round || !connection->with_io) {
      return;
    }
    if (!connection->unparsed.empty()) {
      connection->refuse_with = 408;
    }
    error_code ignored;
    connection->socket.cancel(ignored);  // its wait ends with an error
  });
}

void Server::Impl::Drop(const ConnectionPtr& connection) {
  ++connection->wait_round;
  connection->timer.cancel();
  if (connection->stream != nullptr) {
    --streams_open_;
    connection->stream->Detach();
    connection->stream = nullptr;
    streams_.erase(connection);
    error_code ignored;
    connection->socket.cancel(ignored);  // its other wait
  }
  const MutexLock lock(mu_);
  connections_.erase(connection);
}

void Server::Impl::HandOver(const ConnectionPtr& connection) {
  ++connection->wait_round;
  connection->timer.cancel();
  connection->with_io = false;
  const MutexLock lock(mu_);
  ready_.push_back(connection);
  changed_.NotifyAll();
}

ConnectionPtr Server::Impl::NextReady() {
  const MutexLock lock(mu_);
  while (ready_.empty() && !closed_) {
    changed_.WaitUntil(mu_, Deadline::Never());
  }
  if (closed_) {
    return nullptr;
  }
  ConnectionPtr next = std::move(ready_.front());
  ready_.pop_front();
  ++running_;
  return next;
}

void Server::Impl::Work() {
  while (const ConnectionPtr connection = NextReady()) {
    Serve(connection);
    const MutexLock lock(mu_);
    --running_;
    changed_.NotifyAll();
  }
}

void Server::Impl::Serve(const ConnectionPtr& connection) {
  Connection& c = *connection;
  Request request;
  if (c.refuse_with == 0) {
    request = c.parser->TakeRequest();
    request.remote = c.remote;
    request.tls = options_.tls.has_value();
  }
  Exchange exchange(ExchangeParts{
      c.transport,
      *c.parser,
      c.unparsed,
      request,
      c.cut,
      stopping_,
      options_.io_timeout,
      options_.body_timeout,
      [this, &connection](EventStreamOptions options) { return OpenStream(connection, options); }});
  if (c.refuse_with == 0) {
    RunHandler(request, exchange);
  } else {
    exchange.Refuse(c.refuse_with);
  }
  if (exchange.streaming()) {
    asio::post(io_, [this, connection] { AdoptStream(connection); });
    return;
  }
  const bool again = exchange.Finish() && c.stream == nullptr;
  asio::post(io_, [this, connection, again] {
    if (again) {
      AwaitRequest(connection);
    } else {
      Drop(connection);
    }
  });
}

void Server::Impl::RunHandler(const Request& request, Exchange& exchange) {
  std::string problem;
  try {
    handler_(request, exchange, exchange);
    return;
  } catch (const std::exception& e) {
    problem = e.what();
  }
  LogError(
      "a request's handler failed",
      {{"server", options_.name}, {"path", request.path}, {"err", problem}}
  );
  if (exchange.started()) {
    exchange.Abort();
  } else if (!exchange.Reply(500, "text/plain", "internal error\n").has_value()) {
    exchange.Abort();
  }
}

void Server::Impl::CloseIdle() {
  error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
  heart_.cancel();
  std::vector<ConnectionPtr> all;
  {
    const MutexLock lock(mu_);
    all.assign(connections_.begin(), connections_.end());
  }
  for (const ConnectionPtr& connection : all) {
    if (connection->with_io && connection->stream != nullptr) {
      Drop(connection);
    } else if (connection->with_io) {
      connection->socket.cancel(ignored);
    }
  }
}

void Server::Impl::Stop(Deadline deadline) {
  if (stopping_.exchange(true)) {
    return;
  }
  asio::post(io_, [this] { CloseIdle(); });
  {
    const MutexLock lock(mu_);
    while ((running_ > 0 || !ready_.empty()) && changed_.WaitUntil(mu_, deadline)) {
    }
    closed_ = true;
    ready_.clear();
    for (const ConnectionPtr& connection : connections_) {
      connection->cut = true;
      connection->transport.Cut();
    }
    changed_.NotifyAll();
  }
  for (Thread& worker : workers_) {
    worker.Join();
  }
  io_.stop();
  io_thread_.Join();
  const MutexLock lock(mu_);
  for (const ConnectionPtr& connection : connections_) {
    if (connection->stream != nullptr) {
      connection->stream->Detach();  // its senders may outlive us
    }
  }
  connections_.clear();
}

void Server::Impl::RenewTls() {
  if (!options_.tls.has_value()) {
    return;
  }
  std::string version = VersionOf(*options_.tls);
  if (version == tls_version_) {
    return;
  }
  tls_version_ = std::move(version);
  auto fresh = TlsContext::Open(*options_.tls);
  if (!fresh) {  // the other of the two files may be on its way
    LogWarn(
        "the new certificate can't be used; the one of before stays",
        fresh.error(),
        {{"server", options_.name}}
    );
    return;
  }
  tls_ = std::move(*fresh);  // a connection holds what it needs of the one it was opened with
  LogInfo("certificate and key were read again", {{"server", options_.name}});
}

Result<std::unique_ptr<Server>> Server::Start(ServerOptions options, Handler handler) {
  auto impl = std::make_unique<Impl>(std::move(options), std::move(handler));
  ROWHOUSE_TRY(impl->Open());
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() {
  Stop(Deadline::After(seconds(5)));
}

uint16_t Server::port() const {
  return impl_->port();
}

std::string Server::url() const {
  return impl_->url();
}

void Server::Stop(Deadline deadline) {
  impl_->Stop(deadline);
}

}  // namespace rowhouse::http
