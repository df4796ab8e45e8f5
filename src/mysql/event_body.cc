#include "mysql/event_body.h"

#include "mysql/events.h"

namespace rowhouse::mysql {

Result<ByteView> EventBodies::Of(const EventHeader& header, ByteView event) {
  constexpr size_t kHeader = EventHeader::kBytes;
  const size_t end = event.size() - EventHeader::kChecksumBytes;
  if (header.type == EventType::kFormatDescription) {
    const auto description = ROWHOUSE_TRY(FormatDescription::Parse(event.subspan(kHeader)));
    file_checksum_ = description.checksum;
    if (file_checksum_ && verify_ && !ChecksumMatches(event)) {
      return Error(ErrorKind::kBadRecord, "its checksum does not match: the bytes are damaged");
    }
    return event.subspan(kHeader);
  }
  const bool made_up = header.artificial() || header.type == EventType::kHeartbeat ||
                       header.type == EventType::kHeartbeatV2;
  if (made_up ? !ChecksumMatches(event) : !file_checksum_) {
    if (made_up && session_checksum_ && file_checksum_ && verify_) {
      return Error(ErrorKind::kBadRecord, "its checksum does not match: the bytes are damaged");
    }
    return event.subspan(kHeader);
  }
  if (event.size() < kHeader + EventHeader::kChecksumBytes) {
    return Error(ErrorKind::kBadRecord, "it is too short for its checksum");
  }
  if (!made_up && verify_ && !ChecksumMatches(event)) {
    return Error(ErrorKind::kBadRecord, "its checksum does not match: the bytes are damaged");
  }
  return event.subspan(kHeader, end - kHeader);
}

}  // namespace rowhouse::mysql
