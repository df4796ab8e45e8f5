#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "model/change.h"
#include "model/table.h"

namespace rowhouse::mysql {

// MariaDB's system-versioned tables keep rows that are no longer true beside those that are. What
// is followed is the table as its users see it: the rows whose period has not ended.
//
// The log writes an UPDATE as the update of the row and the insert of what it was, with the end of
// its period; a DELETE as an update that ends the period. The server counts the end among the key's
// columns; here the key is the user's.

// How the data dictionary's pass declares the column that ends the period.
constexpr std::string_view kRowEndDeclaration = " GENERATED ALWAYS AS ROW END";

// The column that ends the rows' period; nullopt: the table has no history.
std::optional<size_t> RowEndColumn(const TableSchema& schema);

// Turns what the log says of a row and its history into what happened to the table's rows. False:
// nothing did, the change is one of history.
bool CurrentRowsChange(size_t row_end, Change& change);

// Whether the columns are those that MariaDB writes for a SEQUENCE, which is no table of rows.
bool IsSequence(const TableSchema& schema);

}  // namespace rowhouse::mysql
