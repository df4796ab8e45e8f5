#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ddl/hint.h"
#include "model/position.h"

namespace rowhouse::ddl {

// A statement of the source's log that concerns captured tables, told once it is met in the
// stream: before the records of any row after it are made. After a crash the same may be told
// again, with the same place.
struct DdlEvent {
  SourcePosition at;  // epoch and the place of the statement; no GTID set
  std::string gtid;   // of its transaction; empty: none
  int64_t ts_us = 0;  // when, by the source's clock
  uint32_t server_id = 0;
  std::string db;                    // the session's
  std::string sql;                   // UTF-8
  std::vector<TableEffect> effects;  // on captured tables; text hints only
  std::string outcome;               // what is done about it besides following the new shape
};

}  // namespace rowhouse::ddl
