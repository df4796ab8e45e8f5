#include "capture/run.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/log.h"
#include "model/topic.h"

namespace rowhouse::capture {

namespace {

// How long the source may be waited for: short while chunks want their place.
constexpr milliseconds kQuietWait{500};
constexpr milliseconds kLoadingWait{2};
// The commit that is under way may end at any time, and another is wanted then.
constexpr milliseconds kCommitWait{5};
// More than this on its way is load, whatever the source says.
constexpr size_t kQuietBytes = size_t{1} << 20;

// No event starts in the bytes before a place between events: its predecessor's header takes
// more. There the rows of loads have their versions, those of a later load above those of an
// earlier one that read at the same place (up to so many; a log seldom stands still that long).
constexpr uint32_t kLoadsApart = 17;

uint8_t BytesBefore(uint64_t pos, uint32_t reloads) {
  const uint32_t before = kLoadsApart - std::min(reloads, kLoadsApart - 1);
  return static_cast<uint8_t>(pos > kLoadsApart + 1 ? before : 0);
}

void SetBytesBefore(ChangeBatch& rows, uint32_t reloads) {
  for (EventOrigin& origin : rows.origins) {
    origin.before = BytesBefore(origin.pos, reloads);
  }
}

// An empty name stands for any.
bool Concerns(const SourceNotice& notice, const TableId& table) {
  const TableId& which = notice.table;
  return which.table.empty() ? which.db.empty() || which.db == table.db : which == table;
}

std::string PlaceOf(const std::vector<Change>& changes) {
  const EventOrigin& first = *changes.front().origin;
  const EventOrigin& last = *changes.back().origin;
  std::string place = fmt::format("{}:{}", first.file, first.pos);
  if (first.pos != last.pos || first.file != last.file) {
    place += fmt::format(" to {}:{}", last.file, last.pos);
  }
  return place;
}

bool HasStatement(const ChangeBatch& batch) {
  return std::any_of(batch.notices.begin(), batch.notices.end(), [](const SourceNotice& notice) {
    return notice.kind == SourceNotice::Kind::kDdl;
  });
}

}  // namespace

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
  for (TableSchema& table : ROWHOUSE_TRY(catalog->Tables(options_.wanted))) {
    tables_.push_back(std::make_shared<const TableSchema>(std::move(table)));
  }
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
  ROWHOUSE_TRY(MakeTopics());
  const auto wanted = [this](const TableId& id) {
    return options_.wanted(id) && !StartsParked(id);
  };
  source_ = ROWHOUSE_TRY(world_.open_source(start_.position, wanted));
  ShowParked();
  windows_.StartAt(start_.position);
  EncodePool::Options encode = options_.encode;
  encode.encoder.connector = ROWHOUSE_TRY(catalog->Connector());
  encode.schema_change_topic = options_.schema_change_topic;
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
  return topics_->Start(options_.schema_change_topic, std::move(followed));
}

void OneRun::ShowParked() {
  for (const auto& [id, known] : start_.ledger) {
    if (known.state == TableProgress::State::kParked) {
      LogWarn("table stays parked", {{"table", id.ToString()}, {"reason", known.reason}});
      progress_.UpdateTable(id, [&reason = known.reason](TableCounters& t) {
        t.parked = true;
        t.note = reason;
      });
    }
  }
}

Status OneRun::Stream(const std::stop_token& stop) {
  std::stop_callback unblock(stop, [this] { source_->Close(); });
  while (!stop.stop_requested() && !begin_anew_) {
    ROWHOUSE_TRY(FollowTables());
    ChangeBatchPtr batch = ROWHOUSE_TRY(source_->Next(Deadline::After(NextWait())));
    const bool at_boundary = batch->at_boundary;
    const bool drained = batch->drained;
    const bool statements = HasStatement(*batch);
    ROWHOUSE_TRY(Handle(std::move(batch)));
    while (auto due = windows_.TakeDue()) {
      ROWHOUSE_TRY(PlaceChunk(*std::move(due)));
    }
    if (committer_ != nullptr && at_boundary) {
      const bool quiet = drained && !loader_->busy() && tracker_->in_flight_bytes() < kQuietBytes;
      using enum Committer::Stream;
      ROWHOUSE_TRY(committer_->AskIfDue(statements ? kStatement : (quiet ? kQuiet : kBusy), *pool_)
      );
    }
    report_.Tick();
    for (ChangeBatchPtr& used : pool_->TakeUsed()) {
      source_->Recycle(std::move(used));
    }
  }
  return Ok();
}

milliseconds OneRun::NextWait() const {
  if (loader_->busy()) {
    return kLoadingWait;
  }
  return committer_ != nullptr && committer_->wants_more() ? kCommitWait : kQuietWait;
}

Status OneRun::Handle(ChangeBatchPtr batch) {
  ROWHOUSE_TRY(CommitBeforeNewShapes(batch->tables));
  place_.Pass(*batch);
  DropParked(*batch);
  HandleNotices(*batch);
  Followed followed = ROWHOUSE_TRY(follower_->Follow(*batch));
  if (HasStatement(*batch)) {
    std::erase_if(batch->changes, [this](const Change& change) {
      return change.op == Op::kTruncate && Parked(change.table->id);
    });
  }
  // Before it is handed over: from then on the batch is another thread's.
  windows_.Observe(*batch);
  const int64_t now = Clock::Real().WallMicros();
  if (batch->changes.empty()) {
    progress_.caught_up_us = now;
    if (batch->notices.empty()) {
      follower_->CaughtUp();
      if (batch->resume.empty()) {
        source_->Recycle(std::move(batch));
        return Ok();
      }
    }
  } else {
    progress_.last_event_ts_us = batch->changes.back().origin->ts_us;
    progress_.last_event_seen_us = now;
  }
  return Handle(std::move(batch), std::move(followed));
}

// Hands the batch over with what its statements ask for.
Status OneRun::Handle(ChangeBatchPtr batch, Followed followed) {
  for (const TableId& table : followed.forget) {
    ForgetLoad(table);
    progress_.UpdateTable(table, [](TableCounters& t) { t.load.running = false; });
    watch_->Forget(table);  // those started are known at once again
  }
  for (const TableSchemaPtr& table : followed.started) {
    batch->tables.push_back(table);
    watch_->Know(table->id);
  }
  for (auto& [table, entry] : followed.ledger) {
    entry.reloads = Reloads(table);
  }
  Milestone milestone{batch->resume, std::move(followed.ledger)};
  ROWHOUSE_TRY(Dispatch(
      std::move(batch), std::move(milestone), {std::move(followed.records), followed.started}
  ));
  followed.altered.insert(followed.altered.end(), followed.started.begin(), followed.started.end());
  for (const TableSchemaPtr& table : followed.altered) {
    if (Parked(table->id)) {
      ROWHOUSE_TRY(LoadAgain(table, "it was altered"));
    }
  }
  for (const auto& [table, why] : followed.reload) {
    ROWHOUSE_TRY(LoadAgain(table, why));
  }
  if (followed.look) {
    watch_->Look();
  }
  return Ok();
}

void OneRun::HandleNotices(const ChangeBatch& batch) {
  for (const SourceNotice& notice : batch.notices) {
    switch (notice.kind) {
      case SourceNotice::Kind::kDdl:
        break;  // the follower's
      case SourceNotice::Kind::kTableParked:
        ParkTables(notice.table, notice.error);
        break;
      case SourceNotice::Kind::kWarning:
        LogWarn("source", notice.error, {{"at", notice.at.ToString()}});
        break;
    }
  }
}

// A shape that changed without a statement in the log. In the middle of a transaction whose first
// rows are handed over already nothing can be committed: the rest of it would be another.
Status OneRun::CommitBeforeNewShapes(const std::vector<TableSchemaPtr>& tables) {
  if (committer_ == nullptr || options_.follower == nullptr) {
    return Ok();
  }
  for (const TableSchemaPtr& table : tables) {
    if (!shapes_.NeedsCommit(table, committer_->asked()) || Parked(table->id)) {
      continue;
    }
    if (place_.may_cut()) {
      return committer_->AskIfDue(Committer::Stream::kStatement, *pool_);
    }
    ParkTable(
        table->id,
        Error(
            ErrorKind::kUnsupported,
            "its shape changed without a statement in the log, in the middle of a transaction: the "
            "rows before it can't be committed alone"
        )
            .WithHint("rowhouse resync " + table->id.ToString())
    );
  }
  return Ok();
}

// Rows of tables that are parked, or that the batch says can't be followed from some place on: what
// comes after a change that was left out is no table's state.
void OneRun::DropParked(ChangeBatch& batch) const {
  std::map<const TableSchema*, size_t> from;  // each such table's first change to be dropped
  {
    MutexLock lock(tables_mu_);
    for (const TableSchemaPtr& table : batch.tables) {
      if (parked_.contains(table->id)) {
        from[table.get()] = 0;
      }
    }
  }
  for (const SourceNotice& notice : batch.notices) {
    for (const TableSchemaPtr& table : batch.tables) {
      if (notice.kind == SourceNotice::Kind::kTableParked && Concerns(notice, table->id)) {
        from.try_emplace(table.get(), notice.before_change);
      }
    }
  }
  if (from.empty()) {
    return;
  }
  std::vector<size_t> kept_before(batch.changes.size() + 1);
  size_t kept = 0;
  for (size_t i = 0; i < batch.changes.size(); ++i) {
    kept_before[i] = kept;
    const auto found = from.find(batch.changes[i].table);
    if (found == from.end() || i < found->second) {
      batch.changes[kept++] = batch.changes[i];
    }
  }
  kept_before.back() = kept;
  batch.changes.resize(kept);
  for (SourceNotice& notice : batch.notices) {
    notice.before_change = kept_before[std::min(notice.before_change, kept_before.size() - 1)];
  }
}

Status OneRun::PlaceChunk(ChunkWindows::Due due) {
  LoadedChunk& chunk = due.chunk;
  if (due.overrun) {
    loader_->GiveBack(chunk);
    return Ok();
  }
  ROWHOUSE_TRY(CommitBeforeNewShapes({chunk.table}));
  if (!loader_->Wants(chunk)) {
    return Ok();
  }
  if (!chunk.table->has_key()) {
    ROWHOUSE_TRY(PlaceMark(chunk.table, chunk.read_at, Mark::kBeforeRows));
  }
  ROWHOUSE_TRY(PlaceRows(chunk));
  std::optional<TableProgress> progress = loader_->Placed(chunk);
  if (!progress) {
    return Ok();
  }
  if (progress->state == TableProgress::State::kDone) {
    if (progress->reload && chunk.table->has_key()) {
      ROWHOUSE_TRY(PlaceMark(chunk.table, progress->since, Mark::kBelowRows));
    }
    MutexLock lock(tables_mu_);
    reshaped_.erase(chunk.table->id);
  }
  Milestone placed{{}, {{chunk.table->id, *std::move(progress)}}};
  return Dispatch(std::make_unique<ChangeBatch>(), std::move(placed));
}

Status OneRun::PlaceRows(LoadedChunk& chunk) {
  const uint32_t reloads = Reloads(chunk.table->id);
  for (ChangeBatchPtr& rows : chunk.rows) {
    SetBytesBefore(*rows, reloads);
    ROWHOUSE_TRY(Dispatch(std::move(rows), {}));
  }
  while (chunk.the_rest != nullptr) {
    ChangeBatchPtr rows = ROWHOUSE_TRY(chunk.the_rest->Next());
    if (rows == nullptr) {
      break;
    }
    SetBytesBefore(*rows, reloads);
    chunk.rows_read += rows->changes.size();
    ROWHOUSE_TRY(Dispatch(std::move(rows), {}));
  }
  return Ok();
}

// An op t record, which voids what is older. A table without key has nothing to replace rows
// by: its mark comes first, and voids what an earlier load has put out. A table with key is
// loaded again over what is there, and never looks empty: its mark comes last, and voids what
// the load has not found again.
Status OneRun::PlaceMark(const TableSchemaPtr& table, const SourcePosition& at, Mark mark) {
  auto batch = std::make_unique<ChangeBatch>();
  EventOrigin& origin = batch->origins.emplace_back();
  origin.ts_us = Clock::Real().WallMicros();
  origin.epoch = at.epoch;
  origin.file = batch->arena.Copy(at.binlog.file);
  const auto number = BinlogFileNumber(origin.file);
  origin.file_number = number ? *number : 0;
  origin.pos = at.binlog.pos;
  batch->tables.push_back(table);
  Change& change = batch->changes.emplace_back();
  change.op = Op::kTruncate;
  change.table = table.get();
  change.origin = &origin;
  origin.before = BytesBefore(origin.pos, Reloads(table->id));
  if (mark == Mark::kBelowRows) {
    // Above all that an earlier load has put out at this place, below what this one has.
    origin.before += 1;
    change.ordinal = UINT32_MAX;
  }
  return Dispatch(std::move(batch), {});
}

Status OneRun::Dispatch(ChangeBatchPtr batch, Milestone milestone, EncodePool::Extras extras) {
  if (committer_ != nullptr) {
    const bool records =
        !batch->changes.empty() || !milestone.ledger.empty() || !extras.statements.empty();
    committer_->Note(records ? Committer::Handed::kRecords : Committer::Handed::kPosition);
    for (const TableSchemaPtr& table : batch->tables) {
      shapes_.Handed(table, committer_->asked());
    }
  }
  if (!batch->changes.empty()) {
    milestone.place = PlaceOf(batch->changes);
  }
  const AckToken token = ROWHOUSE_TRY(
      tracker_->Issue(std::move(milestone), batch->bytes(), pool_->workers(), failure_.token())
  );
  return pool_->Submit(std::move(batch), token, failure_.token(), std::move(extras));
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
  progress_.UpdateTable(table, [&](TableCounters& t) {
    t.parked = true;
    t.load.running = false;
    t.note = error.ToString();
  });
  {
    MutexLock lock(tables_mu_);
    parked_.insert(table);
  }
  tracker_->Park(table, error.ToString());
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
