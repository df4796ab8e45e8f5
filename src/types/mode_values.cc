#include "types/mode_values.h"

#include <bit>
#include <cstring>

#include "base/varint.h"
#include "types/format.h"
#include "types/text_values.h"

namespace rowhouse::types {
namespace {

bool IsNumber(CellKind kind) {
  return kind == CellKind::kInt || kind == CellKind::kUint;
}

uint8_t* PutDecimalDouble(const Cell& cell, uint8_t scale, uint8_t* to) {
  double v = 0;
  if (!DecimalToDouble(cell, scale, v)) {
    return nullptr;
  }
  std::memcpy(to, &v, sizeof v);
  return to + sizeof v;
}

// BIGINT UNSIGNED as a decimal: big-endian, with room for the sign.
uint8_t* PutUnsignedDecimal(const Cell& cell, uint8_t* to) {
  if (!IsNumber(cell.kind)) {
    return nullptr;
  }
  const int bytes = (64 - std::countl_zero(cell.u)) / 8 + 1;
  to = PutZigZag(to, bytes);
  for (int i = bytes - 1; i >= 0; --i) {
    *to++ = i > 7 ? uint8_t{0} : static_cast<uint8_t>(cell.u >> (8 * i));
  }
  return to;
}

uint8_t* PutBinaryText(Form form, const Cell& cell, uint8_t* to) {
  if (cell.kind != CellKind::kBytes && cell.kind != CellKind::kText) {
    return nullptr;
  }
  if (form == Form::kHex) {
    return PutHex(cell.bytes(), to);
  }
  const bool url = form == Form::kBase64Url;
  return PutBase64(cell.bytes(), url ? BinaryMode::kBase64Url : BinaryMode::kBase64, to);
}

uint8_t* PutIso(Form form, const Cell& cell, uint8_t* to) {
  if (form == Form::kIsoDate) {
    return cell.kind == CellKind::kDate ? PutIsoDate(cell.i, to) : nullptr;
  }
  if (form == Form::kIsoTime) {
    return cell.kind == CellKind::kTime ? PutIsoTime(cell.i, to) : nullptr;
  }
  return cell.kind == CellKind::kDateTime ? PutIsoTimestamp(cell.i, to) : nullptr;
}

// Nanoseconds since the epoch reach from 1677 to 2262 only.
uint8_t* PutNanos(CellKind kind, const Cell& cell, uint8_t* to) {
  int64_t nanos = 0;
  const bool fits = cell.kind == kind && !__builtin_mul_overflow(cell.i, int64_t{1000}, &nanos);
  return fits ? PutZigZag(to, nanos) : nullptr;
}

// Towards the past, as Java does: half a second before 1970 is second -1.
int64_t FloorMillis(int64_t micros) {
  return micros / 1000 - (micros % 1000 < 0 ? 1 : 0);
}

// Connect's Time is 32 bits: 596 hours either way, of the 838 a TIME can have.
uint8_t* PutTimeMillis(const Cell& cell, uint8_t* to) {
  const int64_t millis = FloorMillis(cell.i);
  const bool fits = cell.kind == CellKind::kTime && millis == static_cast<int32_t>(millis);
  return fits ? PutZigZag(to, millis) : nullptr;
}

}  // namespace

uint8_t* PutByMode(Form form, uint8_t scale, const Cell& cell, uint8_t* to) {
  switch (form) {
    case Form::kUInt64Exact:
      return PutUnsignedDecimal(cell, to);
    case Form::kDecimalDouble:
      return PutDecimalDouble(cell, scale, to);
    case Form::kDecimalText:
      return PutDecimalText(cell, scale, to);
    case Form::kBase64:
    case Form::kBase64Url:
    case Form::kHex:
      return PutBinaryText(form, cell, to);
    case Form::kConnectDate:
      return cell.kind == CellKind::kDate ? PutZigZag(to, cell.i) : nullptr;
    case Form::kConnectTime:
      return PutTimeMillis(cell, to);
    case Form::kConnectTimestamp:
      return cell.kind == CellKind::kDateTime ? PutZigZag(to, FloorMillis(cell.i)) : nullptr;
    case Form::kIsoDate:
    case Form::kIsoTime:
    case Form::kIsoTimestamp:
      return PutIso(form, cell, to);
    case Form::kNanoTime:
      return PutNanos(CellKind::kTime, cell, to);
    case Form::kNanoTimestamp:
      return PutNanos(CellKind::kDateTime, cell, to);
    default:
      return nullptr;
  }
}

}  // namespace rowhouse::types
