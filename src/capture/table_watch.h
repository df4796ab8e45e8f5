#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/thread.h"
#include "model/ports.h"

namespace rowhouse::capture {

// Finds wanted tables that the stream does not tell of: made readable by a GRANT, or
// made without a trace in the log (sql_log_bin = 0).
//
// Looks into the data dictionary every `interval`, and soon after Look(). A table it does not
// know is given once; whoever takes it says when it is gone again.
//
// Place:   one a run.
// Owns:    the `tables` thread; a connection while it looks.
// Threads: any.
// Errors:  none come out: a dictionary that can't be read is looked at again later; the run has
//          its own ways to learn that the source is away.
class TableWatch {
 public:
  using OpenCatalog = std::function<Result<std::unique_ptr<SourceCatalog>>()>;

  TableWatch(OpenCatalog open, std::function<bool(const TableId&)> wanted, milliseconds interval);
  ~TableWatch();

  void Know(const TableId& table);
  void Forget(const TableId& table);

  // Looks now.
  void Look();

  // Tables found since the last call.
  std::vector<TableSchemaPtr> TakeFound();

  void Stop();

 private:
  void Run(const std::stop_token& stop);
  Status LookOnce();

  const OpenCatalog open_;
  const std::function<bool(const TableId&)> wanted_;
  const milliseconds interval_;

  Mutex mu_;
  CondVar asked_;
  bool look_ GUARDED_BY(mu_) = false;
  std::set<TableId> known_ GUARDED_BY(mu_);
  std::vector<TableSchemaPtr> found_ GUARDED_BY(mu_);
  Thread thread_;
};

}  // namespace rowhouse::capture
