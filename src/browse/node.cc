#include "browse/node.h"

#include <algorithm>

namespace rowhouse::browse {

const Node* Node::Find(std::string_view name) const {
  const auto at = std::find_if(fields.begin(), fields.end(), [&](const auto& field) {
    return field.first == name;
  });
  return at == fields.end() ? nullptr : &at->second;
}

bool Node::Equals(const Node& other) const {
  return kind == other.kind && type == other.type && text == other.text && raw == other.raw &&
         std::equal(
             items.begin(),
             items.end(),
             other.items.begin(),
             other.items.end(),
             [](const Node& a, const Node& b) { return a.Equals(b); }
         ) &&
         std::equal(
             fields.begin(),
             fields.end(),
             other.fields.begin(),
             other.fields.end(),
             [](const auto& a, const auto& b) {
               return a.first == b.first && a.second.Equals(b.second);
             }
         );
}

bool NodeSink::Enter(std::string_view name) {
  auto& fields = path_.back()->fields;
  fields.emplace_back();
  AppendUtf8(name, fields.back().first);
  bytes_ += name.size();
  path_.push_back(&fields.back().second);
  return true;
}

bool NodeSink::EnterItem(size_t /*index*/) {
  path_.push_back(&path_.back()->items.emplace_back());
  return true;
}

void NodeSink::BeginRecord(std::string_view word) {
  path_.back()->kind = Node::Kind::kRecord;
  path_.back()->type = word;
  ++nodes_;
}

void NodeSink::BeginList(std::string_view word) {
  path_.back()->kind = Node::Kind::kList;
  path_.back()->type = word;
  ++nodes_;
}

void NodeSink::Value(const Scalar& value) {
  Node& node = *path_.back();
  ++nodes_;
  if (value.stored == Stored::kNull) {
    return;
  }
  node.type = value.word;
  Scalar shown = value;
  if (value.bytes.size() > limits_.text_bytes) {
    truncated_ = true;
    shown.bytes = value.bytes.substr(0, limits_.text_bytes);
    shown.meaning = Meaning::kPlain;
  }
  AppendShown(shown, node.text);
  std::string raw;
  AppendRaw(shown, raw);
  bytes_ += node.text.size() + raw.size();
  if (!raw.empty()) {
    node.raw = std::move(raw);
  }
}

}  // namespace rowhouse::browse
