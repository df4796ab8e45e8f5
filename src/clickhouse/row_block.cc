#include "clickhouse/row_block.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "base/varint.h"
#include "clickhouse/client.h"
#include "clickhouse/type_join.h"
#include "types/calendar.h"
#include "types/type_table.h"
#include "types/wire_table.h"

namespace rowhouse::clickhouse {
namespace {

using types::Form;

static_assert(std::endian::native == std::endian::little, "Native is little-endian, as cells are");

constexpr int64_t kMillis = 1'000;
constexpr std::string_view kNumberName = "_block_row";

template <typename T>
void Put(Buffer& out, T value) {
  uint8_t* to = out.Reserve(sizeof value);
  std::memcpy(to, &value, sizeof value);
  out.Commit(to + sizeof value);
}

// The least bytes of a number.
void PutNumber(Buffer& out, uint64_t value, size_t width) {
  uint8_t* to = out.Reserve(sizeof value);
  std::memcpy(to, &value, sizeof value);
  out.Commit(to + width);
}

void PutZeros(Buffer& out, size_t bytes) {
  uint8_t* to = out.Reserve(bytes);
  std::memset(to, 0, bytes);
  out.Commit(to + bytes);
}

void PutText(Buffer& out, std::string_view text) {
  uint8_t* to = PutVarint(out.Reserve(kVarintBytesMax + text.size()), text.size());
  if (!text.empty()) {
    std::memcpy(to, text.data(), text.size());
  }
  out.Commit(to + text.size());
}

// Big-endian two's complement, as little-endian of a fixed width; false where it is too wide.
bool PutDecimal(Buffer& out, std::string_view big_endian, size_t width) {
  if (big_endian.empty() || big_endian.size() > width) {
    return false;
  }
  const bool negative = (static_cast<uint8_t>(big_endian.front()) & 0x80) != 0;
  uint8_t* to = out.Reserve(width);
  std::memset(to, negative ? 0xFF : 0, width);
  std::reverse_copy(big_endian.begin(), big_endian.end(), to);
  out.Commit(to + width);
  return true;
}

void PutDecimal(Buffer& out, int64_t value, size_t width) {
  uint8_t* to = out.Reserve(width < sizeof value ? sizeof value : width);
  std::memset(to, value < 0 ? 0xFF : 0, width);
  std::memcpy(to, &value, sizeof value);
  out.Commit(to + width);
}

// The bytes of "Decimal(p, s)".
uint8_t DecimalWidth(std::string_view type) {
  constexpr std::string_view kStart = "Decimal(";
  unsigned precision = 0;
  const std::string_view digits = type.substr(type.find(kStart) + kStart.size());
  std::from_chars(digits.data(), digits.data() + digits.size(), precision);
  return precision <= 9 ? 4 : precision <= 18 ? 8 : precision <= 38 ? 16 : 32;
}

// The bytes of "Int8" .. "UInt64"; 0: no such type.
uint8_t IntegerWidth(std::string_view type) {
  const size_t digits = type.starts_with("UInt") ? 4 : 3;
  if (digits == 3 && !type.starts_with("Int")) {
    return 0;
  }
  unsigned bits = 0;
  const auto [end, error] = std::from_chars(type.data() + digits, type.data() + type.size(), bits);
  const bool whole = error == std::errc() && end == type.data() + type.size();
  return whole && bits <= 64 ? static_cast<uint8_t>(bits / 8) : 0;
}

int64_t DivisorOf(uint8_t fsp) {
  int64_t divisor = 1;
  for (int digits = fsp; digits < 6; ++digits) {
    divisor *= 10;
  }
  return divisor;
}

int64_t ReadZigZag(const uint8_t*& at) {
  uint64_t value = 0;
  int shift = 0;
  while (*at >= 0x80) {
    value |= uint64_t{*at++ & 0x7FU} << shift;
    shift += 7;
  }
  value |= uint64_t{*at++} << shift;
  return UnZigZag(value);
}

std::string_view ReadText(const uint8_t*& at) {
  const auto size = static_cast<size_t>(ReadZigZag(at));
  const std::string_view text(reinterpret_cast<const char*>(at), size);
  at += size;
  return text;
}

// "2026-01-31T10:00:00.5Z", as the encoder writes it, in microseconds.
int64_t MicrosOf(std::string_view zoned) {
  const auto number = [&](size_t at, size_t digits) {
    int64_t value = 0;
    std::from_chars(zoned.data() + at, zoned.data() + at + digits, value);
    return value;
  };
  const types::CivilDate date{
      static_cast<int32_t>(number(0, 4)),
      static_cast<uint32_t>(number(5, 2)),
      static_cast<uint32_t>(number(8, 2))};
  int64_t micros =
      types::DaysOf(date) * types::kMicrosPerDay +
      (number(11, 2) * 3600 + number(14, 2) * 60 + number(17, 2)) * types::kMicrosPerSecond;
  const size_t fraction = zoned.size() > 20 ? zoned.size() - 21 : 0;
  if (fraction > 0) {
    micros += number(20, fraction) * DivisorOf(static_cast<uint8_t>(fraction));
  }
  return micros;
}

bool IsWholeNumber(CellKind kind) {
  return kind == CellKind::kInt || kind == CellKind::kUint || kind == CellKind::kYear ||
         kind == CellKind::kBit;
}

// How a value is sent.
struct DirectForm {
  LaneKind kind;
  uint8_t width = 0;
  int64_t divisor = 1;
};

std::optional<DirectForm> DirectFormOf(
    Form form, const Column& column, const std::string& target, bool wide_dates
) {
  switch (form) {
    case Form::kInt8:
    case Form::kUInt8:
    case Form::kInt16:
    case Form::kUInt16:
    case Form::kUInt24:
    case Form::kInt32:
    case Form::kUInt32:
    case Form::kInt64:
    case Form::kUInt64:
    case Form::kYear:
    case Form::kBits:
      if (const uint8_t width = IntegerWidth(target)) {
        return DirectForm{LaneKind::kInteger, width};
      }
      return std::nullopt;
    case Form::kBool:
      return DirectForm{LaneKind::kInteger, 1};
    case Form::kFloat:
    case Form::kWideFloat:
      return DirectForm{LaneKind::kFloat32};
    case Form::kDouble:
      return DirectForm{LaneKind::kFloat64};
    case Form::kDecimal:
      return DirectForm{LaneKind::kDecimal, DecimalWidth(target)};
    case Form::kString:
    case Form::kBytes:
    case Form::kJson:
      return target == "String" ? std::optional(DirectForm{LaneKind::kText}) : std::nullopt;
    case Form::kDate:
      return wide_dates ? std::optional(DirectForm{LaneKind::kDays}) : std::nullopt;
    case Form::kDateTimeMilli:
    case Form::kDateTimeMicro:
    case Form::kZoned:
      return wide_dates ? std::optional(DirectForm{LaneKind::kDateTime, 8, DivisorOf(column.fsp)})
                        : std::nullopt;
    default:
      return std::nullopt;
  }
}

// As the stream's queue reads it.
DirectForm QueueForm(std::string_view avro, const std::string& queue_type) {
  if (avro == "int" || avro == "long") {
    return {LaneKind::kInteger, 8};
  }
  if (avro == "boolean") {
    return {LaneKind::kInteger, 1};
  }
  if (avro == "float" || avro == "double") {
    return {LaneKind::kFloat64};
  }
  if (avro == "array") {
    return {LaneKind::kFloats};
  }
  return queue_type.find("Decimal(") == std::string::npos
             ? DirectForm{LaneKind::kText}
             : DirectForm{LaneKind::kDecimal, DecimalWidth(queue_type)};
}

}  // namespace

Result<Lane> LaneOf(
    const TableSchema& table,
    const types::ClickHouseColumn& column,
    const std::string& target,
    const types::ClickHouseOptions& types
) {
  const types::WireTable wire = ROWHOUSE_TRY(types::MakeWireTable(table, types.format));
  const auto at = std::find_if(wire.value.begin(), wire.value.end(), [&](const auto& w) {
    return w.column == column.source;
  });
  CHECK(at != wire.value.end());
  const Column& source = table.columns[column.source];
  const types::TypeRow& row = types::RowOf(at->form);
  Lane lane;
  lane.name = "from_" + column.name;
  lane.step = types::ColumnStep::Make(table, *at, false);
  const bool shape = row.avro == "record";
  if (shape && column.path.ends_with(".srid")) {
    lane.kind = LaneKind::kSrid;
    lane.type = column.queue_type;
    return lane;
  }
  const std::string plain = WithoutNull(target);
  const bool unchanged = at->treatment.kind == types::Treatment::Kind::kNone &&
                         !types.overrides.contains(source.name) &&
                         SameType(plain, WithoutNull(column.type)) &&
                         (!lane.step.optional || HoldsNull(target));
  std::optional<DirectForm> form;
  if (unchanged) {
    form = DirectFormOf(at->form, source, plain, types.wide_dates);
  }
  lane.as_it_is = form.has_value();
  if (!form) {
    form = QueueForm(row.avro, column.queue_type);
  }
  lane.kind = form->kind;
  lane.width = form->width;
  lane.divisor = form->divisor;
  const std::string base = lane.as_it_is ? plain : WithoutNull(column.queue_type);
  lane.type = lane.step.optional || shape ? WithNull(base) : base;
  return lane;
}

RowBlock::RowBlock(TableSchemaPtr table, const std::vector<Lane>& lanes, Mark mark)
    : table_(std::move(table)), lanes_(lanes), mark_(mark), columns_(lanes.size()) {
  for (size_t i = 0; i < lanes.size(); ++i) {
    columns_[i].nullable = lanes[i].type.starts_with("Nullable(");
  }
}

Status RowBlock::Append(const Cell* row, RowVersion version) {
  for (size_t i = 0; i < lanes_.size(); ++i) {
    const Lane& lane = lanes_[i];
    const Cell& cell = row[lane.step.column];
    if (!AppendCell(lane, cell, columns_[i])) [[unlikely]] {
      return Error(
                 ErrorKind::kBadRecord,
                 fmt::format(
                     "table {}, column {}: the source gave a value that is none of its type",
                     table_->id.ToString(),
                     table_->columns[lane.step.column].name
                 )
      )
          .WithHint("was the table altered meanwhile? run it again");
    }
  }
  if (mark_ == Mark::kNumber) {
    Put(marks_, static_cast<uint32_t>(rows_));
  } else if (mark_ == Mark::kVersion) {
    Put(marks_, version.low);
    Put(marks_, version.high);
    Put(signs_, int8_t{1});
  }
  ++rows_;
  return Ok();
}

bool RowBlock::AppendCell(const Lane& lane, const Cell& cell, Column& column) {
  return AppendQuickly(lane, cell, column) || AppendByAvro(lane, cell, column);
}

// What is common needs no detour.
bool RowBlock::AppendQuickly(const Lane& lane, const Cell& cell, Column& column) {
  if (!lane.as_it_is) {
    return false;
  }
  switch (lane.kind) {
    case LaneKind::kInteger:
      if (!IsWholeNumber(cell.kind)) {
        return false;
      }
      PutNumber(column.data, lane.step.form == Form::kBool ? cell.u != 0 : cell.u, lane.width);
      break;
    case LaneKind::kText:
      if (cell.kind != CellKind::kText && cell.kind != CellKind::kBytes &&
          cell.kind != CellKind::kJson) {
        return false;
      }
      PutText(column.data, cell.bytes());
      break;
    case LaneKind::kDecimal:
      if (cell.kind != CellKind::kDecimal || cell.size != 0) {
        return false;
      }
      PutDecimal(column.data, cell.i, lane.width);
      break;
    case LaneKind::kDateTime:
      if (cell.kind != CellKind::kDateTime && cell.kind != CellKind::kTimestamp) {
        return false;
      }
      Put(column.data, cell.i / lane.divisor);
      break;
    case LaneKind::kDays:
      if (cell.kind != CellKind::kDate) {
        return false;
      }
      Put(column.data, static_cast<int32_t>(cell.i));
      break;
    default:
      return false;
  }
  if (column.nullable) {
    Put(column.nulls, uint8_t{0});
  }
  return true;
}

// By the very bytes that the stream would have sent.
bool RowBlock::AppendByAvro(const Lane& lane, const Cell& cell, Column& column) {
  avro_.Clear();
  const uint8_t* at = avro_.Reserve(lane.step.BytesMax(cell));
  const uint8_t* const end =
      types::EncodeCell(lane.step, cell, avro_.Reserve(lane.step.BytesMax(cell)));
  if (end == nullptr) {
    return false;
  }
  if (lane.step.optional && *at++ == lane.step.null_branch) {
    AppendNull(lane, column);
    return true;
  }
  return AppendAvroValue(lane, at, end, column);
}

void RowBlock::AppendNull(const Lane& lane, Column& column) {
  if (column.nullable) {
    Put(column.nulls, uint8_t{1});
  }
  switch (lane.kind) {
    case LaneKind::kInteger:
    case LaneKind::kDecimal:
      PutZeros(column.data, lane.width);
      break;
    case LaneKind::kFloat32:
    case LaneKind::kDays:
      PutZeros(column.data, 4);
      break;
    case LaneKind::kFloat64:
    case LaneKind::kDateTime:
    case LaneKind::kSrid:
      PutZeros(column.data, 8);
      break;
    case LaneKind::kText:
      PutZeros(column.data, 1);
      break;
    case LaneKind::kFloats:
      Put(column.offsets, uint64_t{column.data.size() / sizeof(float)});
      break;
  }
}

// A geometry's record: WKB and SRID, of a point x and y before them.
void RowBlock::AppendShape(const Lane& lane, const uint8_t* at, Column& column) {
  at += lane.step.form == Form::kPoint ? 2 * sizeof(double) + 1 : 0;  // x, y, wkb's branch
  const std::string_view wkb = ReadText(at);
  const bool has_srid = *at++ != 0;
  if (lane.kind == LaneKind::kSrid && !has_srid) {
    AppendNull(lane, column);
    return;
  }
  lane.kind == LaneKind::kSrid ? Put(column.data, ReadZigZag(at)) : PutText(column.data, wkb);
  Put(column.nulls, uint8_t{0});
}

bool RowBlock::AppendAvroValue(
    const Lane& lane, const uint8_t* at, const uint8_t* end, Column& column
) {
  const bool treated = lane.step.form == Form::kTreated;
  const std::string_view avro = types::RowOf(treated ? Form::kString : lane.step.form).avro;
  if (avro == "record") {
    AppendShape(lane, at, column);
    return true;
  }
  if (column.nullable) {
    Put(column.nulls, uint8_t{0});
  }
  switch (lane.kind) {
    case LaneKind::kInteger: {
      if (avro == "boolean") {
        Put(column.data, *at);
      } else if (avro == "bytes") {  // BIT(n): least byte first
        const std::string_view bits = ReadText(at);
        uint64_t value = 0;
        std::memcpy(&value, bits.data(), std::min(bits.size(), sizeof value));
        PutNumber(column.data, value, lane.width);
      } else {
        PutNumber(column.data, static_cast<uint64_t>(ReadZigZag(at)), lane.width);
      }
      return true;
    }
    case LaneKind::kFloat32:
    case LaneKind::kFloat64: {
      double value = 0;
      if (avro == "float") {
        float narrow = 0;
        std::memcpy(&narrow, at, sizeof narrow);
        value = narrow;
      } else {
        std::memcpy(&value, at, sizeof value);
      }
      lane.kind == LaneKind::kFloat32 ? Put(column.data, static_cast<float>(value))
                                      : Put(column.data, value);
      return true;
    }
    case LaneKind::kDecimal:
      return PutDecimal(column.data, ReadText(at), lane.width);
    case LaneKind::kText:
      PutText(column.data, ReadText(at));
      return true;
    case LaneKind::kFloats:
      // One block of all items, or none; then the end.
      if (const int64_t items = ReadZigZag(at); items != 0) {
        column.data.Append({reinterpret_cast<const char*>(at), static_cast<size_t>(end - at) - 1});
      }
      Put(column.offsets, uint64_t{column.data.size() / sizeof(float)});
      return true;
    case LaneKind::kDays:
      Put(column.data, static_cast<int32_t>(ReadZigZag(at)));
      return true;
    case LaneKind::kDateTime: {
      int64_t micros = 0;
      if (avro == "string") {
        micros = MicrosOf(ReadText(at));
      } else {
        micros = ReadZigZag(at) * (lane.step.form == Form::kDateTimeMilli ? kMillis : 1);
      }
      Put(column.data, micros / lane.divisor);
      return true;
    }
    case LaneKind::kSrid:
      break;
  }
  return false;
}

size_t RowBlock::bytes() const {
  size_t bytes = marks_.size() + signs_.size();
  for (const Column& column : columns_) {
    bytes += column.nulls.size() + column.data.size() + column.offsets.size();
  }
  return bytes;
}

void RowBlock::Clear() {
  for (Column& column : columns_) {
    column.nulls.Clear();
    column.data.Clear();
    column.offsets.Clear();
  }
  marks_.Clear();
  signs_.Clear();
  rows_ = 0;
}

std::vector<std::string_view> RowBlock::Pieces(std::vector<std::string>& heads) const {
  const auto varint = [](uint64_t value) {
    uint8_t bytes[kVarintBytesMax];
    uint8_t* const end = PutVarint(bytes, value);
    return std::string(&bytes[0], end);
  };
  const auto text = [&](std::string_view value) {
    return varint(value.size()) + std::string(value);
  };
  const size_t extra = mark_ == Mark::kNone ? 0 : mark_ == Mark::kNumber ? 1 : 2;
  std::vector<std::string_view> pieces;
  heads.reserve(lanes_.size() + extra + 1);
  const auto head = [&](std::string bytes) {
    heads.push_back(std::move(bytes));
    pieces.push_back(heads.back());
  };
  head(varint(lanes_.size() + extra) + varint(rows_));
  if (mark_ == Mark::kNumber) {
    head(text(kNumberName) + text("UInt32"));
    pieces.push_back(marks_.view());
  } else if (mark_ == Mark::kVersion) {
    head(text("_version") + text("UInt128"));
    pieces.push_back(marks_.view());
    head(text("_sign") + text("Int8"));
    pieces.push_back(signs_.view());
  }
  for (size_t i = 0; i < lanes_.size(); ++i) {
    head(text(lanes_[i].name) + text(lanes_[i].type));
    pieces.push_back(columns_[i].nulls.view());
    pieces.push_back(columns_[i].offsets.view());
    pieces.push_back(columns_[i].data.view());
  }
  return pieces;
}

std::string RowBlock::Native() const {
  std::vector<std::string> heads;
  std::string all;
  all.reserve(bytes() + lanes_.size() * 64);
  for (const std::string_view piece : Pieces(heads)) {
    all += piece;
  }
  return all;
}

http::BodySource RowBlock::Source() const {
  struct State {
    std::vector<std::string> heads;
    std::vector<std::string_view> pieces;
    size_t next = 0;
  };

  const auto state = std::make_shared<State>();
  state->pieces = Pieces(state->heads);
  return [state](char* into, size_t size) -> Result<size_t> {
    size_t written = 0;
    while (written < size && state->next < state->pieces.size()) {
      std::string_view& piece = state->pieces[state->next];
      const size_t part = std::min(piece.size(), size - written);
      if (part != 0) {
        std::memcpy(into + written, piece.data(), part);
      }
      written += part;
      piece.remove_prefix(part);
      state->next += piece.empty() ? 1 : 0;
    }
    return written;
  };
}

std::string RowBlock::Structure() const {
  std::string out = mark_ == Mark::kNumber    ? "`_block_row` UInt32"
                    : mark_ == Mark::kVersion ? "`_version` UInt128, `_sign` Int8"
                                              : "";
  for (const Lane& lane : lanes_) {
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", QuoteName(lane.name), lane.type);
  }
  return out;
}

std::string RowBlock::Names() const {
  std::string out = mark_ == Mark::kNumber    ? "`_block_row`"
                    : mark_ == Mark::kVersion ? "`_version`, `_sign`"
                                              : "";
  for (const Lane& lane : lanes_) {
    out += (out.empty() ? "" : ", ") + QuoteName(lane.name);
  }
  return out;
}

}  // namespace rowhouse::clickhouse
