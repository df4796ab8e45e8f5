// Any text as a filter's expression, held against a record whose fields are of every kind: a
// mistake is told at a place in the text, what parses comes to a verdict, and to the same one
// again.
#include "browse/filter.h"

#include <array>
#include <string>

#include "base/check.h"
#include "fuzz/target.h"

namespace rowhouse {

namespace {

using browse::Filter;
using browse::FilterValue;
using browse::Number;

// Which kind a field has depends on its number and the input's first byte.
class Facts : public browse::FilterFacts {
 public:
  Facts(uint8_t choice, std::string_view text) : choice_(choice), text_(text) {
    FilterValue list;
    list.kind = FilterValue::Kind::kList;
    list.items = {FilterValue::Text(text.substr(0, 3)), FilterValue::Of(Number::OfInt(7))};
    FilterValue record = FilterValue::Text(text);
    record.kind = FilterValue::Kind::kRecord;
    values_ = {
        FilterValue(),
        FilterValue::Bool((choice & 1) != 0),
        FilterValue::Of(Number::OfInt(INT64_MIN + choice)),
        FilterValue::Of(Number::OfUnsigned(UINT64_MAX)),
        FilterValue::Of(Number::OfDouble(choice * 1e-300)),
        FilterValue::Of(Number::OfBytes(text.substr(0, 100), choice).value_or(Number())),
        FilterValue::Text(text),
        FilterValue::Time(INT64_MAX - choice, "292277-01-09"),
        std::move(list),
        std::move(record),
    };
  }

  int32_t Partition() override { return static_cast<int32_t>(choice_); }

  int64_t Offset() override { return INT64_MAX; }

  int64_t TimeMicros() override { return INT64_MIN; }

  int64_t Size() override { return static_cast<int64_t>(text_.size()); }

  FilterValue Op() override { return FilterValue::Text(text_.substr(0, 1)); }

  FilterValue Header(std::string_view name) override {
    return name.size() % 2 == 0 ? FilterValue() : FilterValue::Text(name);
  }

  const FilterValue& Field(size_t index) override {
    return values_[(index + choice_) % values_.size()];
  }

 private:
  const size_t choice_;
  const std::string_view text_;
  std::array<FilterValue, 10> values_;
};

}  // namespace

extern "C" int FUZZ_ENTRY(const uint8_t* data, size_t size) {
  ByteCursor in({data, size});
  const uint8_t choice = in.U8();
  const std::string_view text = in.Text(in.left());
  const auto filter = Filter::Parse(text);
  if (!filter) {
    CHECK(filter.error().kind() == ErrorKind::kBadRecord);
    CHECK(!filter.error().message().empty());
    CHECK(static_cast<size_t>(filter.error().native()) <= text.size());
    return 0;
  }
  Facts facts(choice, text);
  const browse::Verdict verdict = (*filter)->Matches(facts);
  CHECK((*filter)->Matches(facts) == verdict);
  return 0;
}

}  // namespace rowhouse
