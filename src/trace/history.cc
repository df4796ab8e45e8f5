#include "trace/history.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/bytes.h"
#include "browse/scalar.h"
#include "clickhouse/catalog.h"
#include "clickhouse/data_column.h"
#include "clickhouse/direct_table.h"
#include "trace/trace.h"

namespace rowhouse::trace {

namespace {

using clickhouse::QuoteName;
using clickhouse::QuoteText;

constexpr size_t kTextBytesMax = size_t{16} << 10;
constexpr size_t kHexBytesMax = 512;
constexpr std::string_view kBefore = "before_";
constexpr std::string_view kAfter = "after_";

// Of SELECT in Columns().
enum At : size_t {
  kOp,
  kVersionHigh,
  kVersionLow,
  kCommitted,
  kFile,
  kPos,
  kRowOfEvent,
  kGtid,
  kServer,
  kRead,
  kTopic,
  kPartition,
  kOffset,
  kProduced,
  kInserted,
  kPart,
  kFirstValue,
};

template <typename T>
T Number(const std::optional<std::string>& text) {
  T n = 0;
  if (text) {
    std::from_chars(text->data(), text->data() + text->size(), n);
  }
  return n;
}

// Absent where the stamp is 0, which stands for none.
std::optional<int64_t> Micros(const std::optional<std::string>& text, int64_t unit) {
  const auto n = Number<int64_t>(text);
  return n > 0 ? std::optional(n * unit) : std::nullopt;
}

std::string Bare(std::string type) {
  for (const std::string_view wrap : {"LowCardinality(", "Nullable("}) {
    if (type.starts_with(wrap)) {
      type = type.substr(wrap.size(), type.size() - wrap.size() - 1);
    }
  }
  return type;
}

// A column whose values can be long is not read beyond what is shown.
std::string Selected(const std::string& column, const std::string& type) {
  const std::string quoted = QuoteName(column);
  return Bare(type) == "String" ? fmt::format("substring({}, 1, {})", quoted, kTextBytesMax + 1)
                                : quoted;
}

std::string Quoted(const std::string& database, const std::string& table) {
  return QuoteName(database) + "." + QuoteName(table);
}

clickhouse::StatementOptions Within(Deadline deadline) {
  clickhouse::StatementOptions options;
  options.deadline = deadline;
  return options;
}

RowVersion VersionAt(const clickhouse::Row& row, size_t at) {
  return {Number<uint64_t>(row.at(at)), Number<uint64_t>(row.at(at + 1))};
}

// "(topic = 'a' AND (partition, offset) IN ((0, 1), (0, 2)))", the way its table is ordered.
std::string WherePlaces(const std::vector<Change>& changes) {
  std::string places;
  for (const Change& change : changes) {
    places +=
        fmt::format("{}({}, {})", places.empty() ? "" : ", ", change.partition, change.offset);
  }
  return fmt::format("(partition, offset) IN ({})", places);
}

constexpr std::string_view kHighAndLow =
    "toUInt64(bitShiftRight({0}, 64)), toUInt64(bitAnd({0}, toUInt128(18446744073709551615)))";

}  // namespace

std::vector<std::string> KeyNames(std::string_view sorting_key) {
  std::vector<std::string> names;
  std::string name;
  bool quoted = false;
  const auto take = [&] {
    if (!name.empty()) {
      names.push_back(std::move(name));
    }
    name.clear();
  };
  for (size_t i = 0; i < sorting_key.size(); ++i) {
    const char c = sorting_key[i];
    if (quoted && c == '\\' && i + 1 < sorting_key.size()) {
      name += sorting_key[++i];
    } else if (c == '`') {
      quoted = !quoted;
    } else if (!quoted && c == ',') {
      take();
    } else if (quoted || (c != ' ' && c != '(' && c != ')')) {
      name += c;
    }
  }
  take();
  return names;
}

browse::Node NodeOf(const std::string& type, const std::optional<std::string>& value) {
  browse::Node node;
  if (!value) {
    return node;
  }
  node.type = Bare(type);
  const bool cut = value->size() > kTextBytesMax;
  if (browse::IsUtf8(cut ? std::string_view() : std::string_view(*value))) {
    node.text = cut ? "" : *value;
  } else {
    node.text = "0x" + ToHex(AsBytes(std::string_view(*value).substr(0, kHexBytesMax)));
    node.text += value->size() > kHexBytesMax ? "…" : "";
  }
  if (cut) {
    browse::AppendUtf8(std::string_view(*value).substr(0, kTextBytesMax), node.text);
    node.text += "…";
  }
  return node;
}

HistoryTable::HistoryTable(
    clickhouse::Client& client, const clickhouse::PipelineOptions& names, const TableId& table
)
    : client_(client),
      table_(table),
      name_(names.history_database + "." + clickhouse::TableName(names, table)),
      history_(Quoted(names.history_database, clickhouse::TableName(names, table))),
      current_(Quoted(names.current_database, clickhouse::TableName(names, table))),
      marks_(Quoted(names.history_database, clickhouse::TableName(names, table) + "_marks")),
      shown_current_(names.current_database + "." + clickhouse::TableName(names, table)) {}

Result<std::optional<HistoryTable>> HistoryTable::Open(
    clickhouse::Client& client, const clickhouse::PipelineOptions& names, const TableId& table
) {
  const std::string name = clickhouse::TableName(names, table);
  const auto catalog = ROWHOUSE_TRY(
      clickhouse::Catalog::Read(client, {names.history_database, names.current_database}, {name})
  );
  const auto* history = catalog.Find(names.history_database, name);
  const auto* current = catalog.Find(names.current_database, name);
  if (history == nullptr || current == nullptr) {
    return std::optional<HistoryTable>();
  }
  HistoryTable opened(client, names, table);
  for (const clickhouse::CatalogColumn& column : history->columns) {
    if (!column.name.starts_with(kAfter)) {
      continue;
    }
    Column& kept = opened.columns_.emplace_back();
    kept.name = column.name.substr(kAfter.size());
    kept.type = column.type;
    clickhouse::DataColumn noted;
    const bool named = clickhouse::ReadNote(column.comment, noted) && !noted.shown_as.empty();
    kept.shown = named ? noted.shown_as : kept.name;
  }
  if (current->Find("_sign") == nullptr) {
    opened.key_ = KeyNames(current->sorting_key);
  }
  return std::optional(std::move(opened));
}

Result<std::string> HistoryTable::WhereKey(
    const std::vector<std::string>& values, Deadline deadline
) {
  if (key_.empty() || values.size() != key_.size()) {
    return Error(
               ErrorKind::kBadRecord,
               key_.empty() ? fmt::format("table {} has no key to find a row by", table_.ToString())
                            : fmt::format(
                                  "the key of {} is ({}), and {} values are given",
                                  table_.ToString(),
                                  fmt::join(key_, ", "),
                                  values.size()
                              )
    )
        .WithCode("E-TRACE-002")
        .WithHint(
            key_.empty() ? "name a change of it by a GTID or a record's place"
                         : "give one value a column, in the key's order"
        );
  }
  std::string checks;
  std::string sides[2];
  clickhouse::StatementOptions options = Within(deadline);
  for (size_t i = 0; i < key_.size(); ++i) {
    const auto column = std::ranges::find(columns_, key_[i], &Column::name);
    if (column == columns_.end()) {
      return Error(ErrorKind::kInternal, fmt::format("{} lacks its key {}", name_, key_[i]));
    }
    const std::string type = Bare(column->type);
    const bool bytes = values[i].starts_with("0x") && (type == "String" || type.starts_with("Fix"));
    const std::string given =
        bytes ? fmt::format("unhex({})", QuoteText(values[i].substr(2))) : QuoteText(values[i]);
    const std::string value = fmt::format("accurateCastOrNull({}, {})", given, QuoteText(type));
    checks += fmt::format("{}isNull({})", i == 0 ? "" : ", ", value);
    for (const std::string_view prefix : {kBefore, kAfter}) {
      std::string& side = sides[prefix == kBefore ? 0 : 1];
      side += fmt::format(
          "{}{} = {}", side.empty() ? "" : " AND ", QuoteName(std::string(prefix) + key_[i]), value
      );
    }
  }
  const auto checked = ROWHOUSE_TRY(client_.Query("SELECT " + checks, options));
  for (size_t i = 0; i < key_.size(); ++i) {
    if (checked.at(0).at(i) != "0") {
      return Error(
                 ErrorKind::kBadRecord,
                 fmt::format(
                     "'{}' is no value of {}'s key column {}", values[i], table_.ToString(), key_[i]
                 )
      )
          .WithCode("E-TRACE-002")
          .WithHint("write it as MySQL shows it, bytes as 0x...");
    }
  }
  return fmt::format("(({}) OR ({}))", sides[0], sides[1]);
}

std::string HistoryTable::Columns() const {
  std::string list = fmt::format(
      "op, {}, toUnixTimestamp64Micro(source_time), source_file, source_pos, source_row, "
      "source_gtid, source_server_id, toUnixTimestamp64Micro(capture_time), topic, partition, "
      "offset, toUnixTimestamp64Milli(broker_time), toUnixTimestamp64Milli(kafka_timestamp), _part",
      fmt::format(kHighAndLow, "version")
  );
  for (const std::string_view prefix : {kBefore, kAfter}) {
    for (const Column& column : columns_) {
      list += ", " + Selected(std::string(prefix) + column.name, column.type);
    }
  }
  return list;
}

// First where the messages are, then all of them: of the others only what is asked is read.
Result<std::vector<Change>> HistoryTable::Find(const std::string& where, Deadline deadline) {
  const auto places = ROWHOUSE_TRY(client_.Query(
      fmt::format(
          "SELECT partition, offset FROM {} WHERE {} ORDER BY version DESC, partition, offset DESC "
          "LIMIT {}",
          history_,
          where,
          Request::kChangesMax
      ),
      Within(deadline)
  ));
  std::vector<Change> changes;
  for (const auto& row : places) {
    Change& change = changes.emplace_back();
    change.partition = Number<int32_t>(row.at(0));
    change.offset = Number<int64_t>(row.at(1));
  }
  if (changes.empty()) {
    return changes;
  }
  const auto rows = ROWHOUSE_TRY(client_.Query(
      fmt::format(
          "SELECT {} FROM {} WHERE {} AND {} ORDER BY version DESC, partition, offset DESC LIMIT "
          "{}",
          Columns(),
          history_,
          WherePlaces(changes),
          where,
          Request::kChangesMax
      ),
      Within(deadline)
  ));
  changes.clear();
  for (const auto& row : rows) {
    changes.push_back(ChangeOf(row));
  }
  ROWHOUSE_TRY(See(changes, deadline));
  return changes;
}

std::optional<browse::Node> HistoryTable::Side(const clickhouse::Row& row, size_t at) const {
  browse::Node node;
  node.kind = browse::Node::Kind::kRecord;
  node.type = "record";
  for (size_t i = 0; i < columns_.size(); ++i) {
    node.fields.emplace_back(columns_[i].shown, NodeOf(columns_[i].type, row.at(at + i)));
  }
  return node;
}

Change HistoryTable::ChangeOf(const clickhouse::Row& row) const {
  Change change;
  change.table = table_.ToString();
  change.op = row.at(kOp).value_or("");
  change.gtid = row.at(kGtid).value_or("");
  change.version = VersionAt(row, kVersionHigh);
  change.topic = row.at(kTopic).value_or("");
  change.partition = Number<int32_t>(row.at(kPartition));
  change.offset = Number<int64_t>(row.at(kOffset));
  Way& way = change.way;
  way.loaded = change.op == "r";
  way.committed_us = Micros(row.at(kCommitted), 1);
  way.source = fmt::format("{}:{}", row.at(kFile).value_or(""), row.at(kPos).value_or(""));
  way.source += way.loaded ? "" : " row " + row.at(kRowOfEvent).value_or("");
  way.read_us = Micros(row.at(kRead), 1);
  way.reader = "server " + row.at(kServer).value_or("");
  way.by_kafka = change.topic != clickhouse::kDirectTopic;
  way.produced_us = Micros(row.at(kProduced), 1000);
  way.partition = fmt::format("{} partition {}", change.topic, change.partition);
  way.offset = fmt::format("offset {}", change.offset);
  way.inserted = true;
  way.inserted_us = Micros(row.at(kInserted), 1000);
  way.part = fmt::format("{} part {}", name_, row.at(kPart).value_or(""));
  const bool has_before = change.op == "u" || change.op == "d";
  const bool has_after = change.op == "r" || change.op == "c" || change.op == "u";
  change.before = has_before ? Side(row, kFirstValue) : std::nullopt;
  change.after = has_after ? Side(row, kFirstValue + columns_.size()) : std::nullopt;
  const size_t values = kFirstValue + (change.op == "d" ? 0 : columns_.size());
  for (const std::string& name : key_) {
    const auto column = std::ranges::find(columns_, name, &Column::name);
    const auto at = static_cast<size_t>(column - columns_.begin());
    if (has_before || has_after) {
      change.key.emplace_back(column->shown, row.at(values + at).value_or(""));
    }
  }
  return change;
}

// The entries of the current rows that belong to the changes: by key, or of a keyless table by
// version.
std::string HistoryTable::EntriesSql(const std::vector<Change>& changes) const {
  std::string keys;
  std::string values;
  for (const std::string& name : key_) {
    keys += (keys.empty() ? "" : ", ") + QuoteName(name);
    values += fmt::format(
        "{}assumeNotNull(if(op = 'd', {}, {}))",
        values.empty() ? "" : ", ",
        QuoteName(std::string(kBefore) + name),
        QuoteName(std::string(kAfter) + name)
    );
  }
  return fmt::format(
      "SELECT {}, _part, {}{} FROM {} WHERE ({}) IN (SELECT {} FROM {} WHERE {} AND op IN ('r', "
      "'c', 'u', 'd'))",
      fmt::format(kHighAndLow, "_version"),
      key_.empty() ? "0" : "_is_deleted",
      key_.empty() ? "" : ", " + keys,
      current_,
      key_.empty() ? "_version" : keys,
      key_.empty() ? "version" : values,
      history_,
      WherePlaces(changes)
  );
}

Status HistoryTable::See(std::vector<Change>& changes, Deadline deadline) {
  if (changes.empty()) {
    return Ok();
  }
  std::vector<Entry> entries;
  for (const auto& row : ROWHOUSE_TRY(client_.Query(EntriesSql(changes), Within(deadline)))) {
    Entry& entry = entries.emplace_back();
    entry.version = VersionAt(row, 0);
    entry.part = row.at(2).value_or("");
    entry.removes = row.at(3) == "1";
    for (size_t i = 0; i < key_.size(); ++i) {
      entry.key += row.at(4 + i).value_or("") + '\0';
    }
  }
  const auto marked = ROWHOUSE_TRY(client_.Query(
      fmt::format("SELECT {} FROM {}", fmt::format(kHighAndLow, "max(version)"), marks_),
      Within(deadline)
  ));
  MarkVisible(entries, VersionAt(marked.at(0), 0), shown_current_, changes);
  return Ok();
}

}  // namespace rowhouse::trace
