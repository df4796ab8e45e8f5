#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "console/routes.h"

// What a request carries, against what its route takes.
namespace rowhouse::console {
namespace {

constexpr size_t kBodyBytesMax = size_t{8} << 20;
constexpr size_t kDepthMax = 64;

std::string_view TypeWord(Field::Type type) {
  switch (type) {
    case Field::Type::kText:
      return "a text";
    case Field::Type::kInteger:
      return "a whole number";
    case Field::Type::kNumber:
      return "a number";
    case Field::Type::kBoolean:
      return "true or false";
    case Field::Type::kObject:
      return "an object";
    case Field::Type::kList:
      return "a list";
  }
  return "";
}

bool Fits(const Json& value, Field::Type type) {
  switch (type) {
    case Field::Type::kText:
      return value.is_string();
    case Field::Type::kInteger:
      return value.is_number_integer();
    case Field::Type::kNumber:
      return value.is_number();
    case Field::Type::kBoolean:
      return value.is_boolean();
    case Field::Type::kObject:
      return value.is_object();
    case Field::Type::kList:
      return value.is_array();
  }
  return false;
}

Answer Wrong(std::string message) {
  return Answer::Problem(
      400, "E-CON-007", message, "GET /api/v1/openapi.json says what each request takes"
  );
}

std::string NamesOf(const std::vector<Field>& fields) {
  std::string names;
  for (const Field& field : fields) {
    names += (names.empty() ? "" : ", ") + field.name;
  }
  return names.empty() ? "nothing" : names;
}

std::optional<Answer> CheckText(const Field& field, const std::string& text) {
  if (!field.choices.empty() && std::ranges::find(field.choices, text) == field.choices.end()) {
    return Wrong(fmt::format("{}: one of {}", field.name, fmt::join(field.choices, ", ")));
  }
  return std::nullopt;
}

std::optional<Answer> CheckRange(const Field& field, int64_t n) {
  if (n < field.min || n > field.max) {
    return Wrong(fmt::format("{}: {} to {}", field.name, field.min, field.max));
  }
  return std::nullopt;
}

std::optional<Answer> CheckField(const Field& field, const Json& value) {
  if (!Fits(value, field.type)) {
    return Wrong(fmt::format("{}: it is {}", field.name, TypeWord(field.type)));
  }
  if (value.is_string()) {
    return CheckText(field, value.get_ref<const std::string&>());
  }
  if (value.is_number_unsigned() && value.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX)) {
    return Wrong(fmt::format("{}: too large", field.name));
  }
  return value.is_number_integer() ? CheckRange(field, value.get<int64_t>()) : std::nullopt;
}

// How deep a JSON text nests: what is written again later is so by recursion.
size_t DepthOf(std::string_view json) {
  size_t depth = 0;
  size_t deepest = 0;
  bool quoted = false;
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (quoted) {
      i += c == '\\' ? 1 : 0;
      quoted = c != '"';
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      deepest = std::max(deepest, ++depth);
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return deepest;
}

// To JSON, 5.0 is a whole number too.
void MakeWhole(Json& value) {
  constexpr double kExact = 9'007'199'254'740'992;  // 2^53
  const double number = value.is_number_float() ? value.get<double>() : kExact;
  if (std::abs(number) < kExact && std::trunc(number) == number) {
    value = static_cast<int64_t>(number);
  }
}

std::optional<Answer> CheckObject(Json& body, const std::vector<Field>& fields) {
  if (!body.is_object()) {
    return Wrong("the body is no JSON object");
  }
  for (auto& [name, value] : body.items()) {
    const auto field = std::ranges::find(fields, name, &Field::name);
    if (field == fields.end()) {
      return Wrong(fmt::format("{}: unknown; there are {}", name, NamesOf(fields)));
    }
    if (field->type == Field::Type::kInteger) {
      MakeWhole(value);
    }
    auto refusal = value.is_null() ? std::nullopt : CheckField(*field, value);
    if (refusal) {
      return refusal;
    }
  }
  for (const Field& field : fields) {
    const auto found = body.find(field.name);
    if (found != body.end() && found->is_null()) {
      body.erase(found);
    }
    if (field.required && !body.contains(field.name)) {
      return Wrong(fmt::format("{}: missing", field.name));
    }
  }
  return std::nullopt;
}

std::optional<Answer> CheckWhole(
    const Field& field, std::string_view name, const std::string& text
) {
  int64_t n = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, n);
  if (read.ec != std::errc() || read.ptr != end) {
    return Wrong(fmt::format("{}: '{}' is no whole number", name, text));
  }
  return CheckRange(field, n);
}

}  // namespace

std::optional<Answer> CheckPath(
    const http::PathParameters& path, const std::vector<Field>& fields
) {
  for (const Field& field : fields) {
    if (auto refusal = CheckWhole(field, field.name, path[field.name])) {
      return refusal;
    }
  }
  return std::nullopt;
}

std::optional<Answer> CheckQuery(const http::Request& request, const std::vector<Field>& fields) {
  for (const auto& [name, text] : request.query.all()) {
    const auto field = std::ranges::find(fields, name, &Field::name);
    if (field == fields.end()) {
      return Wrong(fmt::format("?{}: unknown; there are {}", name, NamesOf(fields)));
    }
    if (field->type == Field::Type::kInteger) {
      if (auto refusal = CheckWhole(*field, "?" + name, text)) {
        return refusal;
      }
    } else if (auto refusal = CheckText(*field, text)) {
      return refusal;
    }
  }
  for (const Field& field : fields) {
    if (field.required && request.query.Find(field.name) == nullptr) {
      return Wrong(fmt::format("?{}: missing", field.name));
    }
  }
  return std::nullopt;
}

ReadBody ReadJsonBody(
    const http::Request& request, http::BodyReader& body, const std::vector<Field>& fields
) {
  ReadBody out{Json::object(), std::nullopt};
  const Result<std::string> text = body.ReadAll(kBodyBytesMax);
  if (!text) {
    const int status = text.error().native() >= 400 ? text.error().native() : 400;
    out.refusal = Answer::Problem(status, "E-CON-013", text.error().message(), "");
    return out;
  }
  if (!text->empty()) {
    // A form of another site can't send this type without being asked first.
    if (!request.headers.Get("Content-Type").starts_with("application/json")) {
      out.refusal = Answer::Problem(
          415, "E-CON-007", "the body's type is not application/json", "set Content-Type"
      );
      return out;
    }
    if (DepthOf(*text) > kDepthMax) {
      out.refusal = Wrong(fmt::format("the body's JSON is deeper than {}", kDepthMax));
      return out;
    }
    Json parsed = Json::parse(*text, nullptr, false);
    if (parsed.is_discarded()) {
      out.refusal = Wrong("the body is no JSON");
      return out;
    }
    out.body = std::move(parsed);
  }
  out.refusal = CheckObject(out.body, fields);
  if (out.refusal) {
    out.body = Json::object();
  }
  return out;
}

std::optional<Answer> Unconfirmed(
    const Call& call, const std::string& name, const std::string& effect
) {
  if (call.Text("confirm") == name) {
    return std::nullopt;
  }
  return Answer::Problem(
      409, "E-CON-011", effect, fmt::format("send \"confirm\": \"{}\" if that is meant", name)
  );
}

}  // namespace rowhouse::console
