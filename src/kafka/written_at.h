#pragma once

#include <cstdint>
#include <map>

#include "base/clock.h"
#include "base/result.h"
#include "kafka/groups.h"
#include "kafka/options.h"

namespace rowhouse::kafka {

// When the first record at or after each offset was written, in milliseconds since 1970; left out
// are partitions that gave none by the deadline.
//
// Blocking: until each has given one, at most to the deadline. Threads: any. Errors: Reader's.
Result<std::map<TopicPartition, int64_t>> WrittenAt(
    const KafkaOptions& options, const Committed& offsets, Deadline deadline
);

}  // namespace rowhouse::kafka
