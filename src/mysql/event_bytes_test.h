#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include <zlib.h>

#include "base/bytes.h"
#include "mysql/event_header.h"

namespace rowhouse::mysql {

// Test-only: events made by hand, with header and checksum.

// The checksum that fits the bytes before it.
inline void Sign(std::string& event) {
  const size_t summed = event.size() - EventHeader::kChecksumBytes;
  const auto crc = static_cast<uint32_t>(crc32_z(0, AsBytes(event).data(), summed));
  std::memcpy(event.data() + summed, &crc, sizeof(crc));
}

inline void WithoutEndPosition(std::string& event) {
  std::memset(event.data() + 13, 0, 4);
  Sign(event);
}

inline std::string Event(EventType type, std::string_view body, uint16_t flags = 0) {
  std::string event(EventHeader::kBytes, '\0');
  event[0] = 1;  // a time
  event[4] = static_cast<char>(type);
  event.append(body);
  const auto length = static_cast<uint32_t>(event.size() + EventHeader::kChecksumBytes);
  std::memcpy(event.data() + 9, &length, sizeof(length));
  std::memcpy(event.data() + 17, &flags, sizeof(flags));
  event.append(EventHeader::kChecksumBytes, '\0');
  Sign(event);
  return event;
}

inline std::string Query(std::string_view db, std::string_view sql) {
  std::string body(13, '\0');
  body[8] = static_cast<char>(db.size());
  return Event(EventType::kQuery, body.append(db).append(1, '\0').append(sql));
}

inline std::string ArtificialRotate(std::string_view file) {
  std::string body("\4\0\0\0\0\0\0\0", 8);
  return Event(EventType::kRotate, body.append(file), EventHeader::kArtificial);
}

// Where an event with a told position begins.
inline uint64_t StartOf(std::string_view event) {
  const auto header = EventHeader::Parse(AsBytes(event));
  return header->next_position - header->length;
}

// Body of an event, without header and checksum.
inline std::string_view BodyOf(std::string_view event) {
  return event.substr(
      EventHeader::kBytes, event.size() - EventHeader::kBytes - EventHeader::kChecksumBytes
  );
}

}  // namespace rowhouse::mysql
