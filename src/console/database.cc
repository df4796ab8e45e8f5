#include "console/database.h"

#include <charconv>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

#include <fmt/format.h>
#include <sqlite3.h>

namespace rowhouse::console {
namespace {

constexpr int kBusyMs = 3'000;

// Each entry takes the schema from its index to the next version. Never change one that has been
// released: add another.
constexpr const char* kMigrations[] = {
    R"(CREATE TABLE users (
         email TEXT PRIMARY KEY, role TEXT NOT NULL, password_hash TEXT NOT NULL,
         created_us INTEGER NOT NULL, last_sign_in_us INTEGER) WITHOUT ROWID;
       CREATE TABLE sessions (
         token_hash TEXT PRIMARY KEY, email TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
         csrf TEXT NOT NULL, created_us INTEGER NOT NULL, seen_us INTEGER NOT NULL) WITHOUT ROWID;
       CREATE TABLE tokens (
         id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, role TEXT NOT NULL,
         token_hash TEXT NOT NULL UNIQUE, created_by TEXT NOT NULL, created_us INTEGER NOT NULL,
         last_used_us INTEGER, expires_us INTEGER);
       CREATE TABLE audit (
         id INTEGER PRIMARY KEY AUTOINCREMENT, at_us INTEGER NOT NULL, who TEXT NOT NULL,
         role TEXT NOT NULL, address TEXT NOT NULL, action TEXT NOT NULL, target TEXT NOT NULL,
         outcome TEXT NOT NULL, detail TEXT NOT NULL);
       CREATE TABLE clusters (id TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
       CREATE TABLE views (
         email TEXT NOT NULL, name TEXT NOT NULL, path TEXT NOT NULL, query TEXT NOT NULL,
         PRIMARY KEY (email, name)) WITHOUT ROWID;
       CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;)",
    R"(CREATE TABLE alerts (
         id INTEGER PRIMARY KEY AUTOINCREMENT, rule TEXT NOT NULL, what TEXT NOT NULL,
         value TEXT NOT NULL, fired_us INTEGER NOT NULL, resolved_us INTEGER NOT NULL);)",
};

Error Unusable(const std::string& file, const std::string& why) {
  return Error(
             ErrorKind::kConfig,
             fmt::format("the console can't keep its state in {}: {}", file, why)
  )
      .WithCode("E-CON-001")
      .WithHint("give a directory that this account may write: console.data");
}

// SQLite makes files by the process's mask; this one holds hashes of passwords.
Status MakePrivate(const std::string& file) {
  std::error_code ec;
  const std::filesystem::path directory = std::filesystem::path(file).parent_path();
  if (!directory.empty() && !std::filesystem::exists(directory, ec)) {
    std::filesystem::create_directories(directory, ec);
    if (ec) {
      return Unusable(file, ec.message());
    }
    std::filesystem::permissions(directory, std::filesystem::perms::owner_all, ec);
  }
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) {
    return Unusable(file, std::generic_category().message(errno));
  }
  ::close(fd);
  return Ok();
}

void Bind(sqlite3_stmt* statement, int at, const Bound& value) {
  if (const auto* number = std::get_if<int64_t>(&value)) {
    sqlite3_bind_int64(statement, at, *number);
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    sqlite3_bind_text64(statement, at, text->data(), text->size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  } else {
    sqlite3_bind_null(statement, at);
  }
}

std::vector<std::optional<std::string>> RowOf(sqlite3_stmt* statement) {
  std::vector<std::optional<std::string>> row;
  const int columns = sqlite3_column_count(statement);
  for (int i = 0; i < columns; ++i) {
    const auto* text = sqlite3_column_text(statement, i);
    if (text == nullptr) {
      row.emplace_back(std::nullopt);
    } else {
      row.emplace_back(std::string(
          reinterpret_cast<const char*>(text),
          static_cast<size_t>(sqlite3_column_bytes(statement, i))
      ));
    }
  }
  return row;
}

}  // namespace

const std::string& Outcome::Text(size_t row, size_t column) const {
  static const std::string kNull;
  const auto& cell = rows[row][column];
  return cell ? *cell : kNull;
}

int64_t Outcome::Number(size_t row, size_t column) const {
  const std::string& text = Text(row, column);
  int64_t n = 0;
  std::from_chars(text.data(), text.data() + text.size(), n);
  return n;
}

Result<std::unique_ptr<Database>> Database::Open(const std::string& file) {
  if (file != ":memory:") {
    ROWHOUSE_TRY(MakePrivate(file));
  }
  sqlite3* handle = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  const int opened = sqlite3_open_v2(file.c_str(), &handle, flags, nullptr);
  std::unique_ptr<Database> out(new Database(handle, file));
  if (opened != SQLITE_OK) {
    return Unusable(file, sqlite3_errstr(opened));
  }
  sqlite3_busy_timeout(handle, kBusyMs);
  for (const char* pragma :
       {"PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL", "PRAGMA foreign_keys = ON"}) {
    const auto set = out->Run(pragma);
    if (!set) {
      return Unusable(file, set.error().message());
    }
  }
  ROWHOUSE_TRY(out->Migrate());
  return out;
}

Database::~Database() {
  sqlite3_close(handle_);
}

Status Database::Migrate() {
  constexpr int64_t kNewest = std::size(kMigrations);
  const MutexLock lock(mu_);
  const auto execute = [this](const std::string& sql) -> Status {
    char* problem = nullptr;
    if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, &problem) == SQLITE_OK) {
      return Ok();
    }
    const std::string why = problem == nullptr ? "no reason given" : problem;
    sqlite3_free(problem);
    return Unusable(file_, why);
  };
  // The version is read under the lock that a writer needs: two processes may start at once.
  ROWHOUSE_TRY(execute("BEGIN IMMEDIATE"));
  sqlite3_stmt* statement = nullptr;
  sqlite3_prepare_v2(handle_, "PRAGMA user_version", -1, &statement, nullptr);
  const int64_t found =
      sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
  sqlite3_finalize(statement);
  if (found > kNewest) {
    ROWHOUSE_TRY(execute("ROLLBACK"));
    return Unusable(
        file_, fmt::format("it is of a newer rowhouse (version {}, known: {})", found, kNewest)
    );
  }
  for (int64_t version = found; version < kNewest; ++version) {
    Status done = execute(kMigrations[version]);
    if (!done) {
      ROWHOUSE_TRY(execute("ROLLBACK"));
      return done;
    }
  }
  ROWHOUSE_TRY(execute(fmt::format("PRAGMA user_version = {}", kNewest)));
  return execute("COMMIT");
}

Result<Outcome> Database::Run(std::string_view sql, const std::vector<Bound>& values) {
  const MutexLock lock(mu_);
  const auto failed = [this] {
    return Error(
               ErrorKind::kUnavailable,
               fmt::format("the console's state in {}: {}", file_, sqlite3_errmsg(handle_))
    )
        .WithNative(sqlite3_extended_errcode(handle_))
        .WithCode("E-CON-001");
  };
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(handle_, sql.data(), static_cast<int>(sql.size()), &statement, nullptr) !=
      SQLITE_OK) {
    return failed();
  }
  CHECK(sqlite3_bind_parameter_count(statement) == static_cast<int>(values.size()));
  for (size_t i = 0; i < values.size(); ++i) {
    Bind(statement, static_cast<int>(i) + 1, values[i]);
  }
  Outcome out;
  int step = SQLITE_ROW;
  while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
    out.rows.push_back(RowOf(statement));
  }
  if (step != SQLITE_DONE) {
    Error error = failed();
    sqlite3_finalize(statement);
    return error;
  }
  out.changed = sqlite3_changes64(handle_);
  sqlite3_finalize(statement);
  return out;
}

}  // namespace rowhouse::console
