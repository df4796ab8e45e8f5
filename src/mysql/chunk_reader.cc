#include "mysql/chunk_reader.h"

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/log.h"
#include "mysql/binary_query.h"
#include "mysql/binary_row.h"
#include "mysql/catalog.h"
#include "mysql/chunk_sql.h"
#include "mysql/key_index.h"
#include "mysql/replica_snapshots.h"
#include "mysql/snapshot.h"
#include "mysql/start_position.h"

namespace rowhouse::mysql {

namespace {

constexpr size_t kBatchRows = 4'000;
constexpr size_t kBatchBytes = size_t{1024} * 1024;

// Where a chunk's rows are read, and who tells the end of the source's log.
struct Link {
  Connection& rows;
  std::function<Result<BinlogPosition>()> log_end;
};

// One chunk under way. Lives no longer than its reader's connections.
class Cursor final : public ChunkCursor {
 public:
  Cursor(
      Link link,
      const ChunkRequest& request,
      SnapshotPlace place,
      std::unique_ptr<BinaryQuery> query,
      BinaryRow row
  )
      : link_(std::move(link)),
        table_(
            request.keys_only ? std::make_shared<TableSchema>(KeyOnly(*request.table))
                              : request.table
        ),
        rows_max_(request.rows_max),
        bytes_max_(request.table->has_key() ? request.bytes_max : SIZE_MAX),
        place_(std::move(place)),
        place_at_(place_.read_at.binlog),
        query_(std::move(query)),
        row_(std::move(row)),
        after_(request.range.after),
        last_key_(request.range.after),
        read_us_(Clock::Real().WallMicros()) {}

  ~Cursor() override {
    if (!query_->finished()) {
      link_.rows.Shutdown();  // rows are still on their way: the reader connects anew
    }
  }

  const SourcePosition& read_at() const override { return place_.read_at; }

  const BinlogPosition& place_at() const override { return place_at_; }

  Result<ChangeBatchPtr> Next() override {
    if (ended_) {
      return ChangeBatchPtr();
    }
    auto batch = std::make_unique<ChangeBatch>();
    const EventOrigin* origin = Begin(*batch);
    while (batch->changes.size() < kBatchRows && batch->arena.bytes() < kBatchBytes) {
      const auto packet = ROWHOUSE_TRY(query_->Next(batch->arena));
      if (!packet.has_value()) {
        break;
      }
      ROWHOUSE_TRY(AddRow(*packet, origin, *batch));
    }
    if (!batch->changes.empty() && table_->has_key()) {
      last_key_ = KeyToken(*table_, batch->changes.back().after);
    }
    // The port: after the call that gave the last rows, place and token hold. A batch that is
    // exactly full leaves that to the next call, which gives none.
    bytes_ += batch->bytes();
    if (query_->finished()) {
      ROWHOUSE_TRY(End());
    } else if (bytes_ >= bytes_max_) {
      ROWHOUSE_TRY(BreakOff());
    }
    return batch->changes.empty() ? ChangeBatchPtr() : std::move(batch);
  }

  const std::string& last_key() const override { return last_key_; }

  bool range_done() const override {
    return !table_->has_key() || (!broken_off_ && rows_ < rows_max_);
  }

  std::string OnlyThese(std::span<const Cell* const> rows) const override {
    return KeysIn(*table_, rows);
  }

 private:
  const EventOrigin* Begin(ChangeBatch& batch) {
    const BinlogPosition& at = place_.read_at.binlog;
    EventOrigin& origin = batch.origins.emplace_back();
    origin.ts_us = read_us_;
    origin.epoch = place_.read_at.epoch;
    origin.file = batch.arena.Copy(at.file);
    const Result<uint32_t> number = BinlogFileNumber(at.file);
    origin.file_number = number ? *number : 0;
    origin.pos = at.pos;
    batch.tables.push_back(table_);
    batch.resume = place_.read_at;
    batch.end = at;
    return &origin;
  }

  Status AddRow(ByteView packet, const EventOrigin* origin, ChangeBatch& batch) {
    Result<const Cell*> cells = row_.Decode(packet, batch.arena);
    if (!cells) {
      return std::move(cells).error().Context("reading " + table_->id.ToString());
    }
    Change& change = batch.changes.emplace_back();
    change.op = Op::kRead;
    change.row = static_cast<uint32_t>(rows_);
    ++rows_;
    change.ordinal = table_->has_key() ? 0 : static_cast<uint32_t>(rows_);
    change.table = table_.get();
    change.origin = origin;
    change.after = *cells;
    return Ok();
  }

  Status End() {
    ended_ = true;
    if (!range_done() && last_key_ == after_) {
      return Error(
          ErrorKind::kUnsupported,
          fmt::format(
              "table {}: {} rows have the key {}, as far as a date with zero parts can be told",
              table_->id.ToString(),
              rows_,
              last_key_
          )
      );
    }
    if (!place_.exact) {
      place_at_ = ROWHOUSE_TRY(link_.log_end());
    }
    return link_.rows.Execute("COMMIT");
  }

  // Wider rows than were expected: what is on its way is not wanted, so the link goes.
  Status BreakOff() {
    ended_ = true;
    broken_off_ = true;
    link_.rows.Shutdown();
    if (!place_.exact) {
      place_at_ = ROWHOUSE_TRY(link_.log_end());
    }
    return Ok();
  }

  const Link link_;
  const TableSchemaPtr table_;
  const uint64_t rows_max_;
  const size_t bytes_max_;
  const SnapshotPlace place_;
  BinlogPosition place_at_;
  const std::unique_ptr<BinaryQuery> query_;
  const BinaryRow row_;
  const std::string after_;
  std::string last_key_;
  const int64_t read_us_;
  uint64_t rows_ = 0;
  size_t bytes_ = 0;
  bool ended_ = false;
  bool broken_off_ = false;
};

class Reader final : public TableReader {
 public:
  Reader(const SourceOptions& options, std::optional<ReadWay> way)
      : options_(options), way_(std::move(way)) {}

  Status Connect() {
    replica_ = nullptr;
    source_ = ROWHOUSE_TRY(Connection::Open(options_));
    ROWHOUSE_TRY(PrepareForReading(*source_, options_));
    if (options_.reads_replica()) {
      replica_ = ROWHOUSE_TRY(ReplicaSnapshots::Open(options_, *source_));
    }
    return Ok();
  }

  Result<std::unique_ptr<ChunkCursor>> Open(const ChunkRequest& request, const SourcePosition& seen)
      override {
    return OrNoConnection(TryOpen(request, seen), *request.table);
  }

  Result<std::string> KeyAfter(const TableSchemaPtr& table, const std::string& after, uint64_t rows)
      override {
    return OrNoConnection(TryKeyAfter(table, after, rows), *table);
  }

  Result<TableSize> Size(const TableSchemaPtr& table) override {
    return OrNoConnection(TrySize(*table), *table);
  }

 private:
  // Whatever state a failure left behind goes with the connection.
  template <typename T>
  Result<T> OrNoConnection(Result<T> result, const TableSchema& table) {
    if (!result) {
      source_ = nullptr;
      return std::move(result).error().Context("reading table " + table.id.ToString());
    }
    return result;
  }

  // What was learned of a table when it was first asked for.
  struct Known {
    TableSchemaPtr table;
    std::string columns;  // how the dictionary spelled them
    std::string index;    // name of the key
  };

  Result<std::unique_ptr<ChunkCursor>> TryOpen(
      const ChunkRequest& request, const SourcePosition& seen
  ) {
    CHECK(request.table != nullptr && request.rows_max > 0);
    const TableSchema& table = *request.table;
    ROWHOUSE_TRY(CheckReadable(table));
    ROWHOUSE_TRY(Use(table));
    SnapshotPlace place = ROWHOUSE_TRY(OpenPlace(table, seen));
    const std::string key = ROWHOUSE_TRY(CheckUnchanged(request.table));
    const std::string& index = way_ && way_->where == request.where ? way_->index : key;
    const ChunkPart part{request.where, request.keys_only};
    const std::string sql =
        ROWHOUSE_TRY(ChunkSql(table, request.range, request.rows_max, index, part));
    auto query = ROWHOUSE_TRY(BinaryQuery::Open(*rows_, sql));
    BinaryRow row = ROWHOUSE_TRY(
        BinaryRow::Make(request.keys_only ? KeyOnly(table) : table, query->wire_types())
    );
    return std::make_unique<Cursor>(
        Link{*rows_, [this] { return EndOfLog(); }},
        request,
        std::move(place),
        std::move(query),
        std::move(row)
    );
  }

  Result<SnapshotPlace> OpenPlace(const TableSchema& table, const SourcePosition& seen) {
    return rows_ == source_.get() ? OpenSnapshot(*source_, options_, table, seen)
                                  : replica_->OpenSnapshot(*source_, seen);
  }

  // Also after the rows of a chunk were broken off, with the connection that they came by.
  Result<BinlogPosition> EndOfLog() {
    if (source_->usable()) {
      return LogEnd(*source_);
    }
    const auto fresh = ROWHOUSE_TRY(Connection::Open(options_));
    return LogEnd(*fresh);
  }

  Result<std::string> TryKeyAfter(
      const TableSchemaPtr& table, const std::string& after, uint64_t rows
  ) {
    ROWHOUSE_TRY(Use(*table));
    const auto known = known_.find(table->id);
    const bool is_known = known != known_.end() && known->second.table == table;
    const std::string index = is_known ? known->second.index : ROWHOUSE_TRY(CheckUnchanged(table));
    const std::string sql = ROWHOUSE_TRY(KeyAfterSql(*table, after, rows, index));
    const TableSchema key = KeyOnly(*table);
    auto query = ROWHOUSE_TRY(BinaryQuery::Open(*rows_, sql));
    const BinaryRow row = ROWHOUSE_TRY(BinaryRow::Make(key, query->wire_types()));
    Arena arena;
    std::string found;
    while (const auto packet = ROWHOUSE_TRY(query->Next(arena))) {
      found = KeyToken(key, ROWHOUSE_TRY(row.Decode(*packet, arena)));
    }
    return found;
  }

  Result<TableSize> TrySize(const TableSchema& table) {
    ROWHOUSE_TRY(Use(table));
    const Rows rows = ROWHOUSE_TRY(rows_->Query(fmt::format(
        "SELECT TABLE_ROWS, DATA_LENGTH FROM information_schema.TABLES WHERE TABLE_SCHEMA = {} AND "
        "TABLE_NAME = {}",
        QuoteText(table.id.db),
        QuoteText(table.id.table)
    )));
    const auto number = [&](const char* name) {
      return std::strtoull(rows.First(name).c_str(), nullptr, 10);
    };
    return TableSize{number("TABLE_ROWS"), number("DATA_LENGTH")};
  }

  // Rows without key have to be read at an exact place, which a replica does not know.
  Status Use(const TableSchema& table) {
    const bool usable = source_ != nullptr && source_->usable() &&
                        (replica_ == nullptr || replica_->rows().usable());
    if (!usable) {
      ROWHOUSE_TRY(Connect());
    }
    const bool apart = replica_ != nullptr && table.has_key();
    rows_ = apart ? &replica_->rows() : source_.get();
    if (replica_ != nullptr && !apart && told_.insert(table.id).second) {
      LogInfo(
          "a table without key is read from the source, not from source.read_endpoint",
          {{"table", table.id.ToString()}}
      );
    }
    return Ok();
  }

  static Status CheckReadable(const TableSchema& table) {
    for (const Column& column : table.columns) {
      ROWHOUSE_TRY(CheckColumn(table, column));
    }
    return Ok();
  }

  static Status CheckColumn(const TableSchema& table, const Column& column) {
    if (column.type == ColumnType::kUnknown) {
      return Error(
          ErrorKind::kUnsupported,
          fmt::format(
              "table {}, column {}: type '{}' is not known",
              table.id.ToString(),
              column.name,
              column.declared
          )
      );
    }
    return Ok();
  }

  // The key's index name; kSchemaChanged when the table is no longer as the request says.
  Result<std::string> CheckUnchanged(const TableSchemaPtr& table) {
    const std::string columns = ROWHOUSE_TRY(ColumnsNow(table->id));
    Known& known = known_[table->id];
    if (known.table == table && known.columns == columns) {
      return known.index;
    }
    const Result<TableSchema> now = ReadTable(*rows_, table->id);
    if (!now && now.error().kind() != ErrorKind::kNotFound) {
      return now.error();
    }
    if (!now || !SameShape(*table, *now)) {
      return Error(
          ErrorKind::kSchemaChanged, table->id.ToString() + (now ? " was altered" : " is gone")
      );
    }
    known = {table, columns, ROWHOUSE_TRY(KeyIndex(*rows_, *table))};
    return known.index;
  }

  Result<std::string> ColumnsNow(const TableId& id) {
    const Rows rows = ROWHOUSE_TRY(rows_->Query(fmt::format(
        "SELECT COLUMN_NAME, COLUMN_TYPE FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = {} "
        "AND TABLE_NAME = {} ORDER BY ORDINAL_POSITION",
        QuoteText(id.db),
        QuoteText(id.table)
    )));
    std::string all;
    for (const auto& row : rows.rows) {
      all += row[0].value_or("") + " " + row[1].value_or("") + "\n";
    }
    return all;
  }

  const SourceOptions options_;
  const std::optional<ReadWay> way_;
  std::unique_ptr<Connection> source_;
  std::unique_ptr<ReplicaSnapshots> replica_;  // null: rows are read from the source
  Connection* rows_ = nullptr;                 // of the table under way
  std::set<TableId> told_;
  std::map<TableId, Known> known_;
};

}  // namespace

Result<std::unique_ptr<TableReader>> ChunkReader::Open(
    const SourceOptions& options, std::optional<ReadWay> way
) {
  auto reader = std::make_unique<Reader>(options, std::move(way));
  ROWHOUSE_TRY(reader->Connect());
  return reader;
}

}  // namespace rowhouse::mysql
