#include "kafka/wire/snappy.h"

#include <algorithm>
#include <cstring>

#include "base/varint.h"

namespace rowhouse::kafka::wire {

namespace {

constexpr size_t kBlock = 65'536;     // so that a copy's distance fits two bytes
constexpr size_t kLiteralShort = 60;  // longer ones have their length in further bytes
constexpr size_t kCopyMax = 64;
constexpr size_t kMatchMin = 4;

uint32_t Load(const uint8_t* from) {
  uint32_t v = 0;
  std::memcpy(&v, from, sizeof v);
  return v;
}

uint8_t* PutLiteral(const uint8_t* from, size_t size, uint8_t* to) {
  if (size == 0) {
    return to;
  }
  const size_t n = size - 1;
  if (n < kLiteralShort) {
    *to++ = static_cast<uint8_t>(n << 2);
  } else if (n < 256) {
    *to++ = 60 << 2;
    *to++ = static_cast<uint8_t>(n);
  } else {
    *to++ = 61 << 2;
    *to++ = static_cast<uint8_t>(n);
    *to++ = static_cast<uint8_t>(n >> 8);
  }
  std::memcpy(to, from, size);
  return to + size;
}

uint8_t* PutCopy(size_t distance, size_t size, uint8_t* to) {
  while (size > 0) {
    const size_t n = std::min(size, kCopyMax);
    *to++ = static_cast<uint8_t>((n - 1) << 2 | 2);
    *to++ = static_cast<uint8_t>(distance);
    *to++ = static_cast<uint8_t>(distance >> 8);
    size -= n;
  }
  return to;
}

}  // namespace

void SnappyCompressor::Compress(ByteView in, Buffer& out) {
  // At worst all literals: three bytes each at a block's length, or a copy of three bytes
  // for four.
  uint8_t* to = out.Reserve(kVarintBytesMax + in.size() + in.size() / 6 + 32);
  to = PutVarint(to, in.size());
  for (size_t at = 0; at < in.size(); at += kBlock) {
    to = CompressBlock(in.data() + at, std::min(kBlock, in.size() - at), to);
  }
  out.Commit(to);
}

uint8_t* SnappyCompressor::CompressBlock(const uint8_t* block, size_t size, uint8_t* to) {
  last_.fill(0);
  size_t literal = 0;  // where the bytes not yet written begin
  size_t at = 1;       // place 0 is what an empty slot says
  while (at + kMatchMin <= size) {
    const uint32_t here = Load(block + at);
    uint16_t& slot = last_[here * 0x1E35A7BDU >> (32 - kTableBits)];
    const size_t before = slot;
    slot = static_cast<uint16_t>(at);
    if (Load(block + before) != here || before >= at) {
      at += 1 + (at - literal) / 32;  // the longer nothing matches, the wider the steps
      continue;
    }
    size_t matched = kMatchMin;
    while (at + matched < size && block[before + matched] == block[at + matched]) {
      ++matched;
    }
    to = PutLiteral(block + literal, at - literal, to);
    to = PutCopy(at - before, matched, to);
    at += matched;
    literal = at;
  }
  return PutLiteral(block + literal, size - literal, to);
}

}  // namespace rowhouse::kafka::wire
