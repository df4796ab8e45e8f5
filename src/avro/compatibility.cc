#include "avro/compatibility.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include <fmt/format.h>

namespace rowhouse::avro {
namespace {

constexpr std::array<std::pair<Compatibility, std::string_view>, 7> kLevels = {{
    {Compatibility::kNone, "NONE"},
    {Compatibility::kBackward, "BACKWARD"},
    {Compatibility::kBackwardTransitive, "BACKWARD_TRANSITIVE"},
    {Compatibility::kForward, "FORWARD"},
    {Compatibility::kForwardTransitive, "FORWARD_TRANSITIVE"},
    {Compatibility::kFull, "FULL"},
    {Compatibility::kFullTransitive, "FULL_TRANSITIVE"},
}};

std::string Upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return out;
}

// Whether a reader of this kind takes a writer's value of another primitive kind.
bool Promotes(Kind reader, Kind writer) {
  switch (reader) {
    case Kind::kLong:
      return writer == Kind::kInt;
    case Kind::kFloat:
      return writer == Kind::kInt || writer == Kind::kLong;
    case Kind::kDouble:
      return writer == Kind::kInt || writer == Kind::kLong || writer == Kind::kFloat;
    case Kind::kBytes:
      return writer == Kind::kString;
    case Kind::kString:
      return writer == Kind::kBytes;
    default:
      return false;
  }
}

bool SameName(const Node& reader, const Node& writer) {
  const auto& aliases = reader.aliases;
  return reader.name == writer.name ||
         std::find(aliases.begin(), aliases.end(), writer.FullName()) != aliases.end();
}

const RecordField* FieldOf(const Node& writer, const RecordField& wanted) {
  const auto named = [&](const std::string& name) {
    return std::find_if(writer.fields.begin(), writer.fields.end(), [&](const RecordField& f) {
      return f.name == name;
    });
  };
  auto at = named(wanted.name);
  for (auto alias = wanted.aliases.begin();
       at == writer.fields.end() && alias != wanted.aliases.end();
       ++alias) {
    at = named(*alias);
  }
  return at == writer.fields.end() ? nullptr : &*at;
}

// What stands between two types, with paths that start at the reader's type.
struct Problem {
  std::string type;
  std::string path;
  std::string detail;
};

using Problems = std::vector<Problem>;

// Compares two schemas; each pair of types once, so that recursive types end.
class Resolver {
 public:
  const Problems& Compare(const Node& reader, const Node& writer) {
    const auto [at, is_new] = done_.try_emplace({&reader, &writer});
    if (is_new) {  // until it is known, a pair met again inside itself counts as compatible
      Problems found = Between(reader, writer);
      at->second = std::move(found);
    }
    return at->second;
  }

 private:
  Problems Between(const Node& reader, const Node& writer) {
    if (writer.kind == Kind::kUnion) {
      return OfWriterUnion(reader, writer);
    }
    if (reader.kind == Kind::kUnion) {
      return OfReaderUnion(reader, writer);
    }
    if (reader.kind != writer.kind) {
      return Promotes(reader.kind, writer.kind) ? Problems{} : Mismatch(reader, writer);
    }
    switch (reader.kind) {
      case Kind::kArray:
        return Inside(reader, writer, "/items");
      case Kind::kMap:
        return Inside(reader, writer, "/values");
      case Kind::kFixed:
        return OfFixed(reader, writer);
      case Kind::kEnum:
        return OfEnums(reader, writer);
      case Kind::kRecord:
        return OfRecords(reader, writer);
      default:
        return {};
    }
  }

  static Problems Mismatch(const Node& reader, const Node& writer) {
    return {
        {"TYPE_MISMATCH",
         "",
         fmt::format(
             "reader type: {} not compatible with writer type: {}",
             Upper(KindWord(reader.kind)),
             Upper(KindWord(writer.kind))
         )}};
  }

  static Problem Lacking(const Node& writer, std::string path) {
    return {
        "MISSING_UNION_BRANCH",
        std::move(path),
        "reader union lacking writer type: " + Upper(KindWord(writer.kind))};
  }

  Problems OfWriterUnion(const Node& reader, const Node& writer) {
    Problems all;
    for (size_t i = 0; i < writer.children.size(); ++i) {
      const Problems& found = Compare(reader, *writer.children[i]);
      if (reader.kind == Kind::kUnion) {
        if (!found.empty()) {
          all.push_back(Lacking(*writer.children[i], "/" + std::to_string(i)));
        }
      } else {
        all.insert(all.end(), found.begin(), found.end());
      }
    }
    return all;
  }

  Problems OfReaderUnion(const Node& reader, const Node& writer) {
    const bool any =
        std::any_of(reader.children.begin(), reader.children.end(), [&](const Node* branch) {
          return Compare(*branch, writer).empty();
        });
    return any ? Problems{} : Problems{Lacking(writer, "")};
  }

  Problems Inside(const Node& reader, const Node& writer, const std::string& step) {
    Problems all;
    Add(Compare(*reader.children[0], *writer.children[0]), step, all);
    return all;
  }

  static Problems NameProblems(const Node& reader, const Node& writer) {
    if (SameName(reader, writer)) {
      return {};
    }
    return {{"NAME_MISMATCH", "/name", "expected: " + writer.FullName()}};
  }

  static Problems OfFixed(const Node& reader, const Node& writer) {
    Problems all = NameProblems(reader, writer);
    if (reader.size != writer.size) {
      all.push_back(
          {"FIXED_SIZE_MISMATCH",
           "/size",
           fmt::format("expected: {}, found: {}", writer.size, reader.size)}
      );
    }
    return all;
  }

  static Problems OfEnums(const Node& reader, const Node& writer) {
    Problems all = NameProblems(reader, writer);
    std::string missing;
    for (const std::string& symbol : writer.symbols) {
      const auto& known = reader.symbols;
      if (std::find(known.begin(), known.end(), symbol) == known.end()) {
        missing += (missing.empty() ? "" : ", ") + symbol;
      }
    }
    if (!missing.empty() && !reader.enum_default) {
      all.push_back({"MISSING_ENUM_SYMBOLS", "/symbols", "[" + missing + "]"});
    }
    return all;
  }

  Problems OfRecords(const Node& reader, const Node& writer) {
    Problems all = NameProblems(reader, writer);
    for (size_t i = 0; i < reader.fields.size(); ++i) {
      const RecordField& field = reader.fields[i];
      const std::string path = "/fields/" + std::to_string(i);
      if (const RecordField* written = FieldOf(writer, field)) {
        Add(Compare(*field.type, *written->type), path + "/type", all);
      } else if (!field.default_json && !field.type->enum_default) {
        all.push_back({"READER_FIELD_MISSING_DEFAULT_VALUE", path, field.name});
      }
    }
    return all;
  }

  static void Add(const Problems& found, const std::string& step, Problems& all) {
    for (const Problem& p : found) {
      all.push_back({p.type, step + p.path, p.detail});
    }
  }

  std::map<std::pair<const Node*, const Node*>, Problems> done_;
};

std::string Describe(const Problem& p, std::string_view reader, std::string_view writer) {
  if (p.type == "FIXED_SIZE_MISMATCH") {
    return fmt::format(
        "The size of FIXED type field at path '{}' in the {} schema does not match with the {} "
        "schema",
        p.path,
        reader,
        writer
    );
  }
  if (p.type == "TYPE_MISMATCH") {
    return fmt::format(
        "The type (path '{}') of a field in the {} schema does not match with the {} schema",
        p.path,
        reader,
        writer
    );
  }
  if (p.type == "NAME_MISMATCH") {
    return fmt::format("The name of the schema has changed (path '{}')", p.path);
  }
  if (p.type == "MISSING_ENUM_SYMBOLS") {
    return fmt::format(
        "The {} schema is missing enum symbols '{}' at path '{}' in the {} schema",
        reader,
        p.detail,
        p.path,
        writer
    );
  }
  if (p.type == "MISSING_UNION_BRANCH") {
    return fmt::format(
        "The {} schema is missing a type inside a union field at path '{}' in the {} schema",
        reader,
        p.path,
        writer
    );
  }
  return fmt::format(
      "The field '{}' at path '{}' in the {} schema has no default value and is missing in the {} "
      "schema",
      p.detail,
      p.path,
      reader,
      writer
  );
}

bool LooksBack(Compatibility level) {
  return level == Compatibility::kBackward || level == Compatibility::kBackwardTransitive ||
         level == Compatibility::kFull || level == Compatibility::kFullTransitive;
}

bool LooksForward(Compatibility level) {
  return level == Compatibility::kForward || level == Compatibility::kForwardTransitive ||
         level == Compatibility::kFull || level == Compatibility::kFullTransitive;
}

bool IsTransitive(Compatibility level) {
  return level == Compatibility::kBackwardTransitive ||
         level == Compatibility::kForwardTransitive || level == Compatibility::kFullTransitive;
}

}  // namespace

std::string_view CompatibilityName(Compatibility level) {
  return kLevels[static_cast<size_t>(level)].second;
}

std::optional<Compatibility> ParseCompatibility(std::string_view name) {
  const std::string wanted = Upper(name);
  for (const auto& [level, word] : kLevels) {
    if (word == wanted) {
      return level;
    }
  }
  return std::nullopt;
}

std::string Incompatibility::ToString() const {
  return fmt::format(
      "{{errorType:'{}', description:'{}', additionalInfo:'{}'}}", type, description, detail
  );
}

std::vector<Incompatibility> CheckCanRead(
    const Schema& reader,
    const Schema& writer,
    std::string_view reader_name,
    std::string_view writer_name
) {
  Resolver resolver;
  std::vector<Incompatibility> out;
  for (const Problem& p : resolver.Compare(reader.root(), writer.root())) {
    Problem at = p;
    at.path = p.path.empty() ? "/" : p.path;
    out.push_back({p.type, at.path, Describe(at, reader_name, writer_name), p.detail});
  }
  return out;
}

CompatibilityReport CheckCompatibility(
    Compatibility level, const Schema& candidate, const std::vector<SchemaPtr>& earlier
) {
  CompatibilityReport report;
  for (size_t i = earlier.size(); i > 0; --i) {
    report.against = i - 1;
    if (LooksBack(level)) {
      report.problems = CheckCanRead(candidate, *earlier[i - 1], "new", "old");
    }
    if (LooksForward(level)) {
      for (Incompatibility& p : CheckCanRead(*earlier[i - 1], candidate, "old", "new")) {
        report.problems.push_back(std::move(p));
      }
    }
    if (!report.problems.empty() || !IsTransitive(level)) {
      break;
    }
  }
  return report;
}

}  // namespace rowhouse::avro
