#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "verify/canonical.h"

namespace rowhouse::verify {

// The key as the sides know it of the values that somebody typed, in the key's order, as MySQL
// shows them (bytes as 0x...).
//
// Errors: kUnsupported: the table has no key. kBadRecord (E-CLI-003): too few values, too many,
// or one that can't be read.
Result<std::string> TypedKey(
    const std::string& table,
    const CanonicalTable& canonical,
    const std::vector<std::string>& values
);

}  // namespace rowhouse::verify
