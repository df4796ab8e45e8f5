#include "backfill/ledger.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "base/clock.h"

namespace rowhouse::backfill {

namespace {

using clickhouse::QuoteName;
using clickhouse::QuoteText;

constexpr std::string_view kTable = "rowhouse_backfills";
// A process saves each second or so.
constexpr int64_t kDeadAfterUs = 60'000'000;

constexpr auto kStates =
    std::to_array<std::string_view>({"running", "done", "failed", "stopped", "cancelled", "waiting"}
    );
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
  entry.asked.condition = row.at(5).value_or("");
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
  entry.asked.from = row.at(19).value_or("");
  entry.asked.to = row.at(20).value_or("");
  entry.asked.column = row.at(21).value_or("");
  entry.asked.where = row.at(22).value_or("");
  entry.estimated = NumberOf<uint64_t>(row, 23);
  return entry;
}

}  // namespace

bool RunEntry::LooksDead(int64_t now_us) const {
  return (state == State::kRunning || state == State::kWaiting) &&
         now_us - updated_us > kDeadAfterUs;
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
  std::string name = fmt::format("{}.{}", QuoteName(database), QuoteName(kTable));
  const auto newest_column = ROWHOUSE_TRY(client.Query(fmt::format(
      "SELECT count() FROM system.columns WHERE database = {} AND table = {} AND name = "
      "'estimated'",
      QuoteText(database),
      QuoteText(kTable)
  )));
  if (!newest_column.empty() && newest_column[0][0] == "1") {
    return Ledger(client, std::move(name));
  }
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
  // Not there in the first version.
  ROWHOUSE_TRY(client.Execute(fmt::format(
      "ALTER TABLE {} ADD COLUMN IF NOT EXISTS asked_from String, ADD COLUMN IF NOT EXISTS "
      "asked_to String, ADD COLUMN IF NOT EXISTS asked_column String, ADD COLUMN IF NOT EXISTS "
      "asked_where String, ADD COLUMN IF NOT EXISTS estimated UInt64",
      name
  )));
  return Ledger(client, std::move(name));
}

std::string Ledger::NewId() {
  // Milliseconds and the process: in the order of their starts, and apart.
  static std::atomic<int64_t> last = 0;
  int64_t before = last;
  int64_t now = 0;
  do {
    now = std::max(Clock::Real().WallMicros() / 1000, before + 1);
  } while (!last.compare_exchange_weak(before, now));
  return fmt::format("{:x}{:04x}", now, getpid() & 0xFFFF);
}

Status Ledger::Save(const RunEntry& entry) {
  return client_.Execute(fmt::format(
      "INSERT INTO {} (id, what, source_database, source_table, state, mode, condition, "
      "chunk_rows, readers, rows_per_second, read, present, inserted, changed, failed, progress, "
      "error, started, updated, asked_from, asked_to, asked_column, asked_where, estimated) "
      "SELECT {}, 'run', {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, "
      "fromUnixTimestamp64Micro(toInt64({}), 'UTC'), fromUnixTimestamp64Micro(toInt64({}), 'UTC'), "
      "{}, {}, {}, {}, {}",
      name_,
      QuoteText(entry.id),
      QuoteText(entry.table.db),
      QuoteText(entry.table.table),
      QuoteText(StateName(entry.state)),
      QuoteText(ModeName(entry.mode)),
      QuoteText(entry.asked.condition),
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
      entry.updated_us,
      QuoteText(entry.asked.from),
      QuoteText(entry.asked.to),
      QuoteText(entry.asked.column),
      QuoteText(entry.asked.where),
      entry.estimated
  ));
}

Result<std::vector<RunEntry>> Ledger::Read(const std::string& id) {
  const auto rows = ROWHOUSE_TRY(client_.Query(fmt::format(
      "SELECT id, source_database, source_table, state, mode, condition, chunk_rows, readers, "
      "rows_per_second, read, present, inserted, changed, failed, progress, error, "
      "toUnixTimestamp64Micro(started), toUnixTimestamp64Micro(updated), id IN (SELECT id FROM {0} "
      "WHERE what = 'cancel'), asked_from, asked_to, asked_column, asked_where, estimated FROM {0} "
      "FINAL WHERE what = 'run'{1} ORDER BY started DESC",
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

Result<std::string_view> CancelRun(Ledger& ledger, RunEntry entry) {
  ROWHOUSE_TRY(ledger.Cancel(entry.id));
  const int64_t now = Clock::Real().WallMicros();
  if (entry.state == RunEntry::State::kRunning && !entry.LooksDead(now)) {
    return "ends at its next chunk";
  }
  if (entry.state != RunEntry::State::kDone) {
    entry.state = RunEntry::State::kCancelled;
    entry.updated_us = now;
    ROWHOUSE_TRY(ledger.Save(entry));
  }
  return StateName(entry.state);
}

}  // namespace rowhouse::backfill
