#include "mysql/packet_reader.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

// mysql.h must come before ma_pvio.h.
// clang-format off
#include <fmt/format.h>
#include <mysql.h>
#include <ma_pvio.h>
#include <openssl/ssl.h>
// clang-format on

#include "mysql/connection.h"
#include "mysql/error_map.h"
#include "mysql/packet_framer.h"

namespace rowhouse::mysql {

namespace {

constexpr size_t kHeaderBytes = 4;

// What the library's MARIADB_TLS points to; its header needs others that are not installed.
struct TlsHandle {
  void* data;
  st_ma_pvio* pvio;
  void* ssl;
};

enum class Wake { kData, kDeadline, kInterrupt, kFailed };

// The waiting both readers share: for the socket, the deadline, or Interrupt().
class Waiter {
 public:
  explicit Waiter(int fd) : fd_(fd), event_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    CHECK(event_ >= 0);
  }

  ~Waiter() { close(event_); }

  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  bool interrupted() const { return interrupted_.load(std::memory_order_acquire); }

  void Interrupt() {
    interrupted_.store(true, std::memory_order_release);
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t n = write(event_, &one, sizeof(one));
  }

  Wake Wait(Deadline deadline) const {
    while (!interrupted()) {
      pollfd fds[2] = {{fd_, POLLIN, 0}, {event_, POLLIN, 0}};
      // Rounded up, so that it does not spin through the last millisecond.
      const int64_t left = deadline.Passed() ? 0 : deadline.Left().count() + 1;
      const int ready = poll(fds, 2, static_cast<int>(std::min<int64_t>(left, 60'000)));
      if (ready < 0 && errno != EINTR) {
        return Wake::kFailed;
      }
      if (ready > 0 && fds[0].revents != 0) {
        return Wake::kData;
      }
      if (ready == 0 && deadline.Passed()) {
        return Wake::kDeadline;
      }
    }
    return Wake::kInterrupt;
  }

 private:
  int fd_;
  int event_;
  std::atomic<bool> interrupted_{false};
};

Error Cancelled(std::string_view what) {
  return Error(ErrorKind::kCancelled, fmt::format("{}: closed", what));
}

Error LinkEnded(std::string_view what, std::string_view why) {
  return Error(ErrorKind::kUnavailable, fmt::format("{}: the link ended: {}", what, why));
}

class PlainPacketReader final : public PacketReader {
 public:
  PlainPacketReader(Connection& connection, std::string what)
      : fd_(connection.fd()), what_(std::move(what)), waiter_(fd_) {
    TakeLibraryBuffer(*connection.handle()->net.pvio);
  }

  Result<std::optional<ByteView>> Next(Arena& arena, Deadline deadline) override {
    while (true) {
      auto packet = framer_.Take(arena);
      if (!packet.has_value()) {
        return std::move(packet).error().Context(what_);
      }
      if (packet->has_value()) {
        return packet;
      }
      const std::span<uint8_t> room = framer_.Room();
      const ssize_t n = recv(fd_, room.data(), room.size(), MSG_DONTWAIT);
      if (n > 0) {
        framer_.Filled(static_cast<size_t>(n));
        received_ += static_cast<uint64_t>(n);
        continue;
      }
      if (waiter_.interrupted()) {
        return Cancelled(what_);
      }
      if (n == 0) {
        return LinkEnded(what_, "the server closed it");
      }
      if (errno == EINTR) {
        continue;
      }
      if (errno != EAGAIN) {
        return LinkEnded(what_, std::strerror(errno));
      }
      switch (waiter_.Wait(deadline)) {
        case Wake::kData:
          break;
        case Wake::kDeadline:
          return std::optional<ByteView>();
        case Wake::kInterrupt:
          return Cancelled(what_);
        case Wake::kFailed:
          return LinkEnded(what_, std::strerror(errno));
      }
    }
  }

  void Interrupt() override { waiter_.Interrupt(); }

  uint64_t bytes_received() const override { return received_; }

 private:
  // What the client library has read ahead of us.
  void TakeLibraryBuffer(st_ma_pvio& pvio) {
    if (pvio.cache == nullptr || pvio.cache_pos == nullptr) {
      return;
    }
    const size_t read_ahead = static_cast<size_t>(pvio.cache + pvio.cache_size - pvio.cache_pos);
    if (read_ahead > 0) {
      // The library's cache is 16 KiB, less than the framer's room.
      std::memcpy(framer_.Room().data(), pvio.cache_pos, read_ahead);
      framer_.Filled(read_ahead);
      pvio.cache_pos = pvio.cache;
      pvio.cache_size = 0;
    }
  }

  const int fd_;
  const std::string what_;
  Waiter waiter_;
  PacketFramer framer_;
  uint64_t received_ = 0;
};

class TlsPacketReader final : public PacketReader {
 public:
  TlsPacketReader(Connection& connection, std::string what)
      : connection_(connection), what_(std::move(what)), waiter_(connection.fd()) {}

  Result<std::optional<ByteView>> Next(Arena& arena, Deadline deadline) override {
    if (!LibraryHasBytes()) {
      switch (waiter_.Wait(deadline)) {
        case Wake::kData:
          break;
        case Wake::kDeadline:
          return std::optional<ByteView>();
        case Wake::kInterrupt:
          return Cancelled(what_);
        case Wake::kFailed:
          return LinkEnded(what_, std::strerror(errno));
      }
    }
    MYSQL* mysql = connection_.handle();
    const unsigned long length = mysql_net_read_packet(mysql);
    if (length == packet_error) {
      // An error packet was taken apart by the library already.
      return waiter_.interrupted() ? Cancelled(what_) : connection_.LastError(what_);
    }
    received_ += length + kHeaderBytes;
    return std::optional(
        AsBytes(arena.Copy({reinterpret_cast<const char*>(mysql->net.read_pos), length}))
    );
  }

  void Interrupt() override {
    waiter_.Interrupt();
    connection_.Shutdown();
  }

  uint64_t bytes_received() const override { return received_; }

 private:
  bool LibraryHasBytes() const {
    const st_ma_pvio& pvio = *connection_.handle()->net.pvio;
    if (pvio.cache != nullptr && pvio.cache_pos < pvio.cache + pvio.cache_size) {
      return true;
    }
    const auto* tls = static_cast<const TlsHandle*>(static_cast<const void*>(pvio.ctls));
    return tls != nullptr && SSL_pending(static_cast<const SSL*>(tls->ssl)) > 0;
  }

  Connection& connection_;
  const std::string what_;
  Waiter waiter_;
  uint64_t received_ = 0;
};

}  // namespace

Result<std::unique_ptr<PacketReader>> PacketReader::Open(Connection& connection, std::string what) {
  if (connection.tls()) {
    return std::make_unique<TlsPacketReader>(connection, std::move(what));
  }
  return std::make_unique<PlainPacketReader>(connection, std::move(what));
}

Error ErrorOfPacket(ByteView packet, std::string_view what) {
  ByteCursor in(packet);
  in.Skip(1);
  const int native = in.U16();
  std::string_view text = in.Text(in.left());
  if (text.starts_with('#') && text.size() >= 6) {  // SQL state
    text.remove_prefix(6);
  }
  return MapError(native, text, what);
}

}  // namespace rowhouse::mysql
