#include "mysql/event_header.h"

#include <algorithm>
#include <array>
#include <cstring>

#include <fmt/format.h>
#include <zlib.h>

namespace rowhouse::mysql {

namespace {

struct NamedType {
  EventType type;
  std::string_view name;
};

constexpr std::array kNames = {
    NamedType{EventType::kQuery, "QUERY"},
    NamedType{EventType::kStop, "STOP"},
    NamedType{EventType::kRotate, "ROTATE"},
    NamedType{EventType::kIntvar, "INTVAR"},
    NamedType{EventType::kRand, "RAND"},
    NamedType{EventType::kUserVar, "USER_VAR"},
    NamedType{EventType::kFormatDescription, "FORMAT_DESCRIPTION"},
    NamedType{EventType::kXid, "XID"},
    NamedType{EventType::kBeginLoadQuery, "BEGIN_LOAD_QUERY"},
    NamedType{EventType::kExecuteLoadQuery, "EXECUTE_LOAD_QUERY"},
    NamedType{EventType::kTableMap, "TABLE_MAP"},
    NamedType{EventType::kWriteRowsV1, "WRITE_ROWS_V1"},
    NamedType{EventType::kUpdateRowsV1, "UPDATE_ROWS_V1"},
    NamedType{EventType::kDeleteRowsV1, "DELETE_ROWS_V1"},
    NamedType{EventType::kIncident, "INCIDENT"},
    NamedType{EventType::kHeartbeat, "HEARTBEAT"},
    NamedType{EventType::kIgnorable, "IGNORABLE"},
    NamedType{EventType::kRowsQuery, "ROWS_QUERY"},
    NamedType{EventType::kWriteRows, "WRITE_ROWS"},
    NamedType{EventType::kUpdateRows, "UPDATE_ROWS"},
    NamedType{EventType::kDeleteRows, "DELETE_ROWS"},
    NamedType{EventType::kGtid, "GTID"},
    NamedType{EventType::kAnonymousGtid, "ANONYMOUS_GTID"},
    NamedType{EventType::kPreviousGtids, "PREVIOUS_GTIDS"},
    NamedType{EventType::kTransactionContext, "TRANSACTION_CONTEXT"},
    NamedType{EventType::kViewChange, "VIEW_CHANGE"},
    NamedType{EventType::kXaPrepare, "XA_PREPARE"},
    NamedType{EventType::kPartialUpdateRows, "PARTIAL_UPDATE_ROWS"},
    NamedType{EventType::kTransactionPayload, "TRANSACTION_PAYLOAD"},
    NamedType{EventType::kHeartbeatV2, "HEARTBEAT_V2"},
    NamedType{EventType::kGtidTagged, "GTID_TAGGED"},
    NamedType{EventType::kAnnotateRows, "ANNOTATE_ROWS"},
    NamedType{EventType::kBinlogCheckpoint, "BINLOG_CHECKPOINT"},
    NamedType{EventType::kMariaDbGtid, "MARIADB_GTID"},
    NamedType{EventType::kGtidList, "GTID_LIST"},
    NamedType{EventType::kStartEncryption, "START_ENCRYPTION"},
    NamedType{EventType::kQueryCompressed, "QUERY_COMPRESSED"},
    NamedType{EventType::kWriteRowsCompressedV1, "WRITE_ROWS_COMPRESSED_V1"},
    NamedType{EventType::kUpdateRowsCompressedV1, "UPDATE_ROWS_COMPRESSED_V1"},
    NamedType{EventType::kDeleteRowsCompressedV1, "DELETE_ROWS_COMPRESSED_V1"},
    NamedType{EventType::kWriteRowsCompressed, "WRITE_ROWS_COMPRESSED"},
    NamedType{EventType::kUpdateRowsCompressed, "UPDATE_ROWS_COMPRESSED"},
    NamedType{EventType::kDeleteRowsCompressed, "DELETE_ROWS_COMPRESSED"},
    NamedType{EventType::kPartialRowData, "PARTIAL_ROW_DATA"},
};

constexpr size_t kFlagsAt = 17;

}  // namespace

std::string_view EventTypeName(EventType type) {
  const auto* const found = std::find_if(kNames.begin(), kNames.end(), [&](const NamedType& n) {
    return n.type == type;
  });
  return found == kNames.end() ? "UNKNOWN" : found->name;
}

Result<EventHeader> EventHeader::Parse(ByteView event) {
  ByteCursor in(event);
  EventHeader h;
  h.seconds = in.U32();
  h.type = static_cast<EventType>(in.U8());
  h.server_id = in.U32();
  h.length = in.U32();
  h.next_position = in.U32();
  h.flags = in.U16();
  if (!in.ok()) {
    return Error(
        ErrorKind::kBadRecord,
        fmt::format("event of {} bytes is shorter than its header of {}", event.size(), kBytes)
    );
  }
  if (h.length != event.size()) {
    return Error(
        ErrorKind::kBadRecord,
        fmt::format(
            "{} event says it has {} bytes but {} arrived",
            EventTypeName(h.type),
            h.length,
            event.size()
        )
    );
  }
  return h;
}

bool ChecksumMatches(ByteView event) {
  if (event.size() < EventHeader::kBytes + EventHeader::kChecksumBytes) {
    return false;
  }
  const size_t summed = event.size() - EventHeader::kChecksumBytes;
  uint32_t stored = 0;
  std::memcpy(&stored, event.data() + summed, sizeof(stored));
  const auto type = static_cast<EventType>(event[4]);
  uLong crc = 0;
  if (type == EventType::kFormatDescription && (event[kFlagsAt] & EventHeader::kInUse) != 0) {
    const auto flags = static_cast<uint8_t>(event[kFlagsAt] & ~EventHeader::kInUse);
    crc = crc32_z(0, event.data(), kFlagsAt);
    crc = crc32_z(crc, &flags, 1);
    crc = crc32_z(crc, event.data() + kFlagsAt + 1, summed - kFlagsAt - 1);
  } else {
    crc = crc32_z(0, event.data(), summed);
  }
  return static_cast<uint32_t>(crc) == stored;
}

}  // namespace rowhouse::mysql
