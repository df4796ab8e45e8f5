#include "registry/catalog.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "registry/errors.h"

namespace rowhouse::registry {

namespace {

using Json = nlohmann::ordered_json;

Error Strange(std::string_view what, const std::string& answer) {
  constexpr size_t kShown = 200;
  return Error(
             ErrorKind::kUnavailable,
             fmt::format("asking for {}: no registry's answer: {}", what, answer.substr(0, kShown))
  )
      .WithCode("E-REG-001")
      .WithHint("check that the URL is that of a schema registry");
}

Result<Json> Ask(
    Client& client,
    const std::string& method,
    const std::string& target,
    const std::string& what,
    const std::string& body = {}
) {
  auto answer = client.Ask(method, target, body);
  if (!answer) {
    return std::move(answer).error().Context(what);
  }
  Json json = Json::parse(*answer, nullptr, false);
  return json.is_discarded() ? Result<Json>(Strange(what, *answer)) : Result<Json>(std::move(json));
}

template <typename T>
T Get(const Json& json, const char* name, T otherwise) {
  const auto at = json.find(name);
  if (at == json.end()) {
    return otherwise;
  }
  const bool fits = std::is_same_v<T, std::string> ? at->is_string() : at->is_number_integer();
  return fits ? at->get<T>() : otherwise;
}

SchemaText SchemaOf(const Json& json) {
  SchemaText schema{Get<std::string>(json, "schema", ""), {}};
  const auto type = Get<std::string>(json, "schemaType", "");
  schema.type = type == "AVRO" ? "" : type;
  const auto references = json.find("references");
  if (references != json.end() && references->is_array()) {
    for (const Json& reference : *references) {
      if (reference.is_object()) {
        schema.references.push_back(
            {Get<std::string>(reference, "name", ""),
             Get<std::string>(reference, "subject", ""),
             Get<int32_t>(reference, "version", 0)}
        );
      }
    }
  }
  return schema;
}

std::string BodyOf(const SchemaText& schema) {
  Json body = {{"schema", schema.text}};
  if (!schema.type.empty()) {
    body["schemaType"] = schema.type;
  }
  for (const Reference& reference : schema.references) {
    body["references"].push_back(
        {{"name", reference.name}, {"subject", reference.subject}, {"version", reference.version}}
    );
  }
  return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string Target(const std::string& subject) {
  return "/subjects/" + http::PercentEncode(subject) + "/versions";
}

}  // namespace

Result<std::vector<std::string>> Catalog::Subjects() {
  const Json json = ROWHOUSE_TRY(Ask(*client_, "GET", "/subjects", "the subjects"));
  std::vector<std::string> subjects;
  for (const Json& subject : json) {
    if (!subject.is_string()) {
      return Strange("the subjects", json.dump());
    }
    subjects.push_back(subject.get<std::string>());
  }
  std::sort(subjects.begin(), subjects.end());
  return subjects;
}

Result<std::vector<int32_t>> Catalog::Versions(const std::string& subject) {
  const std::string what = fmt::format("the versions of {}", subject);
  const Json json = ROWHOUSE_TRY(Ask(*client_, "GET", Target(subject), what));
  std::vector<int32_t> versions;
  for (const Json& version : json) {
    if (!version.is_number_integer()) {
      return Strange(what, json.dump());
    }
    versions.push_back(version.get<int32_t>());
  }
  std::sort(versions.begin(), versions.end());
  return versions;
}

Result<CatalogVersion> Catalog::Version(const std::string& subject, int32_t version) {
  const std::string number = version == 0 ? "latest" : std::to_string(version);
  const std::string what = fmt::format("version {} of {}", number, subject);
  const Json json =
      ROWHOUSE_TRY(Ask(*client_, "GET", fmt::format("{}/{}", Target(subject), number), what));
  if (!json.is_object() || Get<int32_t>(json, "id", -1) < 0) {
    return Strange(what, json.dump());
  }
  return CatalogVersion{
      subject,
      Get<int32_t>(json, "version", version),
      Get<int32_t>(json, "id", -1),
      SchemaOf(json)};
}

Result<SchemaText> Catalog::ById(int32_t id) {
  const std::string what = fmt::format("schema {}", id);
  const Json json = ROWHOUSE_TRY(Ask(*client_, "GET", fmt::format("/schemas/ids/{}", id), what));
  if (!json.is_object() || !json.contains("schema")) {
    return Strange(what, json.dump());
  }
  return SchemaOf(json);
}

Result<std::vector<std::pair<std::string, int32_t>>> Catalog::UsesOf(int32_t id) {
  using Uses = std::vector<std::pair<std::string, int32_t>>;
  const std::string what = fmt::format("the uses of schema {}", id);
  Uses uses;
  auto json = Ask(*client_, "GET", fmt::format("/schemas/ids/{}/versions", id), what);
  if (!json) {
    const bool old = json.error().kind() == ErrorKind::kNotFound;
    return old ? Result<Uses>(uses) : Result<Uses>(std::move(json).error());
  }
  for (const Json& use : *json) {
    if (use.is_object()) {
      uses.emplace_back(Get<std::string>(use, "subject", ""), Get<int32_t>(use, "version", 0));
    }
  }
  return uses;
}

Result<std::string> Catalog::Level(const std::string& subject) {
  const std::string what = fmt::format("the level of {}", subject);
  auto json = Ask(*client_, "GET", "/config/" + http::PercentEncode(subject), what);
  if (!json && json.error().kind() == ErrorKind::kNotFound) {
    json = Ask(*client_, "GET", "/config", what);
  }
  if (!json) {
    return std::move(json).error();
  }
  return Get<std::string>(*json, "compatibilityLevel", "");
}

Result<Compatibility> Catalog::Check(const std::string& subject, const SchemaText& schema) {
  const std::string target = fmt::format(
      "/compatibility/subjects/{}/versions/latest?verbose=true", http::PercentEncode(subject)
  );
  auto json = Ask(*client_, "POST", target, "checking a schema of " + subject, BodyOf(schema));
  if (!json) {
    const int code = json.error().native();
    const bool none = code == kSubjectNotFound || code == kVersionNotFound;
    return none ? Result<Compatibility>(Compatibility())
                : Result<Compatibility>(std::move(json).error());
  }
  Compatibility found;
  const auto said = json->find("is_compatible");
  if (said == json->end() || !said->is_boolean()) {
    return Strange("a check", json->dump());
  }
  found.compatible = said->get<bool>();
  const auto messages = json->find("messages");
  if (messages != json->end() && messages->is_array()) {
    for (const Json& message : *messages) {
      found.messages.push_back(message.is_string() ? message.get<std::string>() : message.dump());
    }
  }
  return found;
}

Result<int32_t> Catalog::Register(const std::string& subject, const SchemaText& schema) {
  const std::string what = fmt::format("registering a schema of {}", subject);
  const Json json = ROWHOUSE_TRY(Ask(*client_, "POST", Target(subject), what, BodyOf(schema)));
  const auto id = json.is_object() ? Get<int32_t>(json, "id", -1) : -1;
  return id < 0 ? Result<int32_t>(Strange(what, json.dump())) : Result<int32_t>(id);
}

Status Catalog::SetLevel(const std::string& subject, const std::string& level) {
  return client_->SetLevel(subject, level);
}

Status Catalog::Remove(const std::string& subject, int32_t version, Removal removal) {
  std::string target = "/subjects/" + http::PercentEncode(subject);
  if (version > 0) {
    target += fmt::format("/versions/{}", version);
  }
  if (removal == Removal::kForGood) {
    target += "?permanent=true";
  }
  (void)ROWHOUSE_TRY(client_->Ask("DELETE", target));
  return Ok();
}

}  // namespace rowhouse::registry
