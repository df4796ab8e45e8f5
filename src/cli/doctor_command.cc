#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/context.h"
#include "cli/doctor.h"

namespace rowhouse::cli {

namespace {

using Json = nlohmann::ordered_json;

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
    Context::Print(
        context.format() == Format::kJson ? RenderJson(findings) : FindingsText(findings)
    );
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
