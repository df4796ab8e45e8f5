#include "cli/table_filter.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace rowhouse::cli {

namespace {

std::vector<NamePattern> Checked(const std::vector<std::string>& texts) {
  auto patterns = ParseNamePatterns(texts);
  CHECK(patterns);
  return *std::move(patterns);
}

}  // namespace

TableFilter::TableFilter(
    const std::vector<std::string>& tables, const std::vector<std::string>& exclude
)
    : tables_(Checked(tables)), exclude_(Checked(exclude)) {}

bool TableFilter::Wants(std::string_view database, std::string_view table) const {
  return AnyMatches(tables_, {database, table}) && !AnyMatches(exclude_, {database, table});
}

bool TableFilter::WantsDatabase(std::string_view database) const {
  return std::ranges::any_of(tables_, [&](const NamePattern& p) { return p.MayMatchIn(database); });
}

}  // namespace rowhouse::cli
