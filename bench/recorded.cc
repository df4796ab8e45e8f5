#include "bench/recorded.h"

#include <cstring>
#include <vector>

#include <zlib.h>

#include "mysql/binlog_fixture.h"
#include "mysql/event_header.h"

namespace rowhouse::bench {

namespace {

using mysql::EventHeader;

constexpr size_t kColumnsAt = EventHeader::kBytes + 8;  // behind table id and flags: MariaDB's v1
constexpr size_t kEventBytes = 8192;

void Seal(std::string& event) {
  const auto length = static_cast<uint32_t>(event.size() + EventHeader::kChecksumBytes);
  std::memcpy(event.data() + 9, &length, sizeof(length));
  const auto crc = static_cast<uint32_t>(crc32_z(0, AsBytes(event).data(), event.size()));
  event.append(reinterpret_cast<const char*>(&crc), sizeof(crc));
}

}  // namespace

Result<RecordedRows> Recorded(const std::string& file, std::string_view table) {
  RecordedRows out;
  const std::vector<std::string> recorded = mysql::ReadEvents(file);
  const std::string name = std::string(table) + '\0';
  for (const std::string& event : recorded) {
    const auto type = static_cast<mysql::EventType>(event[4]);
    if (type == mysql::EventType::kTableMap) {
      out.map = event.find(name) != std::string::npos ? event : "";
    } else if (!out.map.empty() && type == mysql::EventType::kWriteRowsV1) {
      const size_t columns = static_cast<unsigned char>(event[kColumnsAt]);
      const size_t head = kColumnsAt + 1 + (columns + 7) / 8;
      const std::string rows =
          event.substr(head, event.size() - head - EventHeader::kChecksumBytes);
      out.first = recorded.front();
      out.rows = event.substr(0, head);
      out.rows[EventHeader::kBytes + 6] = 1;  // ends its statement
      while (out.rows.size() < kEventBytes) {
        out.rows += rows;
      }
      Seal(out.rows);
      return out;
    }
  }
  return Error(
      ErrorKind::kNotFound, "no rows of `" + std::string(table) + "` in src/mysql/testdata/" + file
  );
}

}  // namespace rowhouse::bench
