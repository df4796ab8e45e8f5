#include "mysql/events.h"

#include <algorithm>
#include <bit>

namespace rowhouse::mysql {

namespace {

constexpr uint64_t kTopBitOf55 = uint64_t{1} << 55;

Error CutShort() {
  return {ErrorKind::kBadRecord, "its bytes end too early"};
}

// MySQL's serialization library: the trailing ones of the first byte count the further bytes.
uint64_t VarUint(ByteCursor& in) {
  const uint8_t first = in.U8();
  const auto more = static_cast<size_t>(std::countr_one(first));
  if (more == 8) {
    return in.U64();
  }
  const uint64_t low = first >> (more + 1);
  return low | in.LittleEndian(more) << (7 - more);
}

int64_t VarInt(ByteCursor& in) {
  const uint64_t v = VarUint(in);
  const auto magnitude = static_cast<int64_t>(v >> 1);
  return (v & 1) != 0 ? -magnitude - 1 : magnitude;
}

// The status variables of a QUERY that matter here; stops at a code it does not know,
// because only known ones tell their length. Codes come in ascending order, those needed early.
void ReadStatus(ByteCursor in, QueryEvent& query) {
  while (in.ok() && !in.done()) {
    switch (in.U8()) {
      case 0:  // flags
      case 3:  // auto increment
        in.Skip(4);
        break;
      case 1:
        query.sql_mode = in.U64();
        break;
      case 4:
        query.client_collation = in.U16();
        in.Skip(4);
        break;
      case 5:  // time zone
      case 6:  // catalog
        in.Skip(in.U8());
        break;
      case 2:  // catalog with a zero byte
        in.Skip(size_t{in.U8()} + 1);
        break;
      case 7:  // lc_time_names
      case 8:  // collation_database
        in.Skip(2);
        break;
      case 9:  // table map for update
        in.Skip(8);
        break;
      case 10:
        in.Skip(4);
        break;
      case 11:  // invoker: user, host
        in.Skip(in.U8());
        in.Skip(in.U8());
        break;
      case 12: {
        const uint8_t count = in.U8();
        constexpr uint8_t kTooMany = 254;
        if (count != kTooMany) {
          query.updated_dbs.emplace();
          for (uint8_t i = 0; i < count && in.ok(); ++i) {
            query.updated_dbs->push_back(in.ZeroTerminated());
          }
        }
        break;
      }
      default:
        return;
    }
  }
}

}  // namespace

Result<FormatDescription> FormatDescription::Parse(ByteView body) {
  ByteCursor in(body);
  FormatDescription out;
  out.version = in.U16();
  const std::string_view server = in.Text(50);
  out.server_version = server.substr(0, server.find('\0'));
  in.Skip(4);
  const uint8_t header_bytes = in.U8();
  constexpr size_t kTailBytes = 5;  // algorithm, checksum
  if (!in.ok() || in.left() < kTailBytes) {
    return CutShort();
  }
  if (out.version != 4 || header_bytes != 19) {
    return Error(
        ErrorKind::kUnsupported, "binary log format is not version 4 (MySQL 5.0 or later)"
    );
  }
  in.Skip(in.left() - kTailBytes);
  const uint8_t algorithm = in.U8();
  if (algorithm > 1) {
    return Error(
        ErrorKind::kUnsupported,
        "checksum algorithm " + std::to_string(algorithm) + " is neither NONE (0) nor CRC32 (1)"
    );
  }
  out.checksum = algorithm == 1;
  return out;
}

Result<RotateEvent> RotateEvent::Parse(ByteView body) {
  ByteCursor in(body);
  RotateEvent out;
  out.position = in.U64();
  out.file = in.Text(in.left());
  if (!in.ok() || out.file.empty()) {
    return CutShort();
  }
  return out;
}

Result<QueryEvent> QueryEvent::Parse(ByteView body, size_t extra_bytes) {
  ByteCursor in(body);
  QueryEvent out;
  out.thread_id = in.U32();
  in.Skip(4);  // execution time
  const uint8_t db_bytes = in.U8();
  in.Skip(2);  // error code
  const uint16_t status_bytes = in.U16();
  in.Skip(extra_bytes);
  ReadStatus(ByteCursor(in.Bytes(status_bytes)), out);
  out.db = in.Text(db_bytes);
  in.Skip(1);
  out.sql = in.Text(in.left());
  if (!in.ok()) {
    return CutShort();
  }
  return out;
}

Result<MySqlGtidEvent> MySqlGtidEvent::Parse(ByteView body) {
  ByteCursor in(body);
  MySqlGtidEvent out;
  in.Skip(1);  // flags
  const ByteView uuid = in.Bytes(out.source.uuid.size());
  std::copy(uuid.begin(), uuid.end(), out.source.uuid.begin());
  out.number = in.U64();
  if (!in.ok()) {
    return CutShort();
  }
  constexpr uint8_t kLogicalClock = 2;
  constexpr size_t kClockBytes = 16;
  constexpr size_t kTimeBytes = 7;
  if (in.left() >= 1 + kClockBytes + kTimeBytes && in.U8() == kLogicalClock) {  // MySQL 8.0.1+
    in.Skip(kClockBytes);
    const uint64_t immediate = in.LittleEndian(kTimeBytes);
    out.committed_us = (immediate & kTopBitOf55) != 0 ? in.LittleEndian(kTimeBytes) : immediate;
  }
  return in.ok() ? Result<MySqlGtidEvent>(std::move(out)) : CutShort();
}

Result<MySqlGtidEvent> MySqlGtidEvent::ParseTagged(ByteView body) {
  ByteCursor in(body);
  MySqlGtidEvent out;
  VarUint(in);  // serialization version
  VarUint(in);  // size
  VarUint(in);  // last field a reader must know
  bool more = true;
  while (in.ok() && !in.done() && more) {
    switch (VarUint(in)) {
      case 0:
        VarUint(in);  // flags
        break;
      case 1:
        for (uint8_t& b : out.source.uuid) {
          b = static_cast<uint8_t>(VarUint(in));
        }
        break;
      case 2:
        out.number = static_cast<uint64_t>(VarInt(in));
        break;
      case 3:
        out.source.tag = in.Text(VarUint(in));
        break;
      case 4:  // last committed
      case 5:  // sequence number
        VarInt(in);
        break;
      case 6:
        out.committed_us = VarUint(in);
        break;
      case 7:
        out.committed_us = VarUint(in);  // the original source's, where it differs
        break;
      default:
        more = false;  // lengths and versions: nothing needed comes after
    }
  }
  return in.ok() && out.number > 0 ? Result<MySqlGtidEvent>(std::move(out)) : CutShort();
}

Result<MariaDbGtidEvent> MariaDbGtidEvent::Parse(ByteView body) {
  ByteCursor in(body);
  MariaDbGtidEvent out;
  out.sequence = in.U64();
  out.domain = in.U32();
  out.flags = in.U8();
  return in.ok() ? Result<MariaDbGtidEvent>(out) : CutShort();
}

Result<GtidSet> ParseGtidList(ByteView body) {
  ByteCursor in(body);
  GtidSet set(Flavor::kMariaDb);
  const uint32_t count = in.U32() & 0x0FFF'FFFF;  // the high bits are flags
  for (uint32_t i = 0; i < count && in.ok(); ++i) {
    MariaDbGtid gtid;
    gtid.domain = in.U32();
    gtid.server = in.U32();
    gtid.sequence = in.U64();
    // Several servers of one domain: the last in the list is the latest.
    set.Add(gtid);
  }
  return in.ok() ? Result<GtidSet>(std::move(set)) : CutShort();
}

Result<HeartbeatEvent> HeartbeatEvent::Parse(ByteView body, uint32_t header_position) {
  HeartbeatEvent out;
  out.position = header_position;
  ByteCursor in(body);
  // MariaDB past 4 GiB: the offset stands before the name. No name has a zero byte.
  constexpr size_t kOffsetBytes = 8;
  if (body.size() > kOffsetBytes && body[kOffsetBytes - 1] == 0) {
    out.position = in.U64();
  }
  out.file = in.Text(in.left());
  return out.file.empty() ? Result<HeartbeatEvent>(CutShort()) : out;
}

Result<HeartbeatEvent> HeartbeatEvent::ParseV2(ByteView body) {
  ByteCursor in(body);
  HeartbeatEvent out;
  while (in.ok() && !in.done()) {
    const uint64_t field = in.PackedInt();
    if (field == 0) {
      break;
    }
    ByteCursor value(in.Bytes(in.PackedInt()));
    if (field == 1) {
      out.file = value.Text(value.left());
    } else if (field == 2) {
      out.position = value.PackedInt();
    }
  }
  return in.ok() && !out.file.empty() ? Result<HeartbeatEvent>(out) : CutShort();
}

}  // namespace rowhouse::mysql
