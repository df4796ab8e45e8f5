#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/varint.h"

namespace rowhouse::kafka::wire {

// Writes the `bytes` low bytes of a number, most significant first.
inline void PutBigEndian(uint8_t* to, uint64_t v, size_t bytes) {
  for (size_t i = bytes; i > 0; --i) {
    to[i - 1] = static_cast<uint8_t>(v);
    v >>= 8;
  }
}

// Writes the protocol's primitive types at the end of a buffer.
//
// "Compact" types and tags belong to the flexible versions of a message; which of the two a
// version has is for the message's encoder to know.
//
// Owns: nothing; the buffer must outlive it.
class WireWriter {
 public:
  explicit WireWriter(Buffer& out) : out_(out) {}

  void I8(int8_t v) { Number(static_cast<uint64_t>(v), 1); }

  void I16(int16_t v) { Number(static_cast<uint64_t>(v), 2); }

  void I32(int32_t v) { Number(static_cast<uint64_t>(v), 4); }

  void I64(int64_t v) { Number(static_cast<uint64_t>(v), 8); }

  // The length of what follows: an array's items or a run of bytes.
  void Count(size_t n) { I32(static_cast<int32_t>(n)); }

  void String(std::string_view v) {
    I16(static_cast<int16_t>(v.size()));
    out_.Append(v);
  }

  void NullString() { I16(-1); }

  void Bytes(std::string_view v) {
    Count(v.size());
    out_.Append(v);
  }

  void Uvarint(uint64_t v) { out_.Commit(PutVarint(out_.Reserve(kVarintBytesMax), v)); }

  void CompactCount(size_t n) { Uvarint(n + 1); }

  void CompactString(std::string_view v) {
    CompactCount(v.size());
    out_.Append(v);
  }

  void NoTags() { Uvarint(0); }

 private:
  void Number(uint64_t v, size_t bytes) {
    uint8_t* to = out_.Reserve(bytes);
    PutBigEndian(to, v, bytes);
    out_.Commit(to + bytes);
  }

  Buffer& out_;
};

// Reads them; sticky on errors as ByteCursor is: ask ok() once at the end.
class WireReader {
 public:
  explicit WireReader(ByteView bytes) : at_(bytes) {}

  bool ok() const { return at_.ok(); }

  size_t left() const { return at_.left(); }

  int8_t I8() { return static_cast<int8_t>(at_.U8()); }

  int16_t I16() { return static_cast<int16_t>(at_.BigEndian(2)); }

  int32_t I32() { return static_cast<int32_t>(at_.BigEndian(4)); }

  int64_t I64() { return static_cast<int64_t>(at_.BigEndian(8)); }

  bool Bool() { return at_.U8() != 0; }

  // Items of an array; null counts as none. Each takes a byte at least, so a count above
  // what is left is damage.
  size_t Count() { return Plausible(I32()); }

  // A null string is an empty one.
  std::string String() {
    const int16_t size = I16();
    return size <= 0 ? std::string() : std::string(at_.Text(static_cast<size_t>(size)));
  }

  std::string_view Bytes() {
    const int32_t size = I32();
    return size <= 0 ? std::string_view() : at_.Text(static_cast<size_t>(size));
  }

  uint64_t Uvarint() {
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const uint8_t byte = at_.U8();
      v |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) {
        return v;
      }
    }
    at_.Fail();
    return 0;
  }

  int64_t Varint() { return UnZigZag(Uvarint()); }

  size_t CompactCount() { return Plausible(static_cast<int64_t>(Uvarint()) - 1); }

  // A null string is an empty one.
  std::string CompactString() { return std::string(at_.Text(CompactCount())); }

  void SkipTags() {
    for (uint64_t left = Uvarint(); left > 0 && ok(); --left) {
      Uvarint();
      at_.Skip(Uvarint());
    }
  }

  ByteView Run(size_t n) { return at_.Bytes(n); }

 private:
  size_t Plausible(int64_t count) {
    if (count > static_cast<int64_t>(at_.left())) {
      at_.Fail();
      return 0;
    }
    return count < 0 ? 0 : static_cast<size_t>(count);
  }

  ByteCursor at_;
};

}  // namespace rowhouse::kafka::wire
