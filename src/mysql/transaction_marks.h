#pragma once

#include <string>

#include "model/change.h"
#include "mysql/event_context.h"

namespace rowhouse::mysql {

// Notes in batches where the log's transactions begin and end.
//
// What begins and ends is what others see: an XA transaction does both at its commit. A statement
// that is a transaction of its own (DDL) does neither.
//
// Threads: one owner.
class TransactionMarks {
 public:
  explicit TransactionMarks(bool wanted) : wanted_(wanted) {}

  // A transaction begins with this event. One that is open has no end in the log: the server died.
  void Begin(const EventContext& event, ChangeBatch& batch);

  // The open one, if there is one, ends with this event.
  void End(const EventContext& event, ChangeBatch& batch);

 private:
  void Note(TransactionMark::Kind kind, const EventContext& event, ChangeBatch& batch) const;

  const bool wanted_;
  bool open_ = false;
  std::string id_;  // of the open one
};

}  // namespace rowhouse::mysql
