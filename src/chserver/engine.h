#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace rowhouse::chserver {

struct Library;

// Names and values: settings, or the {name:Type} parameters of a query.
using NameValues = std::vector<std::pair<std::string, std::string>>;

// What a statement has read and written.
struct StatementTotals {
  uint64_t result_rows = 0;
  uint64_t rows_read = 0;
  uint64_t bytes_read = 0;
  uint64_t rows_written = 0;  // with those of materialized views
  uint64_t bytes_written = 0;
};

// Takes output bytes. An error ends the statement and is what it returns.
using OutputSink = std::function<Status(std::string_view bytes)>;

// Gives input bytes; empty at the end. An error ends the insert, whose blocks already
// written stay (as in any ClickHouse).
using InputSource = std::function<Result<std::string_view>()>;

// A session of the engine: its settings and its current database.
//
// Cheap (0.2 ms to open, 0.5 ms for its first query), so each request gets its own
// and nothing leaks from one to the next.
//
// Threads: one owner.
// Errors:  of the engine: kBadRecord with the text "Code: 60. DB::Exception: …" and 60 as
//          native(); of a sink or source: theirs.
class EngineSession {
 public:
  ~EngineSession();
  EngineSession(const EngineSession&) = delete;
  EngineSession& operator=(const EngineSession&) = delete;

  // USE database; does not end with the statement.
  Status Use(const std::string& database);

  // SET name = 'value', …; all or none.
  Status Set(const NameValues& settings);

  // Any statement but an INSERT with data; the result is held in memory, then given to
  // the sink at once.
  Result<StatementTotals> Run(
      std::string_view sql, std::string_view format, const NameValues& params, const OutputSink& out
  );

  // A SELECT; the sink gets each block's text as it is made. Formats with a
  // head or foot repeat it per call. The engine refuses statements that are no SELECT.
  Result<StatementTotals> Stream(
      std::string_view sql, std::string_view format, const NameValues& params, const OutputSink& out
  );

  // "INSERT INTO t (a, b)" without FORMAT and data, which `in` gives in that format.
  // The engine holds at most a few blocks of it.
  Result<StatementTotals> Insert(
      std::string_view sql, std::string_view format, const NameValues& params, const InputSource& in
  );

 private:
  friend class Engine;

  EngineSession(const Library& library, void** handle) : lib_(library), handle_(handle) {}

  const Library& lib_;
  void** handle_;
};

// Where the engine is and what it is told when it starts.
struct EngineOptions {
  std::string library;   // path of libchdb.so
  std::string data_dir;  // made when it is not there
  // librdkafka properties of all Kafka tables. session_timeout_ms: how long a
  // killed process's partitions stay with it; group_instance_id: the next process takes them
  // over at once (needs kafka_num_consumers = 1, since a table's consumers share it).
  NameValues kafka = {{"session_timeout_ms", "6000"}, {"group_instance_id", "rowhouse"}};
  // Threads that move messages from all Kafka tables.
  int kafka_threads = 128;
};

// The ClickHouse engine in this process: libchdb with one data directory.
//
// Owns:    the data directory (by a lock file that names our process) and all engine threads.
// Threads: any method from any thread.
// Errors:  Open: kConfig where the library or the directory is unusable, or the directory is
//          in use by another process.
class Engine {
 public:
  static Result<std::unique_ptr<Engine>> Open(const EngineOptions& options);

  // Closes in order: all sessions must be gone. Kafka tables stop between two blocks.
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  Result<std::unique_ptr<EngineSession>> Connect() const;

  // "26.7.2.1"
  const std::string& version() const { return version_; }

  // "Etc/UTC"
  const std::string& timezone() const { return timezone_; }

 private:
  Engine() = default;

  Status Start(const EngineOptions& options);

  std::unique_ptr<const Library> lib_;
  std::string path_argument_;
  int lock_ = -1;
  void** first_ = nullptr;  // keeps the engine running
  std::string version_;
  std::string timezone_;
};

// `text` as a ClickHouse string literal.
std::string QuoteString(std::string_view text);

// 60 of "Code: 60. DB::Exception: …"; 0 where there is none.
int ExceptionCode(std::string_view text);

}  // namespace rowhouse::chserver
