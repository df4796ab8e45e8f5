#pragma once

#include <array>
#include <cstdint>

#include "base/buffer.h"
#include "base/bytes.h"

namespace rowhouse::kafka::wire {

// Compresses in Snappy's block format, without the framing some clients put around it:
// brokers and consumers take both.
//
// Greedy: at each place the last one with the same four bytes is looked up, and a match
// as long as it goes is written as copies.
//
// Owns:    a table of places, cleared at every 64 KiB.
// Threads: one owner.
class SnappyCompressor {
 public:
  void Compress(ByteView in, Buffer& out);

 private:
  static constexpr unsigned kTableBits = 14;

  uint8_t* CompressBlock(const uint8_t* block, size_t size, uint8_t* to);

  // The place of the last run of four bytes with this hash, from the block's start.
  std::array<uint16_t, size_t{1} << kTableBits> last_{};
};

}  // namespace rowhouse::kafka::wire
