#include "cli/row_diff.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "avro/decoder.h"
#include "avro/wire.h"
#include "base/bytes.h"
#include "cli/source_tables.h"
#include "cli/wiring.h"
#include "clickhouse/client.h"
#include "kafka/reader.h"
#include "registry/client.h"
#include "verify/clickhouse_side.h"
#include "verify/mysql_side.h"
#include "verify/typed_key.h"

namespace rowhouse::cli {

namespace {

using verify::CanonicalColumn;
using verify::CanonicalTable;

constexpr int kMessagesMost = 10;
constexpr seconds kReadWithin{30};

// Messages of the row: its key stands before or after the change.
class History {
 public:
  History(
      clickhouse::Client& client,
      const TableSchema& table,
      const clickhouse::TablePipeline& pipeline,
      std::string name
  )
      : client_(client), table_(table), pipeline_(pipeline), name_(std::move(name)) {}

  Status Read(const std::vector<std::string>& key_bytes, RowDiff& diff) {
    const std::string where = Where("after_", key_bytes) + " OR " + Where("before_", key_bytes);
    const auto rows = ROWHOUSE_TRY(client_.Query(fmt::format(
        "SELECT op, concat(source_file, ':', toString(source_pos), ' row ', toString(source_row)), "
        "toUInt64(bitShiftRight(version, 64)), toUInt64(version), topic, partition, offset, "
        "toString(kafka_timestamp), hex(key) FROM {} WHERE {} ORDER BY version DESC, offset DESC "
        "LIMIT {}",
        name_,
        where,
        kMessagesMost
    )));
    for (const auto& row : rows) {
      const RowVersion version{Number<uint64_t>(row[2]), Number<uint64_t>(row[3])};
      diff.history.push_back(
          {row[0].value_or(""),
           row[1].value_or(""),
           version.ToHex(),
           fmt::format("{}[{}]@{}", row[4].value_or(""), row[5].value_or(""), row[6].value_or("")),
           row[7].value_or("")}
      );
    }
    if (!rows.empty()) {
      newest_ = {rows[0][4].value_or(""), Number<int32_t>(rows[0][5]), Number<int64_t>(rows[0][6])};
      kafka_key_ = verify::FromHexDigits(rows[0][8].value_or(""));
    }
    return Ok();
  }

  // Where the newest message lies; an empty topic where there is none.
  const kafka::PartitionStart& newest() const { return newest_; }

  const std::string& kafka_key() const { return kafka_key_; }

 private:
  template <typename T>
  static T Number(const std::optional<std::string>& text) {
    T n = 0;
    if (text) {
      std::from_chars(text->data(), text->data() + text->size(), n);
    }
    return n;
  }

  std::string Where(std::string_view side, const std::vector<std::string>& key_bytes) const {
    std::string where;
    for (size_t i = 0; i < key_bytes.size(); ++i) {
      const Column& column = table_.columns[table_.primary_key[i]];
      const auto data =
          std::ranges::find(pipeline_.data, column.name, &clickhouse::DataColumn::shown_as);
      const auto choice = verify::MakeCanonicalColumn(
          column, fmt::format("{}{}", side, data->name), data->null_type
      );
      where += fmt::format(
          "{}{} = unhex('{}')",
          where.empty() ? "(" : " AND ",
          choice.column.clickhouse,
          ToHex(AsBytes(key_bytes[i]))
      );
    }
    return where + ")";
  }

  clickhouse::Client& client_;
  const TableSchema& table_;
  const clickhouse::TablePipeline& pipeline_;
  const std::string name_;
  kafka::PartitionStart newest_;
  std::string kafka_key_;
};

Result<std::string> Envelope(
    const config::Config& config, const std::optional<std::string>& value
) {
  if (!value) {
    return std::string("null");
  }
  const auto framed = ROWHOUSE_TRY(avro::ReadFrame(AsBytes(*value)));
  const auto registry = ROWHOUSE_TRY(registry::Client::Open(RegistryOptionsOf(config)));
  const std::string text = ROWHOUSE_TRY(registry->ById(framed.schema_id));
  const avro::SchemaPtr schema = ROWHOUSE_TRY(avro::Schema::Parse(text));
  return avro::DecodeToJson(*schema, framed.payload);
}

// The last record of the key, from the newest message on that ClickHouse has.
Status ReadKafka(const config::Config& config, const History& history, RowDiff& diff) {
  if (history.newest().topic.empty()) {
    return Error(ErrorKind::kNotFound, "the row has no message in ClickHouse's history");
  }
  const auto reader = ROWHOUSE_TRY(kafka::Reader::Open(KafkaOptionsOf(config), {history.newest()}));
  std::optional<Record> last;
  const auto keep = [&](const Record& record) {
    if (record.key == history.kafka_key()) {
      last = record;
    }
  };
  ROWHOUSE_TRY(reader->ReadToEnd(keep, Deadline::After(kReadWithin)));
  if (!last) {
    return Error(ErrorKind::kNotFound, "Kafka no longer keeps the row's messages");
  }
  diff.record = DiffRecord{
      fmt::format("{}[{}]@{}", last->topic, last->partition, last->offset),
      last->timestamp_ms,
      ROWHOUSE_TRY(Envelope(config, last->value))};
  return Ok();
}

void AddCells(
    const CanonicalTable& canonical,
    const verify::CellRow& source,
    const verify::CellRow& target,
    RowDiff& diff
) {
  const auto shown = [](const CanonicalColumn& column, const verify::CellRow& row, size_t i) {
    const bool there = i < row.size() && row[i].has_value();
    return there ? std::optional(verify::Shown(column, *row[i])) : std::nullopt;
  };
  for (size_t i = 0; i < canonical.columns.size(); ++i) {
    const CanonicalColumn& column = canonical.columns[i];
    const bool both = i < source.size() && i < target.size();
    diff.cells.push_back(
        {column.name,
         shown(column, source, i),
         shown(column, target, i),
         !both || source[i] != target[i]}
    );
  }
}

// Both sides' rows.
Status ReadRows(
    const std::string& key,
    const CanonicalTable& canonical,
    verify::SourceSide& source,
    verify::TargetSide& target,
    RowDiff& diff
) {
  const verify::CellRows in_source = ROWHOUSE_TRY(source.Cells({key}));
  // A collation may find the row by another spelling; ClickHouse has it as MySQL does.
  const std::string exact = in_source.empty() ? key : in_source.begin()->first;
  const verify::CellRows in_target = ROWHOUSE_TRY(target.Cells({exact}));
  const verify::TargetRows looked = ROWHOUSE_TRY(target.Lookup({exact}, std::nullopt));
  diff.in_mysql = !in_source.empty();
  diff.in_clickhouse = !in_target.empty();
  diff.clickhouse_version = looked.begin()->second.version.ToHex();
  AddCells(
      canonical,
      diff.in_mysql ? in_source.begin()->second : verify::CellRow(),
      diff.in_clickhouse ? in_target.begin()->second : verify::CellRow(),
      diff
  );
  return Ok();
}

}  // namespace

Result<RowDiff> ReadRowDiff(
    const config::Config& config, const std::string& table, const std::vector<std::string>& key
) {
  auto tables = ROWHOUSE_TRY(ReadSourceTables(config, {table}));
  if (tables.size() != 1) {
    return Error(ErrorKind::kBadRecord, fmt::format("'{}' names {} tables", table, tables.size()))
        .WithHint("name one, as database.table");
  }
  const PlannedTables planned = ROWHOUSE_TRY(PlanTables(config, std::move(tables)));
  if (planned.pipelines.empty()) {
    return planned.refused.front().error;
  }
  const TableSchema& schema = planned.schemas.front();
  const clickhouse::TablePipeline& pipeline = planned.pipelines.front();
  const CanonicalTable canonical =
      ROWHOUSE_TRY(verify::MakeCanonical(schema, pipeline.data, pipeline.columns));
  RowDiff diff;
  diff.table = schema.id.ToString();
  const std::string row_key = ROWHOUSE_TRY(verify::TypedKey(diff.table, canonical, key));
  const auto client = ROWHOUSE_TRY(clickhouse::Client::Open(ClickHouseOptionsOf(config)));
  const auto source =
      ROWHOUSE_TRY(verify::MySqlSide::Open(SourceOptionsOf(config), schema, canonical, {}));
  const std::string name = clickhouse::TableName(PipelineOptionsOf(config), schema.id);
  const std::string history = clickhouse::QuoteName(config.sink.history_database) + ".";
  verify::ClickHouseSide target(
      *client,
      clickhouse::QuoteName(config.sink.current_database) + "." + clickhouse::QuoteName(name),
      history + clickhouse::QuoteName(name + "_marks"),
      schema,
      canonical,
      {}
  );
  ROWHOUSE_TRY(ReadRows(row_key, canonical, *source, target, diff));
  History messages(*client, schema, pipeline, history + clickhouse::QuoteName(name));
  ROWHOUSE_TRY(messages.Read(verify::KeyBytes(row_key), diff));
  if (const Status read = ReadKafka(config, messages, diff); !read) {
    diff.troubles.push_back(read.error().ToString());
  }
  return diff;
}

}  // namespace rowhouse::cli
