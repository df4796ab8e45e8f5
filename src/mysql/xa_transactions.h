#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/position.h"
#include "mysql/event_spool.h"

namespace rowhouse::mysql {

// The rows of XA transactions whose outcome is not known yet.
//
// Servers log an XA transaction when it is prepared; whether it is committed stands in the log
// later, after other transactions, or never. So its events are held until then, and given at the
// place of the commit: that is where the rows become visible to others. A rollback drops them.
//
// Place:   in the decoder. Owns: the held events, 4 MiB of each transaction in memory at most.
// Threads: one owner.
class XaTransactions {
 public:
  // One begins, at `pos` of the log; it is to be read from `from` on.
  void Begin(RereadPoint from, uint64_t pos);

  // Whether events belong to one that is not prepared yet.
  bool open() const { return open_ != nullptr; }

  // An event of a captured table, `pos` and `inner` bytes into the log and the event there.
  Status Hold(EventType type, uint64_t pos, uint64_t inner, ByteView body);

  // It is prepared under this name, as PreparedXa::name or XaOutcome::name spell it.
  void Prepare(std::string name);

  // What it holds, when it is over at once (one phase); null: nothing.
  std::unique_ptr<EventSpool> TakeOpen();

  // What was prepared under this name; null: nothing of captured tables.
  std::unique_ptr<EventSpool> Take(std::string_view name);

  // The log goes on without its end (the server died): it never was.
  void Abandon() { open_.reset(); }

  // Where the oldest one that waits for its outcome begins; null: none waits.
  const RereadPoint* oldest() const { return waiting_.empty() ? nullptr : &waiting_.front().from; }

  size_t waiting() const { return waiting_.size(); }

 private:
  struct Held {
    std::string name;
    RereadPoint from;
    uint64_t pos = 0;
    std::unique_ptr<EventSpool> events;
  };

  std::unique_ptr<Held> open_;
  std::vector<Held> waiting_;  // in the order of the log
};

// The event XA_PREPARE, which ends the first part of an XA transaction.
struct PreparedXa {
  bool one_phase = false;  // it is a commit already
  std::string name;        // X'6d65',X'',1

  static Result<PreparedXa> Parse(ByteView body);
};

}  // namespace rowhouse::mysql
