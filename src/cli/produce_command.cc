#include "cli/produce_command.h"

#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/file.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/process_answers.h"
#include "http/message.h"

namespace rowhouse::cli {

namespace {

constexpr size_t kTextBytesMost = size_t{4} << 20;  // the console takes 8 MiB of JSON

Error Wrong(const std::string& what) {
  return Error(ErrorKind::kBadRecord, what)
      .WithCode("E-CLI-003")
      .WithHint("rowhouse produce my.topic --key 7 --value '{\"id\": 7}' --header by=me");
}

Result<Json> ValueOf(const Arguments& args) {
  const int given =
      (args.Has("value") ? 1 : 0) + (args.Has("file") ? 1 : 0) + (args.Has("tombstone") ? 1 : 0);
  if (given != 1) {
    return Wrong("one of --value, --file and --tombstone says what is written");
  }
  if (args.Has("tombstone")) {
    return Json{{"format", "null"}};
  }
  std::string text =
      args.Has("value") ? args.Text("value") : ROWHOUSE_TRY(ReadFile(args.Text("file")));
  if (text.size() > kTextBytesMost) {
    return Wrong(fmt::format("the value has {} bytes; {} at most", text.size(), kTextBytesMost));
  }
  Json value = {{"format", args.Text("format", "auto")}, {"text", std::move(text)}};
  if (args.Has("schema-id")) {
    value["schema_id"] = ROWHOUSE_TRY(args.Number("schema-id", 1, 1, INT32_MAX));
  }
  if (args.Has("subject")) {
    value["subject"] = args.Text("subject");
  }
  return value;
}

Result<Json> HeadersOf(const Arguments& args) {
  Json headers = Json::array();
  for (const std::string& header : args.All("header")) {
    const size_t equals = header.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Wrong(fmt::format("--header {}: no name=value", header));
    }
    headers.push_back({{"name", header.substr(0, equals)}, {"text", header.substr(equals + 1)}});
  }
  return headers;
}

Result<ExitCode> Produce(Context& context) {
  const Arguments& args = context.args();
  const auto config = ROWHOUSE_TRY(context.LoadConfig());
  const std::string& topic = args.words.front();
  Json order = {{"value", ROWHOUSE_TRY(ValueOf(args))}, {"headers", ROWHOUSE_TRY(HeadersOf(args))}};
  if (args.Has("key")) {
    order["key"] = {{"format", args.Text("key-format", "auto")}, {"text", args.Text("key")}};
  }
  if (args.Has("partition")) {
    order["partition"] = ROWHOUSE_TRY(args.Number("partition", 0, 0, INT32_MAX));
  }
  order["force"] = args.Has("force");
  const Json placed = ROWHOUSE_TRY(AskForJson(
      config,
      "POST",
      fmt::format("/api/v1/clusters/local/topics/{}/messages", http::PercentEncode(topic)),
      order
  ));
  Context::Print(
      context.format() == Format::kJson ? WithSchema("produce/v1", placed)
                                        : fmt::format(
                                              "{} partition {} offset {}\n",
                                              topic,
                                              CellOf(placed, "partition"),
                                              CellOf(placed, "offset")
                                          )
  );
  return ExitCode::kOk;
}

}  // namespace

Command ProduceCommand() {
  return {
      .name = "produce",
      .group = "Learn",
      .summary = "write one record to a topic, by its Avro schema where it has one",
      .examples =
          {"rowhouse produce my.topic --key 7 --value '{\"id\": 7, \"price\": 9.50}'",
           "rowhouse produce my.topic -f order.json --subject orders-value --header by=me",
           "rowhouse produce my.topic --key 7 --tombstone"},
      .options =
          {{.name = "key",
            .value = "TEXT",
            .doc = "JSON where the topic has a schema of keys; left out: null"},
           {.name = "value",
            .value = "TEXT",
            .doc = "JSON where it has one of values, as messages are shown"},
           {.name = "file", .value = "FILE", .doc = "the value out of a file", .letter = 'f'},
           {.name = "tombstone", .value = "", .doc = "no value"},
           {.name = "header", .value = "NAME=TEXT", .doc = "a header", .repeated = true},
           {.name = "partition", .value = "N", .doc = "else by the key"},
           {.name = "schema-id", .value = "N", .doc = "the value's schema, by its id"},
           {.name = "subject",
            .value = "S",
            .doc = "the newest schema of this subject for the value"},
           {.name = "format",
            .value = "FORMAT",
            .doc = "of the value (auto: Avro where there is a schema, else text)",
            .choices = "auto|avro|json|string|hex"},
           {.name = "key-format",
            .value = "FORMAT",
            .doc = "of the key",
            .choices = "auto|avro|json|string|hex"},
           {.name = "force", .value = "", .doc = "also to a topic of the pipeline's own"}},
      .words = "TOPIC",
      .words_count = Words::kOne,
      .run = Produce};
}

}  // namespace rowhouse::cli
