#include "base/name_pattern.h"

#include <algorithm>
#include <regex>

#include <fmt/format.h>

namespace rowhouse {

namespace {

// The part of dotted globs at `index`; the last takes all that is left.
std::string_view PartOf(std::string_view globs, size_t index, size_t parts) {
  for (size_t i = 0; i < index; ++i) {
    const size_t dot = globs.find('.');
    if (dot == std::string_view::npos) {
      return "*";
    }
    globs.remove_prefix(dot + 1);
  }
  return index + 1 == parts ? globs : globs.substr(0, globs.find('.'));
}

}  // namespace

struct NamePattern::Expression {
  std::regex regex;
};

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

Result<NamePattern> NamePattern::Parse(std::string_view text) {
  NamePattern pattern(text);
  if (text.size() >= 2 && text.front() == '/' && text.back() == '/') {
    try {  // the library reports a bad expression by throwing
      const std::string inner(text.substr(1, text.size() - 2));
      pattern.expression_ = std::make_shared<const Expression>(Expression{
          std::regex(inner, std::regex::ECMAScript | std::regex::icase)});
    } catch (const std::regex_error& error) {
      return Error(
                 ErrorKind::kConfig,
                 fmt::format("{} is no regular expression: {}", text, error.what())
      )
          .WithHint("write a regular expression between the slashes, or a glob without them");
    }
  }
  return pattern;
}

bool NamePattern::Matches(std::initializer_list<std::string_view> names) const {
  if (expression_ != nullptr) {
    return std::regex_match(fmt::format("{}", fmt::join(names, ".")), expression_->regex);
  }
  size_t index = 0;
  return std::ranges::all_of(names, [&](std::string_view name) {
    return GlobMatches(PartOf(text_, index++, names.size()), name);
  });
}

bool NamePattern::MayMatchIn(std::string_view database) const {
  return expression_ != nullptr || GlobMatches(PartOf(text_, 0, 2), database);
}

Result<std::vector<NamePattern>> ParseNamePatterns(const std::vector<std::string>& texts) {
  std::vector<NamePattern> patterns;
  patterns.reserve(texts.size());
  for (const std::string& text : texts) {
    patterns.push_back(ROWHOUSE_TRY(NamePattern::Parse(text)));
  }
  return patterns;
}

bool AnyMatches(
    const std::vector<NamePattern>& patterns, std::initializer_list<std::string_view> names
) {
  return std::ranges::any_of(patterns, [&](const NamePattern& p) { return p.Matches(names); });
}

}  // namespace rowhouse
