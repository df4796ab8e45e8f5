#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "capture/ack_tracker.h"
#include "capture/checkpointer.h"
#include "capture/chunk_windows.h"
#include "capture/committer.h"
#include "capture/ddl_follower.h"
#include "capture/encode_pool.h"
#include "capture/failure.h"
#include "capture/leader.h"
#include "capture/load_report.h"
#include "capture/loader.h"
#include "capture/runner.h"
#include "capture/shape_commits.h"
#include "capture/table_watch.h"
#include "capture/topic_maker.h"
#include "capture/transaction_counter.h"

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

  // Ok after a clean stop: drained, flushed, checkpointed. Also where a parked table is to be
  // followed again: then the next life begins at once.
  Status Run(const std::stop_token& stop);

 private:
  void OnAck(AckToken token) override;
  void OnAcks(AckToken token, size_t records) override;
  void OnLost(AckToken token, const Error& error) override;
  void OnRefused(const RefusedRecord& record, const Error& error) override;

  Status Lead(const std::stop_token& stop);
  Status Open();
  Status LoadStart(SourceCatalog& catalog);
  Status StartOver(SourceCatalog& catalog);
  Status SaveStart();
  void StartSaving();
  bool StartsParked(const TableId& id) const;
  Status MakeTopics();
  void MakeGate();
  void ShowParked();

  // --- moving changes (run_stream.cc)
  Status Stream(const std::stop_token& stop);
  Status Handle(ChangeBatchPtr batch);
  void HandleNotices(const ChangeBatch& batch);
  void DropParked(ChangeBatch& batch) const;
  Status CommitBeforeNewShapes(const std::vector<TableSchemaPtr>& tables);
  Status Handle(ChangeBatchPtr batch, Followed followed);
  Status PlaceChunk(ChunkWindows::Due due);
  Status PlaceRows(LoadedChunk& chunk);

  enum class Mark { kBeforeRows, kBelowRows };
  Status PlaceMark(const TableSchemaPtr& table, const SourcePosition& at, Mark mark);
  Status Dispatch(ChangeBatchPtr batch, Milestone milestone, EncodePool::Extras extras = {});
  milliseconds NextWait() const;
  Status Beat();

  // --- tables that come, go or are to be loaded again (run_tables.cc)
  Status TakeRequests();
  void TellSaved();
  void PutBackUnsaved();
  void TakePauses();
  void TakeWhole();
  void SkipParked(const TableId& table);
  void ShowEntry(const TableId& table, const TableProgress& entry);
  void WarnOfPausedThatAreGone() const;
  void ShowPaused(const std::map<TableId, Pause>& paused);
  uint32_t& Reloads(const TableId& table);
  void OpenFollower();
  Status FollowTables();
  Status Load(const TableSchemaPtr& table, const TableProgress& from);
  Status LoadAgain(const TableSchemaPtr& table, const std::string& why);
  Status LoadFound(const TableSchemaPtr& table);
  Status LoseTable(const TableId& table);
  bool Parked(const TableId& table) const;
  void LoadFailed(const TableId& table, const Error& error);

  void StartLoader();
  void StartLoad(const TableSchemaPtr& table, const TableProgress& from);
  void ForgetLoad(const TableId& table);
  Status NoteDirectLoads();
  Status Finish(bool clean);
  void ParkTables(const TableId& which, const Error& error);
  void ParkTable(const TableId& table, const Error& error);
  std::optional<TableId> TableOf(const std::string& topic) const;

  // That a table be loaded again, until a saved checkpoint has it.
  struct Request {
    std::string why;
    uint32_t reloads = 0;               // as the ledger's entry will have it
    std::optional<uint64_t> version{};  // of the first frontier that has it
  };

  // That a table be paused or resumed, until a saved checkpoint has it.
  struct PauseRequest {
    std::optional<Pause> pause;
    uint64_t version = 0;  // of the first frontier that has it
  };

  const World& world_;
  const RunnerOptions& options_;
  Progress& progress_;
  Failure failure_;

  Leader leader_;
  Checkpoint start_;
  std::vector<TableSchemaPtr> tables_;
  std::string connector_;
  std::unique_ptr<AckTracker> tracker_;
  std::unique_ptr<EventLog> log_;
  std::unique_ptr<TopicMaker> topics_;
  std::unique_ptr<ChangeSource> source_;
  std::unique_ptr<DdlFollower> follower_;
  std::unique_ptr<TableWatch> watch_;
  ChunkWindows windows_;
  std::unique_ptr<Loader> loader_;
  LoadReport report_;
  std::unique_ptr<SchemaGate> gate_;
  std::unique_ptr<EncodePool> pool_;
  std::unique_ptr<Checkpointer> checkpointer_;  // at least once
  std::unique_ptr<Committer> committer_;        // exactly once
  ShapeCommits shapes_;                         // exactly once
  CutPlace place_;                              // exactly once
  SideTopicSpecs side_topics_;
  std::optional<TransactionCounter> transactions_;  // where their topic is wanted
  Clock::TimePoint next_beat_{};
  std::weak_ptr<const void> last_beat_;               // gone once it is acknowledged
  bool begin_anew_ = false;                           // a parked table is to be followed again
  std::map<TableId, uint32_t> reloads_;               // as the ledger's entries have them
  std::map<TableId, Request> requested_;              // taken, and in no saved checkpoint yet
  std::map<TableId, PauseRequest> pauses_requested_;  // the same

  mutable Mutex tables_mu_;
  std::set<TableId> parked_ GUARDED_BY(tables_mu_);
  // Loads that found their table in another shape, and how often in a row; at most one a table.
  std::map<TableId, int> reshaped_ GUARDED_BY(tables_mu_);
  std::set<TableId> to_reshape_ GUARDED_BY(tables_mu_);
};

}  // namespace rowhouse::capture
