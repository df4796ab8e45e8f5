#pragma once

#include <optional>
#include <vector>

#include "model/checkpoint.h"
#include "model/table.h"

namespace rowhouse::capture {

// Which key ranges of one table are handed out, being read, or through.
//
// A table is loaded from its first key to its last by several readers. What nobody has yet is
// the tail, all keys after a frontier; a range is cut off it, or the whole tail is taken where it
// is small. Ranges that came back (not read to their end, overrun by the stream, left open
// by an earlier life) go first. Keys are TableReader's tokens, which only the server can compare,
// so ranges are known by their bounds.
//
// Place:   one a table under way, in Loader, under its lock.
// Threads: one at a time.
class TableLoad {
 public:
  TableLoad(TableSchemaPtr table, const TableProgress& from, uint64_t generation);

  const TableSchemaPtr& table() const { return table_; }

  // Tells loads of one table apart, since chunks of an older one may be on their way.
  uint64_t generation() const { return generation_; }

  // What a reader is to do next.
  struct Work {
    KeyRange range;
    // The range is the whole tail, which nobody else gets until Cut() or Read().
    bool is_tail = false;
  };

  // Nullopt while there is nothing to hand out.
  std::optional<Work> Take();

  // Leaves to others what lies after `key`; gives the range that is left to the holder of the tail.
  KeyRange Cut(const std::string& key);

  // `range` was read up to `reached`, or to its end where that is empty. Gives the range
  // as it now stands: what was not reached is to be handed out again.
  KeyRange Read(const KeyRange& range, const std::string& reached);

  // The chunk of `range`, with `rows`, is in the stream.
  void Placed(const KeyRange& range, uint64_t rows);

  // `range`, which was read, has to be read again.
  void GiveBack(const KeyRange& range);

  // Nothing is left to be handed out, though chunks may be on their way.
  bool all_taken() const { return tail_ == Tail::kTaken && again_.empty(); }

  bool done() const { return all_taken() && out_.empty(); }

  // The ledger's entry as it is once everything placed so far is acknowledged.
  TableProgress Progress() const;

  // No row of this load is read before `seen`; of a repeated load the first call counts.
  void SetSince(const SourcePosition& seen);

 private:
  enum class Tail { kFree, kHeld, kTaken };

  const TableSchemaPtr table_;
  const uint64_t generation_;
  const bool reload_;
  const uint32_t reloads_;
  std::vector<KeyRange> again_;  // to be handed out before the tail
  std::vector<KeyRange> out_;    // being read, or waiting for their place
  std::string frontier_;
  Tail tail_;
  uint64_t rows_;
  SourcePosition since_;
};

}  // namespace rowhouse::capture
