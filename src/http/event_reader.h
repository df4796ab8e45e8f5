#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/event_stream.h"

namespace rowhouse::http {

// Reads the events of a text/event-stream while its bytes come: the other side of FormatEvent.
//
// Comments are passed over, an event without data is none, and one that is cut off by the stream's
// end is never told.
//
// Threads: one owner.
// Errors:  of `hear`; kBadRecord: an event is longer than `event_bytes_max`.
class EventReader {
 public:
  // The event's texts are valid during the call.
  using Hear = std::function<Status(const Event&)>;

  explicit EventReader(Hear hear, size_t event_bytes_max = size_t{8} << 20);

  Status Feed(std::string_view bytes);

 private:
  Status TakeLine(std::string_view line);
  Status Tell();

  const Hear hear_;
  const size_t event_bytes_max_;
  std::string line_;  // its beginning, as far as it came; at most event_bytes_max_
  std::string name_;
  std::string data_;  // each line with its end; at most event_bytes_max_
  std::string id_;
};

}  // namespace rowhouse::http
