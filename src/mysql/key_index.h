#pragma once

#include <string>

#include "base/result.h"
#include "model/table.h"
#include "mysql/connection.h"

namespace rowhouse::mysql {

// The name of the unique index over exactly the key's columns, whole; empty where there is none.
Result<std::string> KeyIndex(Connection& connection, const TableSchema& table);

}  // namespace rowhouse::mysql
