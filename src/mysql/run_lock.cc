#include "mysql/run_lock.h"

#include <algorithm>

#include <fmt/format.h>

namespace rowhouse::mysql {

namespace {

constexpr size_t kShownMost = 30;  // of the pipeline's name

// FNV-1a: the same in every version and on every machine.
uint64_t HashOf(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) {
    hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  }
  return hash;
}

}  // namespace

std::string RunLockName(std::string_view pipeline, std::string_view kafka_cluster) {
  const uint64_t hash = HashOf(fmt::format("{}\n{}", pipeline, kafka_cluster));
  return fmt::format("rowhouse.{}.{:016x}", pipeline.substr(0, kShownMost), hash);
}

Result<std::unique_ptr<Leadership>> RunLock::Open(const SourceOptions& options, std::string name) {
  auto connection = ROWHOUSE_TRY(Connection::Open(options, kAnswerLimit));
  ROWHOUSE_TRY(connection->Execute(fmt::format("SET SESSION wait_timeout = {}", kIdleLimit.count()))
  );
  return std::unique_ptr<Leadership>(new RunLock(std::move(connection), std::move(name)));
}

Result<bool> RunLock::Take(milliseconds wait) {
  // An answer that takes longer than kAnswerLimit counts as none.
  const auto most = std::min(wait, milliseconds(kAnswerLimit) / 2);
  const double limit = std::chrono::duration<double>(most).count();
  const std::string sql = fmt::format("SELECT GET_LOCK({}, {:.1f})", QuoteText(name_), limit);
  return ROWHOUSE_TRY(connection_->Value(sql)) == "1";
}

Result<std::string> RunLock::Holder() {
  const std::string id =
      ROWHOUSE_TRY(connection_->Value(fmt::format("SELECT IS_USED_LOCK({})", QuoteText(name_))));
  if (id.empty()) {
    return std::string("nobody");
  }
  const Rows list = ROWHOUSE_TRY(connection_->Query("SHOW PROCESSLIST"));
  for (const auto& row : list.rows) {
    if (row.size() > 2 && row[0] == id) {
      return fmt::format(
          "{} (connection {} of {})", row[2].value_or("?"), id, connection_->where()
      );
    }
  }
  return fmt::format("connection {} of {}", id, connection_->where());
}

Status RunLock::Renew() {
  const std::string mine = ROWHOUSE_TRY(
      connection_->Value(fmt::format("SELECT IS_USED_LOCK({}) = CONNECTION_ID()", QuoteText(name_)))
  );
  if (mine != "1") {
    return Error(
        ErrorKind::kUnavailable,
        fmt::format("{}: lock '{}' is no longer ours", connection_->where(), name_)
    );
  }
  return Ok();
}

}  // namespace rowhouse::mysql
