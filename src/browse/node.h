#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "browse/scalar.h"

namespace rowhouse::browse {

// A decoded value as people look at it: its type's name, its text, and what is inside.
struct Node {
  enum class Kind : uint8_t { kScalar, kRecord, kList };

  Kind kind = Kind::kScalar;
  std::string type = "null";
  std::string text;                // scalars, as people write them
  std::optional<std::string> raw;  // what is stored, where it is shown as something else
  std::vector<std::pair<std::string, Node>> fields;
  std::vector<Node> items;

  bool is_null() const { return kind == Kind::kScalar && type == "null"; }

  // The field below, or null.
  const Node* Find(std::string_view name) const;

  // Records are equal by their fields' texts and types.
  bool Equals(const Node& other) const;
};

// Builds a node, and stops where it becomes too large for anyone to look at.
class NodeSink {
 public:
  struct Limits {
    size_t nodes = 20'000;
    size_t bytes = size_t{1} << 20;
    size_t text_bytes = size_t{64} << 10;  // of one value
  };

  NodeSink(Node& root, Limits limits) : limits_(limits) { path_.push_back(&root); }

  bool Enter(std::string_view name);
  bool EnterItem(size_t index);

  void Leave() { path_.pop_back(); }

  void BeginRecord(std::string_view word);

  static void EndRecord() {}

  void BeginList(std::string_view word);

  static void EndList() {}

  void Value(const Scalar& value);

  bool Enough() const { return nodes_ > limits_.nodes || bytes_ > limits_.bytes; }

  // Whether something was left out.
  bool truncated() const { return truncated_ || Enough(); }

 private:
  const Limits limits_;
  // The way to the node that is filled; only the last child of each grows, so they stay.
  std::vector<Node*> path_;
  size_t nodes_ = 0;
  size_t bytes_ = 0;
  bool truncated_ = false;
};

}  // namespace rowhouse::browse
