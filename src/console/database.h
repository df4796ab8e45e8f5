#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"

struct sqlite3;

namespace rowhouse::console {

// A value of a statement's parameter.
using Bound = std::variant<std::nullptr_t, int64_t, std::string>;

// What one statement gave: cells as text (nullopt is NULL), and how many rows it changed.
struct Outcome {
  std::vector<std::vector<std::optional<std::string>>> rows;
  int64_t changed = 0;

  const std::string& Text(size_t row, size_t column) const;
  int64_t Number(size_t row, size_t column) const;
};

// The console's own state on disk: people, sessions, tokens, audit, clusters, views.
//
// A SQLite file that only its owner may read, in WAL mode, so that `rowhouse user` and a standby
// of the same machine may use it at the same time. Its schema has a version; opening brings an
// older one up to date, and refuses a newer one.
//
// Threads:  any; statements run one at a time.
// Blocking: a statement on local disk; up to 3 s while another process writes.
// Errors:   Open: kConfig (E-CON-001) where the file can't be had. Run: kUnavailable for a disk
//           that fails or a lock that is not given up.
class Database {
 public:
  // Makes the directory, too. ":memory:" is for tests.
  static Result<std::unique_ptr<Database>> Open(const std::string& file);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // One statement with a '?' for each of `values`.
  Result<Outcome> Run(std::string_view sql, const std::vector<Bound>& values = {});

 private:
  Database(sqlite3* handle, std::string file) : handle_(handle), file_(std::move(file)) {}

  Status Migrate();

  Mutex mu_;
  sqlite3* const handle_;
  const std::string file_;
};

}  // namespace rowhouse::console
