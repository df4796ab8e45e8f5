#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/table.h"
#include "mysql/connection.h"
#include "mysql/source_options.h"

namespace rowhouse::mysql {

// How the rows of a condition are found other than by going through the table in its key's order.
struct ReadWay {
  std::string where;  // the condition, in the server's SQL
  std::string index;
  uint64_t rows = 0;  // the server's estimate
};

// The index by which the server itself would look the condition up, where that leads to at most
// `rows_max` rows and to a small part of the table; nullopt: there is none, or the key is as good.
//
// Such rows are sorted by key after they are found, again for each chunk: so few of them only.
Result<std::optional<ReadWay>> FindReadWay(
    const SourceOptions& options,
    const TableSchema& table,
    const std::string& where,
    uint64_t rows_max
);

// What EXPLAIN says of one table.
struct Explained {
  std::string type;
  std::string index;
  uint64_t rows = 0;
};

// Whether that is a way as above; `key` is the name of the key's own index.
bool IsShortWay(const Explained& way, std::string_view key, uint64_t rows, uint64_t rows_max);

}  // namespace rowhouse::mysql
