#include "avro/schema.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "avro/schema_text.h"
#include "base/json_text.h"

namespace rowhouse::avro {

using Json = nlohmann::ordered_json;

namespace {

constexpr std::array<std::string_view, 14> kWords = {
    "null",
    "boolean",
    "int",
    "long",
    "float",
    "double",
    "bytes",
    "string",
    "record",
    "enum",
    "array",
    "map",
    "union",
    "fixed"};

std::optional<Kind> KindOf(std::string_view word) {
  const auto* const at = std::find(kWords.begin(), kWords.end(), word);
  if (at == kWords.end() || word == "union") {
    return word == "error" ? std::optional(Kind::kRecord) : std::nullopt;
  }
  return static_cast<Kind>(at - kWords.begin());
}

void Print(const Json& json, std::string& out) {
  if (json.is_string()) {
    AppendJsonString(out, json.get_ref<const std::string&>());
  } else if (json.is_number_float()) {
    out += JsonDouble(json.get<double>());
  } else if (json.is_array()) {
    out += '[';
    for (size_t i = 0; i < json.size(); ++i) {
      out += i == 0 ? "" : ",";
      Print(json[i], out);
    }
    out += ']';
  } else if (json.is_object()) {
    out += '{';
    for (auto it = json.begin(); it != json.end(); ++it) {
      out += it == json.begin() ? "" : ",";
      AppendJsonString(out, it.key());
      out += ':';
      Print(it.value(), out);
    }
    out += '}';
  } else {
    out += json.dump();
  }
}

std::string Printed(const Json& json) {
  std::string out;
  Print(json, out);
  return out;
}

bool IsName(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !name.empty() && letter(name.front()) &&
         std::all_of(name.begin(), name.end(), [&](char c) {
           return letter(c) || (c >= '0' && c <= '9');
         });
}

std::string Joined(const std::string& space, const std::string& name) {
  return space.empty() ? name : space + "." + name;
}

// The nesting of brackets, so that no recursion below goes deeper than is allowed.
int DepthOf(std::string_view json) {
  int depth = 0;
  int most = 0;
  bool in_text = false;
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_text) {
      i += c == '\\' ? 1 : 0;
      in_text = c != '"';
    } else if (c == '"') {
      in_text = true;
    } else if (c == '{' || c == '[') {
      most = std::max(most, ++depth);
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return most;
}

Error At(const std::string& path, const std::string& what) {
  return Error(
      ErrorKind::kBadRecord, fmt::format("Avro schema, at {}: {}", path.empty() ? "/" : path, what)
  );
}

int NumberProperty(const Node& node, std::string_view name, int otherwise) {
  const auto text = node.Find(name);
  int v = otherwise;
  if (text) {
    std::from_chars(text->data(), text->data() + text->size(), v);
  }
  return v;
}

void FindLogical(Node& node) {
  const auto word = node.Find("logicalType");
  if (!word) {
    return;
  }
  const bool whole = node.kind == Kind::kLong;
  if (*word == "\"decimal\"" && (node.kind == Kind::kBytes || node.kind == Kind::kFixed)) {
    node.precision = NumberProperty(node, "precision", 0);
    node.scale = NumberProperty(node, "scale", 0);
    const bool sound = node.precision > 0 && node.scale >= 0 && node.scale <= node.precision;
    node.logical = sound ? Logical::kDecimal : Logical::kNone;
  } else if (*word == "\"date\"" && node.kind == Kind::kInt) {
    node.logical = Logical::kDate;
  } else if (*word == "\"timestamp-millis\"" && whole) {
    node.logical = Logical::kTimestampMillis;
  } else if (*word == "\"timestamp-micros\"" && whole) {
    node.logical = Logical::kTimestampMicros;
  } else if (*word == "\"uuid\"" && node.kind == Kind::kString) {
    node.logical = Logical::kUuid;
  }
}

}  // namespace

// Builds the nodes of one schema; paths are those of the JSON.
class Parser {
 public:
  explicit Parser(Schema& schema) : schema_(schema) {}

  Result<const Node*> Type(const Json& json, const std::string& space, const std::string& path) {
    if (json.is_string()) {
      return Word(json.get<std::string>(), space, path);
    }
    if (json.is_array()) {
      return Union(json, space, path);
    }
    if (!json.is_object()) {
      return At(path, "a type is a name, an object or a list of types");
    }
    const auto type = json.find("type");
    if (type == json.end()) {
      return At(path, "the type has no attribute \"type\"");
    }
    if (!type->is_string()) {
      return Type(*type, space, path + "/type");
    }
    const auto word = type->get<std::string>();
    const auto kind = KindOf(word);
    if (!kind) {
      return Word(word, space, path);
    }
    switch (*kind) {
      case Kind::kRecord:
      case Kind::kEnum:
      case Kind::kFixed:
        return Named(*kind, json, space, path);
      case Kind::kArray:
        return Container(*kind, "items", json, space, path);
      case Kind::kMap:
        return Container(*kind, "values", json, space, path);
      default:
        break;
    }
    Node& node = NewNode(*kind);
    AddProperties(json, node);
    return &node;
  }

 private:
  Node& NewNode(Kind kind) {
    schema_.nodes_.emplace_back();
    schema_.nodes_.back().kind = kind;
    return schema_.nodes_.back();
  }

  Result<const Node*> Word(
      const std::string& word, const std::string& space, const std::string& path
  ) {
    const auto kind = KindOf(word);
    if (kind && *kind <= Kind::kString) {
      return &NewNode(*kind);
    }
    const std::string full = word.find('.') == std::string::npos ? Joined(space, word) : word;
    for (const std::string& name : {full, word}) {
      const auto at = schema_.named_.find(name);
      if (at != schema_.named_.end()) {
        return at->second;
      }
    }
    return At(path, fmt::format("'{}' is neither a type of Avro nor defined before", word));
  }

  Result<const Node*> Union(const Json& json, const std::string& space, const std::string& path) {
    Node& node = NewNode(Kind::kUnion);
    std::set<std::string> seen;
    for (size_t i = 0; i < json.size(); ++i) {
      const std::string here = path + "/" + std::to_string(i);
      const Node* branch = ROWHOUSE_TRY(Type(json[i], space, here));
      if (branch->kind == Kind::kUnion) {
        return At(here, "a union stands directly in a union");
      }
      if (!seen.insert(branch->FullName()).second) {
        return At(here, fmt::format("'{}' stands in the union twice", branch->FullName()));
      }
      node.children.push_back(branch);
    }
    return &node;
  }

  Result<const Node*> Container(
      Kind kind,
      const char* inside,
      const Json& json,
      const std::string& space,
      const std::string& path
  ) {
    const auto of = json.find(inside);
    if (of == json.end()) {
      return At(path, fmt::format("the {} has no \"{}\"", KindWord(kind), inside));
    }
    Node& node = NewNode(kind);
    node.children.push_back(ROWHOUSE_TRY(Type(*of, space, path + "/" + inside)));
    AddProperties(json, node);
    return &node;
  }

  Result<const Node*> Named(
      Kind kind, const Json& json, const std::string& space, const std::string& path
  ) {
    Node& node = NewNode(kind);
    ROWHOUSE_TRY(TakeName(json, space, path, node));
    const auto doc = json.find("doc");
    if (doc != json.end() && doc->is_string()) {
      node.doc = doc->get<std::string>();
    }
    if (!schema_.named_.emplace(node.FullName(), &node).second) {
      return At(path, fmt::format("'{}' is defined a second time", node.FullName()));
    }
    for (const std::string& alias : Words(json, "aliases")) {
      node.aliases.push_back(
          alias.find('.') == std::string::npos ? Joined(node.space, alias) : alias
      );
    }
    AddProperties(json, node);
    switch (kind) {
      case Kind::kRecord:
        ROWHOUSE_TRY(Fields(json, path, node));
        break;
      case Kind::kEnum:
        ROWHOUSE_TRY(Symbols(json, path, node));
        break;
      default:
        ROWHOUSE_TRY(Size(json, path, node));
        break;
    }
    return &node;
  }

  Status TakeName(const Json& json, const std::string& space, const std::string& path, Node& node) {
    const auto name = json.find("name");
    if (name == json.end() || !name->is_string()) {
      return At(path, fmt::format("the {} has no name", KindWord(node.kind)));
    }
    node.name = name->get<std::string>();
    const auto own = json.find("namespace");
    const size_t dot = node.name.rfind('.');
    if (dot != std::string::npos) {
      node.space = node.name.substr(0, dot);
      node.name = node.name.substr(dot + 1);
    } else {
      node.space = own != json.end() && own->is_string() ? own->get<std::string>() : space;
    }
    if (!IsName(node.name)) {
      return At(
          path, fmt::format("'{}' is no name: letters, digits and '_', no digit first", node.name)
      );
    }
    return Ok();
  }

  Status Fields(const Json& json, const std::string& path, Node& node) {
    const auto fields = json.find("fields");
    if (fields == json.end() || !fields->is_array()) {
      return At(path, fmt::format("the record '{}' has no list \"fields\"", node.name));
    }
    std::set<std::string> seen;
    for (size_t i = 0; i < fields->size(); ++i) {
      const std::string here = fmt::format("{}/fields/{}", path, i);
      node.fields.push_back(ROWHOUSE_TRY(Field((*fields)[i], node.space, here)));
      if (!seen.insert(node.fields.back().name).second) {
        return At(here, fmt::format("the field '{}' is there twice", node.fields.back().name));
      }
    }
    return Ok();
  }

  Result<RecordField> Field(const Json& json, const std::string& space, const std::string& path) {
    const bool sound = json.is_object() && json.contains("name") && json["name"].is_string() &&
                       json.contains("type");
    if (!sound) {
      return At(path, "a field has a \"name\" and a \"type\"");
    }
    RecordField field;
    field.name = json["name"].get<std::string>();
    if (!IsName(field.name)) {
      return At(
          path, fmt::format("'{}' is no name: letters, digits and '_', no digit first", field.name)
      );
    }
    field.type = ROWHOUSE_TRY(Type(json["type"], space, path + "/type"));
    field.aliases = Words(json, "aliases");
    for (auto it = json.begin(); it != json.end(); ++it) {
      static const std::set<std::string> known = {"name", "type", "aliases"};
      const std::string& key = it.key();
      if (key == "default") {
        field.default_json = Printed(it.value());
      } else if (key == "doc") {
        field.doc = it.value().is_string() ? it.value().get<std::string>() : "";
      } else if (key == "order") {
        const std::string order = it.value().is_string() ? it.value().get<std::string>() : "";
        field.order = order == "ascending" ? "" : order;
      } else if (known.count(key) == 0) {
        field.properties.push_back({key, Printed(it.value())});
      }
    }
    return field;
  }

  Status Symbols(const Json& json, const std::string& path, Node& node) {
    const auto symbols = json.find("symbols");
    if (symbols == json.end() || !symbols->is_array()) {
      return At(path, fmt::format("the enum '{}' has no list \"symbols\"", node.name));
    }
    node.symbols = Words(json, "symbols");
    std::set<std::string> seen;
    for (const std::string& symbol : node.symbols) {
      if (!IsName(symbol) || !seen.insert(symbol).second) {
        return At(path + "/symbols", fmt::format("'{}' is no name, or there twice", symbol));
      }
    }
    const auto standard = json.find("default");
    if (standard != json.end() && standard->is_string()) {
      node.enum_default = standard->get<std::string>();
      if (seen.count(*node.enum_default) == 0) {
        return At(path + "/default", fmt::format("'{}' is no symbol", *node.enum_default));
      }
    }
    return Ok();
  }

  static Status Size(const Json& json, const std::string& path, Node& node) {
    const auto size = json.find("size");
    if (size == json.end() || !size->is_number_unsigned()) {
      return At(path, fmt::format("the fixed '{}' has no \"size\"", node.name));
    }
    node.size = size->get<size_t>();
    return Ok();
  }

  static std::vector<std::string> Words(const Json& json, const char* key) {
    std::vector<std::string> out;
    const auto list = json.find(key);
    if (list != json.end() && list->is_array()) {
      for (const Json& word : *list) {
        out.push_back(word.is_string() ? word.get<std::string>() : word.dump());
      }
    }
    return out;
  }

  static void AddProperties(const Json& json, Node& node) {
    static const std::set<std::string> known = {
        "type",
        "name",
        "namespace",
        "doc",
        "fields",
        "items",
        "values",
        "symbols",
        "size",
        "aliases"};
    for (auto it = json.begin(); it != json.end(); ++it) {
      const bool own = known.count(it.key()) != 0;
      const bool enum_default = it.key() == "default" && node.kind == Kind::kEnum;
      if (!own && !enum_default) {
        node.properties.push_back({it.key(), Printed(it.value())});
      }
    }
    FindLogical(node);
  }

  Schema& schema_;
};

std::string_view KindWord(Kind kind) {
  return kWords[static_cast<size_t>(kind)];
}

std::string Node::FullName() const {
  return is_named() ? Joined(space, name) : std::string(KindWord(kind));
}

std::optional<std::string_view> Node::Find(std::string_view property) const {
  for (const Property& p : properties) {
    if (p.name == property) {
      return p.json;
    }
  }
  return std::nullopt;
}

Result<SchemaPtr> Schema::Parse(std::string_view json) {
  return Parse(json, {});
}

Result<SchemaPtr> Schema::Parse(std::string_view json, const std::vector<SchemaPtr>& references) {
  if (json.size() > kTextBytesMax || DepthOf(json) > kDepthMax) {
    return Error(
        ErrorKind::kBadRecord,
        fmt::format(
            "Avro schema of {} bytes: longer than {} bytes or nested deeper than {}",
            json.size(),
            kTextBytesMax,
            kDepthMax
        )
    );
  }
  const Json parsed = Json::parse(json, nullptr, false);
  if (parsed.is_discarded()) {
    // A bare name, which Avro's own parser takes too: string for "string".
    const auto kind = KindOf(json);
    if (!kind || *kind > Kind::kString) {
      return Error(ErrorKind::kBadRecord, "Avro schema: the text is no JSON");
    }
    return Parse(fmt::format("\"{}\"", json), references);
  }
  std::shared_ptr<Schema> schema(new Schema);
  std::set<std::string> defined;
  for (const SchemaPtr& reference : references) {
    for (const auto& [name, node] : reference->named_) {
      schema->named_.emplace(name, node);
      defined.insert(name);
    }
  }
  schema->references_ = references;
  schema->root_ = ROWHOUSE_TRY(Parser(*schema).Type(parsed, "", ""));
  schema->text_ = SchemaText(*schema->root_, defined);
  return SchemaPtr(std::move(schema));
}

std::string Schema::Canonical() const {
  return CanonicalText(*root_);
}

uint64_t Schema::Fingerprint() const {
  constexpr uint64_t kEmpty = 0xC15D213AA4D7A795;
  uint64_t crc = kEmpty;
  for (const char c : Canonical()) {
    uint64_t entry = (crc ^ static_cast<uint8_t>(c)) & 0xFF;
    for (int bit = 0; bit < 8; ++bit) {
      entry = (entry >> 1) ^ (kEmpty & (~(entry & 1) + 1));
    }
    crc = (crc >> 8) ^ entry;
  }
  return crc;
}

const Node* Schema::Find(const std::string& full_name) const {
  const auto at = named_.find(full_name);
  return at == named_.end() ? nullptr : at->second;
}

}  // namespace rowhouse::avro
