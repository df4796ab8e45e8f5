#include "avro/compatibility.h"

#include <gtest/gtest.h>

namespace rowhouse::avro {
namespace {

SchemaPtr Parse(const std::string& json) {
  const auto schema = Schema::Parse(json);
  EXPECT_TRUE(schema) << json;
  return schema ? *schema : nullptr;
}

SchemaPtr Record(const std::string& fields, const std::string& more = "") {
  return Parse(R"({"type":"record","name":"R","fields":[)" + fields + "]" + more + "}");
}

const std::string kA = R"({"name":"a","type":"int"})";
const std::string kB = R"({"name":"b","type":"int"})";
const std::string kBDefault = R"({"name":"b","type":"int","default":0})";

std::string First(const SchemaPtr& reader, const SchemaPtr& writer) {
  const auto problems = CheckCanRead(*reader, *writer);
  return problems.empty() ? "" : problems.front().type + " " + problems.front().path;
}

TEST(Compatibility, ANewFieldWithoutDefaultCannotReadOldData) {
  const auto problems = CheckCanRead(*Record(kA + "," + kB), *Record(kA), "new", "old");
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(
      problems[0].ToString(),
      "{errorType:'READER_FIELD_MISSING_DEFAULT_VALUE', description:'The field 'b' at path "
      "'/fields/1' in the new schema has no default value and is missing in the old schema', "
      "additionalInfo:'b'}"
  );
  EXPECT_EQ(First(Record(kA + "," + kBDefault), Record(kA)), "");
  EXPECT_EQ(First(Record(kA), Record(kA + "," + kB)), "");
}

TEST(Compatibility, NumbersPromoteUpwardsOnly) {
  EXPECT_EQ(First(Parse(R"("long")"), Parse(R"("int")")), "");
  EXPECT_EQ(First(Parse(R"("double")"), Parse(R"("long")")), "");
  EXPECT_EQ(First(Parse(R"("bytes")"), Parse(R"("string")")), "");
  EXPECT_EQ(First(Parse(R"("int")"), Parse(R"("long")")), "TYPE_MISMATCH /");
  EXPECT_EQ(First(Parse(R"("float")"), Parse(R"("double")")), "TYPE_MISMATCH /");
}

TEST(Compatibility, UnionsMustHoldEveryBranchOfTheWriter) {
  const auto nullable = Parse(R"(["null","long"])");
  EXPECT_EQ(First(nullable, Parse(R"("int")")), "");
  EXPECT_EQ(First(nullable, Parse(R"(["int","null"])")), "");
  EXPECT_EQ(First(nullable, Parse(R"(["null","string"])")), "MISSING_UNION_BRANCH /1");
  EXPECT_EQ(First(nullable, Parse(R"("string")")), "MISSING_UNION_BRANCH /");
  EXPECT_EQ(First(Parse(R"("long")"), nullable), "TYPE_MISMATCH /");
}

TEST(Compatibility, PathsLeadThroughRecordsAndArrays) {
  const auto of = [](const std::string& type) {
    return Record(R"({"name":"x","type":{"type":"array","items":)" + type + "}}");
  };
  EXPECT_EQ(First(of(R"("int")"), of(R"("string")")), "TYPE_MISMATCH /fields/0/type/items");
}

TEST(Compatibility, EnumsNeedTheSymbolsOrADefault) {
  const auto old = Parse(R"({"type":"enum","name":"E","symbols":["A","B"]})");
  EXPECT_EQ(
      First(Parse(R"({"type":"enum","name":"E","symbols":["A"]})"), old),
      "MISSING_ENUM_SYMBOLS /symbols"
  );
  EXPECT_EQ(First(Parse(R"({"type":"enum","name":"E","symbols":["A"],"default":"A"})"), old), "");
}

TEST(Compatibility, AliasesStandForOldNames) {
  EXPECT_EQ(First(Record(R"({"name":"z","type":"int","aliases":["a"]})"), Record(kA)), "");
  const auto renamed = Parse(R"({"type":"record","name":"S","fields":[],"aliases":["R"]})");
  EXPECT_EQ(First(renamed, Record(kA)), "");
  EXPECT_EQ(
      First(Parse(R"({"type":"record","name":"S","fields":[]})"), Record(kA)), "NAME_MISMATCH /name"
  );
}

TEST(Compatibility, RecursiveTypesEnd) {
  const std::string list =
      R"({"type":"record","name":"L","fields":[{"name":"next","type":["null","L"]},{"name":"v","type":)";
  EXPECT_EQ(First(Parse(list + R"("long"}]})"), Parse(list + R"("int"}]})")), "");
  EXPECT_NE(First(Parse(list + R"("int"}]})"), Parse(list + R"("long"}]})")), "");
}

struct LevelCase {
  Compatibility level;
  bool add_required;      // a field without default
  bool remove_required;   // of one the last schema has
  bool only_oldest_fits;  // breaks with the schema before the last
};

class Levels : public testing::TestWithParam<LevelCase> {};

TEST_P(Levels, RefuseWhatTheyPromise) {
  const LevelCase& c = GetParam();
  const auto allowed = [&](const SchemaPtr& next, const std::vector<SchemaPtr>& earlier) {
    return CheckCompatibility(c.level, *next, earlier).problems.empty();
  };
  EXPECT_EQ(allowed(Record(kA + "," + kB), {Record(kA)}), c.add_required);
  EXPECT_EQ(allowed(Record(kA), {Record(kA + "," + kB)}), c.remove_required);
  // b: required, then with a default, then gone.
  const std::vector<SchemaPtr> history = {
      Record(kA + "," + R"({"name":"b","type":"string"})"), Record(kA)};
  EXPECT_EQ(allowed(Record(kA + "," + kBDefault), history), c.only_oldest_fits);
  EXPECT_TRUE(allowed(Record(kA + "," + kBDefault), {Record(kA)}));
}

INSTANTIATE_TEST_SUITE_P(
    All,
    Levels,
    testing::Values(
        LevelCase{Compatibility::kNone, true, true, true},
        LevelCase{Compatibility::kBackward, false, true, true},
        LevelCase{Compatibility::kBackwardTransitive, false, true, false},
        LevelCase{Compatibility::kForward, true, false, true},
        LevelCase{Compatibility::kForwardTransitive, true, false, false},
        LevelCase{Compatibility::kFull, false, false, true},
        LevelCase{Compatibility::kFullTransitive, false, false, false}
    ),
    [](const auto& param) { return std::string(CompatibilityName(param.param.level)); }
);

TEST(Compatibility, NamesComeBack) {
  for (const char* name : {"NONE", "backward", "FULL_TRANSITIVE"}) {
    EXPECT_TRUE(ParseCompatibility(name)) << name;
  }
  EXPECT_FALSE(ParseCompatibility("SIDEWAYS"));
}

}  // namespace
}  // namespace rowhouse::avro
