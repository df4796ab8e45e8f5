#include <algorithm>

#include <fmt/format.h>

#include "console/routes.h"

// The OpenAPI document: the routes as others' programs read them.
namespace rowhouse::console {
namespace {

Json SchemaOf(const Field& field) {
  Json schema = Json::object();
  switch (field.type) {
    case Field::Type::kText:
      schema["type"] = "string";
      break;
    case Field::Type::kInteger:
      schema["type"] = "integer";
      schema["minimum"] = field.min;
      schema["maximum"] = field.max;
      break;
    case Field::Type::kNumber:
      schema["type"] = "number";
      break;
    case Field::Type::kBoolean:
      schema["type"] = "boolean";
      break;
    case Field::Type::kObject:
      schema["type"] = "object";
      break;
    case Field::Type::kList:
      schema = {{"type", "array"}, {"items", Json::object()}};
      break;
  }
  if (!field.choices.empty()) {
    schema["enum"] = field.choices;
  }
  if (!field.doc.empty()) {
    schema["description"] = field.doc;
  }
  return schema;
}

void OrNull(Json& schema) {
  schema["type"] = Json::array({schema["type"], "null"});
  if (schema.contains("enum")) {
    schema["enum"].push_back(nullptr);
  }
}

Json BodyOf(const std::vector<Field>& fields) {
  Json properties = Json::object();
  Json required = Json::array();
  for (const Field& field : fields) {
    properties[field.name] = SchemaOf(field);
    if (field.required) {
      required.push_back(field.name);
    } else {
      OrNull(properties[field.name]);
    }
  }
  Json schema = {
      {"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
  const bool needed = !required.empty();
  if (needed) {
    schema["required"] = std::move(required);
  }
  return {
      {"required", needed}, {"content", {{"application/json", {{"schema", std::move(schema)}}}}}};
}

Json ParametersOf(const std::string& pattern, const RouteDoc& doc) {
  Json parameters = Json::array();
  for (size_t at = pattern.find('{'); at != std::string::npos; at = pattern.find('{', at + 1)) {
    const std::string name = pattern.substr(at + 1, pattern.find('}', at) - at - 1);
    const auto number = std::ranges::find(doc.path, name, &Field::name);
    parameters.push_back(
        {{"name", name},
         {"in", "path"},
         {"required", true},
         {"schema", number == doc.path.end() ? Json{{"type", "string"}} : SchemaOf(*number)}}
    );
  }
  for (const Field& field : doc.query) {
    parameters.push_back(
        {{"name", field.name},
         {"in", "query"},
         {"required", field.required},
         {"schema", SchemaOf(field)}}
    );
  }
  return parameters;
}

Json ResponsesOf(const RouteDoc& doc) {
  Json ok = {{"description", "done"}};
  if (doc.gives == RouteDoc::Gives::kEvents) {
    ok["content"] = {{"text/event-stream", {{"schema", Json::object()}}}};
  } else if (doc.gives == RouteDoc::Gives::kText) {
    ok["content"] = {{"text/plain", {{"schema", {{"type", "string"}}}}}};
  } else if (doc.success != 204) {
    ok["content"] = {{"application/json", {{"schema", Json::object()}}}};
  }
  if (!doc.also.empty()) {
    ok["content"][doc.also] = Json::object();
  }
  Json error = {
      {"description", "refused or failed"},
      {"content", {{"application/json", {{"schema", {{"$ref", "#/components/schemas/Error"}}}}}}}};
  return {{std::to_string(doc.success), std::move(ok)}, {"default", std::move(error)}};
}

std::string TagOf(const std::string& pattern) {
  const std::string rest = pattern.substr(std::string_view("/api/v1/").size());
  return rest.substr(0, rest.find('/'));
}

std::string Lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

}  // namespace

Json ConsoleRoutes::OpenApi(std::string_view version) const {
  Json paths = Json::object();
  for (const auto& route : documented_) {
    Json operation = {
        {"summary", route->doc.summary},
        {"tags", {TagOf(route->pattern)}},
        {"x-role", RoleName(route->role)},
        {"responses", ResponsesOf(route->doc)}};
    Json parameters = ParametersOf(route->pattern, route->doc);
    if (!parameters.empty()) {
      operation["parameters"] = std::move(parameters);
    }
    if (!route->doc.body.empty()) {
      operation["requestBody"] = BodyOf(route->doc.body);
    }
    if (route->role == Role::kNone) {
      operation["security"] = Json::array();
    }
    paths[route->pattern][Lower(route->method)] = std::move(operation);
  }
  const Json error = {
      {"type", "object"},
      {"required", {"error"}},
      {"properties",
       {{"error",
         {{"type", "object"},
          {"required", {"code", "message"}},
          {"properties",
           {{"code", {{"type", "string"}}},
            {"message", {{"type", "string"}}},
            {"fix", {{"type", "string"}}}}}}}}}};
  return {
      {"openapi", "3.1.0"},
      {"info",
       {{"title", "rowhouse console"},
        {"version", version},
        {"license", {{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}}},
        {"description",
         "Everything the console shows and does. Sign in by POST /api/v1/session, or send an API "
         "token as Authorization: Bearer. With a session, every method but GET needs the header "
         "X-CSRF-Token with the csrf of GET /api/v1/session."}}},
      {"paths", std::move(paths)},
      {"components",
       {{"schemas", {{"Error", error}}},
        {"securitySchemes",
         {{"session", {{"type", "apiKey"}, {"in", "cookie"}, {"name", "rowhouse_session"}}},
          {"token", {{"type", "http"}, {"scheme", "bearer"}}}}}}},
      {"security", Json::array({{{"session", Json::array()}}, {{"token", Json::array()}}})}};
}

}  // namespace rowhouse::console
