#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace rowhouse {

// Whether a text matches a glob: * is any run of characters (also an empty one), ? any one.
bool GlobMatches(std::string_view glob, std::string_view text);

// Which tables or columns a setting speaks of.
//
// Either globs for database, table and column with dots between ("shop.ord*",
// "shop.*.card"), which match apart, so that a dot in a name is never taken for
// one of those between; what is left out at the end is *. Or, between slashes, a
// regular expression of the whole name, case aside, as Debezium has them:
// "/shop\.(orders|items)/".
//
// Threads: constant after construction.
class NamePattern {
 public:
  // kConfig for an expression that is none.
  static Result<NamePattern> Parse(std::string_view text);

  // `names` are database, table and, where columns are meant, column.
  bool Matches(std::initializer_list<std::string_view> names) const;

  // Whether some table of the database may match.
  bool MayMatchIn(std::string_view database) const;

  const std::string& text() const { return text_; }

 private:
  struct Expression;

  explicit NamePattern(std::string_view text) : text_(text) {}

  std::string text_;
  std::shared_ptr<const Expression> expression_;  // null: globs
};

// kConfig for the first that is none.
Result<std::vector<NamePattern>> ParseNamePatterns(const std::vector<std::string>& texts);

bool AnyMatches(
    const std::vector<NamePattern>& patterns, std::initializer_list<std::string_view> names
);

}  // namespace rowhouse
