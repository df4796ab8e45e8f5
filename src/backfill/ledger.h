#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backfill/copy.h"
#include "base/result.h"
#include "clickhouse/client.h"
#include "model/checkpoint.h"
#include "model/table.h"

namespace rowhouse::backfill {

// Which rows a person asked for.
struct AskedRows {
  std::string from;    // dates; empty: none
  std::string to;      // before which
  std::string column;  // the dates'
  std::string where;
  std::string condition;  // all of it in the source's SQL; empty: all rows
};

// One table's copy as it is remembered.
struct RunEntry {
  enum class State { kRunning, kDone, kFailed, kStopped, kCancelled, kWaiting };

  std::string id;
  TableId table;
  State state = State::kRunning;
  Mode mode = Mode::kAll;
  AskedRows asked;
  uint64_t estimated = 0;  // rows to be read in all; 0: not known
  uint64_t chunk_rows = 0;
  int readers = 0;
  uint64_t rows_per_second = 0;
  CopyTotals totals;
  uint64_t failed = 0;     // rows in T_errors
  TableProgress progress;  // what is left to do
  std::string error;
  int64_t started_us = 0;
  int64_t updated_us = 0;
  bool cancel_asked = false;

  // Running or waiting as far as is known, but nobody has said so for a while.
  bool LooksDead(int64_t now_us) const;
};

std::string_view StateName(RunEntry::State state);
std::string_view ModeName(Mode mode);
std::optional<Mode> ModeOf(std::string_view name);

// Which copies there are and how far each is: a small table of ClickHouse's, so that they can be
// listed, cancelled and gone on with from any machine, with no Kafka at all.
//
// A copy is saved after its chunks are written, never before: after a crash the chunks since
// the last save are copied once more, which changes nothing.
//
// Threads: one at a time. Errors: the client's.
class Ledger {
 public:
  // In `database`, where the table is made if it is not there.
  static Result<Ledger> Open(clickhouse::Client& client, const std::string& database);

  // A name for a new run that no other has, higher than those before.
  static std::string NewId();

  Status Save(const RunEntry& entry);

  // All, the newest first; `id` alone if given.
  Result<std::vector<RunEntry>> Read(const std::string& id = "");

  // Asks a run to end; its process sees it at its next save.
  Status Cancel(const std::string& id);

  Result<bool> CancelAsked(const std::string& id);

 private:
  Ledger(clickhouse::Client& client, std::string name) : client_(client), name_(std::move(name)) {}

  clickhouse::Client& client_;
  std::string name_;  // quoted
};

// Ends a run for good: asks its process, where one works at it, and says how it stands then. What
// is written stays.
Result<std::string_view> CancelRun(Ledger& ledger, RunEntry entry);

}  // namespace rowhouse::backfill
