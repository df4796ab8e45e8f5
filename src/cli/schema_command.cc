#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/file.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/process_answers.h"
#include "http/message.h"

namespace rowhouse::cli {

namespace {

constexpr const char* kSubjects = "/api/v1/clusters/local/subjects";

std::string PathOf(const std::string& subject) {
  return fmt::format("{}/{}", kSubjects, http::PercentEncode(subject));
}

Result<ExitCode> List(Context& context) {
  const auto config = ROWHOUSE_TRY(context.LoadConfig());
  const Json answer = ROWHOUSE_TRY(AskForJson(config, "GET", kSubjects));
  const Json& subjects = answer.at("items");
  if (context.format() == Format::kJson) {
    Context::Print(WithSchema("schemas/v1", {{"subjects", subjects}}));
    return ExitCode::kOk;
  }
  std::vector<std::vector<std::string>> rows = {{"SUBJECT", "VERSIONS", "ID", "TYPE", "LEVEL"}};
  for (const Json& subject : subjects) {
    rows.emplace_back();
    for (const char* name : {"subject", "versions", "latest_id", "type", "level"}) {
      rows.back().push_back(CellOf(subject, name));
    }
  }
  Context::Print(AlignColumns(rows));
  return ExitCode::kOk;
}

// The version of --version, or the newest.
Result<Json> VersionOf(const Context& context, const Json& subject) {
  const int64_t wanted = ROWHOUSE_TRY(context.args().Number("version", 0, 0, INT32_MAX));
  const Json& versions = subject.at("versions");
  for (auto at = versions.rbegin(); at != versions.rend(); ++at) {
    if (wanted == 0 || at->at("version") == wanted) {
      return *at;
    }
  }
  return Error(
             ErrorKind::kNotFound,
             fmt::format("subject {} has no version {}", CellOf(subject, "subject"), wanted)
  )
      .WithHint("rowhouse schema show SUBJECT -o json lists its versions");
}

Result<ExitCode> Show(Context& context) {
  const auto config = ROWHOUSE_TRY(context.LoadConfig());
  const Json subject =
      ROWHOUSE_TRY(AskForJson(config, "GET", PathOf(context.args().words.front())));
  const Json version = ROWHOUSE_TRY(VersionOf(context, subject));
  if (context.format() == Format::kJson) {
    Context::Print(WithSchema("schema/v1", subject));
    return ExitCode::kOk;
  }
  fmt::print(
      stderr,
      "{} version {} of {}, id {}, level {}\n",
      CellOf(subject, "subject"),
      CellOf(version, "version"),
      subject.at("versions").size(),
      CellOf(version, "id"),
      CellOf(subject, "level")
  );
  const std::string text = CellOf(version, "schema");
  const Json pretty = Json::parse(text, nullptr, false);
  Context::Print((pretty.is_discarded() ? text : pretty.dump(2)) + "\n");
  return ExitCode::kOk;
}

// The body of a check and of a registration.
Result<Json> GivenSchema(const Context& context) {
  const std::string file = context.args().Text("file");
  if (file.empty()) {
    return Error(ErrorKind::kBadRecord, "--file is missing: the schema, as JSON")
        .WithCode("E-CLI-003")
        .WithHint("rowhouse schema check SUBJECT --file orders.avsc");
  }
  return Json{{"schema", ROWHOUSE_TRY(ReadFile(file))}};
}

Result<ExitCode> Check(Context& context) {
  const auto config = ROWHOUSE_TRY(context.LoadConfig());
  const Json order = ROWHOUSE_TRY(GivenSchema(context));
  const std::string& subject = context.args().words.front();
  const Json answer = ROWHOUSE_TRY(AskForJson(config, "POST", PathOf(subject) + "/check", order));
  const bool fits = answer.at("compatible").get<bool>();
  if (context.format() == Format::kJson) {
    Context::Print(WithSchema("schema-check/v1", answer));
  } else {
    std::string text =
        fmt::format("{}: {}\n", subject, fits ? "may be the next version" : "is refused");
    for (const Json& message : answer.at("messages")) {
      text += fmt::format("  {}\n", message.get<std::string>());
    }
    Context::Print(text);
  }
  return fits ? ExitCode::kOk : ExitCode::kDifference;
}

Result<ExitCode> Register(Context& context) {
  const auto config = ROWHOUSE_TRY(context.LoadConfig());
  const Json order = ROWHOUSE_TRY(GivenSchema(context));
  const std::string& subject = context.args().words.front();
  const Json answer =
      ROWHOUSE_TRY(AskForJson(config, "POST", PathOf(subject) + "/versions", order));
  Context::Print(
      context.format() == Format::kJson
          ? WithSchema("schema-register/v1", answer)
          : fmt::format(
                "{}: version {}, id {}\n", subject, CellOf(answer, "version"), CellOf(answer, "id")
            )
  );
  return ExitCode::kOk;
}

Result<ExitCode> Delete(Context& context) {
  const Arguments& args = context.args();
  const auto config = ROWHOUSE_TRY(context.LoadConfig());
  const std::string& subject = args.words.front();
  const int64_t version = ROWHOUSE_TRY(args.Number("version", 0, 1, INT32_MAX));
  std::string path = PathOf(subject);
  path += version == 0 ? "" : fmt::format("/versions/{}", version);
  path += args.Has("permanent") ? "?permanent=true" : "";
  const std::string what =
      version == 0 ? subject : fmt::format("version {} of {}", version, subject);
  Json order = Json::object();
  if (args.Has("yes")) {
    order["confirm"] = subject;
  }
  auto answer = AskForJson(config, "DELETE", path, order);
  if (!answer && answer.error().code() == "E-CON-011") {
    return std::move(answer).error().WithHint("the same with --yes takes it away");
  }
  ROWHOUSE_TRY(std::move(answer));
  Context::Print(
      context.format() == Format::kJson
          ? WithSchema("schema-delete/v1", {{"subject", subject}, {"deleted", true}})
          : fmt::format("{} is taken away\n", what)
  );
  return ExitCode::kOk;
}

Command Of(std::string name, std::string summary, Result<ExitCode> (*run)(Context&)) {
  return {
      .name = std::move(name),
      .group = "Learn",
      .summary = std::move(summary),
      .examples = {},
      .words = "SUBJECT",
      .words_count = Words::kOne,
      .run = run};
}

}  // namespace

Command SchemaListCommand() {
  Command command = Of("schema list", "subjects of the schema registry", List);
  command.examples = {"rowhouse schema list -c rowhouse.yaml"};
  command.words = "";
  command.words_count = Words::kNone;
  return command;
}

Command SchemaShowCommand() {
  Command command = Of("schema show", "a subject's schema, the newest or --version", Show);
  command.examples = {"rowhouse schema show shop.shop.orders-value --version 1"};
  command.options = {{.name = "version", .value = "N", .doc = "the newest where left out"}};
  return command;
}

Command SchemaCheckCommand() {
  Command command =
      Of("schema check", "whether a schema may be a subject's next version; 3 if not", Check);
  command.examples = {"rowhouse schema check shop.shop.orders-value --file orders.avsc"};
  command.options = {{.name = "file", .value = "FILE", .doc = "an Avro schema, JSON"}};
  return command;
}

Command SchemaRegisterCommand() {
  Command command = Of("schema register", "make a schema a subject's next version", Register);
  command.examples = {"rowhouse schema register own-value --file own.avsc"};
  command.options = {{.name = "file", .value = "FILE", .doc = "an Avro schema, JSON"}};
  return command;
}

Command SchemaDeleteCommand() {
  Command command = Of("schema delete", "take a subject or one version away", Delete);
  command.examples = {"rowhouse schema delete own-value --version 1 --yes"};
  command.options = {
      {.name = "version", .value = "N", .doc = "only this one"},
      {.name = "permanent", .value = "", .doc = "for good, once it was taken away"},
      {.name = "yes", .value = "", .doc = "do it"}};
  return command;
}

}  // namespace rowhouse::cli
