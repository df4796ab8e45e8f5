#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "mysql/gtid_set.h"

namespace rowhouse::mysql {

// The bodies of the events that carry no rows. Each Parse gets the event's bytes
// without header and checksum, and gives kBadRecord when they are cut short or odd; the
// views point into them.

// The first event of each file: who wrote it, and how.
struct FormatDescription {
  uint16_t version = 0;
  std::string_view server_version;
  bool checksum = false;  // events of this file end in a CRC-32

  // `body` with the checksum still on it: only this event tells whether there is one.
  static Result<FormatDescription> Parse(ByteView body);
};

// The file the stream goes on in.
struct RotateEvent {
  uint64_t position = 0;
  std::string_view file;

  static Result<RotateEvent> Parse(ByteView body);
};

// A statement: DDL, the brackets of a transaction, or a change in statement format.
struct QueryEvent {
  uint32_t thread_id = 0;
  std::string_view db;
  std::string_view sql;
  uint64_t sql_mode = 0;          // 0: also where not told
  uint16_t client_collation = 0;  // of `sql`; 0: not told
  // Databases whose tables the statement changes; nullopt when not told (then `db`).
  std::optional<std::vector<std::string_view>> updated_dbs;

  // EXECUTE_LOAD_QUERY has so many more fixed bytes.
  static constexpr size_t kLoadBytes = 13;

  static Result<QueryEvent> Parse(ByteView body, size_t extra_bytes = 0);
};

// GTID, ANONYMOUS_GTID, GTID_TAGGED.
struct MySqlGtidEvent {
  GtidSource source;
  uint64_t number = 0;
  uint64_t committed_us = 0;  // at the original source; 0: not told

  static Result<MySqlGtidEvent> Parse(ByteView body);
  static Result<MySqlGtidEvent> ParseTagged(ByteView body);
};

// How each of MariaDB's transactions begins.
struct MariaDbGtidEvent {
  static constexpr uint8_t kStandalone = 0x01;
  static constexpr uint8_t kPreparedXa = 0x40;
  static constexpr uint8_t kCompletedXa = 0x80;

  uint32_t domain = 0;
  uint64_t sequence = 0;
  uint8_t flags = 0;

  bool standalone() const { return (flags & kStandalone) != 0; }

  static Result<MariaDbGtidEvent> Parse(ByteView body);
};

// MariaDB's GTID_LIST: the last transaction of each domain and server.
Result<GtidSet> ParseGtidList(ByteView body);

// A sign of life of an idle server, with its place in the log.
struct HeartbeatEvent {
  std::string_view file;
  uint64_t position = 0;

  // `header_position`: the header's next position.
  static Result<HeartbeatEvent> Parse(ByteView body, uint32_t header_position);
  static Result<HeartbeatEvent> ParseV2(ByteView body);
};

}  // namespace rowhouse::mysql
