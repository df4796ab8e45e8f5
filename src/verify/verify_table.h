#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "clickhouse/client.h"
#include "clickhouse/pipeline_sql.h"
#include "kafka/options.h"
#include "model/table.h"
#include "mysql/source_options.h"
#include "verify/canonical.h"
#include "verify/comparison.h"

namespace rowhouse::verify {

// How tables are verified.
struct VerifyOptions {
  Mode mode = Mode::kChecksum;
  std::string from;    // "2026-01-31" or "2026-01-31 10:00:00", in UTC; empty: from the start
  std::string to;      // before which; empty: to the end
  std::string column;  // of `from` and `to`; empty: updated_at, else created_at
  double sample = 1.0;
  bool repair = false;
  uint64_t rate = 0;  // rows a second; 0: as fast as the servers
  milliseconds settle{10'000};
  uint64_t named_max = 1'000;
  std::stop_token stop;
  // Between chunks: waits while the source has too much to do; may be empty.
  std::function<Status(const std::stop_token&)> wait_for_calm;
  std::function<void(uint64_t rows)> progress;  // after each chunk, rows so far
};

// The servers of a pipeline.
struct Servers {
  mysql::SourceOptions source;
  clickhouse::Client* target = nullptr;
  clickhouse::PipelineOptions names;
  kafka::KafkaOptions kafka;
  std::string pipeline;
};

// What came out for one table, or why nothing did.
struct TableReport {
  enum class State { kEqual, kDifferent, kRepaired, kUndecided, kSkipped };

  TableId table;
  State state = State::kEqual;
  std::string note;  // why skipped; or what to know beside
  Comparison comparison;
  CanonicalTable canonical;
  double seconds = 0;
};

// Errors: the servers'; kConfig for a date or a column that does not fit; kUnsupported: the key
// can't be compared, or a repair would lose what is not compared.
Result<TableReport> VerifyTable(
    const Servers& servers,
    const TableSchema& table,
    const clickhouse::TablePipeline& pipeline,
    const VerifyOptions& options
);

}  // namespace rowhouse::verify
