#include "browse/filter.h"

#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "browse/text_match.h"
#include "browse/time_text.h"

namespace rowhouse::browse {
namespace {

// A record whose fields are given by their path: "value.after.id".
using Fields = std::map<std::string, FilterValue>;

class Facts : public FilterFacts {
 public:
  Facts(Fields given, const Filter& of) : fields(std::move(given)), filter(&of) {}

  Fields fields;
  const Filter* filter;
  int asked = 0;

  int32_t Partition() override { return 3; }

  int64_t Offset() override { return 4711; }

  int64_t TimeMicros() override { return 1769853600'500000; }  // 2026-01-31T10:00:00.5Z

  int64_t Size() override { return 200; }

  FilterValue Op() override { return FilterValue::Text("u"); }

  FilterValue Header(std::string_view name) override {
    return name == "trace" ? FilterValue::Text("abc-1") : FilterValue();
  }

  const FilterValue& Field(size_t index) override {
    ++asked;
    const FieldRef& ref = filter->fields()[index];
    std::string path = ref.root == FieldRef::Root::kKey ? "key" : "value";
    for (const std::string& name : ref.path) {
      path += "." + name;
    }
    return fields[path];
  }
};

FilterValue Int(int64_t v) {
  return FilterValue::Of(Number::OfInt(v));
}

Fields Order() {
  Fields fields;
  fields["key"] = Int(7);
  fields["value.after.id"] = Int(7);
  fields["value.after.big"] = Int(9007199254740993);
  fields["value.after.price"] = FilterValue::Of(Number::Parse("12.50").value());
  fields["value.after.ratio"] = FilterValue::Of(Number::OfDouble(0.1));
  fields["value.after.name"] = FilterValue::Text("Ünal Çelik");
  fields["value.before.a b"] = FilterValue::Text("x");
  fields["value.after.paid"] = FilterValue::Bool(true);
  fields["value.after.at"] = FilterValue::Time(1769853600'000000, "2026-01-31 10:00:00");
  FilterValue tags;
  tags.kind = FilterValue::Kind::kList;
  tags.items = {FilterValue::Text("new"), FilterValue::Text("vip")};
  fields["value.after.tags"] = tags;
  FilterValue row;
  row.kind = FilterValue::Kind::kRecord;
  row.text = R"({"id":7,"name":"Ünal"})";
  fields["value.after"] = row;
  return fields;
}

Verdict Try(std::string_view text, const Fields& fields = Order()) {
  const auto filter = Filter::Parse(text);
  EXPECT_TRUE(filter) << text << ": " << filter.error().ToString();
  if (!filter) {
    return Verdict::kNo;
  }
  Facts facts(fields, **filter);
  return (*filter)->Matches(facts);
}

TEST(Filter, IsTrueWhereItShould) {
  for (const char* text : {
           "true",
           "key == 7",
           "value.after.id == 7 && op == \"u\"",
           "value.after.id == 7.0",
           "value.after.big == 9007199254740993",
           "value.after.big != 9007199254740992",
           "value.after.big > 9007199254740992.5",
           "value.after.price == 12.5",
           "value.after.price > 12 && value.after.price < 12.51",
           "value.after.ratio == 0.1",
           "value.after.price * 2 == 25",
           "value.after.id / 2 == 3.5",
           "-value.after.id == -7",
           "-(value.after.id) < 0 - 6",
           "1 + 2 * 3 == 7",
           "(1 + 2) * 3 == 9",
           "10 % 4 == 2",
           "value.before[\"a b\"] == 'x'",
           "value[\"before\"]['a b'] == \"x\"",
           "value.after.missing == null",
           "!has(value.after.missing)",
           "has(value.after.id)",
           "value.after.id != null",
           "value.after.missing != 5",
           "value.after.paid",
           "!(value.after.paid == false)",
           "value.after.name contains \"Çelik\"",
           "value.after.name.contains(\"Çelik\")",
           "lower(value.after.name) startsWith \"ünal ç\"",
           "value.after.name.lower().endsWith('çelik')",
           "size(value.after.name) == 10",
           "value.after.name.size() == 10",
           R"(value.after.name matches "^\S+ \S+$")",
           R"(value.after.name.matches("(?i)çeLIK"))",
           "value.after contains \"Ünal\"",
           "value.after.id in [1, 7.0, 9]",
           "'vip' in value.after.tags",
           "value.after.tags contains 'new'",
           "size(value.after.tags) == 2",
           "value.after.tags == ['new', 'vip']",
           "ts == timestamp(\"2026-01-31T12:00:00.5+02:00\")",
           "ts > \"2026-01-31\"",
           "value.after.at <= timestamp('2026-01-31 10:00:00')",
           "value.after.at == \"2026-01-31T10:00:00Z\"",
           "value.after.at startsWith '2026-01-'",
           "partition == 3 && offset >= 4711 && size < 1e3",
           "headers[\"trace\"] startsWith \"abc\"",
           "headers['none'] == null",
           "value.after.id > 5 ? op == 'u' : false",
           "false || false || key == 7",
           "\"b\" > \"a\"",
           R"("a\"b\u00e4\n" == 'a"bä)"
           "\n'",
       }) {
    EXPECT_EQ(Try(text), Verdict::kYes) << text;
  }
}

TEST(Filter, IsFalseWhereKindsDifferOrFieldsAreMissing) {
  for (const char* text : {
           "false",
           "value.after.id == \"7\"",
           "value.after.id < \"8\"",
           "value.after.name > 5",
           "value.after.name == value.after.id",
           "1 == \"1\"",
           "value.after.missing > 0",
           "value.after.missing < 0",
           "value.after.missing",
           "!value.after.missing",
           "!value.after.id",
           "value.after.id",
           "value.after.missing + 1 == 1",
           "value.after.id / 0 == 0",
           "value.after.id % 0 == 0",
           "null < null",
           "value.after.id contains \"7\"",
           "value.after.missing matches \".*\"",
           "value.after.id in []",
           "'v' in value.after.tags",
           "value.after.at == \"soon\"  || value.after.at < 5",
           "headers[\"none\"] contains \"a\"",
           "key == 7 && key == 8",
       }) {
    EXPECT_EQ(Try(text), Verdict::kNo) << text;
  }
}

TEST(Filter, RefusesWithThePlaceAndWhatWasExpected) {
  struct Case {
    const char* text;
    int at;
    const char* says;
  };

  const Case cases[] = {
      {"", 0, "expected a value such as value.after.id, found the end"},
      {"value.after.id ==", 17, "expected a value such as value.after.id, found the end"},
      {"value.after.id = 5", 15, "write == to compare"},
      {"op == 'u' & true", 10, "write && for and"},
      {"price > 5", 0, "a column is value.after.price"},
      {"op == u", 6, "'u' is not known"},
      {"value.after.", 12, "expected a field's name"},
      {"value[after]", 6, "expected a field's name in quotes"},
      {"offset == \"5\"", 7, "'==' between a number and a text is never true"},
      {"op > 3", 3, "'>' between a text and a number is never true"},
      {"ts > \"yesterday\"", 5, "\"yesterday\" is no time"},
      {"ts > 5", 3, "between a time and a number"},
      {"timestamp(\"2026-02-30\") < ts", 10, "timestamp() wants a time in quotes"},
      {"offset", 0, "the expression is a number, where a condition is wanted"},
      {"offset && true", 0, "a side of '&&' is a number"},
      {"!offset", 1, "what stands behind '!' is a number"},
      {"1 < 2 < 3", 6, "comparisons do not chain"},
      {"op contains 5", 12, "'contains' wants a text, not a number"},
      {"value.a matches value.b", 16, "wants a pattern in quotes"},
      {"value.a matches \"(\"", 16, "not a pattern: missing )"},
      {"value.a in 5", 11, "'in' wants a list"},
      {"frob(value.a)", 0, "there is no function 'frob'"},
      {"value.a.frob(1)", 8, "there is no function 'frob'"},
      {"has(5)", 4, "has() wants a field"},
      {"op.x == 1", 3, "only key and value have fields"},
      {"key == 7 key", 9, "expected '&&', '||' or the end, found 'key'"},
      {"(key == 7", 9, "expected ')', found the end"},
      {"key == \"abc", 7, "this text has no \" at its end"},
      {"key == '\\u12'", 8, "\\u wants four hex digits"},
      {"key == #", 7, "'#' means nothing here"},
      {"'a' + 1 == 2", 0, "'+' wants a number, not a text"},
      {"true ? 1", 8, "expected ':'"},
  };
  for (const Case& c : cases) {
    const auto filter = Filter::Parse(c.text);
    ASSERT_FALSE(filter) << c.text;
    EXPECT_EQ(filter.error().code(), "E-BROWSE-001");
    EXPECT_EQ(filter.error().native(), c.at) << c.text;
    EXPECT_NE(filter.error().message().find(c.says), std::string::npos)
        << c.text << ": " << filter.error().message();
  }
}

TEST(Filter, IsBoundedInLengthAndDepth) {
  EXPECT_FALSE(Filter::Parse(std::string(Filter::kTextMax + 1, ' ')));
  for (const char* open : {"(", "!", "-", "[", "size(", "true ? true : "}) {
    std::string deep;
    for (int i = 0; i < 300; ++i) {
      deep += open;
    }
    const auto filter = Filter::Parse(deep + "true");
    ASSERT_FALSE(filter) << open;
    EXPECT_NE(filter.error().message().find("nested deeper than 50"), std::string::npos) << open;
  }
  std::string path = "value";
  for (int i = 0; i < 100; ++i) {
    path += ".a";
  }
  EXPECT_FALSE(Filter::Parse(path + " == 1"));
  std::string any = "false";
  for (int i = 0; i < 900; ++i) {
    any += "||false";
  }
  EXPECT_EQ(Try(any), Verdict::kNo);
}

TEST(Filter, GivesUpARecordThatTakesTooManySteps) {
  Fields fields = Order();
  const std::string large(size_t{40} << 20, 'x');
  fields["value.after.name"] = FilterValue::Text(large);
  const char* text = "value.after.name contains 'a' || value.after.name contains 'b'";
  EXPECT_EQ(Try(text, fields), Verdict::kTooLong);
}

TEST(Filter, AsksOnlyForWhatItComesTo) {
  const auto filter = Filter::Parse("partition == 9 && value.after.id == 7").value();
  Facts facts(Order(), *filter);
  EXPECT_EQ(filter->Matches(facts), Verdict::kNo);
  EXPECT_EQ(facts.asked, 0);
}

TEST(Filter, NamesEachFieldOnce) {
  const auto filter =
      Filter::Parse("value.after.id > key.id && value.after.id < 5 && has(value[\"x y\"])").value();
  const std::vector<FieldRef> wanted = {
      {FieldRef::Root::kValue, {"after", "id"}},
      {FieldRef::Root::kKey, {"id"}},
      {FieldRef::Root::kValue, {"x y"}}};
  EXPECT_EQ(filter->fields(), wanted);
  EXPECT_FALSE(filter->names_op());
  EXPECT_TRUE(Filter::Parse("op == \"c\"").value()->names_op());
}

TEST(TextMatch, TakesNoAccountOfCase) {
  EXPECT_TRUE(TextMatch("HELLO").Found("say hello"));
  EXPECT_TRUE(TextMatch("straßE").Found("STRAßE 5"));
  EXPECT_TRUE(TextMatch("ünal").Found("ÜNAL"));
  EXPECT_TRUE(TextMatch("МОСКВА").Found("москва"));
  EXPECT_TRUE(TextMatch("αθηνα").Found("ΑΘΗΝΑ"));
  EXPECT_TRUE(TextMatch("").Found(""));
  EXPECT_FALSE(TextMatch("hello").Found("hell"));
  EXPECT_FALSE(TextMatch("ä").Found("a"));
  EXPECT_TRUE(TextMatch(std::string_view("\0b", 2)).Found(std::string_view("a\0B", 3)));
  EXPECT_TRUE(TextMatch("\xC3").Found("a\xC3"));  // bytes that are no text
}

TEST(TimeText, ReadsWhatPeopleWrite) {
  EXPECT_EQ(ParseTime("1970-01-01"), 0);
  EXPECT_EQ(ParseTime("1970-01-02T00:00Z"), 86'400'000'000);
  EXPECT_EQ(ParseTime("1970-01-01 00:00:01.5"), 1'500'000);
  EXPECT_EQ(ParseTime("1970-01-01T01:00:00.1234567+01:00"), 123'456);
  EXPECT_EQ(ParseTime("1969-12-31T23:59:59-0030"), 1'799'000'000);
  for (const char* text :
       {"",
        "1970",
        "1970-1-1",
        "1970-02-30",
        "1970-01-01T",
        "1970-01-01T25:00",
        "1970-01-01x",
        "1970-01-01T00:00:00+",
        "19700101"}) {
    EXPECT_EQ(ParseTime(text), std::nullopt) << text;
  }
}

TEST(TimeText, WritesTimesBeforeTheEpochToo) {
  std::string out;
  AppendDateTime(-1, 6, out);
  EXPECT_EQ(out, "1969-12-31 23:59:59.999999");
  out.clear();
  AppendTimeOfDay(-3'020'399'000'000, 0, out);
  EXPECT_EQ(out, "-838:59:59");
  out.clear();
  AppendDate(INT64_MAX, out);
  EXPECT_EQ(out, "day 9223372036854775807");
  out.clear();
  AppendTimeOfDay(INT64_MIN, 6, out);
  EXPECT_EQ(out, "-2562047788:00:54.775808");
}

}  // namespace
}  // namespace rowhouse::browse
