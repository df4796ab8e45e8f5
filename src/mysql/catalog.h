#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "model/ports.h"
#include "mysql/connection.h"
#include "mysql/source_options.h"

namespace rowhouse::mysql {

// What a reader that is in no hurry looks at.
struct ServerLoad {
  uint64_t threads_running = 0;
  bool is_replica = false;
  std::optional<uint64_t> replica_lag_s = {};  // of a replica whose threads run
};

// What the server's data dictionary says of tables and of the present position.
//
// Reads information_schema in one pass however many tables there are. It describes tables as they
// are now, while the binary log describes them as they were: so Complete() only adds to
// what the log said what the log can't say, and never contradicts it.
//
// Place:    one a pipeline, with a connection of its own; Complete is the decoder's hook.
// Threads:  one owner for each instance.
// Blocking: each call by its queries; a lost connection is opened again once a call.
// Errors:   by error_map.h.
class Catalog final : public SourceCatalog {
 public:
  static Result<std::unique_ptr<Catalog>> Open(const SourceOptions& options);

  // Base tables outside the server's own databases. Types that can't be read yet are in it too.
  Result<std::vector<TableSchema>> Tables(const std::function<bool(const TableId&)>& wanted
  ) override;

  Result<TableSchema> Table(const TableId& id) override;

  Result<SourcePosition> CurrentPosition() override;
  Result<SourcePosition> FirstPosition() override;

  Result<std::string> Connector() override;

  // The columns that some index of the table begins with.
  Result<std::set<std::string>> IndexedColumns(const TableId& id);

  // About how many rows of a table a condition holds for, by an index of the server's; nullopt
  // where it has none for it.
  Result<std::optional<uint64_t>> EstimateRows(const TableId& id, const std::string& where);

  // How busy the server is.
  Result<ServerLoad> Load();

  // The schema of the log with defaults, comments, generated columns, declared types and
  // MariaDB's JSON, UUID and INET types, column by column where name and type agree.
  // A table that is gone meanwhile stays as the log says.
  Result<TableSchemaPtr> Complete(TableSchema from_log);

 private:
  explicit Catalog(SourceOptions options) : options_(std::move(options)) {}

  template <typename T>
  Result<T> Reconnecting(const std::function<Result<T>(Connection&)>& work);

  const SourceOptions options_;
  std::unique_ptr<Connection> connection_;
};

// One table as it is now; kNotFound where there is none.
Result<TableSchema> ReadTable(Connection& connection, const TableId& id);

// Whether rows read now fit what `then` says: the same columns, types, sizes and key. What does
// not change values (comments, defaults, collations) may differ.
bool SameShape(const TableSchema& then, const TableSchema& now);

}  // namespace rowhouse::mysql
