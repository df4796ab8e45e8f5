#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "backfill/copy.h"
#include "base/mutex.h"
#include "base/thread.h"
#include "capture/direct_load.h"
#include "capture/progress.h"
#include "clickhouse/client.h"
#include "clickhouse/direct_table.h"
#include "config/config.h"

namespace rowhouse::cli {

// First loads straight into ClickHouse, beside the stream (`capture.snapshot: direct`).
//
// One table after the other, each by several readers; as `rowhouse load` does it, but with the
// checkpoint as its ledger. A table waits until upkeep has made its objects.
//
// Place:    one a pipeline, which also gives it to capture.
// Owns:     one thread, from the first table asked for to the end; a copy's readers meanwhile.
// Blocking: ForgetAll until the copy under way has noticed: a chunk at most.
// Errors:   a source or a target that is away is waited for, and said so in the log; all else is
// news.
class DirectLoads final : public capture::DirectLoad {
 public:
  DirectLoads(const config::Config& config, capture::Progress& progress);
  ~DirectLoads() override;

  void Want(const TableSchemaPtr& table, const TableProgress& from, uint16_t epoch) override;
  void Forget(const TableId& table) override;
  std::vector<News> TakeNews() override;
  void ForgetAll() override;

 private:
  // A load that was asked for; the thread that works at it looks whether it still is.
  struct Job {
    TableSchemaPtr table;
    TableProgress from;  // how far it is: the thread's
    uint16_t epoch = 0;
    std::stop_source forgotten;
    std::string problem;  // why it waits
  };

  void Work(const std::stop_token& stop);
  std::shared_ptr<Job> Next(const std::stop_token& stop);
  size_t End(const std::shared_ptr<Job>& job, Status loaded);
  void Wait(const std::shared_ptr<Job>& last, milliseconds wait);
  Status Load(Job& job);
  Status Copy(
      Job& job, clickhouse::Client& client, const clickhouse::DirectTable& direct, RowVersion newest
  );
  Result<clickhouse::DirectTable> Plan(clickhouse::Client& client, const TableSchema& table) const;
  void Begin(const Job& job);
  void Note(const Job& job, uint64_t rows_estimated);
  void Drop(const TableId& table) REQUIRES(mu_);

  const config::Config& config_;
  capture::Progress& progress_;
  const std::string run_id_;  // of the inlets

  mutable Mutex mu_;
  CondVar changed_;
  std::map<TableId, std::shared_ptr<Job>> jobs_ GUARDED_BY(mu_);
  std::deque<TableId> waiting_ GUARDED_BY(mu_);
  std::map<TableId, News> news_ GUARDED_BY(mu_);
  bool busy_ GUARDED_BY(mu_) = false;  // a copy is under way
  std::optional<Thread> thread_;
};

}  // namespace rowhouse::cli
