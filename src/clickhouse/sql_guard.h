#pragma once

#include <set>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rowhouse::clickhouse {

// The statement as it may be run for somebody who only reads, or why it may not.
//
// ClickHouse's setting readonly=1 is not enough: with it, file() reads the server's files, INTO
// OUTFILE writes some (in the embedded engine), DESCRIBE of a table function connects to other
// hosts, and tables of `system` show passwords. So, beside that setting:
//
//   - it is one statement that begins with SELECT, WITH, FROM, EXPLAIN, DESCRIBE or SHOW. EXISTS
//     would tell of files: in the embedded engine they are tables of `default`;
//   - of the functions named in `reaching` (lower case; the server's table functions) and a few
//     more none is called, whatever way its name is quoted;
//   - of `system` only tables without secrets are read;
//   - what lexers may read in different ways (heredocs, typographic quotes) is refused.
//
// Comments come out as blanks, so that the server can't take for code what we took for a comment;
// every character keeps its place, and with it the place that an error tells.
//
// Errors: kBadRecord (E-CON-016) with the place, counted from 1, as native().
Result<std::string> GuardReadOnly(std::string_view sql, const std::set<std::string>& reaching);

}  // namespace rowhouse::clickhouse
