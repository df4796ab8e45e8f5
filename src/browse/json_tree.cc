#include "browse/json_tree.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/json_text.h"
#include "browse/json_walk.h"

namespace rowhouse::browse {

namespace {

// Builds what JsonWalk meets.
class TreeSink {
 public:
  explicit TreeSink(JsonTree& root) { open_.push_back(&root); }

  bool Enter(std::string_view name) {
    JsonTree& object = *open_.back();
    if (object.Find(name) != nullptr) {
      doubled_ = name;
    }
    object.members.push_back({std::string(name), JsonTree()});
    open_.push_back(&object.members.back().value);
    return true;
  }

  bool EnterItem(size_t /*index*/) {
    open_.push_back(&open_.back()->items.emplace_back());
    return true;
  }

  void Leave() { open_.pop_back(); }

  void BeginRecord(std::string_view /*word*/) { open_.back()->kind = JsonTree::Kind::kObject; }

  void EndRecord() {}

  void BeginList(std::string_view /*word*/) { open_.back()->kind = JsonTree::Kind::kArray; }

  void EndList() {}

  void Value(const Scalar& value) {
    JsonTree& at = *open_.back();
    switch (value.stored) {
      case Stored::kBoolean:
        at.kind = JsonTree::Kind::kBoolean;
        at.boolean = value.number != 0;
        break;
      case Stored::kDigits:
        at.kind = JsonTree::Kind::kNumber;
        at.text = value.bytes;
        break;
      case Stored::kText:
        at.kind = JsonTree::Kind::kText;
        at.text = value.bytes;
        break;
      default:
        break;
    }
  }

  bool Enough() const { return !doubled_.empty(); }

  const std::string& doubled() const { return doubled_; }

 private:
  std::vector<JsonTree*> open_;
  std::string doubled_;
};

}  // namespace

const JsonTree* JsonTree::Find(std::string_view name) const {
  const auto at = std::ranges::find_if(members, [&](const auto& m) { return m.name == name; });
  return at == members.end() ? nullptr : &at->value;
}

std::string JsonTree::Said() const {
  constexpr size_t kCharacters = 60;
  switch (kind) {
    case Kind::kNull:
      return "null";
    case Kind::kBoolean:
      return boolean ? "true" : "false";
    case Kind::kNumber:
      return text.size() > kCharacters ? text.substr(0, kCharacters) + "…" : text;
    case Kind::kText: {
      const std::string_view cut = CutCharacters(text, kCharacters);
      std::string said;
      AppendJsonString(said, cut);
      return said + (cut.size() < text.size() ? "…" : "");
    }
    case Kind::kObject:
      return "an object";
    case Kind::kArray:
      return "an array";
  }
  return "?";
}

Result<JsonTree> JsonTree::Parse(std::string_view text) {
  if (!IsUtf8(text)) {
    return Error(ErrorKind::kBadRecord, "no JSON: the text is no UTF-8");
  }
  JsonTree root;
  TreeSink sink(root);
  JsonWalk<TreeSink> walk(text, sink, JsonWalk<TreeSink>::Envelope::kAll);
  if (!walk.Run()) {
    return Error(ErrorKind::kBadRecord, "no JSON: " + walk.problem());
  }
  if (!sink.doubled().empty()) {
    return Error(
        ErrorKind::kBadRecord,
        fmt::format("the name \"{}\" stands twice in an object", sink.doubled())
    );
  }
  return root;
}

}  // namespace rowhouse::browse
