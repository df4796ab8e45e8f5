#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace rowhouse::browse {

// A JSON value in memory, its numbers as they are written.
struct JsonTree {
  enum class Kind { kNull, kBoolean, kNumber, kText, kObject, kArray };

  struct Member;

  Kind kind = Kind::kNull;
  bool boolean = false;
  std::string text;             // kNumber, kText
  std::vector<Member> members;  // kObject
  std::vector<JsonTree> items;  // kArray

  // The member, or null.
  const JsonTree* Find(std::string_view name) const;

  // As a person names it in an error: "abc", 12, an object; a long one is cut.
  std::string Said() const;

  // kBadRecord: no JSON, and where; a name that stands twice in an object.
  static Result<JsonTree> Parse(std::string_view text);
};

// A name of an object, with what stands there.
struct JsonTree::Member {
  std::string name;
  JsonTree value;
};

}  // namespace rowhouse::browse
