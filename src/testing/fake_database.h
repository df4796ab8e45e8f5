#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "model/ports.h"

namespace rowhouse::testing {

// One row of a fake table: columns `id` INT and `note` TEXT.
struct FakeRow {
  int64_t id = 0;
  std::string note;

  friend auto operator<=>(const FakeRow&, const FakeRow&) = default;

  friend std::ostream& operator<<(std::ostream& out, const FakeRow& row) {
    return out << row.id << ':' << row.note;
  }
};

// One row's change inside a transaction.
struct FakeWrite {
  Op op = Op::kCreate;
  TableId table;
  FakeRow before;  // kUpdate, kDelete
  FakeRow after;   // kCreate, kUpdate
};

// A database in memory with a log: the source ports on one consistent state.
//
// Transactions change the tables and the log at once; sources read the log from any
// boundary; readers copy key ranges as of a moment they name exactly, or, when `fuzzy`, as of some
// moment between two positions, as MySQL without snapshot positions does.
//
// Threads: any method from any thread.
class FakeDatabase {
 public:
  struct Options {
    bool fuzzy_reads = false;
    int batch_changes = 3;  // a source's batch ends after so many, also inside a transaction
    bool marks = false;     // its batches say where transactions begin and end: tx1, tx2, ...
  };

  explicit FakeDatabase(Options options);

  void AddTable(const TableId& table, bool has_key);
  void Commit(const std::vector<FakeWrite>& writes);

  // A statement in the log that does nothing to the rows here.
  void Statement(const std::string& db, const std::string& sql);

  // Something to be warned of, in a batch of its own.
  void Warn(const std::string& what);

  // From here on `table` can't be followed, says the log.
  void Park(const TableId& table, const std::string& why);

  // TRUNCATE: in the log as a statement only.
  void Truncate(const TableId& table);

  // Rows that go without a trace in the log, as with a dropped partition.
  void Lose(const TableId& table, const std::vector<FakeRow>& rows);

  // All rows, sorted.
  std::vector<FakeRow> Rows(const TableId& table) const;

  // The next `n` calls of Next() after `after` successful ones fail as a lost link.
  void BreakSourceAfter(int after);

  std::unique_ptr<ChangeSource> OpenSource(
      const SourcePosition& from, std::function<bool(const TableId&)> wanted
  );
  std::unique_ptr<TableReader> OpenReader();
  std::unique_ptr<SourceCatalog> OpenCatalog();

 private:
  friend class FakeSource;
  friend class FakeReader;
  friend class FakeCatalog;

  struct Entry {
    FakeWrite write;
    uint64_t pos = 0;  // of the change
    uint64_t end = 0;  // of its transaction
    uint32_t ordinal = 0;
    bool commits = false;                  // last change of its transaction
    uint64_t transaction = 0;              // of a write: its number, from 1
    std::string db{};                      // of a statement
    std::string sql{};                     // not empty: a statement, not a write
    std::optional<SourceNotice> notice{};  // instead of a write
  };

  struct Table {
    TableSchemaPtr schema;
    std::vector<FakeRow> rows;
  };

  void NoticeLocked(SourceNotice notice) REQUIRES(mu_);
  void StatementLocked(const std::string& db, const std::string& sql) REQUIRES(mu_);

  BinlogPosition EndLocked() const REQUIRES(mu_) { return {"b.000001", end_}; }

  const Options options_;

  mutable Mutex mu_;
  CondVar grew_;
  std::map<TableId, Table> tables_ GUARDED_BY(mu_);
  std::vector<Entry> log_ GUARDED_BY(mu_);
  uint64_t end_ GUARDED_BY(mu_) = 100;
  uint64_t transactions_ GUARDED_BY(mu_) = 0;
  int break_after_ GUARDED_BY(mu_) = -1;
};

}  // namespace rowhouse::testing
