#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "model/arena.h"

namespace rowhouse::mysql {

// Puts the server's packets together from the bytes of a socket.
//
// A packet is a length of three bytes, a number, and the payload; one of 0xFFFFFF
// bytes is continued by the next. Bytes in, packets out: no socket here.
//
// Place:  inside PacketReader.
// Owns:   its buffer: kBufferBytes, more only while a larger packet arrives: a quarter more than
//         that has so far, and while it grows as much again.
// Errors: kBadRecord for a packet above kPacketBytesMax: what is read is no MySQL protocol.
class PacketFramer {
 public:
  static constexpr size_t kBufferBytes = size_t{256} * 1024;
  // The server's max_allowed_packet is at most 1 GiB; an event may be a header larger.
  static constexpr size_t kPacketBytesMax = (size_t{1} << 30) + (size_t{1} << 20);

  PacketFramer() : buffer_(kBufferBytes) {}

  // Where received bytes go; never empty. Say how many came by Filled().
  std::span<uint8_t> Room();

  void Filled(size_t bytes) { end_ += bytes; }

  // The next packet, copied into `arena`; nullopt until all of it is there.
  Result<std::optional<ByteView>> Take(Arena& arena);

 private:
  size_t FragmentBytes(size_t at) const;
  void CopyOut(uint8_t* packet, size_t end);
  void Shrink();

  std::vector<uint8_t> buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
  size_t needed_ = 0;  // bytes from begin_ that the packet under way is known to have
};

}  // namespace rowhouse::mysql
