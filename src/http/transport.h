#pragma once

#include <memory>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

// OpenSSL's, of which we hold pointers only.
struct ssl_ctx_st;
struct ssl_st;

namespace rowhouse::http {

struct TlsFiles;

// What a server shows its TLS clients: certificate, key, TLS 1.2 and newer.
//
// Threads: Open once, then shared by all connections.
// Errors:  kConfig where a file can't be read or certificate and key do not fit.
class TlsContext {
 public:
  static Result<std::unique_ptr<TlsContext>> Open(const TlsFiles& files);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  ssl_ctx_st* native() const { return context_; }

 private:
  explicit TlsContext(ssl_ctx_st* context) : context_(context) {}

  ssl_ctx_st* context_;
};

// The bytes of one accepted connection, plain or TLS, on a non-blocking socket.
//
// It serves both sides of the server: the I/O thread takes single steps that never wait,
// and a worker makes whole reads and writes that wait with poll(2).
//
// Owns:    the TLS state, not the socket.
// Threads: one at a time; PeerGone() and Cut() from any.
class Transport {
 public:
  // What a step needs before it can be tried again.
  enum class Want { kNothing, kRead, kWrite, kClosed };

  // The outcome of one step: bytes moved, or what to wait for.
  struct Step {
    size_t bytes = 0;
    Want want = Want::kNothing;
  };

  // Null context: plain.
  Transport(int socket, const TlsContext* tls);
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  // kNothing when the TLS handshake is complete (at once for plain).
  Step Handshake();
  Step ReadStep(char* into, size_t size);
  Step WriteStep(std::string_view bytes);

  // At least one byte; 0 when the peer has ended its sending. kCancelled when the connection
  // is broken, kUnavailable when nothing came in time.
  Result<size_t> Read(char* into, size_t size, milliseconds timeout);

  // All of it. kCancelled when the connection is broken or made no progress for `timeout`.
  Status Write(std::string_view bytes, milliseconds timeout);

  // The peer has closed, reset, or ended its sending.
  bool PeerGone() const;

  // Tells the peer that nothing more comes.
  void EndSending();

  // Breaks the connection: waiting reads and writes end.
  void Cut() const;

 private:
  Step Outcome(int returned) const;
  bool Wait(Want want, milliseconds timeout) const;

  const int socket_;
  ssl_st* ssl_ = nullptr;
};

}  // namespace rowhouse::http
