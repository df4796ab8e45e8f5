#pragma once

#include <string_view>

#include "base/error.h"

namespace rowhouse::mysql {

// Turns the server's and client library's error numbers into our kinds.
//
// One table; each row is a test. `what` says what was tried and where ("connecting to
// 10.0.0.7:3306 as repl"), `text` is the other side's own message. A number the
// table does not know is kUnavailable when the client library raised it (2000..2999:
// links) and kConfig otherwise: a statement that the server refuses will be refused again.
Error MapError(
    int native,
    std::string_view text,
    std::string_view what,
    SourceLocation at = SourceLocation::current()
);

}  // namespace rowhouse::mysql
