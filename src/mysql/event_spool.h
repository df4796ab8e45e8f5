#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "model/arena.h"
#include "mysql/event_header.h"

namespace rowhouse::mysql {

// Events put aside to be looked into later, in their order.
//
// Kept in memory up to `memory_max` bytes, the rest in a file without a name, below TMPDIR, that
// goes away with its owner.
//
// Threads: one owner.
// Errors:  kUnavailable where the file can't be written or read (the disk is full).
class EventSpool {
 public:
  static constexpr size_t kMemoryMax = size_t{4} * 1024 * 1024;

  explicit EventSpool(size_t memory_max = kMemoryMax) : memory_max_(memory_max) {}

  ~EventSpool();
  EventSpool(const EventSpool&) = delete;
  EventSpool& operator=(const EventSpool&) = delete;

  struct Event {
    EventType type = EventType::kUnknown;
    uint64_t offset = 0;  // the caller's own
    ByteView body;
  };

  // All appending comes before the first Next().
  Status Append(const Event& event);

  // The next event, its body in `arena`; nullopt at the end.
  Result<std::optional<Event>> Next(Arena& arena);

  bool empty() const { return in_file_ == 0 && memory_.empty(); }

  // Bytes kept, on disk and in memory.
  uint64_t bytes() const { return in_file_ + memory_.size(); }

 private:
  Status MoveToFile();
  Status Read(uint8_t* to, size_t bytes);

  const size_t memory_max_;
  std::string memory_;  // what came after the file's bytes
  int file_ = -1;
  uint64_t in_file_ = 0;
  uint64_t read_ = 0;
};

}  // namespace rowhouse::mysql
