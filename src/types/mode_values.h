#pragma once

#include <cstdint>

#include "model/cell.h"
#include "types/type_table.h"

// Values in the forms that only Debezium's modes lead to. Each writes an Avro value at `to`
// and gives its end, or null when the cell is no such value or the form can't hold it.
namespace rowhouse::types {

uint8_t* PutByMode(Form form, uint8_t scale, const Cell& cell, uint8_t* to);

}  // namespace rowhouse::types
