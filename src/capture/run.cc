#include "capture/run.h"

#include "base/log.h"

namespace rowhouse::capture {

OneRun::OneRun(const World& world, const RunnerOptions& options, Progress& progress)
    : world_(world),
      options_(options),
      progress_(progress),
      leader_(progress, failure_, options.renew_interval),
      windows_(options.loader.waiting_bytes()),
      report_(progress, options.report_interval) {}

OneRun::~OneRun() {
  const Status finished = Finish(false);
  if (!finished) {
    LogWarn("ending a run", finished.error());
  }
  // Last: what this life writes ends before another's begins.
  leader_.Stop();
}

void OneRun::OnAck(AckToken token) {
  OnAcks(token, 1);
}

void OneRun::OnAcks(AckToken token, size_t records) {
  progress_.records_acknowledged.fetch_add(records, std::memory_order_relaxed);
  tracker_->Ack(token, records);
}

void OneRun::OnLost(AckToken, const Error& error) {
  // The batch stays open, so nothing after it is ever checkpointed in this run.
  failure_.Set(error);
}

Status OneRun::Run(const std::stop_token& stop) {
  std::stop_callback on_stop(stop, [this] { failure_.Stop(); });
  ROWHOUSE_TRY(Lead(failure_.token()));
  ROWHOUSE_TRY(Open());
  StartLoader();
  const Status streamed = Stream(failure_.token());
  if (!streamed) {
    failure_.Set(streamed.error());
  }
  progress_.connected = false;
  std::optional<Error> first = failure_.Take();
  const bool clean = !first.has_value() && (stop.stop_requested() || begin_anew_);
  Status finished = Finish(clean);
  if (first) {
    return *std::move(first);
  }
  return finished;
}

Status OneRun::Lead(const std::stop_token& stop) {
  if (world_.open_leadership) {
    ROWHOUSE_TRY(leader_.Take(world_.open_leadership, stop));
  }
  return options_.on_lead ? options_.on_lead() : Ok();
}

Status OneRun::Open() {
  // The log first: a transactional one ends what an earlier life has left open, and only then is
  // it known which checkpoint counts.
  log_ = ROWHOUSE_TRY(world_.open_log(*this));
  std::unique_ptr<SourceCatalog> catalog = ROWHOUSE_TRY(world_.open_catalog());
  ROWHOUSE_TRY(LoadStart(*catalog));
  ROWHOUSE_TRY(TakeRequests());
  ShowPaused(start_.paused);
  for (TableSchema& table : ROWHOUSE_TRY(catalog->Tables(options_.wanted))) {
    tables_.push_back(std::make_shared<const TableSchema>(std::move(table)));
  }
  WarnOfPausedThatAreGone();
  if (!options_.first_load) {
    for (const TableSchemaPtr& table : tables_) {
      start_.ledger.try_emplace(table->id, TableProgress{TableProgress::State::kDone, "", 0, ""});
    }
  }
  tracker_ = std::make_unique<AckTracker>(start_, options_.in_flight_bytes);
  const auto park = [this](const TableId& id, const Error& error) { ParkTable(id, error); };
  const auto failed = [this](const TableId& id, const Error& error) { LoadFailed(id, error); };
  loader_ = std::make_unique<Loader>(
      options_.loader, Loader::Around{world_.open_reader, windows_, progress_, failure_, failed}
  );
  MakeGate();
  side_topics_ = options_.side_topics;
  for (const std::string& topic : options_.requests->left_topics()) {
    side_topics_.Leave(topic);
  }
  if (!options_.side_topics.transactions.name.empty()) {
    transactions_.emplace(options_.encode.encoder);
  }
  ROWHOUSE_TRY(MakeTopics());
  const auto wanted = [this](const TableId& id) {
    return options_.wanted(id) && !StartsParked(id);
  };
  source_ = ROWHOUSE_TRY(world_.open_source(start_.position, wanted));
  ShowParked();
  windows_.StartAt(start_.position);
  EncodePool::Options encode = options_.encode;
  encode.encoder.connector = ROWHOUSE_TRY(catalog->Connector());
  encode.side_topics = side_topics_;
  connector_ = encode.encoder.connector;
  OpenFollower();
  pool_ = std::make_unique<EncodePool>(
      encode,
      EncodePool::Around{
          *topics_, *log_, *world_.schemas, *tracker_, progress_, failure_, park, *gate_}
  );
  StartSaving();
  progress_.connected = true;
  LogInfo(
      "capture running",
      {{"from", start_.position.binlog.ToString()},
       {"gtid", start_.position.gtid_set},
       {"tables", tables_.size()}}
  );
  return Ok();
}

void OneRun::MakeGate() {
  const auto settle = [this](AckToken token, const std::stop_token& stop) -> Status {
    const uint64_t version = ROWHOUSE_TRY(tracker_->WaitFirst(token, stop));
    // Exactly once, a commit was asked for in front of the first row of the new schema.
    return checkpointer_ == nullptr ? committer_->WaitCommitted(stop)
                                    : checkpointer_->WaitSaved(version, stop);
  };
  const auto reload = [this](const TableSchemaPtr& table, const std::string& why) {
    LogWarn("table has to be loaded again", {{"table", table->id.ToString()}, {"why", why}});
    MutexLock lock(tables_mu_);
    to_reshape_.insert(table->id);
  };
  gate_ =
      std::make_unique<SchemaGate>(options_.follower, start_.schemas, *tracker_, settle, reload);
}

Status OneRun::LoadStart(SourceCatalog& catalog) {
  auto saved = ROWHOUSE_TRY(world_.checkpoints->Load());
  if (saved) {
    start_ = *std::move(saved);
    progress_.SetSavedPosition(start_.position);
    const bool asked = options_.requests->to_start_over();
    if (asked) {
      start_.StartOver();
    }
    return start_.position.empty() ? StartOver(catalog) : Ok();
  }
  start_.position = ROWHOUSE_TRY(catalog.FirstPosition());
  // Before the first record: if this life ended without a checkpoint, the next would begin
  // at a later position, and a row loaded now and deleted in between would stay for ever.
  return SaveStart();
}

Status OneRun::SaveStart() {
  const bool once = options_.delivery == Delivery::kExactlyOnce;
  return once ? log_->Commit(start_) : world_.checkpoints->Save(start_);
}

void OneRun::StartSaving() {
  if (options_.delivery == Delivery::kAtLeastOnce) {
    checkpointer_ = std::make_unique<Checkpointer>(
        *tracker_, *world_.checkpoints, progress_, failure_, options_.checkpoint_interval
    );
    return;
  }
  const Committer::Options options{options_.commit_interval, options_.checkpoint_interval};
  committer_ = std::make_unique<Committer>(options, *log_, *tracker_, progress_, failure_);
}

bool OneRun::StartsParked(const TableId& id) const {
  const auto known = start_.ledger.find(id);
  return known != start_.ledger.end() && known->second.state == TableProgress::State::kParked;
}

Status OneRun::MakeTopics() {
  std::vector<TableSchemaPtr> followed;
  for (const TableSchemaPtr& table : tables_) {
    if (!StartsParked(table->id)) {
      followed.push_back(table);
    }
  }
  const auto want = [this](const TableSchemaPtr& table) { gate_->Want(table); };
  topics_ = std::make_unique<TopicMaker>(*log_, options_.encode.encoder, failure_, want);
  return topics_->Start(side_topics_.All(), std::move(followed));
}

// What was shown by a run before, in this process, may not be so any more: another process may have
// led since, or the saved state may have been changed.
void OneRun::ShowParked() {
  for (const auto& [id, counters] : progress_.Tables()) {
    if ((counters.parked || counters.left_out) && !start_.ledger.contains(id)) {
      ShowEntry(id, {});
    }
  }
  for (const auto& [id, known] : start_.ledger) {
    ShowEntry(id, known);
    if (known.state == TableProgress::State::kParked) {
      LogWarn("table stays parked", {{"table", id.ToString()}, {"reason", known.reason}});
    } else if (known.left_out) {
      LogWarn(
          "changes of a table were left out",
          {{"table", id.ToString()},
           {"from", known.left_out->from.ToString()},
           {"to", known.left_out->to.ToString()},
           {"why", known.left_out->why},
           {"fix", "rowhouse verify " + id.ToString() + " --repair"}}
      );
    }
  }
}

void OneRun::ShowEntry(const TableId& table, const TableProgress& entry) {
  progress_.UpdateTable(table, [&entry](TableCounters& t) {
    t.parked = entry.state == TableProgress::State::kParked;
    t.note = entry.reason;
    t.left_out = entry.left_out;
  });
}

// An empty name stands for any, as in SourceNotice. What is parked already keeps its reason.
void OneRun::ParkTables(const TableId& which, const Error& error) {
  if (!which.table.empty()) {
    ParkTable(which, error);
    return;
  }
  std::map<TableId, TableCounters> known = progress_.Tables();
  for (const TableSchemaPtr& table : tables_) {
    known.try_emplace(table->id);
  }
  for (const auto& [id, counters] : known) {
    if ((which.db.empty() || which.db == id.db) && !counters.parked) {
      ParkTable(id, error);
    }
  }
}

void OneRun::ParkTable(const TableId& table, const Error& error) {
  LogError("table parked; the others go on", error, {{"table", table.ToString()}});
  {
    MutexLock lock(tables_mu_);
    parked_.insert(table);
  }
  tracker_->Park(table, error.ToString());
  progress_.UpdateTable(table, [](TableCounters& t) { t.load.running = false; });
  ShowEntry(table, *tracker_->Entry(table));
  ForgetLoad(table);
}

Status OneRun::Finish(bool clean) {
  if (log_ == nullptr) {
    return Ok();
  }
  failure_.Stop();
  watch_.reset();
  if (committer_ != nullptr) {
    // What is not committed is dropped, and a commit under way is not waited for: the next
    // life reads from the checkpoint that counts.
    clean = false;
    log_->Close();
    committer_->Stop();
  }
  if (loader_ != nullptr) {
    loader_->Stop();
  }
  if (options_.direct != nullptr) {
    options_.direct->ForgetAll();
  }
  if (topics_ != nullptr) {
    topics_->Stop();
  }
  // What the workers had queued is read again at the next start: the frontier
  // has not passed it.
  pool_.reset();
  Status flushed = Ok();
  if (clean) {
    flushed = log_->Flush(Deadline::After(options_.drain_limit));
  }
  if (checkpointer_ != nullptr) {
    checkpointer_->Stop();
  }
  PutBackUnsaved();
  log_->Close();
  checkpointer_.reset();
  source_.reset();
  topics_.reset();
  log_.reset();
  return flushed;
}

}  // namespace rowhouse::capture
