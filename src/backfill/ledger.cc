#include "backfill/ledger.h"

#include <array>
#include <charconv>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "base/clock.h"

namespace rowhouse::backfill {

namespace {

using clickhouse::QuoteName;
using clickhouse::QuoteText;

// A process saves each second or so.
constexpr int64_t kDeadAfterUs = 60'000'000;

constexpr auto kStates =
    std::to_array<std::string_view>({"running", "done", "failed", "stopped", "cancelled"});
constexpr auto kModes = std::to_array<std::string_view>({"missing", "changed", "all"});

template <typename T>
T NumberOf(const clickhouse::Row& row, size_t at) {
  const std::string text = row.at(at).value_or("");
  T value{};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string ProgressJson(const RunEntry& entry) {
  Checkpoint progress;
  progress.ledger[entry.table] = entry.progress;
  return progress.ToJson();
}

Result<RunEntry> EntryOf(const clickhouse::Row& row) {
  RunEntry entry;
  entry.id = row.at(0).value_or("");
  entry.table = {row.at(1).value_or(""), row.at(2).value_or("")};
  for (size_t i = 0; i < kStates.size(); ++i) {
    if (row.at(3) == kStates.at(i)) {
      entry.state = static_cast<RunEntry::State>(i);
    }
  }
  entry.mode = ModeOf(row.at(4).value_or("")).value_or(Mode::kAll);
  entry.where = row.at(5).value_or("");
  entry.chunk_rows = NumberOf<uint64_t>(row, 6);
  entry.readers = NumberOf<int>(row, 7);
  entry.rows_per_second = NumberOf<uint64_t>(row, 8);
  entry.totals = {
      NumberOf<uint64_t>(row, 9),
      NumberOf<uint64_t>(row, 10),
      NumberOf<uint64_t>(row, 11),
      NumberOf<uint64_t>(row, 12)};
  entry.failed = NumberOf<uint64_t>(row, 13);
  const Checkpoint progress = ROWHOUSE_TRY(Checkpoint::FromJson(row.at(14).value_or("")));
  if (const auto found = progress.ledger.find(entry.table); found != progress.ledger.end()) {
    entry.progress = found->second;
  }
  entry.error = row.at(15).value_or("");
  entry.started_us = NumberOf<int64_t>(row, 16);
  entry.updated_us = NumberOf<int64_t>(row, 17);
  entry.cancel_asked = row.at(18) == "1";
  return entry;
}

}  // namespace

bool RunEntry::LooksDead(int64_t now_us) const {
  return state == State::kRunning && now_us - updated_us > kDeadAfterUs;
}

std::string_view StateName(RunEntry::State state) {
  return kStates.at(static_cast<size_t>(state));
}

std::string_view ModeName(Mode mode) {
  return kModes.at(static_cast<size_t>(mode));
}

std::optional<Mode> ModeOf(std::string_view name) {
  for (size_t i = 0; i < kModes.size(); ++i) {
    if (kModes.at(i) == name) {
      return static_cast<Mode>(i);
    }
  }
  return std::nullopt;
}

Result<Ledger> Ledger::Open(clickhouse::Client& client, const std::string& database) {
  std::string name = fmt::format("{}.{}", QuoteName(database), QuoteName("rowhouse_backfills"));
  ROWHOUSE_TRY(client.Execute("CREATE DATABASE IF NOT EXISTS " + QuoteName(database)));
  // `what`: a run's own entry is replaced by the run alone, a wish to cancel it stands beside it.
  ROWHOUSE_TRY(client.Execute(fmt::format(
      "CREATE TABLE IF NOT EXISTS {} (id String, what LowCardinality(String), source_database "
      "String, source_table String, state LowCardinality(String), mode LowCardinality(String), "
      "condition String, chunk_rows UInt64, readers UInt32, rows_per_second UInt64, read UInt64, "
      "present UInt64, inserted UInt64, changed UInt64, failed UInt64, progress String, error "
      "String, started DateTime64(6, 'UTC'), updated DateTime64(6, 'UTC')) ENGINE = "
      "ReplacingMergeTree(updated) ORDER BY (id, what)",
      name
  )));
  return Ledger(client, std::move(name));
}

std::string Ledger::NewId() {
  // Milliseconds and the process: in the order of their starts, and apart.
  return fmt::format("{:x}{:04x}", Clock::Real().WallMicros() / 1000, getpid() & 0xFFFF);
}

Status Ledger::Save(const RunEntry& entry) {
  return client_.Execute(fmt::format(
      "INSERT INTO {} SELECT {}, 'run', {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, "
      "{}, "
      "fromUnixTimestamp64Micro(toInt64({}), 'UTC'), fromUnixTimestamp64Micro(toInt64({}), 'UTC')",
      name_,
      QuoteText(entry.id),
      QuoteText(entry.table.db),
      QuoteText(entry.table.table),
      QuoteText(StateName(entry.state)),
      QuoteText(ModeName(entry.mode)),
      QuoteText(entry.where),
      entry.chunk_rows,
      entry.readers,
      entry.rows_per_second,
      entry.totals.read,
      entry.totals.present,
      entry.totals.inserted,
      entry.totals.changed,
      entry.failed,
      QuoteText(ProgressJson(entry)),
      QuoteText(entry.error),
      entry.started_us,
      entry.updated_us
  ));
}

Result<std::vector<RunEntry>> Ledger::Read(const std::string& id) {
  const auto rows = ROWHOUSE_TRY(client_.Query(fmt::format(
      "SELECT id, source_database, source_table, state, mode, condition, chunk_rows, readers, "
      "rows_per_second, read, present, inserted, changed, failed, progress, error, "
      "toUnixTimestamp64Micro(started), toUnixTimestamp64Micro(updated), id IN (SELECT id FROM {0} "
      "WHERE what = 'cancel') FROM {0} FINAL WHERE what = 'run'{1} ORDER BY started DESC",
      name_,
      id.empty() ? "" : " AND id = " + QuoteText(id)
  )));
  std::vector<RunEntry> entries;
  entries.reserve(rows.size());
  for (const auto& row : rows) {
    entries.push_back(ROWHOUSE_TRY(EntryOf(row)));
  }
  return entries;
}

Status Ledger::Cancel(const std::string& id) {
  return client_.Execute(fmt::format(
      "INSERT INTO {} (id, what, updated) SELECT {}, 'cancel', now64(6)", name_, QuoteText(id)
  ));
}

Result<bool> Ledger::CancelAsked(const std::string& id) {
  const auto rows = ROWHOUSE_TRY(client_.Query(
      fmt::format("SELECT count() FROM {} WHERE id = {} AND what = 'cancel'", name_, QuoteText(id))
  ));
  return !rows.empty() && rows[0][0] != "0";
}

}  // namespace rowhouse::backfill
