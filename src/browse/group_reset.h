#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "kafka/admin.h"

namespace rowhouse::browse {

// Where a group's offsets are to be set: "earliest", "latest", "offset:N", "time:RFC3339",
// "shift:-100".
struct ResetTo {
  enum class Kind : uint8_t { kEarliest, kLatest, kOffset, kTime, kShift };

  Kind kind = Kind::kEarliest;
  int64_t value = 0;  // kTime: milliseconds since 1970

  // kBadRecord names what is allowed.
  static Result<ResetTo> Parse(std::string_view text);
};

// What becomes of one partition.
struct ResetLine {
  int32_t partition = 0;
  std::optional<int64_t> from;  // none: the group never committed there
  int64_t to = 0;
};

// What a reset would do. No offset leaves what its partition holds. `at_time` is asked for only by
// kTime: by partition the first offset that is not older; none there: all are, so it is the end.
// A shift leaves partitions alone that the group never committed.
std::vector<ResetLine> PlanReset(
    const ResetTo& to,
    const std::vector<kafka::PartitionRange>& ranges,
    const std::map<int32_t, int64_t>& committed,
    const std::map<int32_t, int64_t>& at_time
);

}  // namespace rowhouse::browse
