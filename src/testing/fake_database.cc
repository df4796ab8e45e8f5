#include "testing/fake_database.h"

#include <algorithm>
#include <atomic>

namespace rowhouse::testing {

namespace {

// More than an event's header, as in a real log.
constexpr uint64_t kEventBytes = 30;

TableSchemaPtr MakeSchema(const TableId& id, bool has_key) {
  auto schema = std::make_shared<TableSchema>();
  schema->id = id;
  schema->columns.resize(2);
  schema->columns[0].name = "id";
  schema->columns[0].type = ColumnType::kInt;
  schema->columns[0].nullable = false;
  schema->columns[1].name = "note";
  schema->columns[1].type = ColumnType::kText;
  if (has_key) {
    schema->primary_key = {0};
  }
  return schema;
}

const Cell* CellsOf(const FakeRow& row, Arena& arena) {
  Cell* cells = arena.AllocateArray<Cell>(2);
  cells[0] = Cell::OfInt(CellKind::kInt, row.id);
  cells[1] = Cell::OfBytes(CellKind::kText, arena.Copy(row.note));
  return cells;
}

void Apply(std::vector<FakeRow>& rows, const FakeWrite& write) {
  if (write.op != Op::kCreate) {
    const auto old = std::find(rows.begin(), rows.end(), write.before);
    CHECK(old != rows.end());
    rows.erase(old);
  }
  if (write.op != Op::kDelete) {
    rows.push_back(write.after);
  }
}

EventOrigin& AddOrigin(ChangeBatch& batch, uint64_t pos) {
  EventOrigin& origin = batch.origins.emplace_back();
  origin.file = batch.arena.Copy("b.000001");
  origin.file_number = 1;
  origin.pos = pos;
  return origin;
}

}  // namespace

// Reads the fake log from a boundary on.
class FakeSource : public ChangeSource {
 public:
  FakeSource(FakeDatabase& db, uint64_t from, std::function<bool(const TableId&)> wanted)
      : db_(db), at_(from), wanted_(std::move(wanted)) {}

  Result<ChangeBatchPtr> Next(Deadline deadline) override {
    MutexLock lock(db_.mu_);
    db_.grew_.WaitFor(db_.mu_, stop_.get_token(), deadline, [&]() NO_THREAD_SAFETY_ANALYSIS {
      return next_ < db_.log_.size() || stop_.stop_requested();
    });
    if (stop_.stop_requested()) {
      return Error(ErrorKind::kCancelled, "source closed");
    }
    if (db_.break_after_ >= 0 && db_.break_after_-- == 0) {
      return Error(ErrorKind::kUnavailable, "the fake link is broken");
    }
    return Fill();
  }

  void Close() override {
    stop_.request_stop();
    db_.grew_.NotifyAll();
  }

  void Recycle(ChangeBatchPtr) override {}

 private:
  ChangeBatchPtr Fill() NO_THREAD_SAFETY_ANALYSIS {
    auto batch = std::make_unique<ChangeBatch>();
    for (int n = 0; next_ < db_.log_.size() && n < db_.options_.batch_changes; ++next_) {
      const auto& entry = db_.log_[next_];
      if (entry.end <= at_) {
        continue;  // before our start
      }
      if (!entry.sql.empty()) {
        SourceNotice& notice = batch->notices.emplace_back();
        notice.kind = SourceNotice::Kind::kDdl;
        notice.before_change = batch->changes.size();
        notice.table.db = entry.db;
        notice.text = entry.sql;
        notice.at = {"b.000001", entry.pos};
        notice.ts_us = Clock::Real().WallMicros();
      } else if (entry.notice) {
        SourceNotice& notice = batch->notices.emplace_back(*entry.notice);
        notice.before_change = batch->changes.size();
        notice.at = {"b.000001", entry.pos};
        n += notice.kind == SourceNotice::Kind::kWarning ? db_.options_.batch_changes : 0;
      } else {
        Mark(TransactionMark::Kind::kBegin, entry, *batch);
        if (wanted_(entry.write.table)) {
          Add(entry, *batch);
          ++n;
        }
        Mark(TransactionMark::Kind::kEnd, entry, *batch);
      }
      batch->end = {"b.000001", entry.commits ? entry.end : entry.pos};
      batch->at_boundary = entry.commits;
      if (entry.commits) {
        batch->resume = {0, batch->end, "", "fake"};
      }
    }
    batch->drained = next_ >= db_.log_.size();
    if (batch->end.empty()) {
      batch->end = {"b.000001", std::max(at_, db_.end_)};
      batch->resume = {0, batch->end, "", "fake"};
    }
    return batch;
  }

  // Where the write is its transaction's first, or last.
  void Mark(TransactionMark::Kind kind, const FakeDatabase::Entry& entry, ChangeBatch& batch) {
    const bool begin = kind == TransactionMark::Kind::kBegin;
    if (db_.options_.marks && (begin ? entry.ordinal == 1 : entry.commits)) {
      batch.transactions.push_back(
          {kind, batch.changes.size(), 0, "tx" + std::to_string(entry.transaction)}
      );
    }
  }

  void Add(const FakeDatabase::Entry& entry, ChangeBatch& batch) NO_THREAD_SAFETY_ANALYSIS {
    const auto& schema = db_.tables_.at(entry.write.table).schema;
    batch.tables.push_back(schema);
    Change& change = batch.changes.emplace_back();
    change.op = entry.write.op;
    change.ordinal = entry.ordinal;
    change.table = schema.get();
    change.origin = &AddOrigin(batch, entry.pos);
    change.before = change.op == Op::kCreate ? nullptr : CellsOf(entry.write.before, batch.arena);
    change.after = change.op == Op::kDelete ? nullptr : CellsOf(entry.write.after, batch.arena);
  }

  FakeDatabase& db_;
  const uint64_t at_;
  const std::function<bool(const TableId&)> wanted_;
  std::stop_source stop_;
  size_t next_ = 0;
};

// What a cursor gives.
struct FakeChunk {
  SourcePosition read_at;
  BinlogPosition place_at;
  TableSchemaPtr table;
  std::vector<FakeRow> rows;
  bool done = false;
  std::string last_key;
};

// A chunk copied at one moment.
class FakeCursor : public ChunkCursor {
 public:
  explicit FakeCursor(FakeChunk chunk) : chunk_(std::move(chunk)) {}

  const SourcePosition& read_at() const override { return chunk_.read_at; }

  const BinlogPosition& place_at() const override { return chunk_.place_at; }

  Result<ChangeBatchPtr> Next() override {
    if (chunk_.rows.empty()) {
      return ChangeBatchPtr();
    }
    auto batch = std::make_unique<ChangeBatch>();
    batch->tables.push_back(chunk_.table);
    const EventOrigin& origin = AddOrigin(*batch, chunk_.read_at.binlog.pos);
    uint32_t ordinal = 0;
    for (const FakeRow& row : chunk_.rows) {
      Change& change = batch->changes.emplace_back();
      change.op = Op::kRead;
      change.table = chunk_.table.get();
      change.origin = &origin;
      change.ordinal = chunk_.table->has_key() ? 0 : ++ordinal;
      change.after = CellsOf(row, batch->arena);
    }
    chunk_.rows.clear();
    return batch;
  }

  const std::string& last_key() const override { return chunk_.last_key; }

  bool range_done() const override { return chunk_.done; }

  // Ids, for FakeReader.
  std::string OnlyThese(std::span<const Cell* const> rows) const override {
    std::string ids;
    for (const Cell* const row : rows) {
      ids += (ids.empty() ? "" : ",") + std::to_string(row[0].i);
    }
    return ids;
  }

 private:
  FakeChunk chunk_;
};

bool Within(const KeyRange& range, int64_t id) {
  return (range.after.empty() || id > std::stoll(range.after)) &&
         (range.upto.empty() || id <= std::stoll(range.upto));
}

// Copies key ranges of the fake tables.
class FakeReader : public TableReader {
 public:
  explicit FakeReader(FakeDatabase& db) : db_(db) {}

  Result<std::unique_ptr<ChunkCursor>> Open(const ChunkRequest& request, const SourcePosition& seen)
      override {
    MutexLock lock(db_.mu_);
    FakeChunk chunk;
    chunk.table = request.table;
    const auto& table = db_.tables_.at(request.table->id);
    const bool exact = !db_.options_.fuzzy_reads || !request.table->has_key();
    chunk.read_at = exact ? SourcePosition{0, db_.EndLocked(), "", "fake"} : seen;
    chunk.place_at = db_.EndLocked();
    std::vector<FakeRow> rows = table.rows;
    std::sort(rows.begin(), rows.end());
    const bool has_key = request.table->has_key();
    for (const FakeRow& row : rows) {
      if (has_key && chunk.rows.size() >= request.rows_max) {
        break;
      }
      if (!has_key || Within(request.range, row.id)) {
        chunk.rows.push_back(row);
      }
    }
    chunk.done = !has_key || chunk.rows.size() < request.rows_max;
    chunk.last_key =
        chunk.rows.empty() ? request.range.after : std::to_string(chunk.rows.back().id);
    return std::unique_ptr<ChunkCursor>(std::make_unique<FakeCursor>(std::move(chunk)));
  }

  Result<std::string> KeyAfter(const TableSchemaPtr& table, const std::string& after, uint64_t rows)
      override {
    for (const FakeRow& row : db_.Rows(table->id)) {
      rows -= Within({after, ""}, row.id) ? 1 : 0;
      if (rows == 0) {
        return std::to_string(row.id);
      }
    }
    return std::string();
  }

  Result<TableSize> Size(const TableSchemaPtr& table) override {
    const uint64_t rows = db_.Rows(table->id).size();
    return TableSize{rows, rows * 100};
  }

 private:
  FakeDatabase& db_;
};

// Tells the fake tables.
class FakeCatalog : public SourceCatalog {
 public:
  explicit FakeCatalog(FakeDatabase& db) : db_(db) {}

  Result<std::vector<TableSchema>> Tables(const std::function<bool(const TableId&)>& wanted
  ) override {
    MutexLock lock(db_.mu_);
    std::vector<TableSchema> found;
    for (const auto& [id, table] : db_.tables_) {
      if (wanted(id)) {
        found.push_back(*table.schema);
      }
    }
    return found;
  }

  Result<TableSchema> Table(const TableId& id) override {
    MutexLock lock(db_.mu_);
    const auto found = db_.tables_.find(id);
    if (found == db_.tables_.end()) {
      return Error(ErrorKind::kNotFound, "no table " + id.ToString());
    }
    return *found->second.schema;
  }

  Result<SourcePosition> CurrentPosition() override {
    MutexLock lock(db_.mu_);
    return SourcePosition{0, db_.EndLocked(), "", "fake"};
  }

  Result<std::string> Connector() override { return std::string("mariadb"); }

 private:
  FakeDatabase& db_;
};

FakeDatabase::FakeDatabase(Options options) : options_(options) {}

void FakeDatabase::AddTable(const TableId& table, bool has_key) {
  MutexLock lock(mu_);
  tables_[table] = {MakeSchema(table, has_key), {}};
}

void FakeDatabase::Commit(const std::vector<FakeWrite>& writes) {
  MutexLock lock(mu_);
  const uint64_t end = end_ + kEventBytes * (writes.size() + 1);
  uint32_t ordinal = 0;
  ++transactions_;
  for (const FakeWrite& write : writes) {
    Apply(tables_.at(write.table).rows, write);
    ++ordinal;
    const uint64_t pos = end_ + kEventBytes * ordinal;
    log_.push_back({write, pos, end, ordinal, ordinal == writes.size(), transactions_});
  }
  end_ = end;
  grew_.NotifyAll();
}

void FakeDatabase::Statement(const std::string& db, const std::string& sql) {
  MutexLock lock(mu_);
  StatementLocked(db, sql);
}

void FakeDatabase::StatementLocked(const std::string& db, const std::string& sql) {
  Entry entry;
  entry.pos = end_ + kEventBytes;
  entry.end = end_ + 2 * kEventBytes;
  entry.commits = true;
  entry.db = db;
  entry.sql = sql;
  end_ = entry.end;
  log_.push_back(std::move(entry));
  grew_.NotifyAll();
}

void FakeDatabase::Warn(const std::string& what) {
  SourceNotice notice;
  notice.error = Error(ErrorKind::kUnsupported, what);
  MutexLock lock(mu_);
  NoticeLocked(std::move(notice));
}

void FakeDatabase::Park(const TableId& table, const std::string& why) {
  SourceNotice notice;
  notice.kind = SourceNotice::Kind::kTableParked;
  notice.table = table;
  notice.error = Error(ErrorKind::kUnsupported, why);
  MutexLock lock(mu_);
  NoticeLocked(std::move(notice));
}

void FakeDatabase::NoticeLocked(SourceNotice notice) {
  Entry entry;
  entry.pos = end_ + kEventBytes;
  entry.end = end_ + 2 * kEventBytes;
  entry.commits = true;
  entry.notice = std::move(notice);
  end_ = entry.end;
  log_.push_back(std::move(entry));
  grew_.NotifyAll();
}

void FakeDatabase::Truncate(const TableId& table) {
  MutexLock lock(mu_);
  tables_.at(table).rows.clear();
  StatementLocked(table.db, "TRUNCATE TABLE " + table.table);
}

void FakeDatabase::Lose(const TableId& table, const std::vector<FakeRow>& rows) {
  MutexLock lock(mu_);
  std::erase_if(tables_.at(table).rows, [&](const FakeRow& row) {
    return std::find(rows.begin(), rows.end(), row) != rows.end();
  });
}

std::vector<FakeRow> FakeDatabase::Rows(const TableId& table) const {
  MutexLock lock(mu_);
  std::vector<FakeRow> rows = tables_.at(table).rows;
  std::sort(rows.begin(), rows.end());
  return rows;
}

void FakeDatabase::BreakSourceAfter(int after) {
  MutexLock lock(mu_);
  break_after_ = after;
}

std::unique_ptr<ChangeSource> FakeDatabase::OpenSource(
    const SourcePosition& from, std::function<bool(const TableId&)> wanted
) {
  return std::make_unique<FakeSource>(*this, from.binlog.pos, std::move(wanted));
}

std::unique_ptr<TableReader> FakeDatabase::OpenReader() {
  return std::make_unique<FakeReader>(*this);
}

std::unique_ptr<SourceCatalog> FakeDatabase::OpenCatalog() {
  return std::make_unique<FakeCatalog>(*this);
}

}  // namespace rowhouse::testing
