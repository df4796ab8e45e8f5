#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/context.h"
#include "cli/process_answers.h"
#include "http/message.h"

namespace rowhouse::cli {

namespace {

constexpr const char* kGroups = "/api/v1/clusters/local/groups";

std::string PathOf(const std::string& group) {
  return fmt::format("{}/{}", kGroups, http::PercentEncode(group));
}

std::string SecondsOf(const Json& object) {
  const auto at = object.find("lag_s");
  return at != object.end() && at->is_number() ? fmt::format("{:.1f} s", at->get<double>()) : "-";
}

std::string ListText(const Json& groups) {
  std::vector<std::vector<std::string>> rows = {
      {"GROUP", "STATE", "MEMBERS", "LAG", "BEHIND", "TOPICS"}};
  for (const Json& group : groups) {
    std::string topics;
    for (const Json& topic : group.at("topics")) {
      topics += (topics.empty() ? "" : ", ") + topic.get<std::string>();
    }
    rows.push_back(
        {CellOf(group, "group"),
         CellOf(group, "state"),
         CellOf(group, "members"),
         CellOf(group, "lag"),
         SecondsOf(group),
         topics}
    );
  }
  return AlignColumns(rows);
}

std::string GroupText(const Json& group) {
  std::vector<std::vector<std::string>> rows = {
      {"TOPIC", "PARTITION", "COMMITTED", "BEGIN", "END", "LAG", "BEHIND", "HOST"}};
  for (const Json& partition : group.at("partitions")) {
    rows.emplace_back();
    for (const char* name : {"topic", "partition", "committed", "begin", "end", "lag"}) {
      rows.back().push_back(CellOf(partition, name));
    }
    rows.back().push_back(SecondsOf(partition));
    rows.back().push_back(CellOf(partition, "host"));
  }
  return fmt::format(
      "{}: {}, {} members, lag {}\n{}",
      CellOf(group, "group"),
      CellOf(group, "state"),
      CellOf(group, "members"),
      CellOf(group, "lag"),
      AlignColumns(rows)
  );
}

Result<ExitCode> Show(Context& context) {
  const auto config = ROWHOUSE_TRY(context.LoadConfig());
  const auto& words = context.args().words;
  const bool json = context.format() == Format::kJson;
  if (!words.empty()) {
    const Json group = ROWHOUSE_TRY(AskForJson(config, "GET", PathOf(words.front())));
    Context::Print(json ? WithSchema("group/v1", group) : GroupText(group));
    return ExitCode::kOk;
  }
  const Json answer = ROWHOUSE_TRY(AskForJson(config, "GET", kGroups + std::string("?ages=true")));
  const Json& groups = answer.at("items");
  Context::Print(json ? WithSchema("groups/v1", {{"groups", groups}}) : ListText(groups));
  return ExitCode::kOk;
}

Result<ExitCode> Reset(Context& context) {
  const Arguments& args = context.args();
  for (const char* needed : {"topic", "to"}) {
    if (!args.Has(needed)) {
      return Error(ErrorKind::kBadRecord, fmt::format("--{} is missing", needed))
          .WithCode("E-CLI-003")
          .WithHint("rowhouse groups reset GROUP --topic TOPIC --to earliest");
    }
  }
  const auto config = ROWHOUSE_TRY(context.LoadConfig());
  const std::string& group = args.words.front();
  const bool sure = args.Has("yes");
  Json order = {{"topic", args.Text("topic")}, {"to", args.Text("to")}, {"dry_run", !sure}};
  if (sure) {
    order["confirm"] = group;
  }
  const Json lines = ROWHOUSE_TRY(AskForJson(config, "POST", PathOf(group) + "/reset", order));
  if (context.format() == Format::kJson) {
    Context::Print(WithSchema("group-reset/v1", {{"changed", sure}, {"partitions", lines}}));
    return ExitCode::kOk;
  }
  std::vector<std::vector<std::string>> rows = {{"TOPIC", "PARTITION", "FROM", "TO"}};
  for (const Json& line : lines) {
    rows.push_back(
        {CellOf(line, "topic"), CellOf(line, "partition"), CellOf(line, "from"), CellOf(line, "to")}
    );
  }
  Context::Print(AlignColumns(rows));
  fmt::print(
      stderr, "{}\n", sure ? "set" : "nothing is changed: the same with --yes sets these offsets"
  );
  return ExitCode::kOk;
}

}  // namespace

Command GroupsCommand() {
  return {
      .name = "groups",
      .group = "Learn",
      .summary =
          "consumer groups of Kafka and how far they are behind, as the running process sees",
      .examples = {"rowhouse groups -c rowhouse.yaml", "rowhouse groups billing -o json"},
      .words = "GROUP",
      .words_count = Words::kOptional,
      .run = Show};
}

Command GroupsResetCommand() {
  return {
      .name = "groups reset",
      .group = "Learn",
      .summary = "set a group's offsets of a topic; shows what would be, until --yes",
      .examples =
          {"rowhouse groups reset billing --topic shop.shop.orders --to earliest",
           "rowhouse groups reset billing --topic shop.shop.orders --to shift:-100 --yes"},
      .options =
          {{.name = "topic", .value = "TOPIC", .doc = "whose offsets"},
           {.name = "to", .value = "PLACE", .doc = "earliest, latest, offset:N, time:T, shift:-N"},
           {.name = "yes", .value = "", .doc = "do it; the group must have no members"}},
      .words = "GROUP",
      .words_count = Words::kOne,
      .run = Reset};
}

}  // namespace rowhouse::cli
