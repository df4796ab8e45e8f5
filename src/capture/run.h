#pragma once

#include <memory>
#include <vector>

#include "base/mutex.h"
#include "capture/ack_tracker.h"
#include "capture/checkpointer.h"
#include "capture/chunk_windows.h"
#include "capture/ddl_rules.h"
#include "capture/encode_pool.h"
#include "capture/failure.h"
#include "capture/load_report.h"
#include "capture/loader.h"
#include "capture/runner.h"
#include "capture/topic_maker.h"

namespace rowhouse::capture {

// One life of a pipeline: everything between opening source and log and losing
// either. Runner makes a new one after a lost link.
//
// Threads: the caller's thread is the `source` thread; the others belong to the parts.
// Owns:    source, log, tracker, windows, workers; ends them in source-to-sink order.
class OneRun : private AckListener {
 public:
  OneRun(const World& world, const RunnerOptions& options, Progress& progress);
  ~OneRun() override;

  // Ok after a clean stop: drained, flushed, checkpointed.
  Status Run(const std::stop_token& stop);

 private:
  void OnAck(AckToken token) override;
  void OnAcks(AckToken token, size_t records) override;
  void OnLost(AckToken token, const Error& error) override;

  Status Open();
  bool StartsParked(const TableId& id) const;
  Status MakeTopics();
  void ShowParked();
  Status Stream(const std::stop_token& stop);
  Status Handle(ChangeBatchPtr batch);
  void HandleNotices(const ChangeBatch& batch);
  void HandleStatement(const SourceNotice& notice, uint16_t epoch);
  Status PlaceChunk(ChunkWindows::Due due);
  Status PlaceRows(LoadedChunk& chunk);
  Status PlaceMark(const TableSchemaPtr& table, const SourcePosition& at);
  Status Dispatch(ChangeBatchPtr batch, Milestone milestone);
  void StartLoader();
  Status Finish(bool clean);
  void ParkTables(const TableId& which, const Error& error);
  void ParkTable(const TableId& table, const Error& error);

  const World& world_;
  const RunnerOptions& options_;
  Progress& progress_;
  Failure failure_;

  Checkpoint start_;
  std::vector<TableSchemaPtr> tables_;
  std::unique_ptr<AckTracker> tracker_;
  std::unique_ptr<EventLog> log_;
  std::unique_ptr<TopicMaker> topics_;
  std::unique_ptr<ChangeSource> source_;
  std::unique_ptr<DdlRules> rules_;
  ChunkWindows windows_;
  std::unique_ptr<Loader> loader_;
  LoadReport report_;
  std::unique_ptr<EncodePool> pool_;
  std::unique_ptr<Checkpointer> checkpointer_;
};

}  // namespace rowhouse::capture
