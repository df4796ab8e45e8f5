#include "ddl/diff.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

namespace rowhouse::ddl {
namespace {

// Columns of type INT, "id" first; the key is "id".
TableSchema Table(std::initializer_list<const char*> columns) {
  TableSchema table;
  table.id = {"shop", "a"};
  for (const char* name : columns) {
    Column& column = table.columns.emplace_back();
    column.name = name;
    column.type = ColumnType::kInt;
  }
  table.primary_key = {0};
  return table;
}

std::string Told(
    const TableSchema& before,
    const TableSchema& after,
    std::initializer_list<const char*> sqls = {}
) {
  std::vector<TableEffect> statements;
  for (const char* sql : sqls) {
    for (TableEffect& effect : ParseHint(sql, "shop", {}).effects) {
      statements.push_back(std::move(effect));
    }
  }
  std::vector<std::string> parts;
  for (const SchemaStep& step : Diff(before, after, statements)) {
    parts.push_back(Describe(step));
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

TEST(Diff, SaysNothingOfEqualSchemas) {
  EXPECT_EQ(Told(Table({"id", "b"}), Table({"id", "b"})), "");
}

TEST(Diff, FindsAddedAndDroppedColumnsWithTheirPlace) {
  EXPECT_EQ(Told(Table({"id", "b", "c"}), Table({"id", "x", "c"})), "drop b; add x");
  EXPECT_EQ(Diff(Table({"id", "b"}), Table({"id", "x", "b"}), {})[0].index, 1u);
}

TEST(Diff, TakesARenameOnlyFromAStatement) {
  const auto before = Table({"id", "b"});
  EXPECT_EQ(Told(before, Table({"id", "c"})), "drop b; add c");
  EXPECT_EQ(Told(before, Table({"id", "c"}), {"ALTER TABLE a CHANGE B c INT"}), "rename b to c");
  EXPECT_EQ(
      Told(
          before,
          Table({"id", "d"}),
          {"ALTER TABLE a RENAME COLUMN b TO c", "ALTER TABLE a RENAME COLUMN c TO d"}
      ),
      "rename b to d"
  );
}

TEST(Diff, ReadsAStatementAsOfTheTableBeforeIt) {
  EXPECT_EQ(
      Told(
          Table({"id", "b", "c"}),
          Table({"id", "c", "b"}),
          {"ALTER TABLE a RENAME COLUMN b TO c, RENAME COLUMN c TO b"}
      ),
      "rename b to c; rename c to b"
  );
}

TEST(Diff, KnowsAColumnMadeAnewUnderItsName) {
  const char* sql = "ALTER TABLE a DROP b, ADD b INT";
  EXPECT_EQ(Told(Table({"id", "b"}), Table({"id", "b"}), {sql}), "drop b; add b");
}

TEST(Diff, PassesOverAStatementThatDoesNotFit) {
  EXPECT_EQ(Told(Table({"id", "b"}), Table({"id", "b"}), {"ALTER TABLE a CHANGE b c INT"}), "");
  EXPECT_EQ(
      Told(Table({"id", "b"}), Table({"id", "c"}), {"ALTER TABLE a CHANGE x c INT"}),
      "drop b; add c"
  );
}

TEST(Diff, FindsWhatChangedOfAColumn) {
  const auto before = Table({"id", "b"});
  auto after = before;
  after.columns[1].type = ColumnType::kBigInt;
  after.columns[1].nullable = false;
  after.columns[1].default_value = ColumnDefault{"1", false};
  after.columns[1].labels = {"x"};
  after.columns[1].comment = "c";
  EXPECT_EQ(Told(before, after), "type of b; labels of b; NULL of b; default of b; comment of b");
  after = before;
  after.columns[1].name = "B";
  EXPECT_EQ(Told(before, after), "rename b to B");
}

TEST(Diff, FindsAMovedColumnAndAnotherKey) {
  EXPECT_EQ(Told(Table({"id", "b", "c"}), Table({"id", "c", "b"})), "order of columns");
  auto after = Table({"id", "b"});
  after.primary_key = {0, 1};
  EXPECT_EQ(Told(Table({"id", "b"}), after), "key");
  auto renamed = Table({"key", "b"});
  EXPECT_EQ(
      Told(Table({"id", "b"}), renamed, {"ALTER TABLE a RENAME COLUMN id TO `key`"}),
      "rename id to key"
  );
}

// Why an ALTER of column b, from `was` to `now`, changes values; "" for no reason.
std::string Why(const Column& was, const Column& now, bool strict = false) {
  TableSchema before = Table({"id", "b"});
  before.columns[1] = was;
  before.columns[1].name = "b";
  TableSchema after = before;
  after.columns[1] = now;
  after.columns[1].name = "b";
  const TableEffect alter = ParseHint("ALTER TABLE a MODIFY b x", "shop", {}).effects[0];
  return WhyValuesChange(after, alter, {&before, strict});
}

Column Of(ColumnType type, uint32_t length = 0) {
  Column column;
  column.type = type;
  column.length = length;
  return column;
}

TEST(ValuesChange, WideningKeepsThem) {
  Column decimal = Of(ColumnType::kDecimal);
  decimal.precision = 10;
  decimal.scale = 2;
  Column wider = decimal;
  wider.precision = 12;
  wider.scale = 4;
  Column unsigned_int = Of(ColumnType::kInt);
  unsigned_int.is_unsigned = true;
  EXPECT_EQ(Why(Of(ColumnType::kTinyInt), Of(ColumnType::kBigInt)), "");
  EXPECT_EQ(Why(unsigned_int, Of(ColumnType::kBigInt)), "");
  EXPECT_EQ(Why(Of(ColumnType::kVarchar, 10), Of(ColumnType::kVarchar, 20)), "");
  EXPECT_EQ(Why(Of(ColumnType::kVarchar, 10), Of(ColumnType::kText)), "");
  EXPECT_EQ(Why(decimal, wider), "");
  EXPECT_EQ(Why(Of(ColumnType::kFloat), Of(ColumnType::kDouble)), "");
}

TEST(ValuesChange, NarrowingChangesThemUnlessTheSessionRefuses) {
  EXPECT_NE(Why(Of(ColumnType::kBigInt), Of(ColumnType::kInt)), "");
  EXPECT_EQ(Why(Of(ColumnType::kBigInt), Of(ColumnType::kInt), true), "");
  EXPECT_NE(Why(Of(ColumnType::kVarchar, 20), Of(ColumnType::kVarchar, 10)), "");
  Column required = Of(ColumnType::kInt);
  required.nullable = false;
  EXPECT_NE(Why(Of(ColumnType::kInt), required), "");
  EXPECT_EQ(Why(Of(ColumnType::kInt), required, true), "");
  EXPECT_EQ(Why(required, Of(ColumnType::kInt)), "");
}

TEST(ValuesChange, RoundingAndConversionChangeThemInAnyMode) {
  Column seconds = Of(ColumnType::kDateTime);
  Column micros = seconds;
  micros.fsp = 6;
  EXPECT_EQ(Why(seconds, micros, true), "");
  EXPECT_NE(Why(micros, seconds, true), "");
  EXPECT_NE(Why(Of(ColumnType::kInt), Of(ColumnType::kVarchar, 20), true), "");
  EXPECT_NE(Why(Of(ColumnType::kBinary, 4), Of(ColumnType::kBinary, 8), true), "");
}

TEST(ValuesChange, LabelsMayOnlyBeAddedAtTheEnd) {
  Column two = Of(ColumnType::kEnum);
  two.labels = {"a", "b"};
  Column three = two;
  three.labels = {"a", "b", "c"};
  Column between = two;
  between.labels = {"a", "c", "b"};
  EXPECT_EQ(Why(two, three), "");
  EXPECT_NE(Why(two, between), "");
}

TEST(ValuesChange, AnAddedColumnMayHaveAValueOfItsOwnInEachRow) {
  const auto why = [](const Column& added, const char* sql) {
    TableSchema after = Table({"id", "b"});
    after.columns[1] = added;
    after.columns[1].name = "b";
    const TableSchema before = Table({"id"});
    return WhyValuesChange(after, ParseHint(sql, "shop", {}).effects[0], {&before, false});
  };
  Column column = Of(ColumnType::kInt);
  EXPECT_EQ(why(column, "ALTER TABLE a ADD b INT"), "");
  column.default_value = ColumnDefault{"5", false};
  EXPECT_EQ(why(column, "ALTER TABLE a ADD b INT DEFAULT 5"), "");
  column.default_value = ColumnDefault{"uuid()", true};
  EXPECT_NE(why(column, "ALTER TABLE a ADD b CHAR(36) DEFAULT (uuid())"), "");
  column = Of(ColumnType::kInt);
  column.is_generated = true;
  EXPECT_NE(why(column, "ALTER TABLE a ADD b INT AS (id + 1)"), "");
  EXPECT_NE(why(Of(ColumnType::kInt), "ALTER TABLE a ADD b INT AUTO_INCREMENT UNIQUE"), "");
}

TEST(ValuesChange, DropsRenamesAndMovesKeepTheOthers) {
  const TableSchema before = Table({"id", "b", "c"});
  const auto why = [&](const TableSchema& after, const char* sql) {
    return WhyValuesChange(after, ParseHint(sql, "shop", {}).effects[0], {&before, false});
  };
  EXPECT_EQ(why(Table({"id", "b"}), "ALTER TABLE a DROP c"), "");
  EXPECT_EQ(why(Table({"id"}), "ALTER TABLE a DROP c, DROP b"), "");
  EXPECT_EQ(why(Table({"id", "d", "c"}), "ALTER TABLE a RENAME COLUMN b TO d"), "");
  EXPECT_EQ(why(Table({"id", "c", "b"}), "ALTER TABLE a MODIFY c INT AFTER id"), "");
}

TEST(ValuesChange, WithoutTheTableOfBeforeTheTextDecides) {
  const auto why = [](const char* sql) {
    return WhyValuesChange(
        Table({"id", "b"}), ParseHint(sql, "shop", {}).effects[0], AlterContext{}
    );
  };
  EXPECT_EQ(why("ALTER TABLE a ADD b INT, DROP c, ADD INDEX (b)"), "");
  EXPECT_NE(why("ALTER TABLE a MODIFY b BIGINT"), "");
  EXPECT_NE(why("ALTER TABLE a ADD PRIMARY KEY (b)"), "");
}

TEST(ValuesChange, AnotherKeyIsAReason) {
  TableSchema before = Table({"id", "b"});
  TableSchema after = before;
  after.primary_key = {1};
  const TableEffect alter = ParseHint("ALTER TABLE a DROP PRIMARY KEY", "shop", {}).effects[0];
  EXPECT_NE(WhyValuesChange(after, alter, {&before, true}), "");
}

TEST(ValuesChange, StrictIsTwoBitsOfTheMode) {
  EXPECT_TRUE(AlterContext::IsStrict(0x200000));
  EXPECT_TRUE(AlterContext::IsStrict(0x400000));
  EXPECT_FALSE(AlterContext::IsStrict(0x100004));
}

}  // namespace
}  // namespace rowhouse::ddl
