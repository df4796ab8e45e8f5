#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "mysql/flavor.h"
#include "mysql/source_options.h"

struct st_mysql;

namespace rowhouse::mysql {

// A stored result of a small query: text values, NULL as nullopt.
struct Rows {
  std::vector<std::string> names;
  std::vector<std::vector<std::optional<std::string>>> rows;

  bool empty() const { return rows.empty(); }

  // Value of the first row by column name (letter case ignored); "" where it is NULL or not there.
  std::string First(std::string_view name) const;

  // First column of the first row; "" where it is NULL or not there.
  std::string Value() const;
};

// One session with a MySQL or MariaDB server.
//
// Makes login, authentication plugins and TLS the client library's work, and
// everything after it ours: queries give typed errors, and handle() lets the packet reader and the
// dump request use the same link.
//
// Threads:  one owner; Shutdown() from any thread.
// Blocking: Open up to connect_timeout; queries up to `read_timeout`.
// Errors:   by error_map.h; each names what was done and where.
class Connection {
 public:
  static Result<std::unique_ptr<Connection>> Open(
      const SourceOptions& options, seconds read_timeout = seconds(3600)
  );

  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Result<Rows> Query(std::string_view sql);
  Status Execute(std::string_view sql);

  // The first value of the first row, "" for NULL.
  Result<std::string> Value(std::string_view sql);

  // Sends a command whose answer is read by PacketReader; with kOk its one OK packet is read here.
  enum class Answer { kNone, kOk };
  Status SendCommand(int command, ByteView payload, Answer answer, std::string_view what);

  // Breaks the link: whoever waits on it gets an error at once.
  void Shutdown();

  // False after Shutdown().
  bool usable() const { return usable_.load(std::memory_order_acquire); }

  Flavor flavor() const { return flavor_; }

  // Major * 10000 + minor * 100 + patch: 101119 for MariaDB 10.11.19.
  uint32_t version() const { return version_; }

  const std::string& version_text() const { return version_text_; }

  bool tls() const;

  // The user's host and port, for messages.
  const std::string& where() const { return where_; }

  int fd() const { return fd_; }

  st_mysql* handle() const { return handle_; }

  // The last error of the client library, with what was tried.
  Error LastError(std::string_view what) const;

 private:
  Connection() = default;

  Status Login(const SourceOptions& options, seconds read_timeout);
  void SetTls(const SourceOptions& options);

  st_mysql* handle_ = nullptr;
  int fd_ = -1;
  std::atomic<bool> usable_{true};
  Flavor flavor_ = Flavor::kMySql;
  uint32_t version_ = 0;
  std::string version_text_;
  std::string where_;
};

// 'it''s' with quotes, safe with any sql_mode.
std::string QuoteText(std::string_view text);

// `name` with backticks.
std::string QuoteName(std::string_view name);

}  // namespace rowhouse::mysql
