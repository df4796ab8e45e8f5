#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/buffer.h"
#include "base/result.h"
#include "http/client.h"
#include "model/cell.h"
#include "model/position.h"
#include "model/table.h"
#include "types/cell_encoder.h"
#include "types/clickhouse_type.h"

namespace rowhouse::clickhouse {

// How the values of one column lie in a block.
enum class LaneKind : uint8_t {
  kInteger,   // of `width` bytes, also Bool
  kFloat32,   //
  kFloat64,   //
  kDecimal,   // unscaled, of `width` bytes
  kText,      // String
  kFloats,    // Array(Float32)
  kDays,      // Date32
  kDateTime,  // DateTime64: microseconds divided by `divisor`
  kSrid,      // Int64: of a shape
};

// One column of a block: which cell it is made of, and the form in which it is sent.
//
// Mostly that is the target column's own type, so that ClickHouse has nothing to do. Where the way
// from MySQL's value is ClickHouse's to go (text to UUID, members to an array, a column that became
// wider), it is the type by which the stream's queue reads the same value, and the same expression
// leads on from there: so both ways give the same.
struct Lane {
  std::string name;  // in the block: "from_id"
  std::string type;  // in the block: "Nullable(Int64)"
  LaneKind kind = LaneKind::kText;
  uint8_t width = 0;
  int64_t divisor = 1;
  bool as_it_is = false;  // the target column's own type
  types::ColumnStep step;
};

// The lane of one ClickHouse column of `table`, whose target has the type `target`.
//
// `types` says how values come in, as for the stream. kUnsupported: the column can't be carried.
Result<Lane> LaneOf(
    const TableSchema& table,
    const types::ClickHouseColumn& column,
    const std::string& target,
    const types::ClickHouseOptions& types
);

// Rows on their way to ClickHouse, column by column, in its Native format.
//
// Beside the lanes a block has a number or a version of each row. Values are written straight
// from cells; nothing is allocated for a value or a row once the buffers have grown.
//
// Owns:    its memory, kept by Clear().
// Threads: one owner.
// Errors:  kBadRecord names table and column of a cell that is no value of its column's type;
//          Clear() then.
class RowBlock {
 public:
  // What each row carries beside its values.
  enum class Mark {
    kNone,
    kNumber,   // `_block_row` UInt32, counting from 0
    kVersion,  // `_version` UInt128 and `_sign` Int8
  };

  RowBlock(TableSchemaPtr table, const std::vector<Lane>& lanes, Mark mark);

  Status Append(const Cell* row, RowVersion version = {});

  size_t rows() const { return rows_; }

  size_t bytes() const;

  // The values of one lane, one after the other as Native has them, and of a Nullable one a byte a
  // row that says which are NULL.
  struct ValueBytes {
    std::string_view data;
    std::string_view nulls;
  };

  ValueBytes Values(size_t lane) const {
    return {columns_[lane].data.view(), columns_[lane].nulls.view()};
  }

  void Clear();

  // The whole block as Native has it.
  std::string Native() const;

  // The same, piece by piece; the block must outlive it and not change.
  http::BodySource Source() const;

  // "`_block_row` UInt32, `from_id` Int32": what format(), input() and CREATE TABLE want to know.
  std::string Structure() const;

  // "`_block_row`, `from_id`"
  std::string Names() const;

 private:
  struct Column {
    Buffer nulls;  // a byte a row where the type is Nullable
    Buffer data;
    Buffer offsets;  // kFloats
    bool nullable = false;
  };

  struct Sizes {
    size_t nulls;
    size_t data;
    size_t offsets;
  };

  bool AppendCell(const Lane& lane, const Cell& cell, Column& column);
  static bool AppendQuickly(const Lane& lane, const Cell& cell, Column& column);
  bool AppendByAvro(const Lane& lane, const Cell& cell, Column& column);
  static bool AppendAvroValue(
      const Lane& lane, const uint8_t* at, const uint8_t* end, Column& column
  );
  static void AppendShape(const Lane& lane, const uint8_t* at, Column& column);
  static void AppendNull(const Lane& lane, Column& column);
  std::vector<std::string_view> Pieces(std::vector<std::string>& heads) const;

  const TableSchemaPtr table_;
  const std::vector<Lane>& lanes_;
  const Mark mark_;
  std::vector<Column> columns_;
  Buffer marks_;
  Buffer signs_;
  Buffer avro_;
  size_t rows_ = 0;
};

}  // namespace rowhouse::clickhouse
