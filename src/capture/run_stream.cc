// The part of a run that moves changes: from the stream and from chunks to the encode workers.

#include <algorithm>

#include <fmt/format.h>

#include "base/log.h"
#include "capture/run.h"

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
    ROWHOUSE_TRY(Beat());
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
  if (committer_ != nullptr && committer_->wants_more()) {
    return kCommitWait;
  }
  const milliseconds interval = options_.heartbeat_interval;
  return interval == interval.zero() ? kQuietWait : std::min(kQuietWait, interval);
}

// Says in a topic that the pipeline lives, behind all that was handed over. One at a time: while
// Kafka is away they do not pile up.
Status OneRun::Beat() {
  const Clock::TimePoint now = Clock::Real().Now();
  if (options_.heartbeat_interval == milliseconds::zero() || now < next_beat_ ||
      !last_beat_.expired()) {
    return Ok();
  }
  next_beat_ = now + options_.heartbeat_interval;
  constexpr int64_t kMicrosInMilli = 1000;
  EncodePool::Extras extras;
  extras.side.heartbeat_ms = Clock::Real().WallMicros() / kMicrosInMilli;
  Milestone milestone;
  const auto held = std::make_shared<const char>();
  last_beat_ = held;
  milestone.held = held;
  return Dispatch(std::make_unique<ChangeBatch>(), std::move(milestone), std::move(extras));
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
      if (batch->resume.empty() && batch->transactions.empty()) {
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
    progress_.UpdateTable(table, [](TableCounters& t) {
      t.load.running = false;
      if (!t.parked) {
        t.left_out.reset();
      }
    });
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
  EncodePool::Extras extras{{std::move(followed.records)}, followed.started};
  if (transactions_) [[unlikely]] {
    extras.side.transactions = transactions_->Count(*batch);
  }
  ROWHOUSE_TRY(Dispatch(std::move(batch), std::move(milestone), std::move(extras)));
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
  for (TransactionMark& mark : batch.transactions) {
    mark.before_change = kept_before[mark.before_change];
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
        !batch->changes.empty() || !milestone.ledger.empty() || !extras.side.empty();
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

}  // namespace rowhouse::capture
