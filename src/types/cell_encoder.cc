#include "types/cell_encoder.h"

#include <arpa/inet.h>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/json_text.h"
#include "base/varint.h"
#include "types/calendar.h"
#include "types/mode_values.h"
#include "types/text_values.h"

namespace rowhouse::types {
namespace {

uint8_t* PutRaw(uint8_t* to, std::string_view bytes) {
  if (!bytes.empty()) {
    std::memcpy(to, bytes.data(), bytes.size());
  }
  return to + bytes.size();
}

uint8_t* PutText(uint8_t* to, std::string_view text) {
  return PutRaw(PutZigZag(to, static_cast<int64_t>(text.size())), text);
}

uint8_t* PutFloat(uint8_t* to, float v) {
  std::memcpy(to, &v, sizeof v);
  return to + sizeof v;
}

uint8_t* PutDouble(uint8_t* to, double v) {
  std::memcpy(to, &v, sizeof v);
  return to + sizeof v;
}

bool IsNumber(CellKind kind) {
  return kind == CellKind::kInt || kind == CellKind::kUint;
}

uint8_t* PutNumber(const Cell& cell, uint8_t* to) {
  return IsNumber(cell.kind) ? PutZigZag(to, cell.i) : nullptr;
}

uint8_t* PutOf(CellKind kind, const Cell& cell, uint8_t* to) {
  return cell.kind == kind ? PutZigZag(to, cell.i) : nullptr;
}

uint8_t* PutReal(Form form, const Cell& cell, uint8_t* to) {
  if (cell.kind != CellKind::kFloat && cell.kind != CellKind::kDouble) {
    return nullptr;
  }
  return form == Form::kFloat ? PutFloat(to, static_cast<float>(cell.d)) : PutDouble(to, cell.d);
}

// Big-endian two's complement without the leading bytes that only repeat the sign.
uint8_t* PutDecimal(const Cell& cell, uint8_t* to) {
  if (cell.kind != CellKind::kDecimal) {
    return nullptr;
  }
  if (cell.size != 0) {
    return PutText(to, cell.bytes());
  }
  const uint64_t magnitude = cell.i < 0 ? ~cell.u : cell.u;
  const int bytes = (64 - std::countl_zero(magnitude)) / 8 + 1;  // one bit more for the sign
  to = PutZigZag(to, bytes);
  for (int i = bytes - 1; i >= 0; --i) {
    *to++ = static_cast<uint8_t>(cell.u >> (8 * i));
  }
  return to;
}

uint8_t* PutBits(const ColumnStep& step, const Cell& cell, uint8_t* to) {
  if (cell.kind != CellKind::kBit && !IsNumber(cell.kind)) {
    return nullptr;
  }
  if (step.form == Form::kBool) {
    *to = cell.u != 0 ? 1 : 0;
    return to + 1;
  }
  to = PutZigZag(to, step.bits_bytes);
  for (uint32_t i = 0; i < step.bits_bytes; ++i) {
    *to++ = static_cast<uint8_t>(cell.u >> (8 * i));
  }
  return to;
}

uint8_t* PutString(const Cell& cell, uint8_t* to) {
  switch (cell.kind) {
    case CellKind::kText:
    case CellKind::kJson:
    case CellKind::kBytes:
      return PutText(to, cell.bytes());
    default:
      return nullptr;
  }
}

uint8_t* PutEnum(const ColumnStep& step, const Cell& cell, uint8_t* to) {
  if (cell.kind != CellKind::kEnum) {
    return PutString(cell, to);
  }
  if (cell.u == 0) {
    return PutText(to, "");
  }
  return cell.u <= step.labels.size() ? PutText(to, step.labels[cell.u - 1]) : nullptr;
}

uint8_t* PutSet(const ColumnStep& step, const Cell& cell, uint8_t* to) {
  if (cell.kind != CellKind::kSet) {
    return PutString(cell, to);
  }
  size_t bytes = cell.u == 0 ? 0 : static_cast<size_t>(std::popcount(cell.u)) - 1;  // commas
  for (uint64_t left = cell.u; left != 0; left &= left - 1) {
    const auto label = static_cast<size_t>(std::countr_zero(left));
    if (label >= step.labels.size()) {
      return nullptr;
    }
    bytes += step.labels[label].size();
  }
  to = PutZigZag(to, static_cast<int64_t>(bytes));
  for (uint64_t left = cell.u; left != 0; left &= left - 1) {
    if (left != cell.u) {
      *to++ = ',';
    }
    to = PutRaw(to, step.labels[static_cast<size_t>(std::countr_zero(left))]);
  }
  return to;
}

// The digits of 00 to 99: two a step, as dates and clocks have them.
constexpr auto kPairs = [] {
  std::array<char, 200> pairs{};
  for (size_t i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}();

uint8_t* PutPair(uint8_t* to, uint32_t v) {
  std::memcpy(to, kPairs.data() + size_t{2} * v, 2);
  return to + 2;
}

// "2026-01-31T10:00:00.123Z" with exactly fsp digits.
uint8_t* PutZoned(const ColumnStep& step, const Cell& cell, uint8_t* to) {
  if (cell.kind != CellKind::kTimestamp) {
    return nullptr;
  }
  const int64_t micros = cell.i;
  const int64_t days = (micros >= 0 ? micros : micros - kMicrosPerDay + 1) / kMicrosPerDay;
  const auto in_day = static_cast<uint64_t>(micros - days * kMicrosPerDay);
  const CivilDate date = DateOf(days);
  if (date.year < 0 || date.year > 9999) {
    return nullptr;
  }
  const auto year = static_cast<uint32_t>(date.year);
  const auto seconds = static_cast<uint32_t>(in_day / kMicrosPerSecond);
  const auto fraction = static_cast<uint32_t>(in_day % kMicrosPerSecond);
  to = PutZigZag(to, 20 + (step.fsp == 0 ? 0 : 1 + step.fsp));
  to = PutPair(PutPair(to, year / 100), year % 100);
  *to++ = '-';
  to = PutPair(to, date.month);
  *to++ = '-';
  to = PutPair(to, date.day);
  *to++ = 'T';
  to = PutPair(to, seconds / 3600);
  *to++ = ':';
  to = PutPair(to, seconds / 60 % 60);
  *to++ = ':';
  to = PutPair(to, seconds % 60);
  if (step.fsp != 0) {
    *to = '.';
    PutPair(PutPair(PutPair(to + 1, fraction / 10'000), fraction / 100 % 100), fraction % 100);
    to += 1 + step.fsp;
  }
  *to++ = 'Z';
  return to;
}

uint8_t* PutSrid(uint8_t* to, uint32_t srid) {
  *to++ = srid == 0 ? 0 : 2;
  return srid == 0 ? to : PutZigZag(to, static_cast<int32_t>(srid));
}

// MySQL's form: SRID in four bytes, then WKB. SRID 0 is null.
uint8_t* PutGeometry(const Cell& cell, uint8_t* to) {
  ByteCursor in(AsBytes(cell.kind == CellKind::kBytes ? cell.bytes() : std::string_view()));
  const uint32_t srid = in.U32();
  if (!in.ok()) {
    return nullptr;
  }
  to = PutText(to, in.Text(in.left()));
  return PutSrid(to, srid);
}

uint8_t* PutPoint(const Cell& cell, uint8_t* to) {
  ByteCursor in(AsBytes(cell.kind == CellKind::kBytes ? cell.bytes() : std::string_view()));
  const uint32_t srid = in.U32();
  const ByteView wkb(in.data(), in.left());
  const uint8_t order = in.U8();
  const uint32_t shape = order == 1 ? in.U32() : static_cast<uint32_t>(in.BigEndian(4));
  const uint64_t x = order == 1 ? in.U64() : in.BigEndian(8);
  const uint64_t y = order == 1 ? in.U64() : in.BigEndian(8);
  if (!in.ok() || shape != 1 || order > 1) {
    return nullptr;
  }
  to = PutDouble(to, std::bit_cast<double>(x));
  to = PutDouble(to, std::bit_cast<double>(y));
  *to++ = 2;
  to = PutText(to, AsText(wkb));
  return PutSrid(to, srid);
}

// Four-byte floats, least byte first: what Avro writes too.
uint8_t* PutVector(const Cell& cell, uint8_t* to) {
  if (cell.kind != CellKind::kBytes || cell.size % 4 != 0) {
    return nullptr;
  }
  if (cell.size != 0) {
    to = PutZigZag(to, cell.size / 4);
    std::memcpy(to, cell.p, cell.size);
    to += cell.size;
  }
  *to++ = 0;
  return to;
}

uint8_t* PutUuid(const Cell& cell, uint8_t* to) {
  if (cell.kind != CellKind::kBytes) {
    return PutString(cell, to);
  }
  if (cell.size != 16) {
    return nullptr;
  }
  constexpr std::string_view kHex = "0123456789abcdef";
  to = PutZigZag(to, 36);
  for (size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) {
      *to++ = '-';
    }
    const auto b = static_cast<uint8_t>(cell.p[i]);
    *to++ = static_cast<uint8_t>(kHex[b >> 4]);
    *to++ = static_cast<uint8_t>(kHex[b & 15]);
  }
  return to;
}

uint8_t* PutInet(const Cell& cell, int family, size_t size, uint8_t* to) {
  if (cell.kind != CellKind::kBytes) {
    return PutString(cell, to);
  }
  char text[INET6_ADDRSTRLEN];
  if (cell.size != size || inet_ntop(family, cell.p, text, sizeof text) == nullptr) {
    return nullptr;
  }
  return PutText(to, text);
}

uint8_t* PutTreated(const ColumnStep& step, const Cell& cell, uint8_t* to);

uint8_t* PutAs(const ColumnStep& step, Form form, const Cell& cell, uint8_t* to) {
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
      return PutNumber(cell, to);
    case Form::kFloat:
    case Form::kWideFloat:
    case Form::kDouble:
      return PutReal(form, cell, to);
    case Form::kDecimal:
      return PutDecimal(cell, to);
    case Form::kBool:
    case Form::kBits:
      return PutBits(step, cell, to);
    case Form::kString:
    case Form::kBytes:
    case Form::kJson:
      return PutString(cell, to);
    case Form::kDate:
      return PutOf(CellKind::kDate, cell, to);
    case Form::kTime:
      return PutOf(CellKind::kTime, cell, to);
    case Form::kDateTimeMilli:
      // Whole milliseconds: the column has at most three digits.
      return cell.kind == CellKind::kDateTime ? PutZigZag(to, cell.i / 1000) : nullptr;
    case Form::kDateTimeMicro:
      return PutOf(CellKind::kDateTime, cell, to);
    case Form::kZoned:
      return PutZoned(step, cell, to);
    case Form::kYear:
      return cell.kind == CellKind::kYear ? PutZigZag(to, cell.i) : PutNumber(cell, to);
    case Form::kEnum:
      return PutEnum(step, cell, to);
    case Form::kSet:
      return PutSet(step, cell, to);
    case Form::kGeometry:
      return PutGeometry(cell, to);
    case Form::kPoint:
      return PutPoint(cell, to);
    case Form::kVector:
      return PutVector(cell, to);
    case Form::kUuid:
      return PutUuid(cell, to);
    case Form::kInet4:
      return PutInet(cell, AF_INET, 4, to);
    case Form::kInet6:
      return PutInet(cell, AF_INET6, 16, to);
    case Form::kTreated:
      return PutTreated(step, cell, to);
    case Form::kUnsupported:
      return nullptr;
    default:
      return PutByMode(form, step.scale, cell, to);
  }
}

uint8_t* PutValue(const ColumnStep& step, const Cell& cell, uint8_t* to) {
  return PutAs(step, step.form, cell, to);
}

// The value is written as if nothing were to be done to it, then hashed or cut in its place.
uint8_t* PutTreated(const ColumnStep& step, const Cell& cell, uint8_t* to) {
  if (step.treatment.kind == Treatment::Kind::kMask) {
    return PutAsterisks(step.treatment.chars, to);
  }
  const uint8_t* end = PutAs(step, step.wire_form, cell, to);
  if (end == nullptr) {
    return nullptr;
  }
  ByteCursor in(ByteView(to, static_cast<size_t>(end - to)));
  while (in.U8() >= 0x80) {  // past the length
  }
  const std::string_view value = in.Text(in.left());
  if (step.treatment.kind == Treatment::Kind::kHash) {
    return PutHash(step.treatment, value, step.chars_max, to);
  }
  const std::string_view kept = step.wire_form == Form::kBytes
                                    ? value.substr(0, step.treatment.chars)
                                    : FirstCharacters(value, step.treatment.chars);
  uint8_t* at = PutZigZag(to, static_cast<int64_t>(kept.size()));  // never longer than before
  std::memmove(at, kept.data(), kept.size());
  return at + kept.size();
}

// The cell kind of a form's dates, which may have zero parts; nullopt: they are no dates.
std::optional<CellKind> DateKind(Form form) {
  switch (form) {
    case Form::kDate:
    case Form::kConnectDate:
    case Form::kIsoDate:
      return CellKind::kDate;
    case Form::kDateTimeMilli:
    case Form::kDateTimeMicro:
    case Form::kConnectTimestamp:
    case Form::kIsoTimestamp:
    case Form::kNanoTimestamp:
      return CellKind::kDateTime;
    case Form::kZoned:
      return CellKind::kTimestamp;
    default:
      return std::nullopt;
  }
}

uint8_t* PutDefault(const ColumnStep& step, uint8_t* to) {
  if (step.optional) {
    *to++ = step.value_branch;
  }
  return PutValue(step, step.standard->cell, to);
}

// A date with a zero part is no point in time: null, else the default, else the epoch.
uint8_t* PutZeroDate(const ColumnStep& step, uint8_t* to) {
  if (step.optional) {
    *to = step.null_branch;
    return to + 1;
  }
  if (step.standard) {
    return PutDefault(step, to);
  }
  return PutValue(step, Cell::OfInt(*DateKind(step.form), 0), to);
}

// What is no ordinary value: NULL, absent, or a zero date.
uint8_t* PutOther(const ColumnStep& step, const Cell& cell, uint8_t* to) {
  if (cell.kind == CellKind::kZeroDate) {
    return DateKind(step.form) ? PutZeroDate(step, to) : nullptr;
  }
  const bool masked = step.form == Form::kTreated && step.treatment.kind == Treatment::Kind::kMask;
  if (masked && cell.kind == CellKind::kNull) {
    if (step.optional) {
      *to++ = step.value_branch;
    }
    return PutAsterisks(step.treatment.chars, to);
  }
  if (!step.optional) {
    return nullptr;
  }
  if (cell.kind == CellKind::kNull && step.null_as_default && step.standard) {
    return PutDefault(step, to);
  }
  *to = step.null_branch;
  return to + 1;
}

// The length Debezium gives the column: a hash is cut to it.
uint32_t CharsMax(const Column& column) {
  switch (column.type) {
    case ColumnType::kEnum:
      return 1;
    case ColumnType::kSet:
      return column.labels.empty() ? 1 : static_cast<uint32_t>(2 * column.labels.size() - 1);
    default:
      return column.length;
  }
}

// An Avro primitive as JSON.
std::string JsonOfAvro(std::string_view type, std::string_view avro) {
  ByteCursor in(AsBytes(avro));
  if (type == "double") {
    return JsonDouble(std::bit_cast<double>(in.U64()));
  }
  uint64_t number = 0;  // the value, or the length before it
  uint8_t byte = 0x80;
  for (int shift = 0; byte >= 0x80; shift += 7) {
    byte = in.U8();
    number |= uint64_t{byte & 0x7FU} << shift;
  }
  if (type == "int" || type == "long") {
    return std::to_string(UnZigZag(number));
  }
  const std::string_view value = in.Text(in.left());
  return type == "bytes" ? JsonOfBytes(value) : JsonOfText(value);
}

size_t LabelBytesMax(const ColumnStep& step) {
  size_t most = 0;
  size_t all = 0;
  for (const std::string& label : step.labels) {
    most = label.size() > most ? label.size() : most;
    all += label.size() + 1;
  }
  return step.wire_form == Form::kSet ? all : most;
}

}  // namespace

ColumnStep ColumnStep::Make(
    const TableSchema& table, const WireColumn& wire, bool null_as_default
) {
  const Column& column = table.columns[wire.column];
  ColumnStep step;
  step.form = wire.treatment.kind == Treatment::Kind::kNone ? wire.form : Form::kTreated;
  step.wire_form = wire.form;
  step.column = wire.column;
  step.optional = IsOptional(column, wire.form);
  step.fsp = column.fsp;
  step.bits_bytes = static_cast<uint8_t>((column.length + 7) / 8);
  step.labels = column.labels;
  step.scale = column.scale;
  step.growth =
      wire.form == Form::kHex || wire.form == Form::kBase64 || wire.form == Form::kBase64Url ? 2
                                                                                             : 1;
  step.chars_max = CharsMax(column);
  step.treatment = wire.treatment;
  step.standard = ParseDefault(column, FormOf(column));
  step.null_as_default = null_as_default;
  if (step.standard) {  // the union starts with the default's branch
    step.null_branch = 2;
    step.value_branch = 0;
  }
  step.text_bytes_max = LabelBytesMax(step) + step.treatment.chars +
                        (step.standard ? size_t{step.standard->cell.size} * step.growth : 0);
  return step;
}

std::optional<std::string> DefaultJson(const TableSchema& table, const WireColumn& wire) {
  const ColumnStep step = ColumnStep::Make(table, {wire.column, wire.form, {}}, false);
  if (!step.standard) {
    return std::nullopt;
  }
  if (wire.form == FormOf(table.columns[wire.column])) {
    return step.standard->json;
  }
  Buffer out;
  const Cell& cell = step.standard->cell;
  const uint8_t* end = PutValue(step, cell, out.Reserve(step.BytesMax(cell)));
  if (end == nullptr) {
    return std::nullopt;
  }
  out.Commit(end);
  return JsonOfAvro(RowOf(wire.form).avro, out.view());
}

bool IsOptional(const Column& column, Form form) {
  return column.nullable || form == Form::kGeometry;
}

uint8_t* EncodeCell(const ColumnStep& step, const Cell& cell, uint8_t* to) {
  switch (cell.kind) {
    case CellKind::kNull:
    case CellKind::kAbsent:
    case CellKind::kZeroDate:
      return PutOther(step, cell, to);
    default:
      break;
  }
  if (step.optional) {
    *to++ = step.value_branch;
  }
  return PutValue(step, cell, to);
}

}  // namespace rowhouse::types
