#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "base/result.h"
#include "inspect/sight.h"
#include "model/position.h"
#include "model/table.h"
#include "mysql/connection.h"
#include "mysql/source_options.h"

namespace rowhouse::inspect {

// What one look at the source saw.
struct SourceLook {
  std::string version;  // "10.11.19-MariaDB-log"
  SourceSight log;
  std::map<TableId, uint64_t> rows;  // estimates; empty where they were not asked for
};

// Asks the source how far its binary log is, how long it is kept, and how many rows its tables
// are thought to have.
//
// Threads: one owner. Blocking: up to 3 s, after connecting.
class SourceSide {
 public:
  explicit SourceSide(mysql::SourceOptions options) : options_(std::move(options)) {}

  // `saved`: what the pipeline has behind it; empty where nothing is saved yet.
  enum class Rows { kAsk, kLeave };
  Result<SourceLook> Look(const BinlogPosition& saved, Rows rows);

 private:
  Result<SourceLook> LookOnce(const BinlogPosition& saved, Rows rows);

  const mysql::SourceOptions options_;
  std::unique_ptr<mysql::Connection> connection_;
};

}  // namespace rowhouse::inspect
