// The part of a run that follows tables as such: which there are, and which are to be loaded
// (again).

#include <algorithm>

#include "base/log.h"
#include "capture/key_text.h"
#include "capture/run.h"
#include "model/topic.h"

namespace rowhouse::capture {

namespace {

// A load that finds its table in another shape begins anew; not for ever, should log
// and dictionary never agree.
constexpr int kReshapesMax = 10;

constexpr size_t kSqlKept = 4096;  // of a statement, in the checkpoint until its rows come

TableAltered AlteredBy(const ddl::TableEffect& effect, const ddl::DdlEvent& event) {
  const SourcePosition& at = event.at;
  TableAltered altered;
  altered.sql = event.sql.substr(0, kSqlKept);
  const auto file = BinlogFileNumber(at.binlog.file);
  altered.at = RowVersion::Make(at.epoch, file ? *file : 0, at.binlog.pos, 0);
  for (const ddl::ColumnHint& hint : effect.columns) {
    switch (hint.kind) {
      case ddl::ColumnHint::Kind::kAdd:
        altered.edits.push_back({ColumnEdit::Kind::kAdd, hint.column, ""});
        break;
      case ddl::ColumnHint::Kind::kDrop:
        altered.edits.push_back({ColumnEdit::Kind::kDrop, hint.column, ""});
        break;
      case ddl::ColumnHint::Kind::kRename:
        altered.edits.push_back({ColumnEdit::Kind::kRename, hint.column, hint.to});
        break;
      case ddl::ColumnHint::Kind::kModify:
        break;
    }
  }
  return altered;
}

}  // namespace

// What was asked for between two runs, and what only a new run can do, before it begins.
Status OneRun::TakeRequests() {
  std::map<TableId, std::string> asked = options_.requests->TakeReloads();
  const std::map<TableId, std::string> parked = options_.requests->TakeParked();
  std::set<TableId> skips = options_.requests->TakeSkips();
  TableRequests::Pauses pauses = options_.requests->TakePauses();
  if (asked.empty() && parked.empty() && skips.empty() && pauses.empty()) {
    return Ok();
  }
  for (const auto& [table, pause] : pauses) {
    if (pause) {
      start_.paused.insert_or_assign(table, *pause);
    } else {
      start_.paused.erase(table);
    }
  }
  for (const auto& [table, reason] : parked) {
    start_.Park(table, reason);
  }
  for (const TableId& table : skips) {
    SkipParked(table);
  }
  for (const auto& [table, why] : asked) {
    TableProgress& entry = start_.ledger[table];
    entry = TableProgress::FromTheStart(entry.reloads + 1);
    ShowEntry(table, entry);
    LogInfo("table is loaded again", {{"table", table.ToString()}, {"why", why}});
  }
  Status saved = SaveStart();
  if (!saved) {
    options_.requests->PutBack(std::move(asked));
    options_.requests->PutBackSkips(std::move(skips));
    options_.requests->PutBackPauses(std::move(pauses));
    for (const auto& [table, reason] : parked) {
      options_.requests->Park(table, reason);
    }
    return saved;
  }
  for (const auto& [table, why] : asked) {
    options_.requests->Saved(table);
  }
  for (const TableId& table : skips) {
    options_.requests->Saved(table);
  }
  ShowPaused(start_.paused);  // before who asked hears that it is done
  for (const auto& [table, pause] : pauses) {
    options_.requests->PauseSaved(table);
  }
  return Ok();
}

// Followed again from this run's start on.
void OneRun::SkipParked(const TableId& table) {
  const Status skipped = start_.Skip(table);
  if (!skipped) {
    LogWarn("a table can't be skipped", skipped.error(), {{"table", table.ToString()}});
    options_.requests->RefuseSkip(table, skipped.error());
    return;
  }
  const LeftOut& left = *start_.ledger[table].left_out;
  LogWarn(
      "table is followed again without its changes of before",
      {{"table", table.ToString()}, {"from", left.from.ToString()}, {"to", left.to.ToString()}}
  );
  ShowEntry(table, start_.ledger[table]);  // before who asked hears that it is done
}

// A comparison has found tables whole that lacked changes.
void OneRun::TakeWhole() {
  for (const auto& [table, to] : options_.requests->TakeWhole()) {
    if (tracker_->NoteWhole(table, to)) {
      LogInfo("a table that lacked changes was found whole", {{"table", table.ToString()}});
      progress_.UpdateTable(table, [&to = to](TableCounters& t) {
        if (t.left_out && t.left_out->to == to) {  // else it has been parked in this moment
          t.left_out.reset();
        }
      });
      if (committer_ != nullptr) {
        committer_->Note(Committer::Handed::kPosition);
      }
    }
  }
}

// What was asked of the running stream. The follower hears of it at once: should a crash forget the
// request, the next start tells it what the checkpoint says.
void OneRun::TakePauses() {
  TableRequests::Pauses pauses = options_.requests->TakePauses();
  if (pauses.empty()) {
    return;
  }
  for (auto& [table, pause] : pauses) {
    LogInfo(
        pause ? "table paused: its changes go on into Kafka, and wait there" : "table resumed",
        {{"table", table.ToString()}, {"by", pause ? pause->by : ""}}
    );
    tracker_->NotePause(table, pause);
    pauses_requested_[table] = {std::move(pause), tracker_->frontier_version()};
  }
  if (committer_ != nullptr) {
    committer_->Note(Committer::Handed::kPosition);
  }
  ShowPaused(tracker_->Paused());
}

void OneRun::ShowPaused(const std::map<TableId, Pause>& paused) {
  std::set<TableId> held;
  for (const auto& [table, pause] : paused) {
    held.insert(table);
    progress_.UpdateTable(table, [&pause = pause](TableCounters& t) { t.paused = pause; });
  }
  for (const auto& [table, counters] : progress_.Tables()) {
    if (counters.paused && !held.contains(table)) {
      progress_.UpdateTable(table, [](TableCounters& t) { t.paused.reset(); });
    }
  }
  if (options_.follower != nullptr) {
    options_.follower->Hold(held);
  }
}

// Dropped while no process ran: nobody knows their schema, so no queue can be made for them.
void OneRun::WarnOfPausedThatAreGone() const {
  for (const auto& [table, pause] : start_.paused) {
    const auto known = start_.ledger.find(table);
    const bool told =
        known == start_.ledger.end() || known->second.state == TableProgress::State::kGone;
    const bool there = std::ranges::any_of(tables_, [&table = table](const TableSchemaPtr& t) {
      return t->id == table;
    });
    if (!told && !there) {
      LogWarn(
          "a paused table was dropped while rowhouse did not run: what ClickHouse had not read of "
          "it stays in Kafka",
          {{"table", table.ToString()}, {"topic", DataTopic(options_.encode.encoder.topics, table)}}
      );
    }
  }
}

// The place in the source was given up. Saved before anything is read, so that a crash from here on
// begins at this place, and not at a later one.
Status OneRun::StartOver(SourceCatalog& catalog) {
  const uint16_t epoch = start_.position.epoch;
  start_.position = ROWHOUSE_TRY(catalog.FirstPosition());
  start_.position.epoch = epoch;
  std::set<TableId> there;
  for (const TableSchema& table : ROWHOUSE_TRY(catalog.Tables(options_.wanted))) {
    there.insert(table.id);
  }
  for (auto& [table, progress] : start_.ledger) {
    if (!there.contains(table)) {
      progress.state = TableProgress::State::kGone;
    }
    ShowEntry(table, progress);
  }
  ROWHOUSE_TRY(SaveStart());
  options_.requests->StartedOver();
  LogWarn(
      "starting over; all tables are loaded again",
      {{"at", start_.position.binlog.ToString()},
       {"gtid", start_.position.gtid_set},
       {"epoch", epoch}}
  );
  return Ok();
}

// How often the table was loaded again.
uint32_t& OneRun::Reloads(const TableId& table) {
  const auto known = reloads_.find(table);
  if (known != reloads_.end()) {
    return known->second;
  }
  const auto entry = start_.ledger.find(table);
  return reloads_[table] = entry == start_.ledger.end() ? 0 : entry->second.reloads;
}

// Tells who asked for a load that no crash forgets it any more.
void OneRun::TellSaved() {
  for (auto at = requested_.begin(); at != requested_.end();) {
    auto& [table, request] = *at;
    const auto entry = request.version ? std::nullopt : tracker_->Entry(table);
    if (entry && entry->reloads >= request.reloads) {
      request.version = tracker_->frontier_version();
    }
    const bool saved = request.version && tracker_->saved_version() >= *request.version;
    if (saved) {
      options_.requests->Saved(table);
    }
    at = saved ? requested_.erase(at) : std::next(at);
  }
  for (auto at = pauses_requested_.begin(); at != pauses_requested_.end();) {
    const bool saved = tracker_->saved_version() >= at->second.version;
    if (saved) {
      options_.requests->PauseSaved(at->first);
    }
    at = saved ? pauses_requested_.erase(at) : std::next(at);
  }
}

// A life that ends before a request is saved leaves it to the next one.
void OneRun::PutBackUnsaved() {
  if (tracker_ == nullptr) {
    return;
  }
  TellSaved();
  std::map<TableId, std::string> unsaved;
  for (auto& [table, request] : std::exchange(requested_, {})) {
    unsaved.emplace(table, std::move(request.why));
  }
  options_.requests->PutBack(std::move(unsaved));
  TableRequests::Pauses pauses;
  for (auto& [table, request] : std::exchange(pauses_requested_, {})) {
    pauses.emplace(table, std::move(request.pause));
  }
  options_.requests->PutBackPauses(std::move(pauses));
}

void OneRun::OpenFollower() {
  DdlFollower::Options options;
  options.wanted = options_.wanted;
  options.mariadb = connector_ == "mariadb";
  options.reload = options_.reload;
  options.records = !side_topics_.schema_changes.name.empty();
  options.on_ddl = options_.on_ddl;
  options.on_altered = [this](const ddl::TableEffect& effect, const ddl::DdlEvent& event) {
    gate_->Altered(effect.table, AlteredBy(effect, event));
  };
  follower_ = std::make_unique<DdlFollower>(std::move(options), world_.open_catalog, progress_);
  watch_ =
      std::make_unique<TableWatch>(world_.open_catalog, options_.wanted, options_.look_interval);
  for (const auto& [table, progress] : start_.ledger) {
    if (progress.state == TableProgress::State::kGone) {
      follower_->KnowGone(table);
    } else {
      watch_->Know(table);
    }
    if (progress.state == TableProgress::State::kParked) {
      MutexLock lock(tables_mu_);
      parked_.insert(table);
    }
  }
  for (const TableSchemaPtr& table : tables_) {
    follower_->Know(table);
    watch_->Know(table->id);
  }
}

bool OneRun::Parked(const TableId& table) const {
  MutexLock lock(tables_mu_);
  return parked_.contains(table);
}

void OneRun::StartLoader() {
  for (const TableSchemaPtr& table : tables_) {
    const auto known = start_.ledger.find(table->id);
    TableProgress from = known == start_.ledger.end() ? TableProgress{} : known->second;
    if (from.state == TableProgress::State::kGone) {
      // There again; should the stream show how, the load is broken off.
      from = {};
      from.reload = true;
      from.reloads = ++Reloads(table->id);
    }
    if (from.state == TableProgress::State::kLoading) {
      StartLoad(table, from);
    }
  }
}

// A table that is loaded again needs marks in the stream, so that goes through the log.
void OneRun::StartLoad(const TableSchemaPtr& table, const TableProgress& from) {
  if (options_.direct != nullptr && !from.reload) {
    options_.direct->Want(table, from, start_.position.epoch);
  } else {
    loader_->Want(table, from);
  }
}

void OneRun::ForgetLoad(const TableId& table) {
  loader_->Forget(table);
  if (options_.direct != nullptr) {
    options_.direct->Forget(table);
  }
}

Status OneRun::NoteDirectLoads() {
  if (options_.direct == nullptr) {
    return Ok();
  }
  for (const DirectLoad::News& news : options_.direct->TakeNews()) {
    if (Parked(news.table)) {
      continue;
    }
    if (news.failed) {
      LoadFailed(news.table, *news.failed);
      continue;
    }
    Milestone milestone{{}, {{news.table, news.progress}}};
    ROWHOUSE_TRY(Dispatch(std::make_unique<ChangeBatch>(), std::move(milestone)));
  }
  return Ok();
}

// What was asked for or found since the last batch.
Status OneRun::FollowTables() {
  ROWHOUSE_TRY(NoteDirectLoads());
  for (const TableSchemaPtr& table : watch_->TakeFound()) {
    ROWHOUSE_TRY(LoadFound(table));
  }
  std::set<TableId> reshaped;
  {
    MutexLock lock(tables_mu_);
    reshaped = std::exchange(to_reshape_, {});
  }
  TakePauses();
  TakeWhole();
  TellSaved();
  // A parked table is followed by a new run only: this one's decoder and workers have given it up.
  begin_anew_ = begin_anew_ || options_.requests->to_start_over() || options_.requests->to_skip();
  std::map<TableId, std::string> reload;
  if (options_.requests->waiting()) {
    reload = options_.requests->TakeReloads();
    for (const auto& [table, why] : reload) {
      requested_[table] = {why, Reloads(table) + 1};
    }
  }
  for (const TableId& table : reshaped) {
    reload.try_emplace(table, "its shape changed while it was loaded");
  }
  for (const auto& [table, why] : reload) {
    const TableSchemaPtr schema = ROWHOUSE_TRY(follower_->Refresh(table));
    if (schema != nullptr) {
      ROWHOUSE_TRY(LoadAgain(schema, why));
    } else {
      ROWHOUSE_TRY(LoseTable(table));
    }
  }
  return Ok();
}

// It is gone although the log does not say so (yet).
Status OneRun::LoseTable(const TableId& table) {
  LogWarn("no such table to load", {{"table", table.ToString()}});
  ForgetLoad(table);
  follower_->KnowGone(table);
  watch_->Forget(table);
  TableProgress gone;
  gone.state = TableProgress::State::kGone;
  gone.reloads = Reloads(table);
  requested_.erase(table);
  options_.requests->Saved(table);  // there is nothing to be done any more
  return Dispatch(std::make_unique<ChangeBatch>(), {{}, {{table, gone}}});
}

Status OneRun::Load(const TableSchemaPtr& table, const TableProgress& from) {
  auto batch = std::make_unique<ChangeBatch>();
  batch->tables.push_back(table);
  progress_.UpdateTable(table->id, [](TableCounters& t) { t.left_out.reset(); });
  ROWHOUSE_TRY(Dispatch(std::move(batch), {{}, {{table->id, from}}}, {{}, {table}}));
  StartLoad(table, from);
  return Ok();
}

Status OneRun::LoadAgain(const TableSchemaPtr& table, const std::string& why) {
  if (Parked(table->id)) {
    // Decoder, workers and ledger have given it up; a new run has not.
    LogInfo(
        "beginning anew to follow a parked table", {{"table", table->id.ToString()}, {"why", why}}
    );
    options_.requests->Reload(table->id, why);
    begin_anew_ = true;
    return Ok();
  }
  LogWarn("loading a table again", {{"table", table->id.ToString()}, {"why", why}});
  watch_->Know(table->id);
  return Load(table, TableProgress::FromTheStart(++Reloads(table->id)));
}

Status OneRun::LoadFound(const TableSchemaPtr& table) {
  LogInfo("table found", {{"table", table->id.ToString()}});
  TableProgress from;
  if (follower_->Knows(table->id)) {
    from = TableProgress::FromTheStart(++Reloads(table->id));
  }
  follower_->Know(table);
  if (!options_.first_load) {
    from.state = TableProgress::State::kDone;
    return Dispatch(std::make_unique<ChangeBatch>(), {{}, {{table->id, from}}});
  }
  return Load(table, from);
}

// A record that is left out would be a change lost, so its table is parked, which stands in every
// checkpoint from here on; then the others may go on.
void OneRun::OnRefused(const RefusedRecord& record, const Error& error) {
  const std::string topic(record.topic);
  const std::optional<TableId> table = TableOf(topic);
  if (!table) {
    // A topic beside the tables': what it tells is of no use to them, so they go on.
    LogError("a record beside the tables' is left out; they go on", error, {{"topic", topic}});
  } else if (!Parked(*table)) {
    const std::string& place = tracker_->PlaceOf(record.token);
    const std::string row = RowOfKey(*world_.schemas, record.key);
    ParkTable(*table, Error(error).Context(table->ToString() + ", " + row + " at " + place));
  }
  if (options_.delivery == Delivery::kAtLeastOnce) {
    tracker_->Ack(record.token);
    return;
  }
  // The transaction can't be committed without it: it begins again, without the table or topic.
  if (table) {
    options_.requests->Park(*table, tracker_->Entry(*table)->reason);
  } else {
    LogError(
        "exactly-once: the transaction begins again without that topic, which gets no more records "
        "until the next start",
        error,
        {{"topic", topic}}
    );
    options_.requests->LeaveTopic(topic);
  }
  failure_.Set(Error(ErrorKind::kUnavailable, "a record was refused: " + error.message())
                   .WithCode(error.code()));
}

std::optional<TableId> OneRun::TableOf(const std::string& topic) const {
  for (const auto& [id, counters] : progress_.Tables()) {
    if (DataTopic(options_.encode.encoder.topics, id) == topic) {
      return id;
    }
  }
  return std::nullopt;
}

// On a reader's thread, or of a direct load's news.
void OneRun::LoadFailed(const TableId& table, const Error& error) {
  const bool other_shape = error.kind() == ErrorKind::kSchemaChanged;
  const bool missing = error.kind() == ErrorKind::kNotFound;
  if (other_shape || missing) {
    MutexLock lock(tables_mu_);
    if (++reshaped_[table] <= kReshapesMax) {
      to_reshape_.insert(table);
      ForgetLoad(table);
      LogInfo(
          "the table changed while it was loaded",
          {{"table", table.ToString()}, {"what", error.ToString()}}
      );
      return;
    }
  }
  ParkTable(table, error);
}

}  // namespace rowhouse::capture
