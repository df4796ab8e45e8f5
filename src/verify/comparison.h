#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "verify/side.h"

namespace rowhouse::verify {

// What of each chunk is compared first: the number of rows, also the sum of their hashes, or each
// row.
enum class Mode { kCount, kChecksum, kRows };

// "count", "checksum", "rows"; nullopt for others.
std::optional<Mode> ParseMode(std::string_view name);

// How one table is compared; the defaults suit any.
struct CompareOptions {
  Mode mode = Mode::kChecksum;
  bool has_spans = false;  // HasSpans()
  bool keyed = true;
  bool repair = false;
  uint64_t chunk_rows = 200'000;
  uint64_t leaf_rows = 50'000;  // rows that are held in memory at once, a side
  uint64_t named_max = 1'000;   // differing rows, after which a table is not looked at further
  double sample = 1.0;          // part of the chunks that is looked at
  double sample_from = 0.0;     // where it begins, of 1: with another one, other rows are seen
  // Called after each chunk with its rows; waits as long as the rate limit wants.
  std::function<Status(uint64_t rows)> after_chunk;
};

// One row that is not the same on both sides.
struct RowDifference {
  enum class Kind { kMissing, kExtra, kChanged, kCount };

  Kind kind = Kind::kChanged;
  std::string key;            // as in RowStates
  uint64_t source_count = 1;  // kCount: how often the row is there
  uint64_t target_count = 1;
  CellRow source;  // empty: no such row
  CellRow target;
};

// What came out for one table.
struct Comparison {
  uint64_t rows = 0;  // of the source, in what was looked at
  uint64_t target_rows = 0;
  uint64_t chunks = 0;
  uint64_t looked_again = 0;  // chunks that differed at first sight
  uint64_t undecided = 0;     // rows that changed at each of many looks, or where the stream stands
  uint64_t differing = 0;     // rows that differ for certain
  std::string standing;       // why the stream did not move; then rows are left undecided
  bool stopped = false;       // at named_max
  uint64_t repaired = 0;
  std::vector<RowDifference> named;

  bool equal() const { return differing == 0 && !open(); }

  // Rows do not agree, and the stream that may bring them stands still.
  bool open() const { return !standing.empty() && undecided > 0; }
};

// Compares a table on both sides while the stream goes on.
//
// A chunk whose rows and sum of hashes agree is equal: both sides had the same rows, if at
// different moments. One that does not is looked at again once the stream has brought the
// target to where the source was, by buckets of a checksum of the key, then by row. A row differs
// only if the source's snapshot is known to show all changes that the target's row may come from,
// and the target had all changes that the source's row may come from; see Decide.
//
// Threads: one owner; while a chunk is summed, another thread of its own asks the target.
// Errors:  of the sides; what was found until then is lost.
class Comparer {
 public:
  Comparer(
      SourceSide& source, TargetSide& target, StreamProgress& stream, const CompareOptions& options
  )
      : source_(source), target_(target), stream_(stream), options_(options) {}

  Result<Comparison> Run();

 private:
  struct Suspects;

  Status AllKeys();
  Status InSpans(KeySpan all);
  Result<uint64_t> Chunk(const Region& region);
  Status Drill(const Region& region, uint64_t rows);
  Status Leaf(const Region& region);
  Status Settle(std::vector<std::string> keys);
  Result<bool> Round(Suspects& suspects, int attempt);
  Status Confirm(
      const std::vector<std::string>& keys, const SourceRows& rows, const TargetRows& target
  );
  Status Repair(
      const std::vector<std::string>& keys, const SourceRows& rows, const TargetRows& target
  );

  bool Enough() const { return out_.stopped; }

  SourceSide& source_;
  TargetSide& target_;
  StreamProgress& stream_;
  const CompareOptions options_;
  Comparison out_;
  SourcePosition seen_;  // the target is known to hold all changes before
};

// What one look at a row says.
enum class Verdict { kEqual, kDiffers, kLookAgain };

// One row at one look with the stream at work.
struct Look {
  const RowState* source = nullptr;  // null: no such row
  const TargetRow* target = nullptr;
  // All changes before `shown` were in the source's snapshot.
  RowVersion shown;
  // The log's end after the snapshot was read: the target has been brought up to here at least.
  RowVersion log_end;
  // The version that an earlier look found, where there was one.
  const RowVersion* earlier = nullptr;
};

// Equal rows are equal. Else: the target's row is of a change before `shown`, so the source's
// snapshot includes it; whatever the source has beyond that lies before `log_end`, and the target
// has been given it. So they differ. A version that was there before this look began and lies
// behind the log's end is none that the source has given: they differ too. In between
// the row has changed meanwhile.
Verdict Decide(const Look& look);

// The least version of changes at `place` and behind it.
RowVersion VersionAt(uint16_t epoch, const BinlogPosition& place);

}  // namespace rowhouse::verify
