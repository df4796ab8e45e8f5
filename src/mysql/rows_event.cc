#include "mysql/rows_event.h"

#include <algorithm>

namespace rowhouse::mysql {

namespace {

// The type whose head and rows a compressed event has.
EventType Plain(EventType type) {
  if (!RowsEvent::IsCompressed(type)) {
    return type;
  }
  const bool first_version = type <= EventType::kDeleteRowsCompressedV1;
  const auto from =
      first_version ? EventType::kWriteRowsCompressedV1 : EventType::kWriteRowsCompressed;
  const auto to = first_version ? EventType::kWriteRowsV1 : EventType::kWriteRows;
  return static_cast<EventType>(
      static_cast<uint8_t>(to) + static_cast<uint8_t>(type) - static_cast<uint8_t>(from)
  );
}

}  // namespace

bool RowsEvent::IsRows(EventType type) {
  return (type >= EventType::kWriteRowsV1 && type <= EventType::kDeleteRowsV1) ||
         (type >= EventType::kWriteRows && type <= EventType::kDeleteRows) ||
         type == EventType::kPartialUpdateRows || IsCompressed(type);
}

bool RowsEvent::IsCompressed(EventType type) {
  return type >= EventType::kWriteRowsCompressedV1 && type <= EventType::kDeleteRowsCompressed;
}

Result<RowsEvent> RowsEvent::Parse(EventType type, ByteView body) {
  ByteCursor in(body);
  RowsEvent out;
  type = Plain(type);
  out.partial = type == EventType::kPartialUpdateRows;
  const bool update =
      type == EventType::kUpdateRowsV1 || type == EventType::kUpdateRows || out.partial;
  const bool write = type == EventType::kWriteRowsV1 || type == EventType::kWriteRows;
  out.op = write ? Op::kCreate : update ? Op::kUpdate : Op::kDelete;
  out.table_id = in.U48();
  out.flags = in.U16();
  if (type >= EventType::kWriteRows) {
    const uint16_t extra = in.U16();  // counts itself
    in.Skip(std::max<size_t>(extra, 2) - 2);
  }
  out.columns = in.PackedInt();
  const uint64_t bitmap = out.columns / 8 + (out.columns % 8 != 0 ? 1 : 0);
  out.first_bitmap = in.Bytes(bitmap);
  out.second_bitmap = update ? in.Bytes(bitmap) : ByteView{};
  out.rows = in.Bytes(in.left());
  if (!in.ok()) {
    return Error(ErrorKind::kBadRecord, "its head is cut short");
  }
  return out;
}

}  // namespace rowhouse::mysql
