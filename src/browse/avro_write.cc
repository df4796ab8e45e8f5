#include "browse/avro_write.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "browse/json_tree.h"
#include "browse/scalar_write.h"

namespace rowhouse::browse {

namespace {

using avro::Kind;
using JsonKind = JsonTree::Kind;

constexpr int kDepthMost = 200;
constexpr size_t kStepsFree = 100'000;

bool HasNull(const Shape& shape) {
  return shape.kind == Kind::kNull ||
         (shape.kind == Kind::kUnion && std::ranges::any_of(shape.children, [](const Shape* child) {
            return child->kind == Kind::kNull;
          }));
}

class AvroWriter {
 public:
  // Unions of unions of records are tried branch by branch: `steps_most` bounds that.
  AvroWriter(std::string_view name, size_t steps_most) : path_(name), steps_most_(steps_most) {}

  bool Write(const Shape& shape, const JsonTree& json, int depth) {
    if (depth > kDepthMost || ++steps_ > steps_most_) {
      return Fail("is nested too deep, or fits too many branches");
    }
    switch (shape.kind) {
      case Kind::kUnion:
        return Union(shape, json, depth);
      case Kind::kArray:
        return Array(shape, json, depth);
      case Kind::kMap:
        return Map(shape, json, depth);
      case Kind::kRecord:
        if (!shape.as_one) {
          return Record(shape, json, depth);
        }
        [[fallthrough]];
      default:
        break;
    }
    const std::string wrong = WriteScalar(shape, json, fit_, out_);
    return wrong.empty() || Fail(json.Said() + " " + wrong);
  }

  std::string& out() { return out_; }

  const std::string& problem() const { return problem_; }

 private:
  bool Fail(const std::string& what) {
    problem_ = fmt::format("{}: {}", path_, what);
    return false;
  }

  // Writes what is below a name, or an index; the path is as it was after.
  bool Below(const std::string& step, const Shape& shape, const JsonTree& json, int depth) {
    const size_t before = path_.size();
    path_ += step;
    const bool good = Write(shape, json, depth + 1);
    path_.resize(before);
    return good;
  }

  bool Record(const Shape& shape, const JsonTree& json, int depth) {
    if (json.kind != JsonKind::kObject) {
      return Fail(fmt::format("{} is no record: write an object", json.Said()));
    }
    for (const JsonTree::Member& member : json.members) {
      const bool known = std::ranges::any_of(shape.fields, [&](const Shape::Field& field) {
        return field.name == member.name;
      });
      if (!known) {
        return Fail(fmt::format("the schema has no field \"{}\" here", member.name));
      }
    }
    static const JsonTree kNull;
    for (const Shape::Field& field : shape.fields) {
      const JsonTree* value = json.Find(field.name);
      if (value == nullptr && !HasNull(*field.shape)) {
        return Fail(fmt::format("the field \"{}\" is missing", field.name));
      }
      if (!Below(
              fmt::format(".{}", field.name), *field.shape, value == nullptr ? kNull : *value, depth
          )) {
        return false;
      }
    }
    return true;
  }

  bool Array(const Shape& shape, const JsonTree& json, int depth) {
    if (json.kind != JsonKind::kArray) {
      return Fail(json.Said() + " is no array");
    }
    if (!json.items.empty()) {
      WriteLong(static_cast<int64_t>(json.items.size()), out_);
    }
    for (size_t i = 0; i < json.items.size(); ++i) {
      if (!Below(fmt::format("[{}]", i), *shape.children[0], json.items[i], depth)) {
        return false;
      }
    }
    WriteLong(0, out_);
    return true;
  }

  bool Map(const Shape& shape, const JsonTree& json, int depth) {
    if (json.kind != JsonKind::kObject) {
      return Fail(json.Said() + " is no map: write an object");
    }
    if (!json.members.empty()) {
      WriteLong(static_cast<int64_t>(json.members.size()), out_);
    }
    for (const auto& [name, value] : json.members) {
      WriteBytes(name, out_);
      if (!Below(fmt::format("[\"{}\"]", name), *shape.children[0], value, depth)) {
        return false;
      }
    }
    WriteLong(0, out_);
    return true;
  }

  bool Branch(const Shape& shape, size_t index, const JsonTree& json, int depth) {
    WriteLong(static_cast<int64_t>(index), out_);
    return Write(*shape.children[index], json, depth + 1);
  }

  // Avro's own word for a branch; a named type's last name.
  static std::string NameOf(const Shape& branch) {
    return branch.name.empty() ? std::string(avro::KindWord(branch.kind)) : branch.name;
  }

  bool Union(const Shape& shape, const JsonTree& json, int depth) {
    std::vector<size_t> others;
    for (size_t i = 0; i < shape.children.size(); ++i) {
      const bool null = shape.children[i]->kind == Kind::kNull;
      if (null && json.kind == JsonKind::kNull) {
        return Branch(shape, i, json, depth);
      }
      if (!null) {
        others.push_back(i);
      }
    }
    if (others.size() == 1) {
      return Branch(shape, others.front(), json, depth);
    }
    if (json.kind == JsonKind::kObject && json.members.size() == 1) {
      for (const size_t i : others) {
        if (json.members[0].name == NameOf(*shape.children[i])) {
          return Branch(shape, i, json.members[0].value, depth);
        }
      }
    }
    return Fitting(shape, others, json, depth);
  }

  // The one branch that the value fits: as it would be shown, or else loosely.
  bool Fitting(
      const Shape& shape, const std::vector<size_t>& others, const JsonTree& json, int depth
  ) {
    const size_t start = out_.size();
    const Fit outer = fit_;
    std::vector<std::string> names;
    std::string written;
    for (const Fit fit : {Fit::kAsShown, Fit::kLoose}) {
      if (!names.empty() || (fit == Fit::kLoose && outer == Fit::kAsShown)) {
        break;
      }
      fit_ = fit;
      for (const size_t i : others) {
        if (Branch(shape, i, json, depth)) {
          names.push_back(NameOf(*shape.children[i]));
          written = out_.substr(start);
        }
        out_.resize(start);
      }
    }
    fit_ = outer;
    if (names.size() == 1) {
      out_ += written;
      return true;
    }
    std::string of;
    for (const size_t i : others) {
      of += (of.empty() ? "" : ", ") + NameOf(*shape.children[i]);
    }
    return Fail(
        names.empty() ? fmt::format("{} is none of {}", json.Said(), of)
                      : fmt::format(
                            "{} may be {}: write {{\"{}\": …}}",
                            json.Said(),
                            fmt::join(names, " or "),
                            names.front()
                        )
    );
  }

  std::string path_;
  const size_t steps_most_;
  size_t steps_ = 0;
  Fit fit_ = Fit::kLoose;
  std::string out_;
  std::string problem_;
};

}  // namespace

Result<std::string> WriteAvro(std::string_view json, const Layout& layout, std::string_view name) {
  const auto refused = [](std::string what) {
    return Error(ErrorKind::kBadRecord, std::move(what))
        .WithCode("E-KAFKA-007")
        .WithHint(
            "write the value as messages are shown; the topic's page shows the schema's fields"
        );
  };
  const auto tree = JsonTree::Parse(json);
  if (!tree) {
    return refused(fmt::format("{}: {}", name, tree.error().message()));
  }
  AvroWriter writer(name, kStepsFree + 16 * json.size());
  if (!writer.Write(layout.root(), *tree, 0)) {
    return refused(writer.problem());
  }
  return std::move(writer.out());
}

}  // namespace rowhouse::browse
