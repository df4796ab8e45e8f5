#pragma once

#include <string_view>

#include "base/error.h"

namespace rowhouse::clickhouse {

// What to do about a ClickHouse exception code; kInternal for codes without a row.
ErrorKind KindOfException(int code);

// 60 of "Code: 60. DB::Exception: …"; 0 where there is none.
int ExceptionCode(std::string_view text);

// The error of an answer that is not 2xx: the first line of ClickHouse's text without its
// version, the code as native(), the kind by the code or else by the status.
Error ExceptionOf(int http_status, std::string_view body);

}  // namespace rowhouse::clickhouse
