#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "browse/json.h"
#include "browse/message.h"
#include "browse/schemas.h"
#include "kafka/record_stream.h"

namespace rowhouse::browse {

// One record for somebody who looks at it, its bytes, and where to go from it.
struct Look {
  Message message;
  Neighbours neighbours;
  std::optional<std::string> key;
  std::optional<std::string> value;
};

// Offsets between records may hold none: compaction and transactions leave gaps; neighbours are
// records. Nothing: the offset itself holds none. kNotFound: outside of what the partition holds;
// the message says what it holds. kUnavailable: not read before the deadline.
Result<std::optional<Look>> LookAt(
    kafka::RecordStream& stream,
    Schemas& schemas,
    int32_t partition,
    int64_t offset,
    Deadline deadline
);

}  // namespace rowhouse::browse
