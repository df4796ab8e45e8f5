#include "avro/wire.h"

#include <fmt/format.h>

namespace rowhouse::avro {

Result<Framed> ReadFrame(ByteView record) {
  ByteCursor in(record);
  const uint8_t magic = in.U8();
  const auto id = static_cast<int32_t>(in.BigEndian(4));
  if (!in.ok()) {
    return Error(
        ErrorKind::kBadRecord,
        fmt::format("{} bytes are too few for a schema id and a value", record.size())
    );
  }
  if (magic != 0) {
    return Error(
               ErrorKind::kBadRecord,
               fmt::format(
                   "the record starts with byte 0x{:02x}, not with 0 and a schema id", magic
               )
    )
        .WithHint("the topic may hold JSON or another format than Avro with a schema registry");
  }
  return Framed{id, in.Bytes(in.left())};
}

void AppendFrame(int32_t schema_id, Buffer& out) {
  const auto id = static_cast<uint32_t>(schema_id);
  uint8_t* to = out.Reserve(kFrameBytes);
  *to++ = 0;
  for (int shift = 24; shift >= 0; shift -= 8) {
    *to++ = static_cast<uint8_t>(id >> shift);
  }
  out.Commit(to);
}

}  // namespace rowhouse::avro
