#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "browse/produce.h"
#include "console/kafka_api.h"
#include "console/slot.h"

namespace rowhouse::console {

namespace {

constexpr seconds kAnswer{8};
constexpr int kAtOnce = 2;
constexpr size_t kHeadersMost = 100;

Error Wrong(const std::string& what) {
  return Error(ErrorKind::kBadRecord, what)
      .WithHint(R"("value": {"format": "avro", "schema_id": 7, "text": "{\"id\": 1}"})");
}

// {"format","schema_id","subject","text"}; what is left out: "auto".
Result<browse::PartText> PartOf(const Json& body, const char* name) {
  browse::PartText part;
  if (!body.contains(name)) {
    part.format = browse::PartText::Format::kNull;
    return part;
  }
  for (const auto& [field, given] : body[name].items()) {
    const bool id = field == "schema_id";
    if (!id && field != "format" && field != "subject" && field != "text") {
      return Wrong(fmt::format("{}.{}: there is no such field", name, field));
    }
    const bool number = given.is_number_integer() && given >= 1 && given <= INT32_MAX;
    if (!given.is_null() && (id ? !number : !given.is_string())) {
      return Wrong(fmt::format("{}.{}: is no {}", name, field, id ? "schema's id" : "text"));
    }
  }
  const Json& given = body[name];
  const std::string word = TextAt(given, "format");
  const auto format = browse::PartFormatOf(word.empty() ? "auto" : word);
  if (!format) {
    return Wrong(fmt::format("{}.format: is none of auto, avro, json, string, hex, null", name));
  }
  part.format = *format;
  part.subject = TextAt(given, "subject");
  part.text = TextAt(given, "text");
  if (given.contains("schema_id") && !given["schema_id"].is_null()) {
    part.schema_id = given["schema_id"].get<int32_t>();
  }
  if (!given.contains("text") && *format != browse::PartText::Format::kNull) {
    return Wrong(fmt::format("{}.text: is missing; for a null: \"format\": \"null\"", name));
  }
  return part;
}

Result<browse::RecordText> RecordOf(const Call& call) {
  browse::RecordText record;
  if (!call.body.contains("value")) {
    return Wrong("value: is missing; for a tombstone: {\"format\": \"null\"}");
  }
  record.key = ROWHOUSE_TRY(PartOf(call.body, "key"));
  record.value = ROWHOUSE_TRY(PartOf(call.body, "value"));
  record.partition = call.body.value("partition", -1);
  if (call.body.contains("headers")) {
    for (const Json& header : call.body["headers"]) {
      const bool whole = header.is_object() && header.size() == 2 && header.contains("name") &&
                         header["name"].is_string() && header.contains("text") &&
                         header["text"].is_string();
      if (!whole || record.headers.size() == kHeadersMost) {
        return Wrong(
            fmt::format("headers: at most {} of {{\"name\": …, \"text\": …}}", kHeadersMost)
        );
      }
      record.headers.emplace_back(header["name"], header["text"]);
    }
  }
  return record;
}

Answer ProduceAnswer(KafkaPages& pages, const Call& call) {
  const std::string& topic = call.path["t"];
  const auto record = RecordOf(call);
  if (!record) {
    return Answer::Of(record.error());
  }
  const std::string own = pages.OwnTopic(call.path["c"], topic);
  if (!own.empty() && !call.body.value("force", false)) {
    return Answer::Problem(
        409,
        "E-KAFKA-008",
        fmt::format("topic {} is the pipeline's own: {}", topic, own),
        "write to a topic of your own; \"force\": true (--force) if that is really what you want"
    );
  }
  const auto client = pages.clusters().Find(call.path["c"]);
  if (!client) {
    return Answer::Of(client.error());
  }
  const Slot slot(pages.producing(), kAtOnce);
  if (!slot.free()) {
    Answer answer = Answer::Problem(
        429, "E-CON-019", fmt::format("{} records are being written already", kAtOnce), "try again"
    );
    answer.body["error"]["retry_after_s"] = 1;
    return answer;
  }
  const auto placed = browse::Produce(*record, topic, **client, Deadline::After(kAnswer));
  return placed ? Answer::Of(
                      {{"partition", placed->partition}, {"offset", std::to_string(placed->offset)}}
                  )
                : Answer::Of(placed.error());
}

}  // namespace

void AddProduceRoute(ConsoleRoutes& routes, const PagesPtr& pages) {
  using Type = Field::Type;
  routes.Add(
      Role::kOperator,
      "POST",
      "/api/v1/clusters/{c}/topics/{t}/messages",
      {.summary = "Write one record; its key and value are {format, schema_id, subject, text}",
       .body =
           {{.name = "partition",
             .type = Type::kInteger,
             .doc = "else by the key",
             .min = 0,
             .max = INT32_MAX},
            {.name = "key", .type = Type::kObject, .doc = "left out: null"},
            {.name = "value", .type = Type::kObject},
            {.name = "headers", .type = Type::kList, .doc = "{name, text} each"},
            {.name = "force", .type = Type::kBoolean, .doc = "also to a topic of the pipeline's"}}},
      [pages](const Call& call) { return ProduceAnswer(*pages, call); }
  );
}

}  // namespace rowhouse::console
