#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace rowhouse::mysql {

enum class EventType : uint8_t {
  kUnknown = 0,
  kQuery = 2,
  kStop = 3,
  kRotate = 4,
  kIntvar = 5,
  kRand = 13,
  kUserVar = 14,
  kFormatDescription = 15,
  kXid = 16,
  kBeginLoadQuery = 17,
  kExecuteLoadQuery = 18,
  kTableMap = 19,
  kWriteRowsV1 = 23,
  kUpdateRowsV1 = 24,
  kDeleteRowsV1 = 25,
  kIncident = 26,
  kHeartbeat = 27,
  kIgnorable = 28,
  kRowsQuery = 29,
  kWriteRows = 30,
  kUpdateRows = 31,
  kDeleteRows = 32,
  kGtid = 33,
  kAnonymousGtid = 34,
  kPreviousGtids = 35,
  kTransactionContext = 36,
  kViewChange = 37,
  kXaPrepare = 38,
  kPartialUpdateRows = 39,
  kTransactionPayload = 40,
  kHeartbeatV2 = 41,
  kGtidTagged = 42,
  // MariaDB's own.
  kAnnotateRows = 160,
  kBinlogCheckpoint = 161,
  kMariaDbGtid = 162,
  kGtidList = 163,
  kStartEncryption = 164,
  kQueryCompressed = 165,
  kWriteRowsCompressedV1 = 166,
  kUpdateRowsCompressedV1 = 167,
  kDeleteRowsCompressedV1 = 168,
  kWriteRowsCompressed = 169,
  kUpdateRowsCompressed = 170,
  kDeleteRowsCompressed = 171,
  kPartialRowData = 172,
};

// "TABLE_MAP"; "type 77" for one without a name here gives "UNKNOWN".
std::string_view EventTypeName(EventType type);

// The 19 bytes every event begins with.
struct EventHeader {
  static constexpr size_t kBytes = 19;
  static constexpr size_t kChecksumBytes = 4;
  static constexpr uint16_t kInUse = 0x01;
  static constexpr uint16_t kArtificial = 0x20;
  static constexpr uint16_t kIgnorable = 0x80;

  uint32_t seconds = 0;
  EventType type = EventType::kUnknown;
  uint32_t server_id = 0;
  uint32_t length = 0;         // of the whole event, header and checksum included
  uint32_t next_position = 0;  // low 32 bits of where the next event begins; 0: not told
  uint16_t flags = 0;

  bool artificial() const { return (flags & kArtificial) != 0; }

  bool ignorable() const { return (flags & kIgnorable) != 0; }

  // kBadRecord when `event` is shorter than a header or not as long as it says.
  static Result<EventHeader> Parse(ByteView event);
};

// Whether the last 4 bytes are the CRC-32 of those before. The in-use flag of a file being
// written is not part of a FORMAT_DESCRIPTION's sum.
bool ChecksumMatches(ByteView event);

}  // namespace rowhouse::mysql
