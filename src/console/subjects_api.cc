#include <utility>

#include <fmt/format.h>

#include "console/kafka_api.h"
#include "console/list.h"
#include "registry/catalog.h"

namespace rowhouse::console {

namespace {

using registry::Catalog;
using registry::SchemaText;

Result<Catalog> CatalogOf(KafkaPages& pages, const Call& call) {
  const auto client = ROWHOUSE_TRY(pages.clusters().Find(call.path["c"]));
  return Catalog(ROWHOUSE_TRY(client->Registry()));
}

std::string TypeOf(const SchemaText& schema) {
  return schema.type.empty() ? "AVRO" : schema.type;
}

// One request for the list, three a subject; a subject that goes meanwhile is left out.
Result<std::vector<Json>> Subjects(KafkaPages& pages, const Call& call) {
  Catalog catalog = ROWHOUSE_TRY(CatalogOf(pages, call));
  const auto tables = pages.TablesOf(call.path["c"]);
  std::vector<Json> items;
  for (const std::string& subject : ROWHOUSE_TRY(catalog.Subjects())) {
    const auto versions = catalog.Versions(subject);
    const auto newest = catalog.Version(subject, 0);
    if (!versions || !newest) {
      const Error& error = versions ? newest.error() : versions.error();
      if (error.kind() != ErrorKind::kNotFound) {
        return error;
      }
      continue;
    }
    const std::string topic = subject.substr(0, subject.rfind('-'));
    const std::string level = ROWHOUSE_TRY(catalog.Level(subject));
    items.push_back(
        {{"subject", subject},
         {"versions", versions->size()},
         {"latest_id", newest->id},
         {"type", TypeOf(newest->schema)},
         {"level", level},
         {"level_own", false},
         {"topic", tables.contains(topic) ? Json(topic) : Json(nullptr)},
         {"deleted", false}}
    );
  }
  return items;
}

Result<Json> Subject(KafkaPages& pages, const Call& call) {
  Catalog catalog = ROWHOUSE_TRY(CatalogOf(pages, call));
  const std::string& subject = call.path["s"];
  Json json = {{"subject", subject}};
  json["level"] = ROWHOUSE_TRY(catalog.Level(subject));
  json["versions"] = Json::array();
  for (const int32_t version : ROWHOUSE_TRY(catalog.Versions(subject))) {
    const auto one = ROWHOUSE_TRY(catalog.Version(subject, version));
    json["versions"].push_back({{"version", version}, {"id", one.id}, {"schema", one.schema.text}});
  }
  return json;
}

SchemaText Given(const Call& call) {
  return {call.Text("schema"), {}, call.Text("type") == "AVRO" ? "" : call.Text("type")};
}

Result<Json> Check(KafkaPages& pages, const Call& call) {
  Catalog catalog = ROWHOUSE_TRY(CatalogOf(pages, call));
  const auto checked = ROWHOUSE_TRY(catalog.Check(call.path["s"], Given(call)));
  return Json{{"compatible", checked.compatible}, {"messages", checked.messages}};
}

Result<Json> Register(KafkaPages& pages, const Call& call) {
  Catalog catalog = ROWHOUSE_TRY(CatalogOf(pages, call));
  const int32_t id = ROWHOUSE_TRY(catalog.Register(call.path["s"], Given(call)));
  const auto newest = ROWHOUSE_TRY(catalog.Version(call.path["s"], 0));
  return Json{{"id", id}, {"version", newest.version}};
}

Result<Json> SetLevel(KafkaPages& pages, const Call& call) {
  Catalog catalog = ROWHOUSE_TRY(CatalogOf(pages, call));
  ROWHOUSE_TRY(catalog.SetLevel(call.path["s"], call.Text("level")));
  return Json{{"level", call.Text("level")}};
}

// A subject, or one of its versions.
Answer Remove(KafkaPages& pages, const Call& call) {
  const std::string& subject = call.path["s"];
  const auto version = static_cast<int32_t>(call.PathNumber("v"));  // 0: the whole subject
  const bool for_good = call.Query("permanent") == "true";
  const std::string effect =
      for_good ? "it is gone for good: messages with its ids can't be read"
               : "producers can't use it; messages with its ids can still be read";
  if (auto refusal = Unconfirmed(call, subject, effect)) {
    return *std::move(refusal);
  }
  auto catalog = CatalogOf(pages, call);
  if (!catalog) {
    return Answer::Of(catalog.error());
  }
  const Status removed = catalog->Remove(
      subject, version, for_good ? Catalog::Removal::kForGood : Catalog::Removal::kSoft
  );
  return removed ? Answer::Nothing() : Answer::Of(removed.error());
}

Handler With(const PagesPtr& pages, Result<Json> (*handler)(KafkaPages&, const Call&)) {
  return [pages, handler](const Call& call) { return AnswerOf(handler(*pages, call)); };
}

}  // namespace

void AddSubjectRoutes(ConsoleRoutes& routes, const PagesPtr& pages) {
  const std::string base = "/api/v1/clusters/{c}/subjects";
  const std::vector<Field> schema = {
      {.name = "schema", .required = true}, {.name = "type", .choices = {"AVRO"}}};
  routes.Add(
      Role::kViewer,
      "GET",
      base,
      {.summary = "Subjects of the schema registry", .query = ListFields()},
      [pages](const Call& call) {
        auto items = Subjects(*pages, call);
        return items ? ListOf(*std::move(items), {"subject"}, call) : Answer::Of(items.error());
      }
  );
  routes.Add(
      Role::kViewer,
      "GET",
      base + "/{s}",
      {.summary = "A subject and its versions"},
      With(pages, Subject)
  );
  routes.Add(
      Role::kViewer,
      "POST",
      base + "/{s}/check",
      {.summary = "Whether a schema may become the next version", .body = schema},
      With(pages, Check)
  );
  routes.Add(
      Role::kOperator,
      "POST",
      base + "/{s}/versions",
      {.summary = "Register a schema", .body = schema},
      With(pages, Register)
  );
  const std::vector<std::string> levels = {
      "NONE",
      "BACKWARD",
      "BACKWARD_TRANSITIVE",
      "FORWARD",
      "FORWARD_TRANSITIVE",
      "FULL",
      "FULL_TRANSITIVE"};
  routes.Add(
      Role::kOperator,
      "PUT",
      base + "/{s}/level",
      {.summary = "Set the level of compatibility",
       .body = {{.name = "level", .required = true, .choices = levels}}},
      With(pages, SetLevel)
  );
  const Field version = {.name = "v", .type = Field::Type::kInteger, .min = 1, .max = INT32_MAX};
  for (const std::string& path : {base + "/{s}", base + "/{s}/versions/{v}"}) {
    routes.Add(
        Role::kOperator,
        "DELETE",
        path,
        {.summary = "Take a subject or a version away",
         .query =
             {{.name = "permanent",
               .doc = "true: for good, once it was taken away",
               .choices = {"true", "false"}}},
         .body = {{.name = "confirm", .doc = "the subject"}},
         .path = path.ends_with("{v}") ? std::vector<Field>{version} : std::vector<Field>{},
         .success = 204},
        [pages](const Call& call) { return Remove(*pages, call); }
    );
  }
}

}  // namespace rowhouse::console
