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

}  // namespace
}  // namespace rowhouse::ddl
