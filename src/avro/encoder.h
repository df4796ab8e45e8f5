#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/buffer.h"
#include "base/varint.h"

namespace rowhouse::avro {

// Writes Avro's primitives at the end of a buffer. Unions, arrays and records are
// what the caller makes of them: a branch is an Int, a block a count and its items.
//
// For records built field by field; rows have plans of their own (types/row_encoder.h).
//
// Owns: nothing; the buffer must outlive it.
class Encoder {
 public:
  explicit Encoder(Buffer& out) : out_(out) {}

  void Bool(bool v) { Byte(v ? 1 : 0); }

  // Avro's int and long, union branches, enum indexes and block counts.
  void Int(int64_t v) { out_.Commit(PutZigZag(out_.Reserve(kVarintBytesMax), v)); }

  void Float(float v) { Raw(&v, sizeof v); }

  void Double(double v) { Raw(&v, sizeof v); }

  // Avro's string and bytes.
  void Text(std::string_view v) {
    Int(static_cast<int64_t>(v.size()));
    out_.Append(v);
  }

 private:
  void Byte(uint8_t v) { Raw(&v, 1); }

  void Raw(const void* from, size_t bytes) {
    uint8_t* to = out_.Reserve(bytes);
    std::memcpy(to, from, bytes);
    out_.Commit(to + bytes);
  }

  Buffer& out_;
};

}  // namespace rowhouse::avro
