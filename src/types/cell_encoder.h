#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/cell.h"
#include "model/table.h"
#include "types/column_default.h"
#include "types/type_table.h"

namespace rowhouse::types {

// How to write one column: all that the column decides, decided beforehand.
struct ColumnStep {
  Form form = Form::kUnsupported;
  uint32_t column = 0;  // index of its cell
  bool optional = false;
  // Union branch bytes, as Avro writes them (zigzag of 0 and 1).
  uint8_t null_branch = 0;
  uint8_t value_branch = 2;
  bool null_as_default = false;
  uint8_t fsp = 0;
  uint8_t bits_bytes = 0;
  size_t text_bytes_max = 0;        // of labels and the default, which no cell's size tells
  std::vector<std::string> labels;  // ENUM: from index 1; SET: bit 0 first
  std::optional<DefaultValue> standard;

  static ColumnStep Make(const Column& column, uint32_t index, bool null_as_default);
};

// Most bytes a cell takes beside its own size and the step's text_bytes_max.
inline constexpr size_t kCellBytesMax = 80;

// Writes the cell as the column's Avro value at `to`, unchecked: there must be room for
// kCellBytesMax + cell.size + step.text_bytes_max. Gives the end, or null when the
// cell is no value of the column's type.
uint8_t* EncodeCell(const ColumnStep& step, const Cell& cell, uint8_t* to);

}  // namespace rowhouse::types
