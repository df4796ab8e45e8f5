#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/table.h"
#include "mysql/flavor.h"

namespace rowhouse::mysql {

// One row of information_schema.COLUMNS as text, NULL as nullopt.
struct DictionaryColumn {
  std::string name;
  std::string data_type;
  std::string column_type;
  bool nullable = true;
  std::optional<std::string> default_text;
  std::string extra;
  std::string generation;  // GENERATION_EXPRESSION
  std::string collation;
  std::string comment;
  bool checked_as_json = false;  // MariaDB: a json_valid() check on the column
};

// A collation's id by its name.
using CollationIds = std::map<std::string, uint16_t, std::less<>>;

// The data dictionary's spelling of a column as the model's. Never fails: a type that is
// not known becomes kUnknown, which parks the table where its values are needed.
Column ToColumn(const DictionaryColumn& from, Flavor flavor, const CollationIds& collations);

// "enum('a','it''s')" as {"a", "it's"}; also for set(...). Empty for other types.
std::vector<std::string> ParseLabels(std::string_view column_type);

}  // namespace rowhouse::mysql
