#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace rowhouse::bench {

// A TABLE_MAP and an event of inserted rows, as a MariaDB server wrote them, the rows said often
// enough for an event of 8 KB at least. `first` is the log's FORMAT_DESCRIPTION.
struct RecordedRows {
  std::string first;
  std::string map;
  std::string rows;
};

// The first insert into the table in a file of src/mysql/testdata.
Result<RecordedRows> Recorded(const std::string& file, std::string_view table);

}  // namespace rowhouse::bench
