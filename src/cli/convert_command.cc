#include <cstdio>
#include <map>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "config/debezium.h"

namespace rowhouse::cli {

namespace {

using Json = nlohmann::ordered_json;
using Options = std::map<std::string, std::string>;

Error Unreadable(const std::string& file, const std::string& why) {
  return Error(ErrorKind::kBadRecord, fmt::format("{}: {}", file, why))
      .WithCode("E-CLI-003")
      .WithHint("give a connector's JSON, as Connect's REST API takes it, or its properties file");
}

// {"name": ..., "config": {...}} as it is posted to Connect, or the options alone.
Result<Options> ReadJson(const std::string& file, const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) {
    return Unreadable(file, "no JSON object");
  }
  const bool wrapped = json.contains("config") && json["config"].is_object();
  Options options;
  if (wrapped && json.contains("name") && json["name"].is_string()) {
    options["name"] = json["name"].get<std::string>();
  }
  for (const auto& [name, value] : (wrapped ? json["config"] : json).items()) {
    options[name] = value.is_string() ? value.get<std::string>() : value.dump();
  }
  return options;
}

std::string Trimmed(const std::string& text) {
  const size_t first = text.find_first_not_of(" \t\r");
  const size_t last = text.find_last_not_of(" \t\r");
  return first == std::string::npos ? "" : text.substr(first, last - first + 1);
}

// Java's backslashes: "\\" and "\:" lose one, as "\\." in a regular expression.
std::string Unescaped(const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    i += text[i] == '\\' && i + 1 < text.size() ? 1 : 0;
    out += text[i];
  }
  return out;
}

Result<Options> ReadProperties(const std::string& file, const std::string& text) {
  Options options;
  std::istringstream in(text);
  std::string line;
  std::string whole;
  while (std::getline(in, line)) {
    whole += Trimmed(line);
    if (whole.ends_with('\\') && !whole.ends_with("\\\\")) {
      whole.pop_back();  // goes on in the next line
      continue;
    }
    if (!whole.empty() && whole.front() != '#' && whole.front() != '!') {
      const size_t equals = whole.find_first_of("=:");
      if (equals == std::string::npos) {
        return Unreadable(file, fmt::format("\"{}\" is no name=value", whole));
      }
      options[Trimmed(whole.substr(0, equals))] = Unescaped(Trimmed(whole.substr(equals + 1)));
    }
    whole.clear();
  }
  return options;
}

Result<ExitCode> Convert(Context& context) {
  const std::string file = context.args().words.front();
  const std::string text = ROWHOUSE_TRY(ReadFile(file));
  const size_t start = text.find_first_not_of(" \t\r\n");
  const bool json = start != std::string::npos && text[start] == '{';
  const Options options = ROWHOUSE_TRY(json ? ReadJson(file, text) : ReadProperties(file, text));
  const config::Translation translation = config::FromDebeziumConnector(options);
  if (context.format() == Format::kJson) {
    const Json out = {
        {"schema", "config-convert/v1"},
        {"yaml", translation.yaml},
        {"no_equivalent", translation.no_equivalent},
        {"other_default", translation.other_default}};
    Context::Print(out.dump() + "\n");
    return ExitCode::kOk;
  }
  Context::Print(translation.yaml);
  for (const std::string& line : translation.no_equivalent) {
    std::fputs(("no equivalent: " + line + "\n").c_str(), stderr);
  }
  for (const std::string& line : translation.other_default) {
    std::fputs(("other default: " + line + "\n").c_str(), stderr);
  }
  return ExitCode::kOk;
}

}  // namespace

Command ConfigConvertCommand() {
  return {
      .name = "config convert",
      .group = "Configure",
      .summary = "another tool's configuration as rowhouse's; what has no equivalent is listed",
      .examples =
          {"rowhouse config convert --from debezium connector.json > rowhouse.yaml",
           "rowhouse config convert --from debezium connector.properties"},
      .options = {{.name = "from", .value = "TOOL", .doc = "whose it is", .choices = "debezium"}},
      .words = "FILE",
      .words_count = Words::kOne,
      .run = Convert};
}

}  // namespace rowhouse::cli
