#include "avro/schema_text.h"

#include <optional>
#include <utility>

#include "base/json_text.h"

namespace rowhouse::avro {
namespace {

std::string Quoted(std::string_view text) {
  std::string out;
  AppendJsonString(out, text);
  return out;
}

std::string List(const std::vector<std::string>& words) {
  std::string out = "[";
  for (const std::string& word : words) {
    out += out.size() > 1 ? "," : "";
    AppendJsonString(out, word);
  }
  return out + "]";
}

bool IsPrimitiveWord(std::string_view word) {
  for (int k = 0; k <= static_cast<int>(Kind::kString); ++k) {
    if (word == KindWord(static_cast<Kind>(k))) {
      return true;
    }
  }
  return false;
}

// Walks a schema once and writes it; knows which names are defined and the
// namespace it stands in.
class TextWriter {
 public:
  explicit TextWriter(std::set<std::string> defined) : defined_(std::move(defined)) {}

  void Write(const Node& node) {
    switch (node.kind) {
      case Kind::kRecord:
      case Kind::kEnum:
      case Kind::kFixed:
        WriteNamed(node);
        return;
      case Kind::kUnion:
        WriteUnion(node);
        return;
      case Kind::kArray:
      case Kind::kMap:
        out_ += node.kind == Kind::kArray ? R"({"type":"array","items":)"
                                          : R"({"type":"map","values":)";
        Write(*node.children.front());
        WriteProperties(node.properties);
        out_ += "}";
        return;
      default:
        break;
    }
    if (node.properties.empty()) {
      out_ += Quoted(KindWord(node.kind));
      return;
    }
    out_ += R"({"type":)" + Quoted(KindWord(node.kind));
    WriteProperties(node.properties);
    out_ += "}";
  }

  std::string Take() { return std::move(out_); }

 private:
  void WriteUnion(const Node& node) {
    out_ += "[";
    for (const Node* branch : node.children) {
      out_ += out_.back() == '[' && branch == node.children.front() ? "" : ",";
      Write(*branch);
    }
    out_ += "]";
  }

  void WriteNamed(const Node& node) {
    const std::string full = node.FullName();
    if (!defined_.insert(full).second) {
      const bool here = !node.space.empty() && node.space == space_ && !IsPrimitiveWord(node.name);
      out_ += Quoted(here ? node.name : full);
      return;
    }
    out_ += R"({"type":)" + Quoted(KindWord(node.kind)) + R"(,"name":)" + Quoted(node.name);
    if (node.space != space_) {
      out_ += R"(,"namespace":)" + Quoted(node.space);
    }
    if (node.doc) {
      out_ += R"(,"doc":)" + Quoted(*node.doc);
    }
    if (node.kind == Kind::kRecord) {
      WriteFields(node);
    } else if (node.kind == Kind::kEnum) {
      out_ += R"(,"symbols":)" + List(node.symbols);
      out_ += node.enum_default ? R"(,"default":)" + Quoted(*node.enum_default) : "";
    } else {
      out_ += R"(,"size":)" + std::to_string(node.size);
    }
    WriteProperties(node.properties);
    WriteAliases(node);
    out_ += "}";
  }

  void WriteFields(const Node& record) {
    const std::string outer = std::exchange(space_, record.space);
    out_ += R"(,"fields":[)";
    bool first = true;
    for (const RecordField& field : record.fields) {
      out_ += std::exchange(first, false) ? "" : ",";
      out_ += R"({"name":)" + Quoted(field.name) + R"(,"type":)";
      Write(*field.type);
      out_ += field.doc ? R"(,"doc":)" + Quoted(*field.doc) : "";
      out_ += field.default_json ? R"(,"default":)" + *field.default_json : "";
      out_ += field.order.empty() ? "" : R"(,"order":)" + Quoted(field.order);
      out_ += field.aliases.empty() ? "" : R"(,"aliases":)" + List(field.aliases);
      WriteProperties(field.properties);
      out_ += "}";
    }
    out_ += "]";
    space_ = outer;
  }

  void WriteProperties(const std::vector<Property>& properties) {
    for (const Property& p : properties) {
      out_ += "," + Quoted(p.name) + ":" + p.json;
    }
  }

  void WriteAliases(const Node& node) {
    if (node.aliases.empty()) {
      return;
    }
    std::vector<std::string> names;
    for (const std::string& alias : node.aliases) {
      const std::string start = node.space + ".";
      const bool here = !node.space.empty() && alias.rfind(start, 0) == 0 &&
                        alias.find('.', start.size()) == std::string::npos;
      names.push_back(here ? alias.substr(start.size()) : alias);
    }
    out_ += R"(,"aliases":)" + List(names);
  }

  std::set<std::string> defined_;
  std::string space_;
  std::string out_;
};

class CanonicalWriter {
 public:
  explicit CanonicalWriter(std::set<std::string> defined) : defined_(std::move(defined)) {}

  std::string Text(const Node& node) {
    switch (node.kind) {
      case Kind::kUnion:
        return "[" + Joined(node.children) + "]";
      case Kind::kArray:
        return R"({"type":"array","items":)" + Text(*node.children[0]) + "}";
      case Kind::kMap:
        return R"({"type":"map","values":)" + Text(*node.children[0]) + "}";
      case Kind::kRecord:
      case Kind::kEnum:
      case Kind::kFixed:
        return Named(node);
      default:
        return Quoted(KindWord(node.kind));
    }
  }

 private:
  std::string Joined(const std::vector<const Node*>& nodes) {
    std::string out;
    for (const Node* node : nodes) {
      out += node == nodes.front() ? "" : ",";
      out += Text(*node);
    }
    return out;
  }

  std::string Named(const Node& node) {
    const std::string full = node.FullName();
    if (!defined_.insert(full).second) {
      return Quoted(full);
    }
    std::string out = R"({"name":)" + Quoted(full) + R"(,"type":)" + Quoted(KindWord(node.kind));
    if (node.kind == Kind::kEnum) {
      return out + R"(,"symbols":)" + List(node.symbols) + "}";
    }
    if (node.kind == Kind::kFixed) {
      return out + R"(,"size":)" + std::to_string(node.size) + "}";
    }
    out += R"(,"fields":[)";
    for (size_t i = 0; i < node.fields.size(); ++i) {
      out += i == 0 ? "" : ",";
      out += R"({"name":)" + Quoted(node.fields[i].name) + R"(,"type":)" +
             Text(*node.fields[i].type) + "}";
    }
    return out + "]}";
  }

  std::set<std::string> defined_;
};

}  // namespace

std::string SchemaText(const Node& root, std::set<std::string> defined) {
  TextWriter writer(std::move(defined));
  writer.Write(root);
  return writer.Take();
}

std::string CanonicalText(const Node& root, std::set<std::string> defined) {
  return CanonicalWriter(std::move(defined)).Text(root);
}

}  // namespace rowhouse::avro
