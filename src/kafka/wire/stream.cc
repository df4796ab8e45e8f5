#include "kafka/wire/stream.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/tls_reason.h"
#include "kafka/errors.h"

namespace rowhouse::kafka::wire {

namespace {

constexpr size_t kPiecesMost = 64;         // of one writev
constexpr unsigned kDeadAfterMs = 30'000;  // sent bytes without any answer of the other host

Error TlsFile(std::string_view option, const std::string& path) {
  return Error(ErrorKind::kConfig, fmt::format("{}: can't use {}: {}", option, path, TlsReason()))
      .WithHint("give PEM files: authorities, a certificate with its chain, its unencrypted key");
}

void SetOptions(int fd) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &kDeadAfterMs, sizeof kDeadAfterMs);
}

bool IsNumber(const std::string& host) {
  in6_addr any{};
  return inet_pton(AF_INET, host.c_str(), &any) == 1 ||
         inet_pton(AF_INET6, host.c_str(), &any) == 1;
}

}  // namespace

Result<std::unique_ptr<TlsClient>> TlsClient::Open(const TlsOptions& options) {
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  if (context == nullptr) {
    return Error(ErrorKind::kInternal, "no TLS context: " + TlsReason());
  }
  std::unique_ptr<TlsClient> out(new TlsClient(context));
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  const bool trusts = options.ca.empty()
                          ? SSL_CTX_set_default_verify_paths(context) == 1
                          : SSL_CTX_load_verify_file(context, options.ca.c_str()) == 1;
  if (!trusts) {
    return TlsFile("kafka.security.tls.ca", options.ca);
  }
  if (!options.cert.empty() &&
      SSL_CTX_use_certificate_chain_file(context, options.cert.c_str()) != 1) {
    return TlsFile("kafka.security.tls.cert", options.cert);
  }
  if (!options.key.empty() &&
      (SSL_CTX_use_PrivateKey_file(context, options.key.c_str(), SSL_FILETYPE_PEM) != 1 ||
       SSL_CTX_check_private_key(context) != 1)) {
    return TlsFile("kafka.security.tls.key", options.key);
  }
  return out;
}

TlsClient::~TlsClient() {
  SSL_CTX_free(context_);
}

// Where the host can be reached; a name may have several.
struct Stream::Address {
  int family;
  sockaddr_storage storage;
  socklen_t size;
};

Stream::Stream(std::string host, uint16_t port, const TlsClient* tls)
    : host_(std::move(host)), port_(port), tls_(tls) {}

Stream::~Stream() {
  SSL_free(ssl_);
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

Result<std::unique_ptr<Stream>> Stream::Connect(
    const std::string& host, uint16_t port, const TlsClient* tls
) {
  std::unique_ptr<Stream> stream(new Stream(host, port, tls));
  ROWHOUSE_TRY(stream->Resolve());
  ROWHOUSE_TRY(stream->TryNext());
  return stream;
}

Status Stream::Resolve() {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  const int code = getaddrinfo(host_.c_str(), std::to_string(port_).c_str(), &wanted, &found);
  if (code != 0) {
    return Unreachable(fmt::format("{}:{}", host_, port_), gai_strerror(code));
  }
  for (const addrinfo* a = found; a != nullptr; a = a->ai_next) {
    Address& address = addresses_.emplace_back();
    address.family = a->ai_family;
    address.size = a->ai_addrlen;
    std::memcpy(&address.storage, a->ai_addr, a->ai_addrlen);
  }
  freeaddrinfo(found);
  return Ok();
}

Status Stream::TryNext() {
  int code = EADDRNOTAVAIL;
  while (next_address_ < addresses_.size()) {
    const Address& address = addresses_[next_address_++];
    if (fd_ >= 0) {
      ::close(fd_);
    }
    fd_ = ::socket(address.family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd_ < 0) {
      code = errno;
      continue;
    }
    SetOptions(fd_);
    const auto* to = reinterpret_cast<const sockaddr*>(&address.storage);
    if (::connect(fd_, to, address.size) == 0 || errno == EINPROGRESS) {
      return Ok();
    }
    code = errno;
  }
  return Broken("connecting", code);
}

Status Stream::FinishConnect() {
  int code = 0;
  socklen_t size = sizeof code;
  getsockopt(fd_, SOL_SOCKET, SO_ERROR, &code, &size);
  if (code != 0) {
    return next_address_ < addresses_.size() ? TryNext() : Status(Broken("connecting", code));
  }
  sockaddr_storage peer{};
  size = sizeof peer;
  connected_ = ::getpeername(fd_, reinterpret_cast<sockaddr*>(&peer), &size) == 0;
  if (!connected_ || tls_ == nullptr) {
    return Ok();
  }
  ssl_ = SSL_new(tls_->native());
  if (ssl_ == nullptr || SSL_set_fd(ssl_, fd_) != 1) {
    return Error(ErrorKind::kInternal, "no TLS session: " + TlsReason());
  }
  // The certificate must be the host's: by number where that is how it is called.
  if (IsNumber(host_)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_), host_.c_str());
  } else {
    SSL_set1_host(ssl_, host_.c_str());
    // What SSL_set_tlsext_host_name() is a macro for.
    char* const name = const_cast<char*>(host_.c_str());
    SSL_ctrl(ssl_, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name);
  }
  SSL_set_connect_state(ssl_);
  return Ok();
}

Result<Stream::Step> Stream::Establish() {
  if (!connected_) {
    ROWHOUSE_TRY(FinishConnect());
    if (!connected_) {
      return Step{0, Want::kWrite};
    }
  }
  if (ssl_ == nullptr || established_) {
    established_ = true;
    return Step{};
  }
  const Step step = ROWHOUSE_TRY(TlsOutcome(SSL_do_handshake(ssl_), "TLS handshake"));
  established_ = step.want == Want::kNothing;
  return Step{0, step.want};
}

Result<Stream::Step> Stream::Read(uint8_t* into, size_t size) {
  if (ssl_ != nullptr) {
    const int most = static_cast<int>(std::min(size, size_t{1} << 30));
    return TlsOutcome(SSL_read(ssl_, into, most), "reading");
  }
  while (true) {
    const ssize_t got = ::recv(fd_, into, size, 0);
    if (got > 0) {
      return Step{static_cast<size_t>(got), Want::kNothing};
    }
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      return Step{0, Want::kRead};
    }
    return Broken("reading", got == 0 ? 0 : errno);
  }
}

Result<Stream::Step> Stream::Write(std::span<const ByteView> pieces) {
  if (ssl_ != nullptr) {
    const ByteView piece = pieces.front();
    const int most = static_cast<int>(std::min(piece.size(), size_t{1} << 30));
    return TlsOutcome(SSL_write(ssl_, piece.data(), most), "writing");
  }
  std::array<iovec, kPiecesMost> parts{};
  const size_t count = std::min(pieces.size(), parts.size());
  for (size_t i = 0; i < count; ++i) {
    parts[i] = {const_cast<uint8_t*>(pieces[i].data()), pieces[i].size()};
  }
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = count;
  while (true) {
    const ssize_t sent = ::sendmsg(fd_, &message, MSG_NOSIGNAL);
    if (sent >= 0) {
      return Step{static_cast<size_t>(sent), Want::kNothing};
    }
    if (errno == EINTR) {
      continue;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return Step{0, Want::kWrite};
    }
    return Broken("writing", errno);
  }
}

Result<Stream::Step> Stream::TlsOutcome(int returned, const char* doing) const {
  if (returned > 0) {
    return Step{static_cast<size_t>(returned), Want::kNothing};
  }
  switch (SSL_get_error(ssl_, returned)) {
    case SSL_ERROR_WANT_READ:
      return Step{0, Want::kRead};
    case SSL_ERROR_WANT_WRITE:
      return Step{0, Want::kWrite};
    case SSL_ERROR_SSL: {
      const long verdict = SSL_get_verify_result(ssl_);
      const std::string reason =
          verdict == X509_V_OK ? TlsReason() : X509_verify_cert_error_string(verdict);
      ERR_clear_error();
      return TlsTrouble(fmt::format("{}:{}: {}", host_, port_, doing), reason);
    }
    default: {
      const int code = errno;
      ERR_clear_error();
      return Broken(doing, code);
    }
  }
}

Error Stream::Broken(std::string_view doing, int code) const {
  return Unreachable(
      fmt::format("{}:{}: {}", host_, port_, doing),
      code == 0 ? "the broker closed the connection" : std::generic_category().message(code)
  );
}

}  // namespace rowhouse::kafka::wire
