#include "mysql/binary_row.h"

#include <bit>
#include <optional>

#include <fmt/format.h>

#include "mysql/decimal.h"
#include "mysql/temporal.h"

namespace rowhouse::mysql {

namespace {

constexpr int64_t kSecond = 1'000'000;

std::optional<CellKind> KindOf(const Column& column) {
  switch (column.type) {
    case ColumnType::kTinyInt:
    case ColumnType::kSmallInt:
    case ColumnType::kMediumInt:
    case ColumnType::kInt:
    case ColumnType::kBigInt:
      return column.is_unsigned ? CellKind::kUint : CellKind::kInt;
    case ColumnType::kFloat:
      return CellKind::kFloat;
    case ColumnType::kDouble:
      return CellKind::kDouble;
    case ColumnType::kDecimal:
      return CellKind::kDecimal;
    case ColumnType::kBit:
      return CellKind::kBit;
    case ColumnType::kDate:
      return CellKind::kDate;
    case ColumnType::kTime:
      return CellKind::kTime;
    case ColumnType::kDateTime:
      return CellKind::kDateTime;
    case ColumnType::kTimestamp:
      return CellKind::kTimestamp;
    case ColumnType::kYear:
      return CellKind::kYear;
    case ColumnType::kChar:
    case ColumnType::kVarchar:
    case ColumnType::kText:
    case ColumnType::kUuid:
    case ColumnType::kInet4:
    case ColumnType::kInet6:
      return CellKind::kText;
    case ColumnType::kBinary:
    case ColumnType::kVarbinary:
    case ColumnType::kBlob:
    case ColumnType::kGeometry:
    case ColumnType::kVector:
      return CellKind::kBytes;
    case ColumnType::kJson:
      return CellKind::kJson;
    case ColumnType::kEnum:
      return CellKind::kEnum;
    case ColumnType::kSet:
      return CellKind::kSet;
    default:
      return std::nullopt;
  }
}

// The microseconds of hour, minute, second and, in long forms, fraction.
int64_t ReadClock(ByteCursor& in, bool with_fraction) {
  const int64_t hour = in.U8();
  const int64_t minute = in.U8();
  const int64_t second = in.U8();
  const int64_t fraction = with_fraction ? in.U32() : 0;
  return (hour * 3600 + minute * 60 + second) * kSecond + fraction;
}

Cell ReadDate(ByteCursor& in, CellKind kind) {
  const unsigned length = in.U8();
  const unsigned year = length >= 4 ? in.U16() : 0;
  const unsigned month = length >= 4 ? in.U8() : 0;
  const unsigned day = length >= 4 ? in.U8() : 0;
  const int64_t day_us = length >= 7 ? ReadClock(in, length >= 11) : 0;
  const CellKind counted = kind == CellKind::kTimestamp ? CellKind::kDateTime : kind;
  Cell cell = DateCell(year, month, day, day_us, counted);
  if (kind == CellKind::kTimestamp && cell.kind == CellKind::kDateTime) {
    cell.kind = CellKind::kTimestamp;  // the session's time zone is UTC
  }
  return cell;
}

Cell ReadTime(ByteCursor& in) {
  const unsigned length = in.U8();
  if (length < 8) {
    return Cell::OfInt(CellKind::kTime, 0);
  }
  const bool negative = in.U8() != 0;
  const int64_t days = in.U32();
  const int64_t us = days * 86'400 * kSecond + ReadClock(in, length >= 12);
  return Cell::OfInt(CellKind::kTime, negative ? -us : us);
}

Cell IntegerCell(CellKind kind, int64_t value) {
  return Cell::OfInt(kind, value);  // of unsigned kinds the same 64 bits
}

}  // namespace

BinaryRow::Form BinaryRow::FormOf(int wire_type) {
  switch (wire_type) {
    case 1:  // TINY
      return Form::kInt8;
    case 2:   // SHORT
    case 13:  // YEAR
      return Form::kInt16;
    case 3:  // LONG
    case 9:  // INT24
      return Form::kInt32;
    case 8:  // LONGLONG
      return Form::kInt64;
    case 4:
      return Form::kFloat;
    case 5:
      return Form::kDouble;
    case 7:   // TIMESTAMP
    case 10:  // DATE
    case 12:  // DATETIME
      return Form::kDate;
    case 11:
      return Form::kTime;
    default:
      return Form::kText;
  }
}

bool BinaryRow::Suits(Form form, CellKind kind) {
  switch (kind) {
    case CellKind::kFloat:
      return form == Form::kFloat;
    case CellKind::kDouble:
      return form == Form::kDouble;
    case CellKind::kDate:
    case CellKind::kDateTime:
    case CellKind::kTimestamp:
      return form == Form::kDate;
    case CellKind::kTime:
      return form == Form::kTime;
    case CellKind::kDecimal:
    case CellKind::kText:
    case CellKind::kBytes:
    case CellKind::kJson:
      return form == Form::kText;
    default:
      return form <= Form::kInt64;
  }
}

Result<BinaryRow> BinaryRow::Make(const TableSchema& schema, const std::vector<int>& wire_types) {
  const auto changed = [&](const std::string& what) {
    return Error(
        ErrorKind::kSchemaChanged, fmt::format("table {}: {}", schema.id.ToString(), what)
    );
  };
  if (wire_types.size() != schema.columns.size()) {
    return changed("the number of columns has changed");
  }
  BinaryRow row;
  for (size_t i = 0; i < wire_types.size(); ++i) {
    const Column& column = schema.columns[i];
    const auto kind = KindOf(column);
    if (!kind.has_value()) {
      return Error(
          ErrorKind::kUnsupported,
          fmt::format(
              "table {}, column {}: {} is no type that is known",
              schema.id.ToString(),
              column.name,
              ColumnTypeName(column.type)
          )
      );
    }
    const Form form = FormOf(wire_types[i]);
    if (!Suits(form, *kind)) {
      return changed(
          fmt::format("column {} is no longer {}", column.name, ColumnTypeName(column.type))
      );
    }
    const bool no_sign = *kind != CellKind::kInt;
    row.plans_.push_back({form, *kind, no_sign, column.scale, column.name});
  }
  return row;
}

bool BinaryRow::DecodeColumn(const ColumnPlan& plan, ByteCursor& in, Arena& arena, Cell& out) {
  const bool no_sign = plan.is_unsigned;
  switch (plan.form) {
    case Form::kInt8: {
      const uint8_t v = in.U8();
      out = IntegerCell(plan.kind, no_sign ? int64_t{v} : int64_t{static_cast<int8_t>(v)});
      return true;
    }
    case Form::kInt16: {
      const uint16_t v = in.U16();
      out = IntegerCell(plan.kind, no_sign ? int64_t{v} : int64_t{static_cast<int16_t>(v)});
      return true;
    }
    case Form::kInt32: {
      const uint32_t v = in.U32();
      out = IntegerCell(plan.kind, no_sign ? int64_t{v} : int64_t{static_cast<int32_t>(v)});
      return true;
    }
    case Form::kInt64:
      out = IntegerCell(plan.kind, static_cast<int64_t>(in.U64()));
      return true;
    case Form::kFloat:
      out = Cell::OfDouble(plan.kind, double{std::bit_cast<float>(in.U32())});
      return true;
    case Form::kDouble:
      out = Cell::OfDouble(plan.kind, std::bit_cast<double>(in.U64()));
      return true;
    case Form::kDate:
      out = ReadDate(in, plan.kind);
      return true;
    case Form::kTime:
      out = ReadTime(in);
      return true;
    case Form::kText: {
      const std::string_view text = in.Text(in.PackedInt());
      if (plan.kind == CellKind::kDecimal) {
        return DecimalFromText(text, plan.scale, arena, out);
      }
      out = Cell::OfBytes(plan.kind, text);
      return true;
    }
  }
  return false;
}

Result<const Cell*> BinaryRow::Decode(ByteView packet, Arena& arena) const {
  constexpr size_t kNullBitsSkipped = 2;
  ByteCursor in(packet);
  in.Skip(1);  // 0x00
  const ByteView nulls = in.Bytes((plans_.size() + kNullBitsSkipped + 7) / 8);
  Cell* const cells = arena.AllocateArray<Cell>(plans_.size());
  for (size_t i = 0; i < plans_.size() && in.ok(); ++i) {
    const size_t bit = i + kNullBitsSkipped;
    if ((nulls[bit / 8] >> (bit % 8) & 1) != 0) {
      cells[i] = Cell::Null();
    } else if (!DecodeColumn(plans_[i], in, arena, cells[i]) || !in.ok()) {
      return Error(ErrorKind::kBadRecord, "column " + plans_[i].name + ": its bytes make no value");
    }
  }
  if (!in.ok()) {
    return Error(ErrorKind::kBadRecord, "the row's packet is cut short");
  }
  return static_cast<const Cell*>(cells);
}

}  // namespace rowhouse::mysql
