#include "clickhouse/direct_table.h"

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "clickhouse/pipeline_fixture_test.h"

namespace rowhouse::clickhouse {
namespace {

using Mark = RowBlock::Mark;

// What a server holds of `table`, whose current column `changed` has the type `type` instead.
Catalog HeldAs(const TableSchema& table, const std::string& changed, const std::string& type) {
  const auto pipeline = BuildPipeline(table, {});
  EXPECT_TRUE(pipeline) << pipeline.error().ToString();
  Catalog catalog;
  for (const PipelineObject& object : pipeline->objects) {
    CatalogTable there;
    there.create_sql = object.sql;
    const bool is_current = &object == &pipeline->objects[pipeline->current_at];
    there.sorting_key = is_current ? "id" : "";
    for (const auto& column : object.columns) {
      const bool other = is_current && column.name == changed;
      there.columns.push_back({column.name, other ? type : column.type, column.comment});
    }
    if (!object.name.empty()) {
      catalog.Put(object.database, object.name, std::move(there));
    }
  }
  return catalog;
}

DirectTable Plan(const TableSchema& table, const Catalog& catalog) {
  auto plan = PlanDirect(table, {}, catalog, "r1");
  EXPECT_TRUE(plan) << plan.error().ToString();
  return *std::move(plan);
}

TEST(PlanDirect, GivesEachColumnTheTargetsOwnTypeAndNothingCanFail) {
  const DirectTable plan = Plan(ItemsTable(), HeldAs(ItemsTable(), "", ""));
  ASSERT_EQ(plan.columns.size(), 3U);
  for (const DirectColumn& column : plan.columns) {
    EXPECT_TRUE(column.lane.as_it_is);
    EXPECT_EQ(column.value, "i.`from_" + column.name + "`");
    EXPECT_TRUE(column.fits.empty());
  }
  EXPECT_FALSE(plan.may_fail());
  EXPECT_TRUE(plan.differences.empty());
  EXPECT_EQ(plan.key, std::vector<std::string>{"id"});
  EXPECT_EQ(plan.key_lanes.at(0).step.column, 0U);
}

TEST(PlanDirect, AnInletFillsTheCurrentTableAboveWhatWasVoided) {
  const DirectTable plan = Plan(ItemsTable(), HeldAs(ItemsTable(), "", ""));
  EXPECT_EQ(plan.inlet, "`kafka_tables`.`items_inlet_r1`");
  ASSERT_EQ(plan.make_inlet.size(), 2U);
  EXPECT_EQ(
      plan.make_inlet[0],
      "CREATE TABLE IF NOT EXISTS `kafka_tables`.`items_inlet_r1` (`_version` UInt128, `_sign` "
      "Int8, `from_id` Int32, `from_op` String, `from_price` Nullable(Decimal(10, 2))) ENGINE = "
      "Null"
  );
  EXPECT_EQ(
      plan.make_inlet[1],
      "CREATE MATERIALIZED VIEW IF NOT EXISTS `kafka_tables`.`items_inlet_r1_mv` TO "
      "`demo_tables`.`items` AS SELECT i.`from_id` AS `id`, i.`from_op` AS `op`, i.`from_price` AS "
      "`price`, i._version AS _version, toUInt8(0) AS _is_deleted FROM "
      "`kafka_tables`.`items_inlet_r1` AS i WHERE i._version > (SELECT max(version) FROM "
      "`kafka_tables`.`items_marks`)"
  );
  // The inlet first: an insert finds all of its views or none of it.
  EXPECT_EQ(plan.drop_inlet.at(0), "DROP TABLE IF EXISTS `kafka_tables`.`items_inlet_r1` SYNC");
}

TEST(PlanDirect, AWiderTargetIsReachedByTheStreamsOwnExpression) {
  const DirectTable plan =
      Plan(ItemsTable(), HeldAs(ItemsTable(), "price", "Nullable(Decimal(20, 4))"));
  EXPECT_FALSE(plan.columns[2].lane.as_it_is);
  EXPECT_NE(plan.columns[2].value.find("Decimal(20, 4)"), std::string::npos);
  EXPECT_FALSE(plan.may_fail());
  EXPECT_TRUE(plan.differences.empty());
}

TEST(PlanDirect, WhatANarrowerTargetCanNotHoldIsToldAndFiled) {
  const DirectTable plan =
      Plan(ItemsTable(), HeldAs(ItemsTable(), "price", "Nullable(Decimal(6, 2))"));
  ASSERT_EQ(plan.differences.size(), 1U);
  EXPECT_EQ(
      plan.differences[0],
      "column `price` is Nullable(Decimal(6, 2)) in ClickHouse, which does not hold every value of "
      "MySQL's (Nullable(Decimal(10, 2)))"
  );
  ASSERT_TRUE(plan.may_fail());
  ASSERT_EQ(plan.make_inlet.size(), 3U);
  // What does not fit is kept before anything counts as written.
  const std::string& errors = plan.make_inlet[1];
  EXPECT_NE(
      errors.find("`items_inlet_r1_errors_mv` TO `kafka_tables`.`items_errors`"), std::string::npos
  );
  EXPECT_NE(errors.find("WHERE NOT ("), std::string::npos);
  EXPECT_NE(plan.make_inlet[2].find(" WHERE ((" + plan.columns[2].fits), std::string::npos);
}

TEST(PlanDirect, AColumnThatTheTargetHasNotIsLeftOutAndTold) {
  TableSchema more = ItemsTable();
  more.columns.push_back(MakeColumn("later", ColumnType::kInt, true));
  const DirectTable plan = Plan(more, HeldAs(ItemsTable(), "", ""));
  EXPECT_EQ(plan.columns.size(), 3U);
  EXPECT_EQ(
      plan.differences,
      std::vector<std::string>{"column `later` is not in ClickHouse's table: left out"}
  );
}

TEST(PlanDirect, RefusesATableThatIsNotThereOrHasAnotherKey) {
  const auto missing = PlanDirect(ItemsTable(), {}, Catalog(), "r1");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind(), ErrorKind::kNotFound);
  TableSchema by_op = ItemsTable();
  by_op.primary_key = {1};
  const auto other = PlanDirect(by_op, {}, HeldAs(ItemsTable(), "", ""), "r1");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().kind(), ErrorKind::kUnsupported);
}

// --- which rows are to be written

class BlockOfOne : public ::testing::Test {
 protected:
  BlockOfOne() : plan_(Plan(ItemsTable(), HeldAs(ItemsTable(), "", ""))) {}

  // The statement with the block's bytes, which are tested elsewhere, as '...'.
  static std::string WithoutBytes(const std::string& sql, const RowBlock& block) {
    std::string text = sql;
    const std::string bytes = QuoteText(block.Native());
    const size_t at = text.find(bytes);
    EXPECT_NE(at, std::string::npos);
    return text.replace(at, bytes.size(), "'...'");
  }

  const TableSchemaPtr schema_ = std::make_shared<TableSchema>(ItemsTable());
  const DirectTable plan_;
};

TEST_F(BlockOfOne, MissingIsWhatHasNoLiveRowThatNothingHasVoided) {
  RowBlock keys(schema_, plan_.key_lanes, Mark::kNumber);
  const Cell key[] = {Cell::OfInt(CellKind::kInt, 7)};
  ASSERT_TRUE(keys.Append(key));
  EXPECT_EQ(
      WithoutBytes(MissingSql(plan_, keys, RowVersion::Make(0, 1, 4, 0)), keys),
      "WITH m AS (SELECT i._block_row AS _block_row, i.`from_id` AS `id` FROM format(Native, "
      "'`_block_row` UInt32, `from_id` Int32', '...') AS i) SELECT _block_row FROM m WHERE (`id`) "
      "NOT IN (SELECT `id` FROM `demo_tables`.`items` WHERE (`id`) IN (SELECT `id` FROM m) GROUP "
      "BY `id` HAVING (argMax(_is_deleted, _version) = 0 AND max(_version) > (SELECT max(version) "
      "FROM `kafka_tables`.`items_marks`)) OR max(_version) >= " +
          VersionSql(RowVersion::Make(0, 1, 4, 0)) + ") ORDER BY _block_row"
  );
}

TEST_F(BlockOfOne, ChangedComparesTheNewestEntryUnlessItIsNewerThanTheRead) {
  RowBlock rows(schema_, plan_.lanes, Mark::kNumber);
  const Cell row[] = {
      Cell::OfInt(CellKind::kInt, 7), Cell::OfBytes(CellKind::kText, "a"), Cell::Null()};
  ASSERT_TRUE(rows.Append(row));
  EXPECT_EQ(
      WithoutBytes(ChangedSql(plan_, rows, RowVersion::Make(0, 1, 4, 0)), rows),
      "WITH m AS (SELECT i._block_row AS _block_row, i.`from_id` AS `id`, i.`from_op` AS `op`, "
      "i.`from_price` AS `price` FROM format(Native, '`_block_row` UInt32, `from_id` Int32, "
      "`from_op` String, `from_price` Nullable(Decimal(10, 2))', '...') AS i), h AS (SELECT "
      "_block_row, `id`, sipHash128(tuple(`id`, `op`, `price`)) AS _row FROM m) SELECT "
      "h._block_row, c._there AND NOT c._gone FROM h LEFT JOIN (SELECT `id`, "
      "argMax(sipHash128(tuple(`id`, `op`, `price`)), _version) AS _row, max(_version) AS _newest, "
      "argMax(_is_deleted, _version) OR _newest <= (SELECT max(version) FROM "
      "`kafka_tables`.`items_marks`) AS _gone, toUInt8(1) AS _there FROM `demo_tables`.`items` "
      "WHERE (`id`) IN (SELECT `id` FROM m) GROUP BY `id`) AS c ON h.`id` = c.`id` WHERE NOT "
      "c._there OR (c._newest < " +
          VersionSql(RowVersion::Make(0, 1, 4, 0)) +
          " AND (c._gone OR c._row != h._row)) ORDER BY h._block_row SETTINGS join_use_nulls = 0"
  );
}

}  // namespace
}  // namespace rowhouse::clickhouse
