#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/position.h"
#include "model/table.h"

namespace rowhouse {

// How far the first load of one table is.
struct TableProgress {
  enum class State { kLoading, kDone, kParked };

  State state = State::kLoading;
  // TableReader's own token: every key up to it is acknowledged. Empty: none yet.
  std::string loaded_to;
  uint64_t rows = 0;
  std::string reason;  // kParked: why

  friend bool operator==(const TableProgress&, const TableProgress&) = default;
};

// All that a pipeline needs to go on after any crash; one value, replaced as a whole.
//
// Everything before `position` has been acknowledged, and so has every chunk in
// `ledger`. Stored as JSON in the positions topic.
struct Checkpoint {
  SourcePosition position;
  std::map<TableId, TableProgress> ledger;

  std::string ToJson() const;

  // kBadRecord names the field that is wrong, or a format version from a newer rowhouse.
  static Result<Checkpoint> FromJson(std::string_view json);

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

}  // namespace rowhouse
