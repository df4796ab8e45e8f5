#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/cell.h"
#include "model/table.h"
#include "types/column_default.h"
#include "types/type_table.h"
#include "types/wire_table.h"

namespace rowhouse::types {

// Most bytes a cell takes beside its own size and the step's text_bytes_max.
inline constexpr size_t kCellBytesMax = 150;

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
  uint8_t scale = 0;                    // of a decimal that travels as text or double
  uint8_t growth = 1;                   // bytes written for a byte of the cell, at most
  Form wire_form = Form::kUnsupported;  // of a kTreated column: what its values are before
  uint32_t chars_max = 0;               // of the column: a hash is cut to it; 0: not
  Treatment treatment;
  size_t text_bytes_max = 0;        // of labels, mask and default, which no cell's size tells
  std::vector<std::string> labels;  // ENUM: from index 1; SET: bit 0 first
  std::optional<DefaultValue> standard;

  static ColumnStep Make(const TableSchema& table, const WireColumn& wire, bool null_as_default);

  // Room for a cell of the column.
  size_t BytesMax(const Cell& cell) const {
    return kCellBytesMax + text_bytes_max + size_t{cell.size} * growth;
  }
};

// Whether NULL has a place in the column's schema.
bool IsOptional(const Column& column, Form form);

// The default as it stands in the schema, in JSON; nullopt: none. Nothing is done to it: it is no
// row's value.
std::optional<std::string> DefaultJson(const TableSchema& table, const WireColumn& wire);

// Writes the cell as the column's Avro value at `to`, unchecked: there must be room for
// step.BytesMax(cell). Gives the end, or null when the cell is no value of the column's type.
uint8_t* EncodeCell(const ColumnStep& step, const Cell& cell, uint8_t* to);

}  // namespace rowhouse::types
