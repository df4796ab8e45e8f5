#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace rowhouse::console {

// The text of a log, by the place of its bytes.
//
// Threads: any; each call looks at the log as it is then.
class LogText {
 public:
  virtual ~LogText() = default;

  // The first byte there is, and the one that comes next.
  virtual std::pair<uint64_t, uint64_t> Range() const = 0;

  // At most `bytes` from `from` on; fewer only at the end.
  virtual Result<std::string> Read(uint64_t from, size_t bytes) const = 0;
};

// A file that others write; it may be cut or moved away at any time.
std::unique_ptr<LogText> LogOfFile(std::string path);

// The last lines of this process (base/log.h).
std::unique_ptr<LogText> LogOfProcess();

// One line of a log, of whatever program.
struct LogLine {
  uint64_t place = 0;            // of its first byte
  std::optional<int64_t> at_us;  // wall clock, where it says so
  std::string level;             // error, warn, info or debug; empty: it says none
  std::string text;              // without time and level; 4000 bytes at most
};

// Ours (text or JSON), Kafka's, MariaDB's, MySQL's, ClickHouse's; any other line is all text.
LogLine ReadLogLine(uint64_t place, std::string_view line);

// Which lines are wanted.
struct LogFilter {
  std::string search;  // anywhere in the line, no case
  std::string level;   // this or worse; empty: all

  bool Wants(const LogLine& line) const;
};

// The last lines before a place.
struct LogPage {
  std::vector<LogLine> lines;  // oldest first
  bool more = false;           // there is older text, wanted or not
  uint64_t begin = 0;          // where to go on: the place of the oldest byte looked at
};

// At most `lines_max` wanted ones that end before byte `before`; looks at no more than 32 MiB, in
// pieces, so that neither a large file nor a rare word holds up anybody. A line without time and
// level (of a stack trace) counts as part of the one above it.
Result<LogPage> ReadLogBefore(
    const LogText& log, uint64_t before, size_t lines_max, const LogFilter& filter
);

// The last 32 KiB and what is written from now on, whole lines only. It begins so early that none
// is missing between a page of the log and this; who has a line knows it by its place.
class LogTail {
 public:
  LogTail(std::shared_ptr<const LogText> log, LogFilter filter);

  // The wanted lines since the last call, at most 32 KiB of them at once. A log that has begun
  // anew is read from its beginning.
  std::vector<LogLine> Next();

 private:
  const std::shared_ptr<const LogText> log_;
  const LogFilter filter_;
  uint64_t at_ = 0;
  std::string level_;  // of the line above
};

}  // namespace rowhouse::console
