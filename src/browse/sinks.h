#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "browse/filter.h"
#include "browse/scalar.h"

// What is made of a message while AvroWalk or JsonWalk goes through it.
namespace rowhouse::browse {

// Tells nothing: whether a text is JSON at all.
struct NullSink {
  static bool Enter(std::string_view) { return true; }

  static bool EnterItem(size_t) { return true; }

  static void Leave() {}

  static void BeginRecord(std::string_view) {}

  static void EndRecord() {}

  static void BeginList(std::string_view) {}

  static void EndList() {}

  static void Value(const Scalar&) {}

  static bool Enough() { return false; }
};

// Writes the value as one line of JSON, up to a number of bytes.
class LineSink {
 public:
  LineSink(std::string& out, size_t bytes_max) : out_(out), end_(out.size() + bytes_max) {}

  bool Enter(std::string_view name);
  bool EnterItem(size_t index);

  void Leave() { comma_ = true; }

  void BeginRecord(std::string_view word);
  void EndRecord();
  void BeginList(std::string_view word);
  void EndList();
  void Value(const Scalar& value);

  bool Enough() const { return out_.size() > end_; }

 private:
  std::string& out_;
  const size_t end_;
  bool comma_ = false;
  std::string shown_;
};

// Writes the values alone, each on its line, for a search in them.
class ValuesSink {
 public:
  explicit ValuesSink(std::string& out) : out_(out) {}

  static bool Enter(std::string_view) { return true; }

  static bool EnterItem(size_t) { return true; }

  static void Leave() {}

  static void BeginRecord(std::string_view) {}

  static void EndRecord() {}

  static void BeginList(std::string_view) {}

  static void EndList() {}

  void Value(const Scalar& value) {
    AppendShown(value, out_);
    out_ += '\n';
  }

  static bool Enough() { return false; }

 private:
  std::string& out_;
};

// Fields that are picked out of messages one after the other, as a tree by their names.
class FieldTree {
 public:
  struct Branch {
    int slot = -1;  // where the value goes; -1: only something below it is wanted
    std::vector<std::pair<std::string, size_t>> children;  // name, place in branches()
  };

  // Slot i is for paths[i].
  explicit FieldTree(const std::vector<std::vector<std::string>>& paths);

  const std::vector<Branch>& branches() const { return branches_; }

  size_t slots() const { return slots_; }

 private:
  std::vector<Branch> branches_;
  size_t slots_ = 0;
};

// Picks the fields of a tree out of one message and passes over all else.
//
// A record as a whole is the text of its JSON, or where told so and it has one field, that
// field's value: the key of most tables.
class PickSink {
 public:
  enum class Records { kAsText, kOfOneFieldAsIt };

  PickSink(const FieldTree& tree, Scratch& scratch, Records records);

  // Before each message; what was picked before is gone.
  void Start();

  // By slot; null where the message has no such field.
  const std::vector<FilterValue>& slots() const { return slots_; }

  bool Enter(std::string_view name);
  bool EnterItem(size_t index);
  void Leave();
  void BeginRecord(std::string_view word);
  void EndRecord();
  void BeginList(std::string_view word);
  void EndList();
  void Value(const Scalar& value);

  bool Enough() const { return missing_ == 0; }

 private:
  static constexpr size_t kNone = SIZE_MAX;
  static constexpr size_t kItemsMax = 10'000;

  // A slot's record or list while the walk is inside of it.
  struct Open {
    int slot = -1;
    int depth = 0;
    bool list = false;
    std::string* text = nullptr;
    bool comma = false;
    size_t values = 0;  // directly inside
  };

  bool Descend(std::string_view name);
  void Comma();
  void Begin(bool list, char bracket);
  void End(char bracket);
  void Filled(int slot);

  const FieldTree& tree_;
  Scratch& scratch_;
  const Records records_;
  std::vector<FilterValue> slots_;
  std::vector<bool> filled_;
  size_t missing_ = 0;
  std::vector<size_t> place_;  // branches on the way here; kNone: beside the tree
  std::vector<Open> open_;
  FilterValue single_;
};

}  // namespace rowhouse::browse
