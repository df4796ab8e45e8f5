#include "cli/table_filter.h"

#include <algorithm>

namespace rowhouse::cli {

namespace {

// "shop.ord*" -> {"shop", "ord*"}; database and table match apart, so that a dot in
// a name is never taken for the one between them.
std::pair<std::string_view, std::string_view> Split(std::string_view glob) {
  const size_t dot = glob.find('.');
  return {glob.substr(0, dot), dot == std::string_view::npos ? "*" : glob.substr(dot + 1)};
}

bool AnyMatches(
    const std::vector<std::string>& globs, std::string_view database, std::string_view table
) {
  return std::ranges::any_of(globs, [&](const std::string& glob) {
    const auto [of_database, of_table] = Split(glob);
    return GlobMatches(of_database, database) && GlobMatches(of_table, table);
  });
}

}  // namespace

bool GlobMatches(std::string_view glob, std::string_view text) {
  size_t g = 0;
  size_t t = 0;
  size_t star = std::string_view::npos;  // where to go on after a mismatch
  size_t star_text = 0;
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      star_text = t;
    } else if (g < glob.size() && (glob[g] == '?' || glob[g] == text[t])) {
      ++g;
      ++t;
    } else if (star != std::string_view::npos) {
      g = star + 1;
      t = ++star_text;
    } else {
      return false;
    }
  }
  return glob.find_first_not_of('*', g) == std::string_view::npos;
}

TableFilter::TableFilter(std::vector<std::string> tables, std::vector<std::string> exclude)
    : tables_(std::move(tables)), exclude_(std::move(exclude)) {}

bool TableFilter::Wants(std::string_view database, std::string_view table) const {
  return AnyMatches(tables_, database, table) && !AnyMatches(exclude_, database, table);
}

bool TableFilter::WantsDatabase(std::string_view database) const {
  return std::ranges::any_of(tables_, [&](const std::string& glob) {
    return GlobMatches(Split(glob).first, database);
  });
}

}  // namespace rowhouse::cli
