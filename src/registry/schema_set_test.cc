#include "registry/schema_set.h"

#include <gtest/gtest.h>

namespace rowhouse::registry {
namespace {

SubjectVersion Version(
    std::string subject, int32_t version, int32_t id, std::string text, bool deleted = false
) {
  return {std::move(subject), version, id, {std::move(text), {}}, deleted};
}

Status Put(SchemaSet& set, const SubjectVersion& version) {
  return set.Apply(SchemaKey(version.subject, version.version), SchemaValue(version));
}

TEST(Records, AreInConfluentsFormat) {
  EXPECT_EQ(
      SchemaKey("shop.orders-value", 2),
      R"({"keytype":"SCHEMA","subject":"shop.orders-value","version":2,"magic":1})"
  );
  EXPECT_EQ(
      SchemaValue(Version("s", 1, 7, "\"int\"")),
      R"({"subject":"s","version":1,"id":7,"schema":"\"int\"","deleted":false})"
  );
  SubjectVersion referring = Version("s", 1, 7, "\"x.A\"");
  referring.schema.references = {{"x.A", "a", 3}};
  EXPECT_EQ(
      SchemaValue(referring),
      R"({"subject":"s","version":1,"id":7,"references":[{"name":"x.A","subject":"a","version":3}],)"
      R"("schema":"\"x.A\"","deleted":false})"
  );
  EXPECT_EQ(LevelKey(""), R"({"keytype":"CONFIG","magic":0})");
  EXPECT_EQ(LevelKey("s"), R"({"keytype":"CONFIG","subject":"s","magic":0})");
  EXPECT_EQ(LevelValue("s", "FULL"), R"({"subject":"s","compatibilityLevel":"FULL"})");
  EXPECT_EQ(ModeKey("s"), R"({"keytype":"MODE","subject":"s","magic":0})");
  EXPECT_EQ(ModeValue("", "READONLY"), R"({"mode":"READONLY"})");
  EXPECT_EQ(DeleteSubjectKey("s"), R"({"keytype":"DELETE_SUBJECT","subject":"s","magic":0})");
  EXPECT_EQ(DeleteSubjectValue("s", 3), R"({"subject":"s","version":3})");
}

TEST(SchemaSet, FindsWhatWasPut) {
  SchemaSet set;
  ASSERT_TRUE(Put(set, Version("s", 1, 1, "a")).has_value());
  ASSERT_TRUE(Put(set, Version("s", 2, 2, "b")).has_value());
  ASSERT_TRUE(Put(set, Version("t", 1, 1, "a")).has_value());
  EXPECT_EQ(set.Find("s", -1, Deleted::kHide)->version, 2);
  EXPECT_EQ(set.Find("s", 1, Deleted::kHide)->id, 1);
  EXPECT_EQ(set.Find("s", 3, Deleted::kHide), nullptr);
  EXPECT_EQ(set.ById(2)->text, "b");
  EXPECT_EQ(set.IdOf({"a", {}}), 1);
  EXPECT_EQ(set.UsesOf(1, Deleted::kHide).size(), 2U);
  EXPECT_EQ(set.max_id(), 2);
  EXPECT_EQ(set.Subjects("", Deleted::kHide), (std::vector<std::string>{"s", "t"}));
  EXPECT_EQ(set.Subjects("t", Deleted::kHide), (std::vector<std::string>{"t"}));
}

TEST(SchemaSet, SoftDeletedVersionsAreHiddenAndTheirIdsAnswer) {
  SchemaSet set;
  ASSERT_TRUE(Put(set, Version("s", 1, 1, "a")).has_value());
  ASSERT_TRUE(Put(set, Version("s", 2, 2, "b")).has_value());
  ASSERT_TRUE(Put(set, Version("s", 3, 3, "c")).has_value());
  ASSERT_TRUE(set.Apply(DeleteSubjectKey("s"), DeleteSubjectValue("s", 2)).has_value());
  EXPECT_EQ(set.Versions("s", Deleted::kHide).size(), 1U);
  EXPECT_EQ(set.Versions("s", Deleted::kOnly).size(), 2U);
  EXPECT_EQ(set.Versions("s", Deleted::kInclude).size(), 3U);
  EXPECT_NE(set.ById(1), nullptr);
  EXPECT_TRUE(set.Subjects("", Deleted::kOnly).empty());
  ASSERT_TRUE(Put(set, Version("s", 3, 3, "c", true)).has_value());
  EXPECT_TRUE(set.Subjects("", Deleted::kHide).empty());
  EXPECT_EQ(set.Subjects("", Deleted::kOnly).size(), 1U);
}

TEST(SchemaSet, TombstoneForgetsVersionAndAnIdNobodyElseUses) {
  SchemaSet set;
  ASSERT_TRUE(Put(set, Version("s", 1, 1, "a")).has_value());
  ASSERT_TRUE(Put(set, Version("t", 1, 1, "a")).has_value());
  ASSERT_TRUE(set.Apply(SchemaKey("s", 1), std::nullopt).has_value());
  EXPECT_NE(set.ById(1), nullptr);
  ASSERT_TRUE(set.Apply(SchemaKey("t", 1), std::nullopt).has_value());
  EXPECT_EQ(set.ById(1), nullptr);
  EXPECT_EQ(set.IdOf({"a", {}}), std::nullopt);
  EXPECT_EQ(set.max_id(), 1) << "an id is not given again";
  EXPECT_TRUE(set.Subjects("", Deleted::kInclude).empty());
}

TEST(SchemaSet, RefusesARecordThatChangesWhatAnIdMeans) {
  SchemaSet set;
  ASSERT_TRUE(Put(set, Version("s", 1, 1, "a")).has_value());
  EXPECT_FALSE(Put(set, Version("t", 1, 1, "b")).has_value());
  EXPECT_EQ(set.ById(1)->text, "a");
  EXPECT_EQ(set.Find("t", 1, Deleted::kInclude), nullptr);
}

TEST(SchemaSet, RewrittenVersionLeavesNoTraceOfTheFirst) {
  SchemaSet set;
  ASSERT_TRUE(Put(set, Version("s", 1, 1, "a")).has_value());
  ASSERT_TRUE(Put(set, Version("s", 1, 2, "b")).has_value());
  EXPECT_EQ(set.ById(1), nullptr);
  EXPECT_EQ(set.Find("s", -1, Deleted::kHide)->id, 2);
}

TEST(SchemaSet, ClearSubjectForgetsSoftDeletedVersions) {
  SchemaSet set;
  ASSERT_TRUE(Put(set, Version("s", 1, 1, "a", true)).has_value());
  ASSERT_TRUE(Put(set, Version("t", 1, 2, "b", true)).has_value());
  const char* key = R"({"keytype":"CLEAR_SUBJECT","subject":"s","magic":0})";
  ASSERT_TRUE(set.Apply(key, R"({"subject":"s"})").has_value());
  EXPECT_EQ(set.Subjects("", Deleted::kInclude), (std::vector<std::string>{"t"}));
}

TEST(SchemaSet, SettingsOfOneSubjectAndOfAll) {
  SchemaSet set;
  // Older registries wrote the subject of all as null.
  const char* old_key = R"({"keytype":"CONFIG","subject":null,"magic":0})";
  ASSERT_TRUE(set.Apply(old_key, R"({"compatibilityLevel":"NONE"})").has_value());
  ASSERT_TRUE(set.Apply(LevelKey("s"), LevelValue("s", "FULL")).has_value());
  ASSERT_TRUE(set.Apply(ModeKey("s"), ModeValue("s", "READONLY")).has_value());
  EXPECT_EQ(set.Level(""), "NONE");
  EXPECT_EQ(set.Level("s"), "FULL");
  EXPECT_EQ(set.Mode("s"), "READONLY");
  ASSERT_TRUE(set.Apply(LevelKey("s"), std::nullopt).has_value());
  EXPECT_EQ(set.Level("s"), std::nullopt);
}

TEST(SchemaSet, GarbageIsRefusedAndChangesNothing) {
  SchemaSet set;
  const std::string key = SchemaKey("s", 1);
  EXPECT_FALSE(set.Apply("", "").has_value());
  EXPECT_FALSE(set.Apply("{}", "{}").has_value());
  EXPECT_FALSE(set.Apply(key, "not json").has_value());
  EXPECT_FALSE(set.Apply(key, "{}").has_value());
  EXPECT_FALSE(set.Apply(key, R"({"subject":"s","version":"1","id":1,"schema":"a"})").has_value());
  EXPECT_TRUE(set.Apply(R"({"keytype":"NOOP","magic":0})", "").has_value());
  EXPECT_TRUE(set.Subjects("", Deleted::kInclude).empty());
}

TEST(SchemaSet, KnowsWhoRefersToAVersion) {
  SchemaSet set;
  ASSERT_TRUE(Put(set, Version("a", 1, 1, "a")).has_value());
  SubjectVersion referring = Version("b", 1, 2, "b");
  referring.schema.references = {{"x.A", "a", 1}};
  ASSERT_TRUE(Put(set, referring).has_value());
  EXPECT_EQ(set.ReferencedBy("a", 1), std::vector<int32_t>{2});
  EXPECT_TRUE(set.ReferencedBy("a", 2).empty());
}

}  // namespace
}  // namespace rowhouse::registry
