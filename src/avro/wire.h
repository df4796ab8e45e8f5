#pragma once

#include <cstdint>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/result.h"

namespace rowhouse::avro {

// A record's bytes in Confluent's wire format: 0, schema id in four bytes (big-endian),
// Avro. `payload` points into the record.
struct Framed {
  int32_t schema_id = 0;
  ByteView payload;
};

inline constexpr size_t kFrameBytes = 5;

// kBadRecord when the record is shorter than the header or does not start with 0.
Result<Framed> ReadFrame(ByteView record);

void AppendFrame(int32_t schema_id, Buffer& out);

}  // namespace rowhouse::avro
