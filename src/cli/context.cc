#include "cli/context.h"

#include <algorithm>
#include <cstdio>
#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "cli/format_options.h"

namespace rowhouse::cli {

namespace {

using Json = nlohmann::ordered_json;

LogLevel LevelOf(std::string_view name) {
  if (name == "debug") {
    return LogLevel::kDebug;
  }
  if (name == "warn") {
    return LogLevel::kWarn;
  }
  return name == "error" ? LogLevel::kError : LogLevel::kInfo;
}

void SetUpLog(const config::Log& log, const Arguments& args) {
  const std::string fallback = args.Has("quiet") ? "warn" : log.level;
  const bool text = log.format == "text" || (log.format == "auto" && isatty(STDERR_FILENO) == 1);
  ConfigureLog(
      LevelOf(args.Text("log-level", fallback)), text ? LogFormat::kText : LogFormat::kJson
  );
}

Json ProblemJson(const config::Problem& p) {
  Json json = {
      {"code", p.code},
      {"severity", p.severity == config::Severity::kError ? "error" : "warning"},
      {"where", p.where},
      {"message", p.message},
      {"hint", p.fix}};
  if (p.place.line > 0) {
    json["line"] = p.place.line;
    json["column"] = p.place.column;
  }
  return json;
}

std::string Indented(const std::string& text) {
  std::string out;
  for (const char c : text) {
    out += c;
    if (c == '\n') {
      out += "       ";
    }
  }
  return out;
}

}  // namespace

Context::Context(Arguments args)
    : args_(std::move(args)),
      format_(args_.Text("output") == "json" ? Format::kJson : Format::kText) {}

config::Loaded Context::LoadRaw(const std::vector<std::string>& required) const {
  config::LoadOptions options{
      .file = "",
      .set = args_.All("set"),
      .env = config::ProcessEnvironment(),
      .required = required};
  options.file = config::FindConfigFile(args_.Text("config"), options.env);
  return config::Load(options);
}

Result<config::Config> Context::LoadConfig(const std::vector<std::string>& required) {
  config::Loaded loaded = LoadRaw(required);
  SetUpLog(loaded.config.log, args_);
  problems_ = loaded.problems;
  ROWHOUSE_TRY(loaded.ToStatus());
  (void)ROWHOUSE_TRY(FormatOf(loaded.config));
  if (format_ == Format::kText) {
    std::fputs(config::Render(loaded.problems).c_str(), stderr);
  }
  return std::move(loaded.config);
}

void Context::Print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

void Context::PrintError(const Error& error) const {
  const bool of_config = error.code().starts_with("E-CFG-") && !problems_.empty();
  if (format_ == Format::kJson) {
    Json json = {
        {"code", error.code()},
        {"kind", std::string(KindName(error.kind()))},
        {"message", of_config ? problems_.front().message : error.message()},
        {"hint", of_config ? problems_.front().fix : error.hint()},
        {"docs", error.code().empty() ? "" : "rowhouse help " + error.code()}};
    if (of_config) {
      json["problems"] = Json::array();
      for (const config::Problem& p : problems_) {
        json["problems"].push_back(ProblemJson(p));
      }
    }
    const std::string line =
        Json{{"error", json}}.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
    std::fputs(line.c_str(), stderr);
    return;
  }
  if (of_config) {
    std::fputs(config::Render(problems_).c_str(), stderr);
    return;
  }
  std::string text = error.code().empty() ? "error: " : error.code() + " ";
  text += error.message() + "\n";
  if (!error.hint().empty()) {
    text += "  fix: " + Indented(error.hint()) + "\n";
  }
  std::fputs(text.c_str(), stderr);
}

std::string AlignColumns(const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()), 0);
    for (size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], row[i].size());
    }
  }
  std::string out;
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      out += i + 1 == row.size() ? row[i] : fmt::format("{:<{}}  ", row[i], widths[i]);
    }
    out.erase(out.find_last_not_of(' ') + 1);
    out += '\n';
  }
  return out;
}

}  // namespace rowhouse::cli
