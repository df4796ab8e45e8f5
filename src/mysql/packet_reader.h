#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "model/arena.h"

namespace rowhouse::mysql {

class Connection;

// Reads the server's packets after a command whose answer is a long stream: the binary log or a
// large result.
//
// On a plain socket it receives by itself in large pieces, at half the cost of the client library's
// loop; under TLS the library decrypts and frames. Packets above 16 MB come whole.
//
// Place:    one a stream; made by DumpStream and ChunkCursor after the command was sent.
// Owns:     its buffer, 256 KiB, more only while a packet larger than it arrives.
// Threads:  one owner; Interrupt() from any thread.
// Blocking: Next() until a packet is there or the deadline; under TLS it may pass the deadline
//           while a packet that has begun comes in.
// Errors:   kUnavailable: the link ended. kCancelled: after Interrupt().
class PacketReader {
 public:
  // `connection` outlives the reader.
  static Result<std::unique_ptr<PacketReader>> Open(Connection& connection, std::string what);

  virtual ~PacketReader() = default;

  // The next whole packet, copied into `arena`; nullopt at the deadline. Error packets
  // (0xFF) are given like any other.
  virtual Result<std::optional<ByteView>> Next(Arena& arena, Deadline deadline) = 0;

  // Unblocks Next(), for good.
  virtual void Interrupt() = 0;

  // Bytes received so far.
  virtual uint64_t bytes_received() const = 0;
};

// The error that a 0xFF packet carries.
Error ErrorOfPacket(ByteView packet, std::string_view what);

}  // namespace rowhouse::mysql
