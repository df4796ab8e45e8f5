#include "mysql/row_image.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <bit>
#include <cstring>

#include <fmt/format.h>

#include "mysql/compressed.h"
#include "mysql/decimal.h"
#include "mysql/json_patch.h"
#include "mysql/json_text.h"
#include "mysql/temporal.h"

namespace rowhouse::mysql {

namespace {

// Bits set among the first `columns` of a bitmap.
size_t CountBits(ByteView bitmap, size_t columns) {
  size_t n = 0;
  for (size_t i = 0; i < columns / 8; ++i) {
    n += static_cast<size_t>(std::popcount(bitmap[i]));
  }
  const size_t rest = columns % 8;
  if (rest != 0) {
    const auto mask = static_cast<uint8_t>((1U << rest) - 1);
    n += static_cast<size_t>(std::popcount(static_cast<uint8_t>(bitmap[columns / 8] & mask)));
  }
  return n;
}

// `raw` with the zero bytes at its end that the log leaves out.
ByteView Padded(ByteView raw, size_t bytes, Arena& arena) {
  if (raw.size() >= bytes) {
    return raw;
  }
  uint8_t* const out = arena.Allocate(bytes);
  std::copy(raw.begin(), raw.end(), out);
  std::memset(out + raw.size(), 0, bytes - raw.size());
  return {out, bytes};
}

Cell BytesCell(CellKind kind, ByteView bytes) {
  return Cell::OfBytes(kind, AsText(bytes));
}

Cell UuidText(ByteView raw, Arena& arena) {
  const std::string hex = ToHex(raw);
  std::array<char, 36> text{};
  size_t at = 0;
  for (size_t i = 0; i < hex.size(); ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20) {
      text[at++] = '-';
    }
    text[at++] = hex[i];
  }
  return Cell::OfBytes(CellKind::kText, arena.Copy({text.data(), text.size()}));
}

Cell InetText(int family, ByteView raw, Arena& arena) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(family, raw.data(), text.data(), text.size());
  return Cell::OfBytes(CellKind::kText, arena.Copy(text.data()));
}

constexpr size_t kUuidBytes = 16;
constexpr size_t kInet4Bytes = 4;
constexpr size_t kInet6Bytes = 16;

}  // namespace

Result<RowImage> RowImage::Make(const std::vector<WireColumn>& wire, const TableSchema& schema) {
  RowImage image;
  for (size_t i = 0; i < wire.size(); ++i) {
    const Column& column = schema.columns[i];
    ColumnCode code = CodeOf(wire[i], column);
    const bool text = code.code == Code::kText1 || code.code == Code::kText2 ||
                      code.code == Code::kTextN || code.code == Code::kCompressedText;
    if (text) {
      const Charset* charset = CharsetOfCollation(column.collation);
      Result<TextConverter> converter =
          charset == nullptr ? Result<TextConverter>(Error(
                                   ErrorKind::kUnsupported,
                                   fmt::format("collation {} is unknown", column.collation)
                               ))
                             : TextConverter::Open(*charset);
      if (!converter.has_value()) {
        return std::move(converter).error().Context("column " + column.name);
      }
      code.converter = static_cast<int32_t>(image.converters_.size());
      image.converters_.push_back({std::move(*converter), i});
    }
    if (code.code == Code::kJson) {
      code.converter = static_cast<int32_t>(image.json_.size());
      image.json_.emplace_back();
    }
    if (column.fsp == kFspUntold) {
      return Error(
                 ErrorKind::kUnsupported,
                 fmt::format(
                     "column {} is in the format before MySQL 5.6, and its fraction digits are not "
                     "known: the column is no longer in the data dictionary",
                     column.name
                 )
      )
          .WithHint("load the table again; ALTER TABLE ... FORCE brings it to today's format");
    }
    image.columns_.push_back(code);
  }
  return image;
}

RowImage::ColumnCode RowImage::CodeOf(const WireColumn& wire, const Column& column) {
  const auto sign = [&](Code with, Code without) { return column.is_unsigned ? without : with; };
  const auto width = static_cast<uint8_t>(wire.bytes);
  switch (wire.type) {
    case WireType::kTiny:
      return {.code = sign(Code::kInt8, Code::kUint8)};
    case WireType::kShort:
      return {.code = sign(Code::kInt16, Code::kUint16)};
    case WireType::kInt24:
      return {.code = sign(Code::kInt24, Code::kUint24)};
    case WireType::kLong:
      return {.code = sign(Code::kInt32, Code::kUint32)};
    case WireType::kLongLong:
      return {.code = sign(Code::kInt64, Code::kUint64)};
    case WireType::kFloat:
      return {.code = Code::kFloat};
    case WireType::kDouble:
      return {.code = Code::kDouble};
    case WireType::kNewDecimal:
      return {
          .code = Code::kDecimal,
          .width = column.precision,
          .scale = column.scale,
          .bytes = static_cast<uint32_t>(DecimalBytes(column.precision, column.scale))};
    case WireType::kYear:
      return {.code = Code::kYear};
    case WireType::kDate:
      return {.code = Code::kDate};
    case WireType::kTime:
      return {.code = Code::kTime, .width = column.fsp};
    case WireType::kDateTime:
      return {.code = Code::kDateTime, .width = column.fsp};
    case WireType::kTimestamp:
      return {.code = Code::kTimestamp, .width = column.fsp};
    case WireType::kOldTime:
      return {.code = Code::kOldTime, .width = column.fsp};
    case WireType::kOldDateTime:
      return {.code = Code::kOldDateTime, .width = column.fsp};
    case WireType::kOldTimestamp:
      return {.code = Code::kOldTimestamp, .width = column.fsp};
    case WireType::kBit:
      return {.code = Code::kBit, .width = width};
    case WireType::kEnum:
      return {.code = Code::kEnum, .width = width};
    case WireType::kSet:
      return {.code = Code::kSet, .width = width};
    default:
      return CodeOfText(wire, column);
  }
}

// Of everything with a length.
RowImage::ColumnCode RowImage::CodeOfText(const WireColumn& wire, const Column& column) {
  const bool binary = column.collation == kBinaryCollation;
  const auto width = static_cast<uint8_t>(wire.bytes);
  const uint32_t bytes = wire.bytes;
  const CellKind text = column.type == ColumnType::kJson ? CellKind::kJson : CellKind::kText;
  switch (wire.type) {
    case WireType::kBlob:
      return {.code = binary ? Code::kBytesN : Code::kTextN, .kind = text, .width = width};
    case WireType::kGeometry:  // SRID and WKB
    case WireType::kVector:    // floats
      return {.code = Code::kBytesN, .width = width};
    case WireType::kJson:
      return {.code = Code::kJson, .width = width};
    case WireType::kBlobCompressed:
    case WireType::kVarcharCompressed: {
      const auto length_bytes = static_cast<uint8_t>(bytes > 255 ? 2 : 1);
      return {
          .code = binary ? Code::kCompressedBytes : Code::kCompressedText,
          .kind = text,
          .width = wire.type == WireType::kBlobCompressed ? width : length_bytes};
    }
    case WireType::kString:
      if (binary) {
        const Code code = column.type == ColumnType::kUuid    ? Code::kUuid
                          : column.type == ColumnType::kInet4 ? Code::kInet4
                          : column.type == ColumnType::kInet6 ? Code::kInet6
                                                              : Code::kPadded1;
        return {.code = code, .bytes = bytes};
      }
      [[fallthrough]];
    default:  // VARCHAR, VAR_STRING: TableMap lets no other type pass
      if (binary) {
        return {.code = bytes > 255 ? Code::kBytes2 : Code::kBytes1};
      }
      return {.code = bytes > 255 ? Code::kText2 : Code::kText1, .kind = text};
  }
}

RowImage::Present RowImage::PresentColumns(ByteView bitmap) const {
  Present present{bitmap, CountBits(bitmap, columns()), false};
  present.all = present.count == columns();
  return present;
}

Cell* RowImage::Decode(ByteCursor& in, const Present& present, Arena& arena) {
  for (ByteView& document : json_) {
    document = {};
  }
  return DecodeImage(in, present, arena);
}

// Before the image stand options and, with the only one there is, a bit for each JSON column of the
// table, present or not.
void RowImage::ReadDiffBits(ByteCursor& in) {
  constexpr uint64_t kJsonDiffs = 1;
  const uint64_t options = in.PackedInt();
  if (options > kJsonDiffs) {
    in.Fail();
  }
  diffs_ = options == kJsonDiffs ? in.Bytes((json_.size() + 7) / 8) : ByteView{};
}

Cell* RowImage::DecodePartial(ByteCursor& in, const Present& present, Arena& arena) {
  ReadDiffBits(in);
  Cell* const cells = in.ok() ? DecodeImage(in, present, arena) : nullptr;
  diffs_ = {};
  return cells;
}

Cell* RowImage::DecodeImage(ByteCursor& in, const Present& present, Arena& arena) {
  ByteCursor at = in;
  const ByteView nulls = at.Bytes((present.count + 7) / 8);
  const size_t n = columns_.size();
  Cell* const cells = arena.AllocateArray<Cell>(n);
  size_t bit = 0;
  bool good = at.ok();
  for (size_t i = 0; i < n && good; ++i) {
    if (!present.Has(i)) [[unlikely]] {
      cells[i] = Cell::Absent();
      continue;
    }
    const bool is_null = (nulls[bit / 8] >> (bit % 8) & 1) != 0;
    ++bit;
    if (is_null) {
      cells[i] = Cell::Null();
    } else {
      good = DecodeColumn(columns_[i], at, arena, cells[i]);
    }
  }
  in = at;
  return good && at.ok() ? cells : nullptr;
}

inline bool RowImage::DecodeInteger(const ColumnCode& column, ByteCursor& in, Cell& out) {
  const auto sign = [&](int64_t v) { out = Cell::OfInt(CellKind::kInt, v); };
  const auto plain = [&](uint64_t v) { out = Cell::OfUint(CellKind::kUint, v); };
  switch (column.code) {
    case Code::kInt8:
      sign(static_cast<int8_t>(in.U8()));
      return true;
    case Code::kInt16:
      sign(static_cast<int16_t>(in.U16()));
      return true;
    case Code::kInt24:
      sign(static_cast<int32_t>(in.U24() << 8) >> 8);
      return true;
    case Code::kInt32:
      sign(static_cast<int32_t>(in.U32()));
      return true;
    case Code::kInt64:
      sign(static_cast<int64_t>(in.U64()));
      return true;
    case Code::kUint8:
      plain(in.U8());
      return true;
    case Code::kUint16:
      plain(in.U16());
      return true;
    case Code::kUint24:
      plain(in.U24());
      return true;
    case Code::kUint32:
      plain(in.U32());
      return true;
    default:
      plain(in.U64());
      return true;
  }
}

inline bool RowImage::DecodeColumn(
    const ColumnCode& column, ByteCursor& in, Arena& arena, Cell& out
) {
  if (column.code <= Code::kUint64) {
    return DecodeInteger(column, in, out);
  }
  const auto text = [&](ByteView raw) {
    TextConverter& converter = converters_[static_cast<size_t>(column.converter)].text;
    out = Cell::OfBytes(column.kind, converter.ToUtf8(raw, arena));
  };
  const auto fixed = [&](size_t bytes) {
    const ByteView raw = in.Bytes(bytes);
    return in.ok() ? raw.data() : nullptr;
  };
  const uint8_t* p = nullptr;
  switch (column.code) {
    case Code::kText1:
      text(in.Bytes(in.U8()));
      return true;
    case Code::kText2:
      text(in.Bytes(in.U16()));
      return true;
    case Code::kTextN:
      text(in.Bytes(in.LittleEndian(column.width)));
      return true;
    case Code::kDecimal:
      p = fixed(column.bytes);
      return p != nullptr && DecimalFromImage(p, column.width, column.scale, arena, out);
    case Code::kDateTime:
      p = fixed(DateTimeBytes(column.width));
      return p != nullptr && DateTimeFromImage(p, column.width, out);
    case Code::kTime:
      p = fixed(TimeBytes(column.width));
      return p != nullptr && TimeFromImage(p, column.width, out);
    case Code::kTimestamp:
      p = fixed(TimestampBytes(column.width));
      out = p == nullptr ? Cell() : TimestampFromImage(p, column.width);
      return true;
    case Code::kDate:
      p = fixed(3);
      out = p == nullptr ? Cell() : DateFromImage(p);
      return true;
    case Code::kEnum:
      out = Cell::OfUint(CellKind::kEnum, in.LittleEndian(column.width));
      return true;
    case Code::kJson:
      return DecodeJson(column, in, arena, out);
    default:
      return DecodeOther(column, in, arena, out);
  }
}

bool RowImage::DecodeOther(const ColumnCode& column, ByteCursor& in, Arena& arena, Cell& out) {
  const auto padded = [&](size_t bytes) { return Padded(in.Bytes(in.U8()), bytes, arena); };
  switch (column.code) {
    case Code::kFloat: {
      const double v = std::bit_cast<float>(in.U32());
      out = Cell::OfDouble(CellKind::kFloat, v);
      return true;
    }
    case Code::kDouble:
      out = Cell::OfDouble(CellKind::kDouble, std::bit_cast<double>(in.U64()));
      return true;
    case Code::kYear: {
      constexpr int64_t kYearBase = 1900;
      const uint8_t v = in.U8();
      out = Cell::OfInt(CellKind::kYear, v == 0 ? 0 : kYearBase + v);
      return true;
    }
    case Code::kBit:
      out = Cell::OfUint(CellKind::kBit, in.BigEndian(column.width));
      return true;
    case Code::kSet:
      out = Cell::OfUint(CellKind::kSet, in.LittleEndian(column.width));
      return true;
    case Code::kBytes1:
      out = BytesCell(CellKind::kBytes, in.Bytes(in.U8()));
      return true;
    case Code::kBytes2:
      out = BytesCell(CellKind::kBytes, in.Bytes(in.U16()));
      return true;
    case Code::kBytesN:
      out = BytesCell(CellKind::kBytes, in.Bytes(in.LittleEndian(column.width)));
      return true;
    case Code::kPadded1:
      out = BytesCell(CellKind::kBytes, padded(column.bytes));
      return true;
    case Code::kUuid:
      out = UuidText(padded(kUuidBytes).first(kUuidBytes), arena);
      return true;
    case Code::kInet4:
      out = InetText(AF_INET, padded(kInet4Bytes), arena);
      return true;
    case Code::kInet6:
      out = InetText(AF_INET6, padded(kInet6Bytes), arena);
      return true;
    case Code::kCompressedText:
    case Code::kCompressedBytes:
      return DecodeCompressed(column, in, arena, out);
    default:
      return DecodeOldTemporal(column, in, out);
  }
}

bool RowImage::DecodeOldTemporal(const ColumnCode& column, ByteCursor& in, Cell& out) {
  const unsigned fsp = column.width;
  const size_t bytes = column.code == Code::kOldTime       ? OldTimeBytes(fsp)
                       : column.code == Code::kOldDateTime ? OldDateTimeBytes(fsp)
                                                           : OldTimestampBytes(fsp);
  const ByteView raw = in.Bytes(bytes);
  if (!in.ok()) {
    return false;
  }
  return column.code == Code::kOldTime       ? OldTimeFromImage(raw.data(), fsp, out)
         : column.code == Code::kOldDateTime ? OldDateTimeFromImage(raw.data(), fsp, out)
                                             : OldTimestampFromImage(raw.data(), fsp, out);
}

bool RowImage::DecodeCompressed(const ColumnCode& column, ByteCursor& in, Arena& arena, Cell& out) {
  const auto raw = InflateColumn(in.Bytes(in.LittleEndian(column.width)), arena);
  if (!in.ok() || !raw.has_value()) {
    return false;
  }
  if (column.code == Code::kCompressedBytes) {
    out = BytesCell(CellKind::kBytes, *raw);
  } else {
    TextConverter& converter = converters_[static_cast<size_t>(column.converter)].text;
    out = Cell::OfBytes(column.kind, converter.ToUtf8(*raw, arena));
  }
  return true;
}

bool RowImage::DecodeJson(const ColumnCode& column, ByteCursor& in, Arena& arena, Cell& out) {
  const auto index = static_cast<size_t>(column.converter);
  const bool is_diff = !diffs_.empty() && (diffs_[index / 8] >> (index % 8) & 1) != 0;
  const ByteView bytes = in.Bytes(in.LittleEndian(column.width));
  if (!in.ok() || (is_diff && json_[index].data() == nullptr)) {
    return false;
  }
  const auto text = is_diff ? PatchedJsonText(json_[index], bytes, arena) : JsonText(bytes, arena);
  if (!is_diff) {
    json_[index] = bytes;
  }
  out = Cell::OfBytes(CellKind::kJson, text.value_or(std::string_view()));
  return text.has_value();
}

Error RowImage::Explain(ByteCursor in, const Present& present, const TableSchema& schema) {
  Arena scratch;
  const ByteView nulls = in.Bytes((present.count + 7) / 8);
  size_t bit = 0;
  for (size_t i = 0; i < columns_.size() && in.ok(); ++i) {
    if (!present.Has(i)) {
      continue;
    }
    const bool is_null = (nulls[bit / 8] >> (bit % 8) & 1) != 0;
    ++bit;
    Cell cell;
    const bool good = is_null || DecodeColumn(columns_[i], in, scratch, cell);
    if (!in.ok()) {
      return {
          ErrorKind::kBadRecord,
          fmt::format("column {}: the row ends inside it", schema.columns[i].name)};
    }
    if (!good) {
      return {
          ErrorKind::kBadRecord,
          fmt::format(
              "column {}: its bytes are no {}",
              schema.columns[i].name,
              ColumnTypeName(schema.columns[i].type)
          )};
    }
  }
  return {ErrorKind::kBadRecord, "the row ends inside its null bitmap"};
}

Error RowImage::ExplainPartial(ByteCursor in, const Present& present, const TableSchema& schema) {
  ReadDiffBits(in);
  const Error error = in.ok() ? Explain(in, present, schema)
                              : Error(ErrorKind::kBadRecord, "its options of JSON are damaged");
  diffs_ = {};
  return error;
}

std::vector<size_t> RowImage::NewlyDamaged() {
  std::vector<size_t> columns;
  for (Converter& c : converters_) {
    if (!c.told && c.text.damaged() > 0) {
      c.told = true;
      columns.push_back(c.column);
    }
  }
  return columns;
}

}  // namespace rowhouse::mysql
