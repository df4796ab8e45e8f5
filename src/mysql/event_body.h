#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "mysql/event_header.h"

namespace rowhouse::mysql {

// Takes header and checksum off the events of one stream.
//
// Whether there is a checksum is told by each file's first event; artificial events have one as
// the session asked, so there it is tried.
//
// Threads: one owner. Errors: kBadRecord where the checksum says that bytes are damaged.
class EventBodies {
 public:
  EventBodies(bool session_checksum, bool verify)
      : session_checksum_(session_checksum), verify_(verify) {}

  Result<ByteView> Of(const EventHeader& header, ByteView event);

 private:
  const bool session_checksum_;
  const bool verify_;
  bool file_checksum_ = false;  // events of this file end in a CRC-32
};

}  // namespace rowhouse::mysql
