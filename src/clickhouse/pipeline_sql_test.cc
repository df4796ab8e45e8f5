#include "clickhouse/pipeline_sql.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "clickhouse/client.h"
#include "clickhouse/pipeline_fixture_test.h"

namespace rowhouse::clickhouse {
namespace {

std::string SqlOf(const TablePipeline& pipeline, const std::string& name) {
  for (const auto& object : pipeline.objects) {
    if (object.QuotedName() == name) {
      return object.sql.substr(0, object.sql.rfind("\nCOMMENT '"));
    }
  }
  return "no " + name;
}

TablePipeline Build(const TableSchema& table, const PipelineOptions& options = {}) {
  auto pipeline = BuildPipeline(table, options);
  EXPECT_TRUE(pipeline) << pipeline.error().ToString();
  return *pipeline;
}

TEST(PipelineSql, MakesTheQueueLastAndViewsFromTheirEnd) {
  std::string names;
  for (const auto& object : Build(ItemsTable()).objects) {
    names += object.QuotedName() + "\n";
  }
  EXPECT_EQ(
      names,
      "`kafka_tables`\n`demo_tables`\n"
      "`kafka_tables`.`items`\n`kafka_tables`.`items_errors`\n`kafka_tables`.`items_marks`\n"
      "`demo_tables`.`items`\n`demo_tables`.`items_current`\n"
      "`demo_tables`.`items_truncate_mv`\n`kafka_tables`.`items_marks_mv`\n"
      "`demo_tables`.`items_mv`\n`kafka_tables`.`items_errors_mv`\n"
      "`kafka_tables`.`items_mv`\n`kafka_tables`.`items_queue`\n"
  );
}

TEST(PipelineSql, CurrentTableReplacesByVersionAndKey) {
  const auto pipeline = Build(ItemsTable());
  EXPECT_EQ(
      SqlOf(pipeline, "`demo_tables`.`items`"),
      "CREATE TABLE IF NOT EXISTS `demo_tables`.`items` (\n"
      "    `id` Int32,\n    `op` String,\n    `price` Nullable(Decimal(10, 2)),\n"
      "    `_version` UInt128 DEFAULT 1,\n    `_is_deleted` UInt8\n)\n"
      "ENGINE = ReplacingMergeTree(_version, _is_deleted)\nORDER BY (`id`)"
  );
  EXPECT_EQ(
      SqlOf(pipeline, "`demo_tables`.`items_mv`"),
      "CREATE MATERIALIZED VIEW IF NOT EXISTS `demo_tables`.`items_mv` TO "
      "`demo_tables`.`items` AS\n"
      "SELECT\n"
      "    assumeNotNull(if(h.op = 'd', h.`before_id`, h.`after_id`)) AS `id`,\n"
      "    assumeNotNull(if(h.op = 'd', h.`before_op`, h.`after_op`)) AS `op`,\n"
      "    if(h.op = 'd', h.`before_price`, h.`after_price`) AS `price`,\n"
      "    h.version AS `_version`,\n    toUInt8(h.op = 'd') AS `_is_deleted`\n"
      "FROM `kafka_tables`.`items` AS h\nWHERE h.op IN ('r', 'c', 'u', 'd')\n"
      "    AND h.version > (SELECT max(version) FROM (\n"
      "        SELECT version FROM `kafka_tables`.`items_marks` "
      "UNION ALL SELECT version FROM `kafka_tables`.`items` WHERE op = 't'))"
  );
}

TEST(PipelineSql, TableWithoutKeyKeepsOneEntryAnImage) {
  const auto pipeline = Build(WithoutKey(ItemsTable()));
  const std::string table = SqlOf(pipeline, "`demo_tables`.`items`");
  EXPECT_NE(
      table.find("`_sign` Int8\n)\nENGINE = ReplacingMergeTree\nORDER BY (_version, _sign)"),
      std::string::npos
  ) << table;
  EXPECT_NE(
      SqlOf(pipeline, "`demo_tables`.`items_current`").find("ARRAY JOIN range"), std::string::npos
  );
}

TEST(PipelineSql, QueueReadsDottedPathsAndKeepsBrokenMessages) {
  PipelineOptions options;
  options.kafka_bootstrap = "k1:9092,k2:9092";
  options.topics.prefix = "p";
  options.kafka_settings = {{"kafka_sasl_password", "it's"}};
  const auto pipeline = Build(ItemsTable(), options);
  EXPECT_EQ(pipeline.topic, "p.shop.items");
  EXPECT_EQ(pipeline.group, "rowhouse.kafka_tables.shop.items");
  const std::string sql = SqlOf(pipeline, "`kafka_tables`.`items_queue`");
  for (const auto* part :
       {"    `before.Value.price` Nullable(Decimal(10, 2)),\n",
        "    `after.Value.id` Nullable(Int64),\n",
        "    `op` String,\n",
        "kafka_broker_list = 'k1:9092,k2:9092'",
        "kafka_topic_list = 'p.shop.items'",
        "kafka_format = 'AvroConfluent'",
        "input_format_avro_allow_missing_fields = 1",
        "kafka_handle_error_mode = 'stream'",
        "kafka_num_consumers = 1",
        "kafka_flush_interval_ms = 250",
        "kafka_sasl_password = 'it\\'s'"}) {
    EXPECT_NE(sql.find(part), std::string::npos) << part << " in " << sql;
  }
}

TEST(PipelineSql, MarkChangesWithTheStatement) {
  PipelineOptions slower;
  slower.flush_interval = milliseconds(500);
  const auto a = Build(ItemsTable());
  const auto b = Build(ItemsTable(), slower);
  EXPECT_EQ(a.objects[2].sql, b.objects[2].sql);
  EXPECT_NE(a.objects.back().sql, b.objects.back().sql);
  EXPECT_NE(a.objects.back().sql.find("COMMENT 'rowhouse "), std::string::npos);
}

TEST(PipelineSql, RefusesNamesThatCollide) {
  TableSchema other = ItemsTable();
  other.id.db = "archive";
  const auto same = CheckNames({Build(ItemsTable()), Build(other)});
  ASSERT_FALSE(same);
  EXPECT_EQ(same.error().kind(), ErrorKind::kConfig);
  EXPECT_NE(same.error().message().find("archive.items"), std::string::npos);
  other.id = {"shop", "items_mv"};
  EXPECT_FALSE(CheckNames({Build(ItemsTable()), Build(other)}));
  PipelineOptions named;
  named.table_name = "{db}_{table}";
  other.id = {"archive", "items"};
  EXPECT_TRUE(CheckNames({Build(ItemsTable(), named), Build(other, named)}));
}

TEST(PipelineSql, RefusesAColumnNamedLikeOneOfOurs) {
  TableSchema table = ItemsTable();
  table.columns[1].name = "_version";
  const auto pipeline = BuildPipeline(table, {});
  ASSERT_FALSE(pipeline);
  EXPECT_EQ(pipeline.error().kind(), ErrorKind::kUnsupported);
}

TEST(Quote, EscapesWhatWouldEndTheName) {
  EXPECT_EQ(QuoteName("a`b\\"), "`a\\`b\\\\`");
  EXPECT_EQ(QuoteText("it's"), "'it\\'s'");
}

TEST(TabSeparated, GivesNullsAndEscapes) {
  const Rows rows = ParseTabSeparated("a\\tb\t\\N\n\tc\\\\\n");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0], (Row{"a\tb", std::nullopt}));
  EXPECT_EQ(rows[1], (Row{"", "c\\"}));
}

}  // namespace
}  // namespace rowhouse::clickhouse
