#include "chserver/engine.h"

#include <charconv>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/file.h"
#include "chserver/library.h"

namespace rowhouse::chserver {
namespace {

constexpr std::string_view kLockName = "rowhouse.lock";
constexpr std::string_view kConfigName = "rowhouse-engine.xml";

// A result handle with its end.
class ResultHandle {
 public:
  ResultHandle(const Library& lib, Library::Handle handle) : lib_(lib), handle_(handle) {}

  ~ResultHandle() {
    if (handle_ != nullptr) {
      lib_.destroy(handle_);
    }
  }

  ResultHandle(const ResultHandle&) = delete;
  ResultHandle& operator=(const ResultHandle&) = delete;

  Library::Handle get() const { return handle_; }

  Status Check() const {
    if (handle_ == nullptr) {
      return Error(ErrorKind::kInternal, "the engine gave no result");
    }
    const char* error = lib_.error(handle_);
    if (error == nullptr) {
      return Ok();
    }
    const int code = ExceptionCode(error);
    return Error(ErrorKind::kBadRecord, error).WithNative(code);
  }

  std::string_view bytes() const {
    const size_t size = lib_.length(handle_);
    return size == 0 ? std::string_view{} : std::string_view{lib_.buffer(handle_), size};
  }

  void AddTo(StatementTotals& totals) const {
    totals.result_rows += lib_.rows(handle_);
    totals.rows_read += lib_.rows_read(handle_);
    totals.bytes_read += lib_.bytes_read(handle_);
    totals.rows_written += lib_.rows_written(handle_);
    totals.bytes_written += lib_.bytes_written(handle_);
  }

 private:
  const Library& lib_;
  Library::Handle handle_;
};

// Parameters as the library wants them: four parallel arrays.
struct ParameterArrays {
  explicit ParameterArrays(const NameValues& params) {
    for (const auto& [name, value] : params) {
      names.push_back(name.data());
      name_sizes.push_back(name.size());
      values.push_back(value.data());
      value_sizes.push_back(value.size());
    }
  }

  std::vector<const char*> names;
  std::vector<size_t> name_sizes;
  std::vector<const char*> values;
  std::vector<size_t> value_sizes;
};

template <typename Function>
Library::Handle Call(
    Function* function,
    Library::Handle connection,
    std::string_view sql,
    std::string_view format,
    const NameValues& params
) {
  const ParameterArrays p(params);
  return function(
      connection,
      sql.data(),
      sql.size(),
      format.data(),
      format.size(),
      p.names.data(),
      p.name_sizes.data(),
      p.values.data(),
      p.value_sizes.data(),
      params.size()
  );
}

std::string EscapeXml(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

// Server settings: small caches and pools, so that an idle engine stays below 350 MB.
std::string ConfigXml(const EngineOptions& options) {
  std::string kafka;
  for (const auto& [name, value] : options.kafka) {
    kafka += fmt::format("    <{0}>{1}</{0}>\n", name, EscapeXml(value));
  }
  return fmt::format(
      "<clickhouse>\n"
      "  <background_message_broker_schedule_pool_size>{}"
      "</background_message_broker_schedule_pool_size>\n"
      "  <mark_cache_size>67108864</mark_cache_size>\n"
      "  <uncompressed_cache_size>0</uncompressed_cache_size>\n"
      "  <kafka>\n{}  </kafka>\n"
      "</clickhouse>\n",
      options.kafka_threads,
      kafka
  );
}

Result<int> LockDirectory(const std::string& data_dir) {
  const std::string path = fmt::format("{}/{}", data_dir, kLockName);
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) {
    return Error(ErrorKind::kConfig, fmt::format("can't write to data directory {}", data_dir))
        .WithNative(errno)
        .WithHint("give the user of this process the directory, or name another one");
  }
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    char pid[32] = {};
    const ssize_t got = read(fd, pid, sizeof(pid) - 1);
    close(fd);
    return Error(
               ErrorKind::kConfig,
               fmt::format(
                   "data directory {} is in use by pid {}",
                   data_dir,
                   got > 0 ? std::string_view(pid, static_cast<size_t>(got)) : "unknown"
               )
    )
        .WithHint("stop that process, or give this one another data directory");
  }
  const std::string pid = std::to_string(getpid());
  if (ftruncate(fd, 0) != 0 || write(fd, pid.data(), pid.size()) < 0) {
    close(fd);
    return Error(ErrorKind::kConfig, fmt::format("can't write {}", path)).WithNative(errno);
  }
  return fd;
}

}  // namespace

std::string QuoteString(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') {
      out += '\\';
    }
    out += c;
  }
  return out + "'";
}

int ExceptionCode(std::string_view text) {
  constexpr std::string_view kCode = "Code: ";
  int code = 0;
  const size_t at = text.find(kCode);
  if (at != std::string_view::npos) {
    const std::string_view number = text.substr(at + kCode.size());
    std::from_chars(number.data(), number.data() + number.size(), code);
  }
  return code;
}

EngineSession::~EngineSession() {
  lib_.close(handle_);
}

Status EngineSession::Use(const std::string& database) {
  std::string quoted = "`";
  for (const char c : database) {
    if (c == '`' || c == '\\') {
      quoted += '\\';
    }
    quoted += c;
  }
  ROWHOUSE_TRY(Run("USE " + quoted + "`", "TSV", {}, [](std::string_view) { return Ok(); }));
  return Ok();
}

Status EngineSession::Set(const NameValues& settings) {
  if (settings.empty()) {
    return Ok();
  }
  std::string sql;
  for (const auto& [name, value] : settings) {
    sql += fmt::format("{} {} = {}", sql.empty() ? "SET" : ",", name, QuoteString(value));
  }
  ROWHOUSE_TRY(Run(sql, "TSV", {}, [](std::string_view) { return Ok(); }));
  return Ok();
}

Result<StatementTotals> EngineSession::Run(
    std::string_view sql, std::string_view format, const NameValues& params, const OutputSink& out
) {
  const ResultHandle result(lib_, Call(lib_.query, *handle_, sql, format, params));
  ROWHOUSE_TRY(result.Check());
  StatementTotals totals;
  result.AddTo(totals);
  if (!result.bytes().empty()) {
    ROWHOUSE_TRY(out(result.bytes()));
  }
  return totals;
}

Result<StatementTotals> EngineSession::Stream(
    std::string_view sql, std::string_view format, const NameValues& params, const OutputSink& out
) {
  const ResultHandle stream(lib_, Call(lib_.stream, *handle_, sql, format, params));
  ROWHOUSE_TRY(stream.Check());
  StatementTotals totals;
  while (true) {
    const ResultHandle chunk(lib_, lib_.fetch(*handle_, stream.get()));
    ROWHOUSE_TRY(chunk.Check());
    chunk.AddTo(totals);
    if (chunk.bytes().empty()) {
      return totals;
    }
    Status written = out(chunk.bytes());
    if (!written) {
      lib_.cancel(*handle_, stream.get());
      return std::move(written).error();
    }
  }
}

Result<StatementTotals> EngineSession::Insert(
    std::string_view sql, std::string_view format, const NameValues& params, const InputSource& in
) {
  const std::unique_ptr<void, void (*)(void*)> insert(
      Call(lib_.insert, *handle_, sql, format, params), lib_.destroy_insert
  );
  if (const char* error = lib_.insert_error(insert.get())) {
    return Error(ErrorKind::kBadRecord, error).WithNative(ExceptionCode(error));
  }
  while (true) {
    Result<std::string_view> piece = in();
    if (!piece) {
      lib_.cancel_insert(insert.get());
      return std::move(piece).error();
    }
    // A failed append means the insert has failed: done() says why.
    if (piece->empty() || lib_.append(insert.get(), piece->data(), piece->size()) != 0) {
      break;
    }
  }
  const ResultHandle result(lib_, lib_.done(insert.get()));
  ROWHOUSE_TRY(result.Check());
  StatementTotals totals;
  result.AddTo(totals);
  return totals;
}

Result<std::unique_ptr<Engine>> Engine::Open(const EngineOptions& options) {
  std::unique_ptr<Engine> engine(new Engine);
  ROWHOUSE_TRY(engine->Start(options));
  return engine;
}

Status Engine::Start(const EngineOptions& options) {
  std::error_code failed;
  std::filesystem::create_directories(options.data_dir, failed);
  const std::string dir = std::filesystem::absolute(options.data_dir, failed).string();
  lock_ = ROWHOUSE_TRY(LockDirectory(dir));
  const std::string config = fmt::format("{}/{}", dir, kConfigName);
  ROWHOUSE_TRY(WriteFileAtomically(config, ConfigXml(options)));
  lib_ = ROWHOUSE_TRY(Library::Load(options.library));
  lib_->set_signal_handlers(0);

  path_argument_ = "--path=" + dir;
  std::string name = "clickhouse";
  std::string config_argument = "--config-file=" + config;
  char* arguments[] = {name.data(), path_argument_.data(), config_argument.data()};
  first_ = lib_->connect(3, arguments);
  if (first_ == nullptr) {
    return Error(ErrorKind::kConfig, fmt::format("the ClickHouse engine can't open {}", dir))
        .WithHint("its reason is above; data written by a newer engine can't be read");
  }
  auto session = ROWHOUSE_TRY(Connect());
  std::string row;
  ROWHOUSE_TRY(session->Run(
      "SELECT version() || '\\t' || timezone()",
      "TSVRaw",
      {},
      [&](std::string_view bytes) {
        row.append(bytes);
        return Ok();
      }
  ));
  const size_t tab = row.find('\t');
  version_ = row.substr(0, tab);
  timezone_ = row.substr(tab + 1, row.find('\n') - tab - 1);
  return Ok();
}

Engine::~Engine() {
  if (first_ != nullptr) {
    lib_->close(first_);
    lib_->shutdown();
  }
  if (lock_ >= 0) {
    close(lock_);
  }
}

Result<std::unique_ptr<EngineSession>> Engine::Connect() const {
  std::string name = "clickhouse";
  std::string path = path_argument_;
  char* arguments[] = {name.data(), path.data()};
  void** handle = lib_->connect(2, arguments);
  if (handle == nullptr) {
    return Error(ErrorKind::kUnavailable, "the ClickHouse engine gives no more connections");
  }
  return std::unique_ptr<EngineSession>(new EngineSession(*lib_, handle));
}

}  // namespace rowhouse::chserver
