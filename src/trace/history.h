#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "clickhouse/client.h"
#include "clickhouse/pipeline_sql.h"
#include "model/table.h"
#include "trace/change.h"

namespace rowhouse::trace {

// All messages of one table that ClickHouse has taken.
//
// It is asked by what ClickHouse itself has: the source need not answer, and need not have the
// table still.
//
// Threads: one owner. `client` outlives it. Errors: ClickHouse's.
class HistoryTable {
 public:
  // nullopt: the table is not set up.
  static Result<std::optional<HistoryTable>> Open(
      clickhouse::Client& client, const clickhouse::PipelineOptions& names, const TableId& table
  );

  // Columns of the key in ClickHouse, in its order; empty: none.
  const std::vector<std::string>& key() const { return key_; }

  // SQL that is true for messages of the row. kBadRecord E-TRACE-002: too few values, too many, or
  // one that the column can't hold.
  Result<std::string> WhereKey(const std::vector<std::string>& values, Deadline deadline);

  // Of such messages the newest kChangesMax, newest first.
  Result<std::vector<Change>> Find(const std::string& where, Deadline deadline);

 private:
  struct Column {
    std::string name;   // in ClickHouse, without before_ or after_
    std::string shown;  // MySQL's
    std::string type;   // in the history, which has room for NULL
  };

  HistoryTable(
      clickhouse::Client& client, const clickhouse::PipelineOptions& names, const TableId& table
  );

  std::string Columns() const;
  Change ChangeOf(const clickhouse::Row& row) const;
  std::optional<browse::Node> Side(const clickhouse::Row& row, size_t at) const;
  Status See(std::vector<Change>& changes, Deadline deadline);
  std::string EntriesSql(const std::vector<Change>& changes) const;

  clickhouse::Client& client_;
  const TableId table_;
  const std::string name_;     // "kafka_tables.orders", for people
  const std::string history_;  // quoted
  const std::string current_;
  const std::string marks_;
  const std::string shown_current_;
  std::vector<Column> columns_;
  std::vector<std::string> key_;
};

// What holds the current rows of a row's key, or of a keyless table's change.
struct Entry {
  std::string key;  // values, told apart by '\0'; empty: no key
  RowVersion version;
  std::string part;
  bool removes = false;
};

// Says of each change whether the table of current rows shows it.
void MarkVisible(
    const std::vector<Entry>& entries,
    RowVersion void_below,
    const std::string& table,
    std::vector<Change>& changes
);

// "a, `b c`" or "(a, `b c`)" as names.
std::vector<std::string> KeyNames(std::string_view sorting_key);

// A value of ClickHouse's for people: cut where it is long, 0x... where it is no text.
browse::Node NodeOf(const std::string& type, const std::optional<std::string>& value);

}  // namespace rowhouse::trace
