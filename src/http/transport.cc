#include "http/transport.h"

#include <algorithm>
#include <cerrno>
#include <poll.h>
#include <sys/socket.h>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/tls_reason.h"
#include "http/server.h"

namespace rowhouse::http {
namespace {

Error TlsError(std::string_view what, const std::string& path) {
  return Error(ErrorKind::kConfig, fmt::format("{} '{}': {}", what, path, TlsReason()))
      .WithHint("give a PEM certificate chain and its unencrypted PEM private key");
}

size_t AsSize(ssize_t n) {
  return n > 0 ? static_cast<size_t>(n) : 0;
}

}  // namespace

Result<std::unique_ptr<TlsContext>> TlsContext::Open(const TlsFiles& files) {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  if (context == nullptr) {
    return Error(ErrorKind::kInternal, "no TLS context: " + TlsReason());
  }
  std::unique_ptr<TlsContext> out(new TlsContext(context));
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1) {
    return TlsError("can't use the TLS certificate", files.certificate);
  }
  if (SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return TlsError("can't use the TLS key", files.key);
  }
  if (SSL_CTX_check_private_key(context) != 1) {
    return TlsError("the TLS key does not belong to the certificate", files.certificate);
  }
  return out;
}

TlsContext::~TlsContext() {
  SSL_CTX_free(context_);
}

Transport::Transport(int socket, const TlsContext* tls) : socket_(socket) {
  if (tls != nullptr) {
    ssl_ = SSL_new(tls->native());
    CHECK(ssl_ != nullptr);
    SSL_set_fd(ssl_, socket);
    SSL_set_accept_state(ssl_);
  }
}

Transport::~Transport() {
  SSL_free(ssl_);
}

Transport::Step Transport::Outcome(int returned) const {
  if (returned > 0) {
    return {static_cast<size_t>(returned), Want::kNothing};
  }
  const int reason = SSL_get_error(ssl_, returned);
  ERR_clear_error();
  if (reason == SSL_ERROR_WANT_READ) {
    return {0, Want::kRead};
  }
  return {0, reason == SSL_ERROR_WANT_WRITE ? Want::kWrite : Want::kClosed};
}

Transport::Step Transport::Handshake() {
  if (ssl_ == nullptr) {
    return {};
  }
  const Step step = Outcome(SSL_do_handshake(ssl_));
  return {0, step.want};
}

Transport::Step Transport::ReadStep(char* into, size_t size) {
  if (ssl_ != nullptr) {
    return Outcome(SSL_read(ssl_, into, static_cast<int>(std::min(size, size_t{1} << 30))));
  }
  for (;;) {
    const ssize_t got = ::recv(socket_, into, size, 0);
    if (got > 0) {
      return {AsSize(got), Want::kNothing};
    }
    if (got < 0 && errno == EINTR) {
      continue;
    }
    const bool empty = got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    return {0, empty ? Want::kRead : Want::kClosed};
  }
}

Transport::Step Transport::WriteStep(std::string_view bytes) {
  if (ssl_ != nullptr) {
    const size_t size = std::min(bytes.size(), size_t{1} << 30);
    return Outcome(SSL_write(ssl_, bytes.data(), static_cast<int>(size)));
  }
  for (;;) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      return {AsSize(sent), Want::kNothing};
    }
    if (errno == EINTR) {
      continue;
    }
    const bool full = errno == EAGAIN || errno == EWOULDBLOCK;
    return {0, full ? Want::kWrite : Want::kClosed};
  }
}

bool Transport::Wait(Want want, milliseconds timeout) const {
  pollfd wait{socket_, static_cast<short>(want == Want::kRead ? POLLIN : POLLOUT), 0};
  const Deadline deadline = Deadline::After(timeout);
  for (;;) {
    const int ready = ::poll(&wait, 1, static_cast<int>(deadline.Left().count()));
    if (ready >= 0 || errno != EINTR) {
      return ready > 0;
    }
  }
}

Result<size_t> Transport::Read(char* into, size_t size, milliseconds timeout) {
  for (;;) {
    const Step step = ReadStep(into, size);
    if (step.bytes > 0 || step.want == Want::kClosed) {
      return step.bytes;
    }
    if (!Wait(step.want, timeout)) {
      return Error(
          ErrorKind::kUnavailable, fmt::format("the client sent nothing for {} ms", timeout.count())
      );
    }
  }
}

Status Transport::Write(std::string_view bytes, milliseconds timeout) {
  while (!bytes.empty()) {
    const Step step = WriteStep(bytes);
    bytes.remove_prefix(step.bytes);
    if (step.want == Want::kClosed) {
      return Error(ErrorKind::kCancelled, "the client has closed the connection");
    }
    if (step.want != Want::kNothing && !Wait(step.want, timeout)) {
      return Error(
          ErrorKind::kCancelled, fmt::format("the client took nothing for {} ms", timeout.count())
      );
    }
  }
  return Ok();
}

bool Transport::PeerGone() const {
  pollfd state{socket_, POLLRDHUP, 0};
  return ::poll(&state, 1, 0) > 0 && (state.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

void Transport::EndSending() {
  if (ssl_ != nullptr && SSL_is_init_finished(ssl_) != 0) {
    SSL_shutdown(ssl_);
    ERR_clear_error();
  }
  ::shutdown(socket_, SHUT_WR);
}

void Transport::Cut() const {
  ::shutdown(socket_, SHUT_RDWR);
}

}  // namespace rowhouse::http
