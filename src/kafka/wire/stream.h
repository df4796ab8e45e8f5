#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

// OpenSSL's, of which we hold pointers only.
struct ssl_ctx_st;
struct ssl_st;

namespace rowhouse::kafka::wire {

// Whom a TLS client trusts and what it shows; files, PEM.
struct TlsOptions {
  std::string ca;    // empty: the system's authorities
  std::string cert;  // with its chain; empty: shows none
  std::string key;
};

// Threads: Open once, then shared by all connections.
// Errors:  kConfig where a file can't be read or certificate and key do not fit.
class TlsClient {
 public:
  static Result<std::unique_ptr<TlsClient>> Open(const TlsOptions& options);
  ~TlsClient();
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  ssl_ctx_st* native() const { return context_; }

 private:
  explicit TlsClient(ssl_ctx_st* context) : context_(context) {}

  ssl_ctx_st* context_;
};

// A byte stream to one server: TCP, or TLS over it, on a non-blocking socket. It only takes
// steps that never wait; its owner polls.
//
// Place:    inside a BrokerConnection.
// Blocking: Connect resolves the name, which asks a name server where it is no number and
//           not in the hosts file.
// Errors:   kUnavailable: refused, reset, closed, no such host. kConfig: TLS says that one
//           side does not trust the other.
// Threads:  one owner.
class Stream {
 public:
  // What must become possible before a step can be tried again.
  enum class Want { kNothing, kRead, kWrite };

  struct Step {
    size_t bytes = 0;
    Want want = Want::kNothing;
  };

  // Begins to connect; null `tls`: plain.
  static Result<std::unique_ptr<Stream>> Connect(
      const std::string& host, uint16_t port, const TlsClient* tls
  );

  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  int fd() const { return fd_; }

  // Goes on with connecting and the TLS handshake; kNothing when both are through.
  Result<Step> Establish();

  Result<Step> Read(uint8_t* into, size_t size);

  // As many of the pieces, in order, as fit.
  Result<Step> Write(std::span<const ByteView> pieces);

 private:
  struct Address;

  Stream(std::string host, uint16_t port, const TlsClient* tls);

  Status Resolve();
  Status TryNext();
  Status FinishConnect();
  Result<Step> TlsOutcome(int returned, const char* doing) const;
  Error Broken(std::string_view doing, int code) const;

  const std::string host_;
  const uint16_t port_;
  const TlsClient* const tls_;
  std::vector<Address> addresses_;
  size_t next_address_ = 0;
  int fd_ = -1;
  bool connected_ = false;
  bool established_ = false;
  ssl_st* ssl_ = nullptr;
};

}  // namespace rowhouse::kafka::wire
