#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "model/arena.h"
#include "mysql/event_header.h"

namespace rowhouse::mysql {

// Puts together the rows events that MariaDB 12.3 and later cut into PARTIAL_ROW_DATA events
// (those above binlog_row_event_fragment_threshold).
//
// A fragment is: two u32, the number of fragments and which of them this is (from 1), flags u8,
// with flag 1 (the first only) the size u64 of the whole, then bytes of the whole event, its own
// header first. Published descriptions differ in which of the two numbers comes first: the first
// fragment tells, since it is number 1 of at least 2.
//
// Owns:    the bytes so far, at most kBytesMax. Threads: one owner.
// Errors:  kBadRecord: fragments missing, out of order, or of another size than announced;
//          kUnsupported: together they make no rows event, or it is larger than kBytesMax.
class Fragments {
 public:
  // The servers' own limit of an event is 4 GiB; a rows event above 1 GiB has a row above it, which
  // no server takes.
  static constexpr uint64_t kBytesMax = uint64_t{1} << 31;

  struct Whole {
    EventType type = EventType::kUnknown;
    ByteView body;  // in the arena
  };

  // `body` of the next fragment; the whole event once this was the last.
  Result<std::optional<Whole>> Add(ByteView body, Arena& arena);

  // An event came that is none, or the transaction is over: kBadRecord when one was begun.
  Status ExpectNone() const;

 private:
  Status Begin(uint32_t one, uint32_t other, uint64_t whole_bytes);
  Result<Whole> Finish(Arena& arena);

  bool total_first_ = true;
  uint32_t total_ = 0;
  uint32_t seen_ = 0;
  uint64_t whole_bytes_ = 0;
  std::string bytes_;
};

}  // namespace rowhouse::mysql
