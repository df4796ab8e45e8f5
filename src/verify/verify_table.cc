#include "verify/verify_table.h"

#include <algorithm>
#include <random>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/backoff.h"
#include "base/pacer.h"
#include "verify/clickhouse_side.h"
#include "verify/kafka_progress.h"
#include "verify/mysql_side.h"

namespace rowhouse::verify {
namespace {

bool IsDate(std::string_view text) {
  constexpr std::string_view kForm = "0000-00-00 00:00:00";
  if (text.size() != 10 && text.size() != kForm.size()) {
    return false;
  }
  for (size_t i = 0; i < text.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (kForm[i] == '0' ? !digit : text[i] != kForm[i]) {
      return false;
    }
  }
  return true;
}

bool HoldsDates(const Column& column) {
  return column.type == ColumnType::kDate || column.type == ColumnType::kDateTime ||
         column.type == ColumnType::kTimestamp;
}

Result<const Column*> DateColumn(const TableSchema& table, const std::string& named) {
  const std::vector<std::string> names = named.empty()
                                             ? std::vector<std::string>{"updated_at", "created_at"}
                                             : std::vector<std::string>{named};
  for (const std::string& name : names) {
    const auto index = table.Find(name);
    if (index && HoldsDates(table.columns[*index])) {
      return &table.columns[*index];
    }
  }
  return Error(
             ErrorKind::kConfig,
             fmt::format(
                 "table {} has no column {} that holds dates",
                 table.id.ToString(),
                 fmt::join(names, " or ")
             )
  )
      .WithHint("name the column of --from and --to by --column");
}

Result<RowFilter> FilterOf(
    const TableSchema& table, const CanonicalTable& canonical, const VerifyOptions& options
) {
  RowFilter filter;
  if (options.from.empty() && options.to.empty()) {
    return filter;
  }
  const Column* column = ROWHOUSE_TRY(DateColumn(table, options.column));
  const auto pair = std::ranges::find(canonical.columns, column->name, &CanonicalColumn::name);
  if (pair == canonical.columns.end()) {
    return Error(
        ErrorKind::kConfig, fmt::format("column {} is not in ClickHouse as it is", column->name)
    );
  }
  const auto add = [&](std::string_view compare, const std::string& date) -> Status {
    if (date.empty()) {
      return Ok();
    }
    if (!IsDate(date)) {
      return Error(ErrorKind::kConfig, fmt::format("'{}' is no date", date))
          .WithHint("write 2026-01-31 or '2026-01-31 10:00:00' (UTC)");
    }
    const std::string_view and_word = filter.mysql.empty() ? "" : " AND ";
    filter.mysql +=
        fmt::format("{}{} {} '{}'", and_word, mysql::QuoteName(column->name), compare, date);
    filter.clickhouse += fmt::format(
        "{}{} {} toDateTime64('{}{}', 0, 'UTC')",
        and_word,
        clickhouse::QuoteName(pair->target),
        compare,
        date,
        date.size() == 10 ? " 00:00:00" : ""
    );
    return Ok();
  };
  ROWHOUSE_TRY(add(">=", options.from));
  ROWHOUSE_TRY(add("<", options.to));
  return filter;
}

Status CheckRepair(const TableSchema& table, const CanonicalTable& canonical) {
  for (const ColumnLeftOut& column : canonical.left_out) {
    if (column.in_target) {
      return Error(
                 ErrorKind::kUnsupported,
                 fmt::format(
                     "table {} can't be repaired row by row: column {} is not compared ({}), and a "
                     "written row would lose it",
                     table.id.ToString(),
                     column.name,
                     column.reason
                 )
      )
          .WithHint(fmt::format("load the table again: rowhouse resync {}", table.id.ToString()));
    }
  }
  return Ok();
}

std::string QuotedName(const std::string& database, const std::string& table) {
  return clickhouse::QuoteName(database) + "." + clickhouse::QuoteName(table);
}

// Keeps to a number of rows a second, waits while the source is busy, and ends at a stop.
class Throttle {
 public:
  explicit Throttle(const VerifyOptions& options) : options_(options), pacer_(options.rate) {}

  Status After(uint64_t rows) {
    rows_ += rows;
    if (options_.progress) {
      options_.progress(rows_);
    }
    if (!WaitUnlessStopped(options_.stop, pacer_.After(rows))) {
      return Error(ErrorKind::kCancelled, "stopped while verifying");
    }
    return options_.wait_for_calm ? options_.wait_for_calm(options_.stop) : Ok();
  }

 private:
  const VerifyOptions& options_;
  Pacer pacer_;
  uint64_t rows_ = 0;
};

// From 0 up to 1: passes over a sample see other rows each time.
double AnyPart() {
  std::random_device random;
  return std::uniform_real_distribution<double>()(random);
}

// Why a table is not looked at now; empty: it is.
std::string WhySkipped(const std::optional<TableProgress>& progress) {
  if (!progress) {
    return "";
  }
  switch (progress->state) {
    case TableProgress::State::kLoading:
      return "it is being loaded";
    case TableProgress::State::kGone:
      return "the stream has seen it dropped or renamed";
    default:
      return "";
  }
}

}  // namespace

Result<TableReport> VerifyTable(
    const Servers& servers,
    const TableSchema& table,
    const clickhouse::TablePipeline& pipeline,
    const VerifyOptions& options
) {
  const auto started = Clock::Real().Now();
  TableReport report;
  report.table = table.id;
  report.canonical = ROWHOUSE_TRY(MakeCanonical(table, pipeline.data, pipeline.columns));
  const RowFilter filter = ROWHOUSE_TRY(FilterOf(table, report.canonical, options));
  if (options.repair) {
    ROWHOUSE_TRY(CheckRepair(table, report.canonical));
  }
  const auto source =
      ROWHOUSE_TRY(MySqlSide::Open(servers.source, table, report.canonical, filter));
  const std::string name = clickhouse::TableName(servers.names, table.id);
  ClickHouseSide target(
      *servers.target,
      QuotedName(servers.names.current_database, name),
      QuotedName(servers.names.history_database, name + "_marks"),
      table,
      report.canonical,
      filter
  );
  const auto progress = ROWHOUSE_TRY(KafkaProgress::Open(
      {servers.kafka,
       servers.pipeline,
       table.id,
       pipeline.topic,
       pipeline.group,
       source->identity(),
       options.settle,
       options.stop}
  ));
  if (options.wait_for_calm) {
    ROWHOUSE_TRY(options.wait_for_calm(options.stop));
  }
  report.note = WhySkipped(ROWHOUSE_TRY(progress->Table(table.id)));
  if (!report.note.empty()) {
    report.state = TableReport::State::kSkipped;
    return report;
  }
  Throttle throttle(options);
  CompareOptions compare;
  compare.mode = options.mode;
  compare.has_spans = HasSpans(table, report.canonical);
  compare.keyed = table.has_key();
  compare.repair = options.repair;
  compare.named_max = options.named_max;
  compare.sample = options.sample;
  compare.sample_from = AnyPart();
  if (options.rate > 0) {
    compare.chunk_rows = std::min(compare.chunk_rows, options.rate);  // what a second may read
  }
  if (options.mode == Mode::kRows) {
    compare.chunk_rows = std::min(compare.chunk_rows, compare.leaf_rows);
  }
  const auto after_chunk = [&throttle](uint64_t rows) { return throttle.After(rows); };
  if (compare.has_spans || !compare.keyed) {
    compare.after_chunk = after_chunk;
  } else {
    source->CutBy({compare.chunk_rows, after_chunk});
  }
  report.comparison = ROWHOUSE_TRY(Comparer(*source, target, *progress, compare).Run());
  report.note = report.comparison.standing;
  if (report.comparison.differing == 0 && report.comparison.open()) {
    report.state = TableReport::State::kUndecided;
  } else if (report.comparison.differing > 0) {
    report.state = options.repair ? TableReport::State::kRepaired : TableReport::State::kDifferent;
  }
  report.seconds = std::chrono::duration<double>(Clock::Real().Now() - started).count();
  return report;
}

}  // namespace rowhouse::verify
