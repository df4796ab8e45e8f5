#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "backfill/ledger.h"
#include "base/mutex.h"
#include "base/result.h"
#include "base/thread.h"
#include "cli/copy_plan.h"
#include "cli/table_copy.h"

namespace rowhouse::cli {

// What orders need of the world. Any of them may wait for servers.
struct OrdersWorld {
  // Of the ledger. `find`: kNotFound where there is no such run.
  std::function<Result<backfill::RunEntry>(const std::string& id)> find;
  std::function<Status(const backfill::RunEntry&)> save;
  std::function<Result<std::string_view>(backfill::RunEntry)> cancel;  // one that isn't ours
  std::function<Result<CopyPlan>(backfill::RunEntry)> plan_resume;
  // As RunCopy.
  std::function<Status(const CopyPlan&, const CopyControl&)> copy;
};

// Backfills that people order in the console: one runs, a few wait.
//
// An order is in the ledger before it is accepted. So after a crash it is there, as one that broke
// off and can be gone on with, and who looks by command sees it too. It is taken up only if the
// ledger still says that it waits: somebody may have cancelled it or gone on with it elsewhere.
//
// Place:   one a process that runs a pipeline with a console.
// Owns:    thread "backfills", which ends after the chunks that are being copied; the run is then
//          `stopped` in the ledger.
// Threads: any. Blocking: all but UnderWay by the world.
// Errors:  kConfig (E-FILL-006) where too many wait, or the table is among them.
class BackfillOrders {
 public:
  explicit BackfillOrders(OrdersWorld world) : world_(std::move(world)) {}

  void Start();

  // `plan` is of one table. Gives the run's id.
  Result<std::string> Order(CopyPlan plan);

  // Takes up one that failed, was stopped or broke off; its id is the same.
  Status Resume(const std::string& id);

  // How it stands then.
  Result<std::string_view> Cancel(const std::string& id);

  // What a dry run saw.
  struct Seen {
    CopySight sight;
    bool complete = false;  // all rows; else the time was over
    double seconds = 0;
  };

  // Counts what `plan` would do, for kLookMost at most. kConfig: somebody else looks now.
  Result<Seen> Look(CopyPlan plan);

  struct Shown {
    backfill::RunEntry entry;
    CopySight sight;
  };

  // Those that run or wait here, in their order.
  std::vector<Shown> UnderWay() const;

  static constexpr size_t kWaitingMax = 4;
  static constexpr seconds kLookMost{5};

 private:
  struct One {
    CopyPlan plan;
    bool accepted = false;  // it is in the ledger
    bool runs = false;
    CopySight sight = {};
    std::stop_source cancel = {};

    backfill::RunEntry& entry() { return *plan.tables.front().earlier; }
  };

  using OnePtr = std::shared_ptr<One>;

  Status Accept(CopyPlan plan);
  void Run(const std::stop_token& stop);
  void RunOne(const OnePtr& one, const std::stop_token& stop);
  Result<bool> StillWaits(const OnePtr& one, const std::stop_token& stop);
  void KeepWaiting();
  void Forget(const OnePtr& one);
  OnePtr Find(const std::string& id) const REQUIRES(mu_);

  const OrdersWorld world_;
  mutable Mutex mu_;
  CondVar changed_;
  std::list<OnePtr> orders_ GUARDED_BY(mu_);  // 1 + kWaitingMax at most; the first one runs
  bool looking_ GUARDED_BY(mu_) = false;
  Thread thread_;
};

}  // namespace rowhouse::cli
