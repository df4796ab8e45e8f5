#include "backfill/clickhouse_target.h"

#include <charconv>
#include <numeric>
#include <utility>

#include <fmt/format.h>

namespace rowhouse::backfill {

namespace {

using clickhouse::RowBlock;

constexpr seconds kStatementLimit{600};
// What a range of keys may hold for each row that is looked for there, and beside that.
constexpr uint64_t kRangeFactor = 4;
constexpr uint64_t kRangeRows = 1'000;
constexpr size_t kRangeBytes = size_t{1} << 20;

clickhouse::StatementOptions Patient() {
  clickhouse::StatementOptions options;
  options.deadline = Deadline::After(kStatementLimit);
  return options;
}

// A block stands in the text of the statement, which is larger then than servers expect.
clickhouse::StatementOptions OfBlock(const std::string& sql) {
  clickhouse::StatementOptions options = Patient();
  options.settings = {{"max_query_size", std::to_string(sql.size() + 1)}, {"log_queries", "0"}};
  return options;
}

// The server's error may quote the statement, block and all.
Result<clickhouse::Rows> Ask(clickhouse::Client& client, const std::string& sql) {
  constexpr size_t kReasonMost = 600;
  auto rows = client.Query(sql, OfBlock(sql));
  if (rows || rows.error().message().size() <= kReasonMost) {
    return rows;
  }
  const Error& error = rows.error();
  return Error(error.kind(), error.message().substr(0, kReasonMost) + " ...")
      .WithNative(error.native());
}

// `cells` as the rows of `block`.
Status Fill(RowBlock& block, const std::vector<const Cell*>& cells) {
  block.Clear();
  for (const Cell* const row : cells) {
    ROWHOUSE_TRY(block.Append(row));
  }
  return Ok();
}

std::vector<const Cell*> Some(
    const std::vector<const Cell*>& cells, const std::vector<uint32_t>& rows
) {
  std::vector<const Cell*> some;
  some.reserve(rows.size());
  for (const uint32_t row : rows) {
    some.push_back(cells.at(row));
  }
  return some;
}

Result<uint32_t> NumberOf(const clickhouse::Row& row) {
  const std::string text = row.empty() ? "" : row[0].value_or("");
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    return Error(
        ErrorKind::kInternal, fmt::format("ClickHouse answers '{}' instead of a row's number", text)
    );
  }
  return number;
}

}  // namespace

ClickHouseTarget::ClickHouseTarget(
    clickhouse::Client& client, TableSchemaPtr table, const clickhouse::DirectTable& direct
)
    : client_(client),
      direct_(direct),
      rows_(table, direct.lanes, RowBlock::Mark::kVersion),
      keys_(table, direct.key_lanes, RowBlock::Mark::kNumber),
      contents_(std::move(table), direct.lanes, RowBlock::Mark::kNumber),
      key_ranges_{clickhouse::RangeCheck::Of(direct, direct.key_lanes)},
      content_ranges_{clickhouse::RangeCheck::Of(direct, direct.lanes)} {}

Status ClickHouseTarget::MakeInlet(
    clickhouse::Client& client, const clickhouse::DirectTable& direct
) {
  ROWHOUSE_TRY(DropInlet(client, direct));  // of an earlier life of the run: perhaps another plan
  for (const std::string& sql : direct.make_inlet) {
    ROWHOUSE_TRY(client.Execute(sql, Patient()));
  }
  return Ok();
}

Status ClickHouseTarget::DropInlet(
    clickhouse::Client& client, const clickhouse::DirectTable& direct
) {
  for (const std::string& sql : direct.drop_inlet) {
    ROWHOUSE_TRY(client.Execute(sql, Patient()));
  }
  return Ok();
}

Result<ClickHouseTarget::NewestRow> ClickHouseTarget::Newest(
    clickhouse::Client& client, const clickhouse::DirectTable& direct
) {
  const auto rows = ROWHOUSE_TRY(client.Query(
      fmt::format(
          "SELECT leftPad(lower(hex(max(_version))), 32, '0'), toString(now64(3)) FROM {}",
          direct.current
      ),
      Patient()
  ));
  if (rows.empty() || rows[0].size() < 2) {
    return Error(ErrorKind::kInternal, "ClickHouse does not tell the newest row");
  }
  return NewestRow{
      ROWHOUSE_TRY(RowVersion::FromHex(rows[0][0].value_or(""))), rows[0][1].value_or("")};
}

Status ClickHouseTarget::Add(const Change& row, RowVersion version) {
  return rows_.Append(row.after, version);
}

void ClickHouseTarget::Drop() {
  rows_.Clear();
}

Status ClickHouseTarget::Flush() {
  if (rows_.rows() == 0) {
    return Ok();
  }
  const std::string sql =
      fmt::format("INSERT INTO {} ({}) FORMAT Native", direct_.inlet, rows_.Names());
  ROWHOUSE_TRY(client_.Insert(sql, rows_.Source(), Patient()));
  rows_.Clear();
  return Ok();
}

// The numbers of rows that are to be asked for one by one; `block` holds all of them then.
Result<std::vector<uint32_t>> ClickHouseTarget::NotInRange(
    const std::vector<const Cell*>& cells, RowBlock& block, Ranges& ranges
) {
  ROWHOUSE_TRY(Fill(block, cells));
  std::vector<uint32_t> all(cells.size());
  std::iota(all.begin(), all.end(), 0U);
  if (cells.empty() || !ranges.check || ranges.sparse) {
    return all;
  }
  const uint64_t rows_max = kRangeFactor * cells.size() + kRangeRows;
  const auto answer = ROWHOUSE_TRY(client_.Fetch(
      ranges.check->Sql(block, rows_max), kRangeFactor * block.bytes() + kRangeBytes, Patient()
  ));
  auto others = answer ? ROWHOUSE_TRY(ranges.check->Others(block, *answer, rows_max))
                       : std::optional<std::vector<uint32_t>>();
  ranges.sparse = !others.has_value();
  return others ? *std::move(others) : all;
}

Result<std::vector<uint32_t>> ClickHouseTarget::Missing(
    const std::vector<const Cell*>& keys, RowVersion read_at
) {
  const std::vector<uint32_t> others = ROWHOUSE_TRY(NotInRange(keys, keys_, key_ranges_));
  std::vector<uint32_t> missing;
  if (others.empty()) {
    return missing;
  }
  if (others.size() < keys.size()) {
    ROWHOUSE_TRY(Fill(keys_, Some(keys, others)));
  }
  const std::string sql = clickhouse::MissingSql(direct_, keys_, read_at);
  for (const auto& row : ROWHOUSE_TRY(Ask(client_, sql))) {
    missing.push_back(others.at(ROWHOUSE_TRY(NumberOf(row))));
  }
  return missing;
}

Result<std::vector<Difference>> ClickHouseTarget::Differing(
    const std::vector<const Cell*>& rows, RowVersion read_at
) {
  const std::vector<uint32_t> others = ROWHOUSE_TRY(NotInRange(rows, contents_, content_ranges_));
  std::vector<Difference> differing;
  if (others.empty()) {
    return differing;
  }
  if (others.size() < rows.size()) {
    ROWHOUSE_TRY(Fill(contents_, Some(rows, others)));
  }
  const std::string sql = clickhouse::ChangedSql(direct_, contents_, read_at);
  for (const auto& row : ROWHOUSE_TRY(Ask(client_, sql))) {
    differing.push_back({others.at(ROWHOUSE_TRY(NumberOf(row))), row.size() > 1 && row[1] == "1"});
  }
  return differing;
}

Status ClickHouseTarget::VoidBefore(RowVersion version) {
  return client_.Execute(
      fmt::format(
          "INSERT INTO {} (version) SELECT {}", direct_.marks, clickhouse::VersionSql(version)
      ),
      Patient()
  );
}

}  // namespace rowhouse::backfill
