#pragma once

#include <string>

#include "model/table.h"

namespace rowhouse::clickhouse {

// Which rows of before an ALTER TABLE of MySQL's gave another value, without a word of it in the
// log: text cut, digits rounded, instants moved to a time zone.
struct Rewritten {
  enum class Rows {
    kNone,  // every value is as it was
    kSome,  // those that `condition` finds
    kAll,   // how MySQL converts them is not ours to guess
  };

  Rows rows = Rows::kNone;
  std::string condition;  // kSome: over the current rows, of a column named as told
};

// For a column that was `then` and is `now`, its values of then in ClickHouse's column `name`.
// A strict sql_mode refuses most of the ALTERs in question; one that does not clamps and cuts.
Rewritten RewrittenRows(const Column& then, const Column& now, const std::string& name);

}  // namespace rowhouse::clickhouse
