#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "browse/filter.h"
#include "browse/message.h"
#include "browse/schemas.h"
#include "kafka/record_stream.h"

namespace rowhouse::browse {

// Where a scan starts: "newest", "beginning", "end", "offset:N", "time:RFC3339", "last:1h".
struct ScanFrom {
  enum class Kind : uint8_t { kNewest, kBeginning, kEnd, kOffset, kTime };

  Kind kind = Kind::kNewest;
  int64_t value = 0;  // kOffset; kTime: milliseconds since 1970

  // kBadRecord E-BROWSE-002 names what is allowed. `last:` counts back from the clock's now.
  static Result<ScanFrom> Parse(std::string_view text, const Clock& clock = Clock::Real());
};

// Where it ends: "now" (what is there when it starts), "offset:N" (before N), "time:RFC3339"
// (before that time), "never".
struct ScanTo {
  enum class Kind : uint8_t { kNow, kOffset, kTime, kNever };

  Kind kind = Kind::kNow;
  int64_t value = 0;

  static Result<ScanTo> Parse(std::string_view text);
};

// What is looked for, and where.
struct ScanRequest {
  static constexpr size_t kLimitMax = 10'000;

  ScanFrom from;
  ScanTo to;
  size_t limit = 500;               // of records that match
  std::vector<int32_t> partitions;  // none: all
  std::shared_ptr<const Filter> filter;
  std::string text;
  // Goes on with what comes after the end; then the limit is for kNewest's first part alone.
  bool live = false;
  enum class Detail : uint8_t { kRow, kMessage };
  Detail detail = Detail::kRow;

  milliseconds time_max{0};  // 0: none
  milliseconds progress_every{500};
  milliseconds silence_max{30'000};  // of the brokers, while something is to come
  // Of matches that wait to be told in order; beyond it the oldest of them are left out.
  size_t held_bytes_max = size_t{64} << 20;
};

// A record that matches.
struct Match {
  Row row;
  std::shared_ptr<const Message> message;  // Detail::kMessage
};

// How far a scan is, and what it has seen.
struct ScanProgress {
  struct Lane {
    int32_t partition = 0;
    int64_t at = 0;  // newest: searched down to here; else up to here
    int64_t begin = 0;
    int64_t end = 0;
  };

  uint64_t scanned = 0;
  uint64_t matched = 0;
  uint64_t bytes = 0;
  uint64_t undecodable = 0;  // could not be looked into, so that a match may be among them
  uint64_t undecided = 0;    // took the filter too many steps
  double percent = 0;        // negative: nobody can say
  double rate = 0;           // records a second
  std::vector<Lane> lanes;
};

enum class ScanReason : uint8_t { kLimit, kEnd, kCancelled, kTime };

// "limit", "end", "cancelled", "time".
std::string_view ReasonWord(ScanReason reason);

// How a scan ended.
struct ScanEnd {
  ScanReason reason = ScanReason::kEnd;
  ScanProgress progress;
};

// Is told what a scan finds, on the scan's thread. It may block: the scan waits then.
class ScanWatcher {
 public:
  ScanWatcher() = default;
  virtual ~ScanWatcher() = default;
  ScanWatcher(const ScanWatcher&) = delete;
  ScanWatcher& operator=(const ScanWatcher&) = delete;

  virtual void OnMatches(std::vector<Match> matches) = 0;
  virtual void OnProgress(const ScanProgress& progress) = 0;
};

// Searches a topic.
//
// "Newest" goes backwards in blocks that grow, and gives matches newest first over all
// partitions: one is told only when no partition can still have a newer one. So what is not
// found is not there, however far back it would be. The others go forward, in order
// within a partition.
//
// Threads:  the caller's; a scan has none of its own.
// Blocking: until the end, the limit, time_max or `stop`, which is noticed within 1,000 records
//           or 200 ms.
// Memory:   the stream's buffer, one message, and what is held back: Row::Bytes() each, at most
//           `limit` of them and held_bytes_max.
// Errors:   kNotFound: no such topic or partition. kUnavailable: no broker answers for
//           silence_max. Records that retention takes away meanwhile are passed over.
Result<ScanEnd> Scan(
    const ScanRequest& request,
    kafka::RecordStream& stream,
    Schemas& schemas,
    ScanWatcher& watcher,
    std::stop_token stop,
    const Clock& clock = Clock::Real()
);

// One record, or nothing where its offset holds none (compacted, a transaction's marker).
// kNotFound: outside of what the partition holds; the message says what it holds.
Result<std::optional<Message>> ReadMessage(
    kafka::RecordStream& stream,
    Schemas& schemas,
    int32_t partition,
    int64_t offset,
    Deadline deadline
);

}  // namespace rowhouse::browse
