#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "browse/number.h"

namespace rowhouse::browse {

// A value while an expression is evaluated.
//
// Owns: `text` points into the message, the expression or the evaluation's scratch.
struct FilterValue {
  enum class Kind : uint8_t {
    kNull,
    kBool,
    kNumber,
    kText,
    kTime,  // dates too; `text` is how it is shown
    kList,
    kRecord,  // a record or map as a whole; `text` is how it is shown
  };

  Kind kind = Kind::kNull;
  bool truth = false;
  int64_t micros = 0;  // kTime: since 1970 UTC
  Number number;
  std::string_view text;
  std::vector<FilterValue> items;  // kList

  bool is_true() const { return kind == Kind::kBool && truth; }

  static FilterValue Bool(bool truth) {
    FilterValue v;
    v.kind = Kind::kBool;
    v.truth = truth;
    return v;
  }

  static FilterValue Of(Number number) {
    FilterValue v;
    v.kind = Kind::kNumber;
    v.number = std::move(number);
    return v;
  }

  static FilterValue Text(std::string_view text) {
    FilterValue v;
    v.kind = Kind::kText;
    v.text = text;
    return v;
  }

  static FilterValue Time(int64_t micros, std::string_view shown = {}) {
    FilterValue v;
    v.kind = Kind::kTime;
    v.micros = micros;
    v.text = shown;
    return v;
  }
};

}  // namespace rowhouse::browse
