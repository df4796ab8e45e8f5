#include "capture/table_watch.h"

#include <utility>

#include "base/log.h"

namespace rowhouse::capture {

TableWatch::TableWatch(
    OpenCatalog open, std::function<bool(const TableId&)> wanted, milliseconds interval
)
    : open_(std::move(open)), wanted_(std::move(wanted)), interval_(interval) {
  thread_ = Thread("tables", [this](const std::stop_token& stop) { Run(stop); });
}

TableWatch::~TableWatch() {
  Stop();
}

void TableWatch::Stop() {
  thread_.RequestStop();
  thread_.Join();
}

void TableWatch::Know(const TableId& table) {
  MutexLock lock(mu_);
  known_.insert(table);
}

void TableWatch::Forget(const TableId& table) {
  MutexLock lock(mu_);
  known_.erase(table);
}

void TableWatch::Look() {
  MutexLock lock(mu_);
  look_ = true;
  asked_.NotifyAll();
}

std::vector<TableSchemaPtr> TableWatch::TakeFound() {
  MutexLock lock(mu_);
  return std::exchange(found_, {});
}

void TableWatch::Run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    {
      MutexLock lock(mu_);
      asked_.WaitFor(mu_, stop, Deadline::After(interval_), [&]() NO_THREAD_SAFETY_ANALYSIS {
        return look_;
      });
      look_ = false;
    }
    if (stop.stop_requested()) {
      return;
    }
    const Status looked = LookOnce();
    if (!looked) {
      LogDebug("tables not looked for", {{"why", looked.error().ToString()}});
    }
  }
}

// On a connection of its own: rights that were given hold for new ones only.
Status TableWatch::LookOnce() {
  const std::unique_ptr<SourceCatalog> catalog = ROWHOUSE_TRY(open_());
  std::set<TableId> known;
  {
    MutexLock lock(mu_);
    known = known_;
  }
  std::vector<TableSchema> fresh = ROWHOUSE_TRY(catalog->Tables([&](const TableId& table) {
    return wanted_(table) && !known.contains(table);
  }));
  MutexLock lock(mu_);
  for (TableSchema& table : fresh) {
    if (known_.insert(table.id).second) {
      found_.push_back(std::make_shared<const TableSchema>(std::move(table)));
    }
  }
  return Ok();
}

}  // namespace rowhouse::capture
