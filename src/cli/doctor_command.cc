#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/context.h"
#include "cli/doctor.h"

namespace rowhouse::cli {

namespace {

using Json = nlohmann::ordered_json;

std::string HealthName(Health health) {
  switch (health) {
    case Health::kOk:
      return "ok";
    case Health::kWarn:
      return "warn";
    case Health::kFail:
      return "fail";
  }
  return "?";
}

std::string RenderText(const std::vector<Finding>& findings) {
  std::vector<std::vector<std::string>> rows;
  for (const Finding& f : findings) {
    std::string text = f.found;
    if (f.health != Health::kOk && !f.needed.empty()) {
      text += ", needed: " + f.needed;
    }
    rows.push_back({HealthName(f.health), f.code, f.area, f.what, text});
  }
  // The fixes stand under their lines, so that they can be copied whole.
  const std::string lines = AlignColumns(rows);
  std::string out;
  size_t begin = 0;
  for (const Finding& f : findings) {
    const size_t end = lines.find('\n', begin) + 1;
    out += lines.substr(begin, end - begin);
    begin = end;
    if (!f.fix.empty()) {
      out += fmt::format("      fix: {}\n", f.fix);
    }
  }
  const auto count = [&findings](Health health) {
    return std::ranges::count(findings, health, &Finding::health);
  };
  return out + fmt::format(
                   "{} passed, {} warned, {} failed\n",
                   count(Health::kOk),
                   count(Health::kWarn),
                   count(Health::kFail)
               );
}

std::string RenderJson(const std::vector<Finding>& findings) {
  Json json = {{"schema", "doctor/v1"}, {"checks", Json::array()}};
  for (const Finding& f : findings) {
    json["checks"].push_back(
        {{"code", f.code},
         {"area", f.area},
         {"what", f.what},
         {"found", f.found},
         {"needed", f.needed},
         {"state", HealthName(f.health)},
         {"fix", f.fix}}
    );
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<ExitCode> Doctor(Context& context) {
  const auto config = ROWHOUSE_TRY(context.LoadConfig({"source.tables"}));
  const std::vector<Finding> findings = Examine(config);
  if (context.args().Has("fix-sql")) {
    for (const Finding& f : findings) {
      if (f.area == "mysql" && !f.fix.empty()) {
        Context::Print(fmt::format("-- {} {}\n{}\n", f.code, f.what, f.fix));
      }
    }
  } else {
    Context::Print(context.format() == Format::kJson ? RenderJson(findings) : RenderText(findings));
  }
  const bool failed =
      std::ranges::any_of(findings, [](const Finding& f) { return f.health == Health::kFail; });
  return failed ? ExitCode::kPreflight : ExitCode::kOk;
}

}  // namespace

Command DoctorCommand() {
  return {
      .name = "doctor",
      .group = "Operate",
      .summary = "check source, Kafka, registry and ClickHouse; each failure with its fix",
      .examples = {"rowhouse doctor -c rowhouse.yaml", "rowhouse doctor --fix-sql"},
      .options =
          {{.name = "fix-sql", .value = "", .doc = "print only the SQL that mends the source"}},
      .run = Doctor};
}

}  // namespace rowhouse::cli
