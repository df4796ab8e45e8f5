#pragma once

#include <string_view>

#include "base/result.h"

namespace rowhouse::backfill {

// Whether a condition from the console may be put between brackets into a question to the source.
//
// It is asked with rowhouse's own account, for people who have none there. So it may look at the
// table's own row only: no subquery, no variable, no function but those that make values out of
// values, and nothing that lexers may read in different ways (comments, backslashes). Commands are
// not held to it: who has the configuration has the account.
//
// Errors: kBadRecord (E-FILL-005) names the word.
Status CheckCondition(std::string_view where);

}  // namespace rowhouse::backfill
