#include "mysql/table_map.h"

#include <array>
#include <optional>

#include <fmt/format.h>

#include "mysql/charset.h"

namespace rowhouse::mysql {

namespace {

// Codes of the optional metadata fields.
enum class Field : uint8_t {
  kSignedness = 1,
  kDefaultCharset = 2,
  kColumnCharset = 3,
  kColumnName = 4,
  kSetLabels = 5,
  kEnumLabels = 6,
  kGeometryType = 7,
  kSimplePrimaryKey = 8,
  kPrefixPrimaryKey = 9,
  kEnumAndSetDefaultCharset = 10,
  kEnumAndSetColumnCharset = 11,
  kVectorDimensions = 13,
};

constexpr size_t kFieldsEnd = 16;
using Fields = std::array<std::optional<ByteView>, kFieldsEnd>;

Error Malformed(std::string_view what) {
  return {ErrorKind::kBadRecord, fmt::format("its {} is cut short or contradicts itself", what)};
}

Error Unsupported(std::string message) {
  return {ErrorKind::kUnsupported, std::move(message)};
}

// The columns the signedness field counts: YEAR too, though BIT not (so both servers write it).
bool IsNumeric(WireType type) {
  switch (type) {
    case WireType::kYear:
    case WireType::kTiny:
    case WireType::kShort:
    case WireType::kInt24:
    case WireType::kLong:
    case WireType::kLongLong:
    case WireType::kNewDecimal:
    case WireType::kFloat:
    case WireType::kDouble:
      return true;
    default:
      return false;
  }
}

// The columns the charset fields count; the servers differ in two types that have none.
bool CountsAsCharacter(WireType type, Flavor flavor) {
  switch (type) {
    case WireType::kString:
    case WireType::kVarString:
    case WireType::kVarchar:
    case WireType::kBlob:
    case WireType::kBlobCompressed:
    case WireType::kVarcharCompressed:
      return true;
    case WireType::kGeometry:
      return flavor == Flavor::kMariaDb;
    case WireType::kVector:
      return flavor == Flavor::kMySql;
    default:
      return false;
  }
}

bool IsOldTemporal(WireType type) {
  return type == WireType::kOldTime || type == WireType::kOldDateTime ||
         type == WireType::kOldTimestamp;
}

bool HasLabels(WireType type) {
  return type == WireType::kEnum || type == WireType::kSet;
}

bool IsKnown(WireType type) {
  switch (type) {
    case WireType::kOldTimestamp:
    case WireType::kOldTime:
    case WireType::kOldDateTime:
    case WireType::kBlobCompressed:
    case WireType::kVarcharCompressed:
    case WireType::kVector:
    case WireType::kJson:
    case WireType::kGeometry:
    case WireType::kTiny:
    case WireType::kShort:
    case WireType::kLong:
    case WireType::kFloat:
    case WireType::kDouble:
    case WireType::kLongLong:
    case WireType::kInt24:
    case WireType::kDate:
    case WireType::kYear:
    case WireType::kVarchar:
    case WireType::kBit:
    case WireType::kTimestamp:
    case WireType::kDateTime:
    case WireType::kTime:
    case WireType::kNewDecimal:
    case WireType::kEnum:
    case WireType::kSet:
    case WireType::kBlob:
    case WireType::kVarString:
    case WireType::kString:
      return true;
    default:
      return false;
  }
}

// CHAR, BINARY, ENUM and SET share a code; the first metadata byte tells them apart, and holds
// two more bits of the length, inverted, where it is no type.
WireColumn StringColumn(uint8_t first, uint8_t second) {
  constexpr uint8_t kLengthBits = 0x30;
  if ((first & kLengthBits) != kLengthBits) {
    const auto high = static_cast<uint32_t>((first & kLengthBits) ^ kLengthBits) << 4;
    return {static_cast<WireType>(first | kLengthBits), high | second};
  }
  return {static_cast<WireType>(first), second};
}

// Reads the type's metadata; sets what the column's declaration says.
WireColumn ReadWireColumn(uint8_t code, ByteCursor& metadata, Column& column) {
  WireColumn wire{static_cast<WireType>(code), 0};
  switch (wire.type) {
    case WireType::kString:
    case WireType::kEnum:
    case WireType::kSet: {
      const uint8_t first = metadata.U8();
      return StringColumn(first, metadata.U8());
    }
    case WireType::kVarchar:
    case WireType::kVarString:
    case WireType::kVarcharCompressed:
      wire.bytes = metadata.U16();
      break;
    case WireType::kBit: {
      const uint8_t bits = metadata.U8();
      const uint8_t bytes = metadata.U8();
      column.length = bytes * 8U + bits;
      wire.bytes = bytes + (bits > 0 ? 1U : 0U);
      break;
    }
    case WireType::kNewDecimal:
      column.precision = metadata.U8();
      column.scale = metadata.U8();
      break;
    case WireType::kTimestamp:
    case WireType::kDateTime:
    case WireType::kTime:
      column.fsp = metadata.U8();
      break;
    case WireType::kFloat:
    case WireType::kDouble:
    case WireType::kBlob:
    case WireType::kBlobCompressed:
    case WireType::kGeometry:
    case WireType::kJson:
    case WireType::kVector:
      wire.bytes = metadata.U8();
      break;
    default:
      break;
  }
  return wire;
}

bool WidthsAreSane(const WireColumn& wire, const Column& column) {
  switch (wire.type) {
    case WireType::kBlob:
    case WireType::kBlobCompressed:
    case WireType::kGeometry:
    case WireType::kJson:
    case WireType::kVector:
      return wire.bytes >= 1 && wire.bytes <= 4;
    case WireType::kVarcharCompressed:
      return wire.bytes >= 1;
    case WireType::kEnum:
      return wire.bytes >= 1 && wire.bytes <= 2;
    case WireType::kSet:
      return wire.bytes >= 1 && wire.bytes <= 8;
    case WireType::kBit:
      return column.length >= 1 && column.length <= 64;
    case WireType::kNewDecimal:
      return column.precision >= 1 && column.precision <= 65 && column.scale <= 38 &&
             column.scale <= column.precision;
    case WireType::kTimestamp:
    case WireType::kDateTime:
    case WireType::kTime:
      return column.fsp <= 6;
    default:
      return true;
  }
}

ColumnType TypeOf(WireType wire, uint16_t collation) {
  const bool binary = collation == kBinaryCollation;
  switch (wire) {
    case WireType::kTiny:
      return ColumnType::kTinyInt;
    case WireType::kShort:
      return ColumnType::kSmallInt;
    case WireType::kInt24:
      return ColumnType::kMediumInt;
    case WireType::kLong:
      return ColumnType::kInt;
    case WireType::kLongLong:
      return ColumnType::kBigInt;
    case WireType::kFloat:
      return ColumnType::kFloat;
    case WireType::kDouble:
      return ColumnType::kDouble;
    case WireType::kNewDecimal:
      return ColumnType::kDecimal;
    case WireType::kBit:
      return ColumnType::kBit;
    case WireType::kDate:
      return ColumnType::kDate;
    case WireType::kTime:
    case WireType::kOldTime:
      return ColumnType::kTime;
    case WireType::kDateTime:
    case WireType::kOldDateTime:
      return ColumnType::kDateTime;
    case WireType::kTimestamp:
    case WireType::kOldTimestamp:
      return ColumnType::kTimestamp;
    case WireType::kJson:
      return ColumnType::kJson;
    case WireType::kGeometry:
      return ColumnType::kGeometry;
    case WireType::kVector:
      return ColumnType::kVector;
    case WireType::kYear:
      return ColumnType::kYear;
    case WireType::kEnum:
      return ColumnType::kEnum;
    case WireType::kSet:
      return ColumnType::kSet;
    case WireType::kString:
      return binary ? ColumnType::kBinary : ColumnType::kChar;
    case WireType::kVarchar:
    case WireType::kVarString:
    case WireType::kVarcharCompressed:
      return binary ? ColumnType::kVarbinary : ColumnType::kVarchar;
    case WireType::kBlob:
    case WireType::kBlobCompressed:
      return binary ? ColumnType::kBlob : ColumnType::kText;
    default:
      return ColumnType::kUnknown;
  }
}

// Bits, most significant first, one for each column `counts` accepts.
template <typename Counts, typename Each>
bool ReadBits(ByteView bits, const TableMap& map, Counts counts, Each each) {
  size_t at = 0;
  for (size_t i = 0; i < map.wire.size(); ++i) {
    if (counts(map.wire[i].type)) {
      if (at / 8 >= bits.size()) {
        return false;
      }
      each(i, (bits[at / 8] >> (7 - at % 8) & 1) != 0);
      ++at;
    }
  }
  return true;
}

// Collations of the columns `counts` accepts, from whichever of the two fields is there.
template <typename Counts>
bool ReadCollations(
    const std::optional<ByteView>& by_default,
    const std::optional<ByteView>& each_column,
    Counts counts,
    TableMap& map
) {
  std::vector<size_t> columns;
  for (size_t i = 0; i < map.wire.size(); ++i) {
    if (counts(map.wire[i].type)) {
      columns.push_back(i);
    }
  }
  const auto set = [&](size_t column, uint64_t collation) {
    map.schema.columns[column].collation = static_cast<uint16_t>(collation);
    return collation <= UINT16_MAX;
  };
  bool ok = true;
  if (each_column.has_value()) {
    ByteCursor in(*each_column);
    for (const size_t column : columns) {
      ok = ok && set(column, in.PackedInt());
    }
    return ok && in.ok();
  }
  if (!by_default.has_value()) {
    return columns.empty();
  }
  ByteCursor in(*by_default);
  const uint64_t usual = in.PackedInt();
  for (const size_t column : columns) {
    ok = ok && set(column, usual);
  }
  while (ok && in.ok() && !in.done()) {
    const uint64_t index = in.PackedInt();
    const uint64_t collation = in.PackedInt();
    ok = index < columns.size() && set(columns[index], collation);
  }
  return ok && in.ok();
}

// What shape each geometry column declares, by the servers' own names.
bool ReadGeometryTypes(ByteView field, TableMap& map) {
  constexpr std::array<std::string_view, 8> kShapes = {
      "geometry",
      "point",
      "linestring",
      "polygon",
      "multipoint",
      "multilinestring",
      "multipolygon",
      "geometrycollection"};
  ByteCursor in(field);
  bool ok = true;
  for (size_t i = 0; i < map.wire.size(); ++i) {
    if (map.wire[i].type == WireType::kGeometry) {
      const uint64_t shape = in.PackedInt();
      ok = ok && shape < kShapes.size();
      map.schema.columns[i].declared = ok ? kShapes[shape] : "";
    }
  }
  return ok && in.ok();
}

Status ReadLabels(ByteView field, WireType type, TableMap& map) {
  ByteCursor in(field);
  for (size_t i = 0; i < map.wire.size(); ++i) {
    if (map.wire[i].type != type) {
      continue;
    }
    Column& column = map.schema.columns[i];
    const Charset* charset = CharsetOfCollation(column.collation);
    if (charset == nullptr) {
      return Unsupported(
          fmt::format("column {}: collation {} is unknown", column.name, column.collation)
      );
    }
    Result<TextConverter> to_utf8 = charset->binary() ? TextConverter::Open(*CharsetOfCollation(45))
                                                      : TextConverter::Open(*charset);
    if (!to_utf8.has_value()) {
      return std::move(to_utf8).error().Context("column " + column.name);
    }
    const uint64_t count = in.PackedInt();
    for (uint64_t k = 0; k < count && in.ok(); ++k) {
      column.labels.push_back(to_utf8->ToUtf8(in.Text(in.PackedInt())));
    }
  }
  return in.ok() ? Ok() : Malformed("list of ENUM or SET labels");
}

bool ReadPrimaryKey(const Fields& fields, TableSchema& schema) {
  const auto& simple = fields[static_cast<size_t>(Field::kSimplePrimaryKey)];
  const auto& prefix = fields[static_cast<size_t>(Field::kPrefixPrimaryKey)];
  if (!simple.has_value() && !prefix.has_value()) {
    return true;
  }
  ByteCursor in(simple.has_value() ? *simple : *prefix);
  while (in.ok() && !in.done()) {
    const uint64_t column = in.PackedInt();
    if (!simple.has_value()) {
      in.PackedInt(
      );  // prefix length: the key is still these columns, though not their whole values
    }
    if (column >= schema.columns.size()) {
      return false;
    }
    schema.primary_key.push_back(static_cast<uint32_t>(column));
  }
  return in.ok();
}

Result<Fields> SplitFields(ByteCursor in) {
  Fields fields;
  while (in.ok() && !in.done()) {
    const uint8_t code = in.U8();
    const ByteView value = in.Bytes(in.PackedInt());
    if (code < fields.size()) {
      fields[code] = value;
    }
  }
  return in.ok() ? Result<Fields>(fields) : Malformed("metadata");
}

Status ReadNames(const Fields& fields, TableSchema& schema) {
  const auto& names = fields[static_cast<size_t>(Field::kColumnName)];
  if (!names.has_value()) {
    return Unsupported("its events do not carry column names (binlog_row_metadata is not FULL)")
        .WithHint("SET GLOBAL binlog_row_metadata = FULL");
  }
  ByteCursor in(*names);
  for (Column& column : schema.columns) {
    column.name = in.Text(in.PackedInt());
  }
  return in.ok() && in.done() ? Ok() : Malformed("list of column names");
}

// Everything that stands in the optional fields, once types and names are known.
Status ReadFields(const Fields& fields, Flavor flavor, TableMap& map) {
  const auto field = [&](Field f) -> const std::optional<ByteView>& {
    return fields[static_cast<size_t>(f)];
  };
  const auto set_sign = [&](size_t i, bool on) {
    map.schema.columns[i].is_unsigned = on && map.wire[i].type != WireType::kYear;
  };
  const bool signs = !field(Field::kSignedness).has_value() ||
                     ReadBits(*field(Field::kSignedness), map, IsNumeric, set_sign);
  if (!signs) {
    return Malformed("signedness");
  }
  const auto character = [&](WireType t) { return CountsAsCharacter(t, flavor); };
  const bool collations =
      ReadCollations(field(Field::kDefaultCharset), field(Field::kColumnCharset), character, map) &&
      ReadCollations(
          field(Field::kEnumAndSetDefaultCharset),
          field(Field::kEnumAndSetColumnCharset),
          HasLabels,
          map
      );
  if (!collations) {
    return Malformed("list of collations");
  }
  const auto& shapes = field(Field::kGeometryType);
  if (shapes.has_value() && !ReadGeometryTypes(*shapes, map)) {
    return Malformed("list of geometry types");
  }
  if (field(Field::kVectorDimensions).has_value()) {
    ByteCursor in(*field(Field::kVectorDimensions));
    for (size_t i = 0; i < map.wire.size(); ++i) {
      if (map.wire[i].type == WireType::kVector) {
        map.schema.columns[i].length = static_cast<uint32_t>(in.PackedInt());
      }
    }
  }
  if (field(Field::kEnumLabels).has_value()) {
    ROWHOUSE_TRY(ReadLabels(*field(Field::kEnumLabels), WireType::kEnum, map));
  }
  if (field(Field::kSetLabels).has_value()) {
    ROWHOUSE_TRY(ReadLabels(*field(Field::kSetLabels), WireType::kSet, map));
  }
  return ReadPrimaryKey(fields, map.schema) ? Ok() : Malformed("primary key");
}

// What follows from wire type and collation together.
Status Finish(const WireColumn& wire, Flavor flavor, Column& column) {
  column.type = TypeOf(wire.type, column.collation);
  const bool text = column.type == ColumnType::kChar || column.type == ColumnType::kVarchar ||
                    column.type == ColumnType::kText;
  const bool sized = wire.type == WireType::kString || wire.type == WireType::kVarchar ||
                     wire.type == WireType::kVarString;
  if (column.type == ColumnType::kGeometry || column.type == ColumnType::kVector) {
    column.collation = kBinaryCollation;  // of which only one server each tells
  }
  uint32_t character_bytes = 1;
  if (text) {
    const Charset* charset = CharsetOfCollation(column.collation);
    if (charset == nullptr) {
      return Unsupported(
          fmt::format("column {}: collation {} is unknown", column.name, column.collation)
      );
    }
    character_bytes = charset->character_bytes_max;
  }
  if (sized) {
    column.length = wire.bytes / character_bytes;
  } else if (wire.type == WireType::kVarcharCompressed) {
    column.length = (wire.bytes - 1) / character_bytes;  // its head takes one byte
  } else if (IsOldTemporal(wire.type) && flavor == Flavor::kMariaDb) {
    column.fsp = kFspUntold;
  }
  return Ok();
}

}  // namespace

Result<TableMapHead> TableMapHead::Parse(ByteView shape) {
  ByteCursor in(shape);
  TableMapHead head;
  head.db = in.Text(in.PackedInt());
  in.Skip(1);
  head.table = in.Text(in.PackedInt());
  in.Skip(1);
  head.rest = in.Bytes(in.left());
  if (!in.ok()) {
    return Malformed("name");
  }
  return head;
}

Result<TableMap> TableMap::Parse(const TableMapHead& head, Flavor flavor) {
  ByteCursor in(head.rest);
  const uint64_t count = in.PackedInt();
  constexpr uint64_t kColumnsMax = 4096;
  const ByteView types = in.Bytes(count <= kColumnsMax ? count : SIZE_MAX);
  ByteCursor metadata(in.Bytes(in.PackedInt()));
  const ByteView nullable = in.Bytes((count + 7) / 8);
  if (!in.ok() || count == 0) {
    return Malformed("list of columns");
  }
  TableMap map;
  map.schema.id = {std::string(head.db), std::string(head.table)};
  map.schema.columns.resize(count);
  for (size_t i = 0; i < count; ++i) {
    Column& column = map.schema.columns[i];
    column.nullable = (nullable[i / 8] >> (i % 8) & 1) != 0;
    map.wire.push_back(ReadWireColumn(types[i], metadata, column));
  }
  if (!metadata.ok() || !metadata.done()) {
    return Malformed("list of column widths");
  }
  const Fields fields = ROWHOUSE_TRY(SplitFields(in));
  ROWHOUSE_TRY(ReadNames(fields, map.schema));
  for (size_t i = 0; i < count; ++i) {
    const Column& column = map.schema.columns[i];
    if (!IsKnown(map.wire[i].type)) {
      return Unsupported(fmt::format(
          "column {} has a type that is not known (code {})",
          column.name,
          static_cast<unsigned>(map.wire[i].type)
      ));
    }
    if (!WidthsAreSane(map.wire[i], column)) {
      return Malformed("width of column " + column.name);
    }
  }
  ROWHOUSE_TRY(ReadFields(fields, flavor, map));
  for (size_t i = 0; i < count; ++i) {
    ROWHOUSE_TRY(Finish(map.wire[i], flavor, map.schema.columns[i]));
  }
  return map;
}

}  // namespace rowhouse::mysql
