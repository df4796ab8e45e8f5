#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "model/arena.h"
#include "model/cell.h"
#include "model/table.h"
#include "mysql/charset.h"
#include "mysql/table_map.h"

namespace rowhouse::mysql {

// Reads the row images of one table shape into cells.
//
// Compiled once a shape from the wire types and the completed schema; a row is then one
// switch a column, and bytes are pointed to, not copied.
//
// Place:  one a table shape, made by the decoder.
// Owns:   the converters of its text columns. Threads: one owner.
// Errors: Make gives kUnsupported for a text column whose character set has no converter.
//         Decode gives kBadRecord naming the column where the bytes end or make no value.
class RowImage {
 public:
  static Result<RowImage> Make(const std::vector<WireColumn>& wire, const TableSchema& schema);

  size_t columns() const { return columns_.size(); }

  // Bytes of a bitmap of all columns.
  size_t bitmap_bytes() const { return (columns_.size() + 7) / 8; }

  // Which columns an event's images hold, from its bitmap (whose unused bits mean nothing).
  struct Present {
    ByteView bitmap;
    size_t count = 0;
    bool all = false;

    bool Has(size_t column) const { return all || (bitmap[column / 8] >> (column % 8) & 1) != 0; }
  };

  Present PresentColumns(ByteView bitmap) const;

  // One image: columns() cells in the arena; advances `in`. Null with in.ok() false when the bytes
  // end early, and with in.ok() true when a column's bytes make no value: then Explain() tells.
  Cell* Decode(ByteCursor& in, const Present& present, Arena& arena);

  // The row after of a partial update: its JSON columns may be differences to those of the row
  // decoded last, which was its row before.
  Cell* DecodePartial(ByteCursor& in, const Present& present, Arena& arena);

  // The column, and why, that Decode of an image beginning at `in` fails at.
  Error Explain(ByteCursor in, const Present& present, const TableSchema& schema);
  Error ExplainPartial(ByteCursor in, const Present& present, const TableSchema& schema);

  // Columns in whose text bytes had to be replaced since the last call; each is told once.
  std::vector<size_t> NewlyDamaged();

 private:
  enum class Code : uint8_t {
    kInt8,
    kInt16,
    kInt24,
    kInt32,
    kInt64,
    kUint8,
    kUint16,
    kUint24,
    kUint32,
    kUint64,
    kFloat,
    kDouble,
    kDecimal,
    kYear,
    kDate,
    kTime,
    kDateTime,
    kTimestamp,
    kOldTime,  // before MySQL 5.6
    kOldDateTime,
    kOldTimestamp,
    kBit,
    kEnum,
    kSet,
    kText1,   // CHAR, VARCHAR up to 255 bytes: one length byte
    kText2,   // longer: two
    kTextN,   // TEXT: `width` length bytes
    kBytes1,  // VARBINARY
    kBytes2,
    kBytesN,   // BLOB
    kPadded1,  // BINARY: padded with zeros to `bytes`
    kUuid,     // MariaDB's, sent as BINARY
    kInet4,
    kInet6,
    kJson,             // MySQL's binary JSON
    kCompressedText,   // MariaDB's COMPRESSED columns
    kCompressedBytes,  //
  };

  struct ColumnCode {
    Code code = Code::kInt8;
    CellKind kind = CellKind::kText;  // of text: kText or kJson
    uint8_t width = 0;                // bytes of the value or of its length; fsp; precision
    uint8_t scale = 0;
    uint32_t bytes = 0;
    int32_t converter = -1;  // index into converters_; of kJson: into json_
  };

  struct Converter {
    TextConverter text;
    size_t column;
    bool told = false;
  };

  static ColumnCode CodeOf(const WireColumn& wire, const Column& column);
  static ColumnCode CodeOfText(const WireColumn& wire, const Column& column);
  bool DecodeColumn(const ColumnCode& column, ByteCursor& in, Arena& arena, Cell& out);
  bool DecodeInteger(const ColumnCode& column, ByteCursor& in, Cell& out);
  bool DecodeOther(const ColumnCode& column, ByteCursor& in, Arena& arena, Cell& out);
  bool DecodeOldTemporal(const ColumnCode& column, ByteCursor& in, Cell& out);
  bool DecodeCompressed(const ColumnCode& column, ByteCursor& in, Arena& arena, Cell& out);
  bool DecodeJson(const ColumnCode& column, ByteCursor& in, Arena& arena, Cell& out);
  void ReadDiffBits(ByteCursor& in);
  Cell* DecodeImage(ByteCursor& in, const Present& present, Arena& arena);

  std::vector<ColumnCode> columns_;
  std::vector<Converter> converters_;
  // Of each JSON column the document in the last image; without data: it had none.
  std::vector<ByteView> json_;
  ByteView diffs_;  // of the image at hand: which JSON columns are differences
};

}  // namespace rowhouse::mysql
