#include "types/row_encoder.h"

#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "base/varint.h"

namespace rowhouse::types {
namespace {

constexpr size_t kHeaderBytes = 5;
// Numbers, branches and marks of envelope and source; without texts.
constexpr size_t kEnvelopeBytesMax = 256;
constexpr uint8_t kNullFirst = 0;   // branch 0 of ["null", T]
constexpr uint8_t kValueThere = 2;  // branch 1

std::string HeaderOf(int32_t id) {
  const auto u = static_cast<uint32_t>(id);
  std::string out(1, '\0');
  for (int shift = 24; shift >= 0; shift -= 8) {
    out += static_cast<char>(u >> shift & 0xFF);
  }
  return out;
}

std::string AvroText(std::string_view text) {
  uint8_t size[kVarintBytesMax];
  uint8_t* end = PutZigZag(size, static_cast<int64_t>(text.size()));
  return std::string(&size[0], end) + std::string(text);
}

uint8_t* Put(uint8_t* to, std::string_view bytes) {
  if (!bytes.empty()) {
    std::memcpy(to, bytes.data(), bytes.size());
  }
  return to + bytes.size();
}

uint8_t* PutText(uint8_t* to, std::string_view text) {
  return Put(PutZigZag(to, static_cast<int64_t>(text.size())), text);
}

uint8_t* PutOptional(uint8_t* to, int64_t v) {
  *to++ = kValueThere;
  return PutZigZag(to, v);
}

const Cell* KeyRow(const Change& change, Half half) {
  return half == Half::kDelete || change.after == nullptr ? change.before : change.after;
}

// The cell of a key column: MINIMAL images leave an unchanged key out of the row after.
const Cell& KeyCell(const Change& change, const Cell* row, uint32_t column) {
  const bool absent = row[column].kind == CellKind::kAbsent && change.before != nullptr;
  return absent ? change.before[column] : row[column];
}

char LetterOf(const Change& change, Half half) {
  switch (half) {
    case Half::kDelete:
      return 'd';
    case Half::kCreate:
      return 'c';
    case Half::kWhole:
      break;
  }
  return OpLetter(change.op);
}

uint8_t* PutTransaction(uint8_t* to, const TransactionPlace& place) {
  if (place.id.empty()) [[likely]] {
    *to = kNullFirst;
    return to + 1;
  }
  *to++ = kValueThere;
  to = PutText(to, place.id);
  to = PutZigZag(to, place.total_order);
  return PutZigZag(to, place.table_order);
}

uint8_t* PutClock(uint8_t* to, int64_t now_us) {
  to = PutOptional(to, now_us / 1000);
  to = PutOptional(to, now_us);
  return PutOptional(to, now_us * 1000);
}

}  // namespace

Result<std::unique_ptr<EncodePlan>> EncodePlan::Make(
    TableSchemaPtr table, const EncodeOptions& options
) {
  const WireTable wire = ROWHOUSE_TRY(MakeWireTable(*table, options.format));
  DebeziumSchemas schemas =
      SchemasOf(*table, wire, options.topics, options.connector, options.format);
  std::unique_ptr<EncodePlan> plan(
      new EncodePlan(std::move(table), options, std::move(schemas), RowKey(wire))
  );
  plan->AddSteps(wire, options.null_as_default);
  plan->LayOutSource(options);
  plan->SetSchemaIds(0, 0);
  return plan;
}

EncodePlan::EncodePlan(
    TableSchemaPtr table, const EncodeOptions& options, DebeziumSchemas schemas, RowKey key
)
    : table_(std::move(table)),
      schemas_(std::move(schemas)),
      key_(std::move(key)),
      is_mysql_(options.connector == Connector::kMySql) {}

void EncodePlan::AddSteps(const WireTable& wire, bool null_as_default) {
  for (const WireColumn& column : wire.value) {
    steps_.push_back(ColumnStep::Make(*table_, column, null_as_default));
  }
  for (const WireColumn& column : wire.key) {
    key_steps_.push_back(ColumnStep::Make(*table_, column, null_as_default));
    const ColumnType type = table_->columns[column.column].type;
    if (type == ColumnType::kDate || type == ColumnType::kDateTime ||
        type == ColumnType::kTimestamp) {
      key_dates_.push_back(column.column);
    }
  }
}

void EncodePlan::LayOutSource(const EncodeOptions& options) {
  source_start_ = AvroText(options.version) + AvroText(ConnectorName(options.connector)) +
                  AvroText(options.topics.prefix);
  // snapshot is ["string","null"], sequence ["null","string"] with 32 characters.
  const std::string rest = AvroText(table_->id.db) + '\x02' + '\x40';
  source_snapshot_ = '\0' + AvroText("true") + rest;
  source_stream_ = '\0' + AvroText("false") + rest;
  source_table_ = '\x02' + AvroText(table_->id.table);
}

void EncodePlan::SetSchemaIds(int32_t key_id, int32_t value_id) {
  key_header_ = HeaderOf(key_id);
  value_header_ = HeaderOf(value_id);
}

bool EncodePlan::KeyHasZeroDate(const Change& change) const {
  for (const uint32_t column : key_dates_) {
    for (const Cell* const row : {change.before, change.after}) {
      if (row != nullptr && row[column].kind == CellKind::kZeroDate) {
        return true;
      }
    }
  }
  return false;
}

size_t EncodePlan::RowBytesMax(const Cell* row) const {
  if (row == nullptr) {
    return 1;
  }
  size_t bytes = 1;
  for (const ColumnStep& step : steps_) {
    bytes += step.BytesMax(row[step.column]);
  }
  return bytes;
}

Status EncodePlan::EncodeKey(const Change& change, Half half, Buffer& out) const {
  const Cell* row = KeyRow(change, half);
  CHECK(row != nullptr && has_key());
  size_t bytes = kHeaderBytes;
  for (const ColumnStep& step : key_steps_) {
    bytes += step.BytesMax(KeyCell(change, row, step.column));
  }
  uint8_t* to = Put(out.Reserve(bytes), key_header_);
  for (const ColumnStep& step : key_steps_) {
    to = EncodeCell(step, KeyCell(change, row, step.column), to);
    if (to == nullptr) [[unlikely]] {
      return NotOfItsType(step, KeyCell(change, row, step.column));
    }
  }
  out.Commit(to);
  return Ok();
}

Error EncodePlan::NotOfItsType(const ColumnStep& step, const Cell& cell) const {
  const Column& column = table_->columns[step.column];
  const std::string what = cell.kind == CellKind::kNull     ? "a NULL in a NOT NULL column"
                           : cell.kind == CellKind::kAbsent ? "the row image leaves it out"
                                                            : "not a value of its type";
  return Error(
             ErrorKind::kBadRecord,
             fmt::format(
                 "{}.{} {}: {} (kind {}, {} bytes)",
                 table_->id.ToString(),
                 column.name,
                 column.declared.empty() ? std::string(ColumnTypeName(column.type))
                                         : column.declared,
                 what,
                 static_cast<int>(cell.kind),
                 cell.size
             )
  )
      .WithHint(
          cell.kind == CellKind::kAbsent ? "SET GLOBAL binlog_row_image = 'FULL'"
                                         : "resync the table so that its schema is read again"
      );
}

uint8_t* EncodePlan::PutSource(const Change& change, uint8_t* to) const {
  const EventOrigin& origin = *change.origin;
  to = Put(to, source_start_);
  to = PutZigZag(to, origin.ts_us / 1000);
  to = Put(to, change.op == Op::kRead ? source_snapshot_ : source_stream_);
  change.Version().ToHex(reinterpret_cast<char*>(to));
  to = PutOptional(to + 32, origin.ts_us);
  to = PutOptional(to, origin.ts_us * 1000);
  to = Put(to, source_table_);
  to = PutZigZag(to, origin.server_id);
  if (origin.gtid.empty()) {
    *to++ = kNullFirst;
  } else {
    *to++ = kValueThere;
    to = PutText(to, origin.gtid);
  }
  to = PutText(to, origin.file);
  to = PutZigZag(to, static_cast<int64_t>(origin.pos));
  to = PutZigZag(to, change.op == Op::kRead ? 0 : change.row);  // a loaded row has no event
  if (is_mysql_ && origin.thread_id != 0) {
    to = PutOptional(to, static_cast<int64_t>(origin.thread_id));
  } else {
    *to++ = kNullFirst;
  }
  if (origin.query.empty()) {
    *to++ = kNullFirst;
  } else {
    *to++ = kValueThere;
    to = PutText(to, origin.query);
  }
  return to;
}

Result<uint8_t*> EncodePlan::PutRow(const Cell* row, uint8_t* to) const {
  if (row == nullptr) {
    *to = kNullFirst;
    return to + 1;
  }
  *to++ = kValueThere;
  for (const ColumnStep& step : steps_) {
    to = EncodeCell(step, row[step.column], to);
    if (to == nullptr) [[unlikely]] {
      return NotOfItsType(step, row[step.column]);
    }
  }
  return to;
}

Status EncodePlan::EncodeValue(
    const Change& change, Half half, const EnvelopeContext& context, Buffer& out
) const {
  const bool rows = change.op != Op::kTruncate;
  const Cell* before = rows && half != Half::kCreate ? change.before : nullptr;
  const Cell* after = rows && half != Half::kDelete ? change.after : nullptr;
  const size_t source = source_start_.size() + source_stream_.size() + source_table_.size() +
                        change.origin->gtid.size() + change.origin->file.size() +
                        change.origin->query.size() + context.transaction.id.size();
  uint8_t* to = out.Reserve(kEnvelopeBytesMax + source + RowBytesMax(before) + RowBytesMax(after));
  to = Put(to, value_header_);
  to = ROWHOUSE_TRY(PutRow(before, to));
  to = ROWHOUSE_TRY(PutRow(after, to));
  to = PutSource(change, to);
  to = PutTransaction(to, context.transaction);
  *to++ = 2;  // op: one character
  *to++ = static_cast<uint8_t>(LetterOf(change, half));
  out.Commit(PutClock(to, context.now_us));
  return Ok();
}

}  // namespace rowhouse::types
