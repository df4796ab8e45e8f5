#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "browse/filter_value.h"

namespace rowhouse::browse {

struct Expression;

// A field that an expression names: value.after["a b"] is {kValue, {"after", "a b"}}.
struct FieldRef {
  enum class Root : uint8_t { kKey, kValue };

  Root root = Root::kValue;
  std::vector<std::string> path;  // none: the key or value as a whole

  friend bool operator==(const FieldRef&, const FieldRef&) = default;
};

// What a record is asked for while an expression is evaluated. What it gives must live until
// the evaluation is over.
class FilterFacts {
 public:
  FilterFacts() = default;
  virtual ~FilterFacts() = default;
  FilterFacts(const FilterFacts&) = delete;
  FilterFacts& operator=(const FilterFacts&) = delete;

  virtual int32_t Partition() = 0;
  virtual int64_t Offset() = 0;
  virtual int64_t TimeMicros() = 0;
  virtual int64_t Size() = 0;

  // Of a change event: "c", "u", "d", "r", ...; of others null.
  virtual FilterValue Op() = 0;

  // Null where there is no such header.
  virtual FilterValue Header(std::string_view name) = 0;

  // The value of Filter::fields()[index]; null where there is none. Asked for only when the
  // expression comes to it, so that key and value are decoded only where they matter.
  virtual const FilterValue& Field(size_t index) = 0;
};

// Whether a record matches; kTooLong: not decided within the limit on steps.
enum class Verdict : uint8_t { kNo, kYes, kTooLong };

// A condition on a record, in the language of docs/manual/browse.md (a subset of CEL).
//
// Total and without side effects: any expression that parses gives a verdict for any record.
// A missing field is null, kinds that differ are unequal and neither before nor after
// each other, arithmetic that has no result is null, and null is not true.
//
// Threads: immutable, any.
// Errors:  Parse: kBadRecord E-BROWSE-001; the message says what was expected and where; native()
//          is that place, in bytes from 0.
// Bounds:  text kTextMax, nesting kDepthMax, and per record kStepsMax: a step an operation and
//          one more for each 64 bytes that it looks at.
class Filter {
 public:
  static constexpr size_t kTextMax = 8192;
  static constexpr int kDepthMax = 50;
  static constexpr int64_t kStepsMax = 1'000'000;

  static Result<std::shared_ptr<const Filter>> Parse(std::string_view text);

  ~Filter();
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;

  // Fields of key and value that it may ask for.
  const std::vector<FieldRef>& fields() const { return fields_; }

  bool names_op() const { return names_op_; }

  Verdict Matches(FilterFacts& facts) const;

 private:
  Filter();

  std::unique_ptr<Expression> root_;
  std::vector<FieldRef> fields_;
  bool names_op_ = false;
};

}  // namespace rowhouse::browse
