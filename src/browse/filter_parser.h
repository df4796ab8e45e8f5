#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "browse/filter.h"
#include "browse/filter_tree.h"

namespace rowhouse::browse {

// An expression as a tree whose parts fit together: what can never be true because of
// its types is refused here.
struct ParsedFilter {
  std::unique_ptr<Expression> root;
  std::vector<FieldRef> fields;
  bool names_op = false;
};

Result<ParsedFilter> ParseFilter(std::string_view text);

}  // namespace rowhouse::browse
