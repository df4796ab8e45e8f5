#include "mysql/json_patch.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "mysql/json_text.h"
#include "mysql/json_value.h"

namespace rowhouse::mysql {

namespace {

struct Member;

// A value of the document: as the log has it until a path leads into it, then its members.
struct Node {
  JsonValue value;
  bool opened = false;
  bool is_object = false;
  std::vector<Member> members;
};

struct Member {
  std::string_view key;  // of an object
  Node node;
};

// One step of a path: a member by its name, or an element by its index.
struct Step {
  bool is_key = false;
  std::string key;
  uint64_t index = 0;
};

using Path = std::vector<Step>;

// Objects are in order of length, then of bytes.
bool KeyBefore(std::string_view a, std::string_view b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

bool OpenNode(Node& node) {
  if (node.opened) {
    return true;
  }
  const auto container = JsonContainer::Open(node.value);
  if (!container.has_value()) {
    return false;
  }
  node.is_object = container->is_object();
  for (size_t i = 0; i < container->size(); ++i) {
    const auto key = node.is_object ? container->Key(i) : std::optional(std::string_view());
    const auto item = container->Item(i);
    if (!key.has_value() || !item.has_value()) {
      return false;
    }
    node.members.push_back({*key, {*item, false, false, {}}});
  }
  node.opened = true;
  return true;
}

std::vector<Member>::iterator FindKey(Node& node, std::string_view key) {
  return std::lower_bound(
      node.members.begin(),
      node.members.end(),
      key,
      [](const Member& m, std::string_view k) { return KeyBefore(m.key, k); }
  );
}

// Reads $.name, $."any text" and $[0], as the server writes the paths of differences.
class PathReader {
 public:
  explicit PathReader(std::string_view text) : text_(text) {}

  std::optional<Path> Read() {
    if (!Pass('$')) {
      return std::nullopt;
    }
    Path path;
    while (!text_.empty()) {
      Step& step = path.emplace_back();
      const bool good = Pass('[') ? Index(step) : Pass('.') && Key(step);
      if (!good || path.size() > JsonTextWriter::kDepthMax) {
        return std::nullopt;
      }
    }
    return path;
  }

 private:
  bool Pass(char c) {
    if (text_.empty() || text_.front() != c) {
      return false;
    }
    text_.remove_prefix(1);
    return true;
  }

  bool Index(Step& step) {
    const auto read = std::from_chars(text_.data(), text_.data() + text_.size(), step.index);
    if (read.ec != std::errc()) {
      return false;
    }
    text_.remove_prefix(static_cast<size_t>(read.ptr - text_.data()));
    return Pass(']');
  }

  bool Key(Step& step) {
    step.is_key = true;
    if (Pass('"')) {
      return QuotedKey(step);
    }
    const size_t end = std::min(text_.find_first_of(".["), text_.size());
    step.key = text_.substr(0, end);
    text_.remove_prefix(end);
    return end > 0;
  }

  bool QuotedKey(Step& step) {
    while (!text_.empty()) {
      const char c = text_.front();
      text_.remove_prefix(1);
      if (c == '"') {
        return true;
      }
      if (c != '\\') {
        step.key += c;
      } else if (!Escape(step)) {
        return false;
      }
    }
    return false;
  }

  // The server escapes as it does when printing: only control characters as \u00XX.
  bool Escape(Step& step) {
    constexpr std::string_view kLetters = "\"\\/bfnrt";
    constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
    if (text_.empty()) {
      return false;
    }
    const char c = text_.front();
    text_.remove_prefix(1);
    if (c == 'u') {
      unsigned code = 0;
      const char* const end = text_.data() + std::min<size_t>(text_.size(), 4);
      if (end != text_.data() + 4 || std::from_chars(text_.data(), end, code, 16).ptr != end ||
          code > 0x7F) {
        return false;
      }
      step.key += static_cast<char>(code);
      text_.remove_prefix(4);
      return true;
    }
    const size_t which = kLetters.find(c);
    if (which == std::string_view::npos) {
      return false;
    }
    step.key += kMeant[which];
    return true;
  }

  std::string_view text_;
};

// The document being changed.
class Patch {
 public:
  Patch(ByteView before, Arena& arena) : arena_(arena) {
    root_.value = JsonValue::Document(before);
  }

  bool Apply(ByteView diffs) {
    ByteCursor in(diffs);
    bool good = true;
    while (good && in.ok() && !in.done()) {
      const uint8_t operation = in.U8();
      const auto path = PathReader(in.Text(in.PackedInt())).Read();
      const ByteView value = operation == kRemove ? ByteView{} : in.Bytes(in.PackedInt());
      good = in.ok() && path.has_value() && One(operation, *path, value);
    }
    return good && in.ok();
  }

  bool Print(JsonTextWriter& out) const { return PrintNode(root_, 0, out); }

 private:
  static constexpr uint8_t kReplace = 0;
  static constexpr uint8_t kInsert = 1;
  static constexpr uint8_t kRemove = 2;

  bool One(uint8_t operation, const Path& path, ByteView value) {
    Node fresh;
    fresh.value = JsonValue::Document(value);
    if (path.empty()) {
      root_ = operation == kReplace ? std::move(fresh) : std::move(root_);
      return operation == kReplace;
    }
    Node* parent = &root_;
    for (size_t i = 0; i + 1 < path.size(); ++i) {
      const auto member = Find(*parent, path[i]);
      if (!member.has_value()) {
        return false;
      }
      parent = &(*member)->node;
    }
    return operation == kInsert ? Insert(*parent, path.back(), std::move(fresh))
                                : Change(*parent, path.back(), operation, std::move(fresh));
  }

  using Place = std::vector<Member>::iterator;

  static std::optional<Place> Find(Node& parent, const Step& step) {
    if (!OpenNode(parent) || parent.is_object != step.is_key) {
      return std::nullopt;
    }
    if (step.is_key) {
      const Place at = FindKey(parent, step.key);
      const bool there = at != parent.members.end() && at->key == step.key;
      return there ? std::optional(at) : std::nullopt;
    }
    if (step.index >= parent.members.size()) {
      return std::nullopt;
    }
    return parent.members.begin() + static_cast<ptrdiff_t>(step.index);
  }

  static bool Change(Node& parent, const Step& step, uint8_t operation, Node fresh) {
    const auto at = Find(parent, step);
    if (!at.has_value() || operation > kRemove) {
      return false;
    }
    if (operation == kRemove) {
      parent.members.erase(*at);
    } else {
      (*at)->node = std::move(fresh);
    }
    return true;
  }

  // A key the object has not yet, or an element before the one that is there.
  bool Insert(Node& parent, const Step& step, Node fresh) {
    if (!OpenNode(parent) || parent.is_object != step.is_key) {
      return false;
    }
    if (step.is_key) {
      const Place at = FindKey(parent, step.key);
      if (at != parent.members.end() && at->key == step.key) {
        return false;
      }
      parent.members.insert(at, {arena_.Copy(step.key), std::move(fresh)});
      return true;
    }
    const size_t at = std::min<uint64_t>(step.index, parent.members.size());
    parent.members.insert(
        parent.members.begin() + static_cast<ptrdiff_t>(at), {{}, std::move(fresh)}
    );
    return true;
  }

  static bool PrintNode(const Node& node, size_t depth, JsonTextWriter& out) {
    if (!node.opened) {
      return out.Value(node.value, depth);
    }
    bool good = depth < JsonTextWriter::kDepthMax && out.Raw(node.is_object ? "{" : "[");
    bool first = true;
    for (const Member& member : node.members) {
      good = good && (first || out.Raw(", "));
      good = good && (!node.is_object || (out.String(member.key) && out.Raw(": ")));
      good = good && PrintNode(member.node, depth + 1, out);
      first = false;
    }
    return good && out.Raw(node.is_object ? "}" : "]");
  }

  Arena& arena_;
  Node root_;
};

}  // namespace

std::optional<std::string_view> PatchedJsonText(ByteView before, ByteView diffs, Arena& arena) {
  if (diffs.empty()) {
    return JsonText(before, arena);
  }
  Patch patch(before, arena);
  if (!patch.Apply(diffs)) {
    return std::nullopt;
  }
  JsonTextWriter out(arena, before.size() + diffs.size());
  const bool good = patch.Print(out);
  const std::string_view text = out.Finish();
  return good ? std::optional(text) : std::nullopt;
}

}  // namespace rowhouse::mysql
