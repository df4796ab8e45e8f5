#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/checkpoint.h"
#include "model/table.h"

namespace rowhouse::capture {

// Loads whole tables past the log, straight into the target.
//
// The stream is followed from a place that is saved before anything is read here; rows stand by
// their versions below what it brings. So nothing has to find its place among records, and what
// this does is known to the checkpoint's ledger as any load is.
//
// Place:   one a process, where tables are to be loaded like that; each life of a run asks it anew.
// Threads: any.
class DirectLoad {
 public:
  // How far the load of a table is, or why there will be none.
  struct News {
    TableId table;
    TableProgress progress;  // what it does not name is stored in the target
    std::optional<Error> failed{};
  };

  virtual ~DirectLoad() = default;

  // Loads `table` from where `from` says; its rows get versions of `epoch`. A load of the table
  // that is under way is broken off.
  virtual void Want(const TableSchemaPtr& table, const TableProgress& from, uint16_t epoch) = 0;

  // Breaks off the load of a table, if there is one: no news of it is to come.
  virtual void Forget(const TableId& table) = 0;

  // The last news of each table since this was asked.
  virtual std::vector<News> TakeNews() = 0;

  // The same for all tables. Comes back when nothing is read or written any more.
  virtual void ForgetAll() = 0;
};

}  // namespace rowhouse::capture
