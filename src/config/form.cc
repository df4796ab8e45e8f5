#include "config/form.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "base/name_pattern.h"
#include "config/units.h"

namespace rowhouse::config {

namespace {

bool IsHostPort(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) {
    return false;
  }
  const auto port = ReadInteger(text.substr(colon + 1));
  return port && *port <= 65535 && text.find_first_of(" /@") == std::string_view::npos;
}

bool IsServerList(std::string_view text) {
  while (true) {
    const size_t comma = text.find(',');
    std::string_view one = text.substr(0, comma);
    while (one.starts_with(' ')) {
      one.remove_prefix(1);
    }
    if (!IsHostPort(one)) {
      return false;
    }
    if (comma == std::string_view::npos) {
      return true;
    }
    text.remove_prefix(comma + 1);
  }
}

bool IsUrl(std::string_view text) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (text.starts_with(scheme) && text.size() > scheme.size()) {
      return text.find_first_of(" @") == std::string_view::npos;
    }
  }
  return false;
}

bool IsName(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.';
  });
}

// Globs of so many names with dots between, or /a regular expression/.
bool IsPattern(std::string_view text, size_t names) {
  if (text.size() > 2 && text.front() == '/' && text.back() == '/') {
    return NamePattern::Parse(text).has_value();
  }
  for (; names > 1; --names) {
    const size_t dot = text.find('.');
    if (dot == std::string_view::npos || dot == 0) {
      return false;
    }
    text.remove_prefix(dot + 1);
  }
  return !text.empty();
}

}  // namespace

std::optional<Complaint> CheckForm(const Option& option, std::string_view text) {
  const auto wrong = [&](bool good, std::string_view what, std::string fix) {
    return good ? std::nullopt
                : std::optional(Complaint{
                      "E-CFG-004",
                      fmt::format("{}: \"{}\" is no {}", option.path, text, what),
                      std::move(fix)});
  };
  switch (option.form) {
    case Form::kAny:
    case Form::kPath:
      return std::nullopt;
    case Form::kListen:
      return wrong(IsHostPort(text), "address", "write host:port, such as 127.0.0.1:8087");
    case Form::kUrl:
      if (text.find('@') != std::string_view::npos) {
        return Complaint{
            "E-CFG-004",
            fmt::format("{} has a user or password in the URL", option.path),
            "give them by the user and password options beside it, where they stay hidden"};
      }
      return wrong(IsUrl(text), "URL", "write http://host:port or https://host:port");
    case Form::kServers:
      return wrong(IsServerList(text), "list of servers", "write host:port,host:port");
    case Form::kTables:
      return wrong(
          IsPattern(text, 2),
          "table",
          "write database.table, where * and ? stand for any characters, or /a regular expression/"
      );
    case Form::kColumns:
      return wrong(
          IsPattern(text, 3),
          "column",
          "write database.table.column, where * and ? stand for any characters, or /a regular "
          "expression/"
      );
    case Form::kOperations:
      return wrong(
          text.size() == 1 && std::string_view("rcudt").find(text) != std::string_view::npos,
          "operation",
          "write c (insert), u (update), d (delete), t (truncate) or r (first load)"
      );
    case Form::kName:
      return wrong(IsName(text), "plain name", "use letters, digits and . _ - only");
  }
  return std::nullopt;
}

}  // namespace rowhouse::config
