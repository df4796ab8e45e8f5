#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "model/arena.h"
#include "model/cell.h"
#include "model/table.h"

namespace rowhouse::mysql {

// Reads the rows of a prepared statement's result into the cells that the binary log's row image
// gives for the same row: same kind, same value.
//
// Place:  one a chunk; its columns were selected by chunk_sql.h's SelectList.
// Owns:   nothing; text points into the packet.
// Errors: Make gives kSchemaChanged when the result's columns do not suit the schema. Decode gives
// kBadRecord
//         naming the column.
class BinaryRow {
 public:
  // `wire_types` are the protocol's type numbers of the result's columns.
  static Result<BinaryRow> Make(const TableSchema& schema, const std::vector<int>& wire_types);

  // table.columns.size() cells in the arena.
  Result<const Cell*> Decode(ByteView packet, Arena& arena) const;

 private:
  // How the value lies in the packet.
  enum class Form : uint8_t {
    kInt8,
    kInt16,
    kInt32,
    kInt64,
    kFloat,
    kDouble,
    kDate,  // DATE, DATETIME, TIMESTAMP
    kTime,
    kText,  // with its length: strings and decimals
  };

  struct ColumnPlan {
    Form form;
    CellKind kind;
    bool is_unsigned;
    uint8_t scale;
    std::string name;
  };

  static Form FormOf(int wire_type);
  static bool Suits(Form form, CellKind kind);
  static bool DecodeColumn(const ColumnPlan& plan, ByteCursor& in, Arena& arena, Cell& out);

  std::vector<ColumnPlan> plans_;
};

}  // namespace rowhouse::mysql
