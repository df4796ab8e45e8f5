// The JSON of requests and answers.

#include <charconv>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "registry/errors.h"
#include "registry/rest.h"

namespace rowhouse::registry {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kBodyBytesMax = size_t{32} << 20;

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Error BadRequest(std::string message) {
  return Error(ErrorKind::kBadRecord, std::move(message)).WithNative(400);
}

std::optional<int32_t> Number(std::string_view text) {
  int32_t value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = ec == std::errc() && end == text.data() + text.size();
  return whole ? std::optional(value) : std::nullopt;
}

Result<Json> ReadObject(const http::Routes::Call& call) {
  const std::string body = ROWHOUSE_TRY(call.body.ReadAll(kBodyBytesMax));
  Json json = Json::parse(body, nullptr, false);
  if (!json.is_object()) {
    return BadRequest("the request's body is no JSON object");
  }
  return json;
}

std::string TextOf(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<int32_t> NumberOf(const Json& json, const char* name) {
  const auto found = json.find(name);
  const bool there = found != json.end() && found->is_number_integer();
  return there ? std::optional(found->get<int32_t>()) : std::nullopt;
}

Json ReferencesOf(const std::vector<Reference>& references) {
  Json out = Json::array();
  for (const Reference& one : references) {
    out.push_back({{"name", one.name}, {"subject", one.subject}, {"version", one.version}});
  }
  return out;
}

}  // namespace

Result<int32_t> ReadVersion(const std::string& text) {
  if (http::EqualsIgnoringCase(text, "latest")) {
    return -1;
  }
  const auto number = Number(text);
  if (!number.has_value() || (*number < 1 && *number != -1)) {
    return InvalidVersion(text);
  }
  return *number;
}

Result<int32_t> ReadId(const std::string& text) {
  const auto number = Number(text);
  if (!number.has_value()) {
    return Error(ErrorKind::kNotFound, "HTTP 404 Not Found").WithNative(404);
  }
  return *number;
}

Result<std::string> ReadSubject(const http::Routes::Call& call) {
  const std::string& subject = call.path["subject"];
  for (const char c : subject) {
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7F) {
      return Error(
                 ErrorKind::kBadRecord,
                 "The specified subject is not a valid subject: it has a control character"
      )
          .WithNative(kInvalidSubject);
    }
  }
  return subject;
}

Result<SchemaRequest> ReadSchemaRequest(const http::Routes::Call& call) {
  const Json json = ROWHOUSE_TRY(ReadObject(call));
  const std::string type = TextOf(json, "schemaType");
  if (!type.empty() && type != "AVRO") {
    return Error(
               ErrorKind::kBadRecord,
               fmt::format(
                   "Invalid schema: schemaType {} is not supported, this registry serves AVRO only",
                   type
               )
    )
        .WithNative(kInvalidSchema);
  }
  SchemaRequest out;
  out.schema = TextOf(json, "schema");
  const auto id = NumberOf(json, "id");
  out.id = id.value_or(-1) >= 0 ? id : std::nullopt;
  const auto version = NumberOf(json, "version");
  out.version = version.value_or(0) > 0 ? version : std::nullopt;
  const auto references = json.find("references");
  if (references != json.end() && references->is_array()) {
    for (const Json& one : *references) {
      if (!one.is_object()) {
        return BadRequest("a reference is no JSON object");
      }
      out.references.push_back(
          {TextOf(one, "name"), TextOf(one, "subject"), NumberOf(one, "version").value_or(0)}
      );
    }
  }
  return out;
}

Result<std::optional<std::string>> ReadAttribute(
    const http::Routes::Call& call, const char* name, const std::vector<std::string>& passed_over
) {
  const Json json = ROWHOUSE_TRY(ReadObject(call));
  for (const auto& [key, value] : json.items()) {
    const bool known =
        key == name || std::find(passed_over.begin(), passed_over.end(), key) != passed_over.end();
    if (!known && !value.is_null()) {
      return Error(
                 ErrorKind::kBadRecord, fmt::format("'{}' is not supported by this registry", key)
      )
          .WithNative(422);
    }
  }
  const auto found = json.find(name);
  if (found == json.end() || !found->is_string()) {
    return std::optional<std::string>();
  }
  return std::optional(found->get<std::string>());
}

Deleted ReadDeleted(const http::Routes::Call& call) {
  if (call.request.query.Flag("deletedOnly")) {
    return Deleted::kOnly;
  }
  return call.request.query.Flag("deleted") ? Deleted::kInclude : Deleted::kHide;
}

std::string ErrorText(int code, std::string_view message) {
  return Dump({{"error_code", code}, {"message", message}});
}

std::string VersionText(const SubjectVersion& version) {
  Json json = {{"subject", version.subject}, {"version", version.version}, {"id", version.id}};
  if (!version.schema.type.empty()) {
    json["schemaType"] = version.schema.type;
  }
  if (!version.schema.references.empty()) {
    json["references"] = ReferencesOf(version.schema.references);
  }
  json["schema"] = version.schema.text;
  if (version.deleted) {
    json["deleted"] = true;
  }
  return Dump(json);
}

std::string SchemaTextOf(const SchemaText& schema, std::optional<int32_t> max_id) {
  Json json = {{"schema", schema.text}};
  if (!schema.type.empty()) {
    json["schemaType"] = schema.type;
  }
  if (!schema.references.empty()) {
    json["references"] = ReferencesOf(schema.references);
  }
  if (max_id.has_value()) {
    json["maxId"] = *max_id;
  }
  return Dump(json);
}

std::string ListText(const std::vector<std::string>& texts) {
  return Dump(Json(texts));
}

std::string ListText(const std::vector<int32_t>& numbers) {
  return Dump(Json(numbers));
}

std::string AttributeText(const char* name, const std::string& value) {
  return Dump({{name, value}});
}

std::string CompatibleText(const std::vector<std::string>& problems, bool verbose) {
  Json json = {{"is_compatible", problems.empty()}};
  if (verbose) {
    json["messages"] = problems;
  }
  return Dump(json);
}

std::string UsesText(const std::vector<SubjectVersion>& uses) {
  Json json = Json::array();
  for (const SubjectVersion& use : uses) {
    json.push_back({{"subject", use.subject}, {"version", use.version}});
  }
  return Dump(json);
}

}  // namespace rowhouse::registry
