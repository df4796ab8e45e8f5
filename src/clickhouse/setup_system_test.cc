#include <algorithm>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "clickhouse/pipeline_fixture_test.h"
#include "model/position.h"
#include "testing/setup_fixture.h"

namespace rowhouse::clickhouse {
namespace {

TEST_F(SetupTest, MakesAllOnceAndThenNothing) {
  EXPECT_EQ(Apply(ItemsTable()).size(), 13U);
  EXPECT_TRUE(Apply(ItemsTable()).empty());
  EXPECT_EQ(Ask("SELECT engine FROM system.tables WHERE name = 'items_queue'"), "Kafka ");
}

TEST_F(SetupTest, EndsWhatACrashLeftHalfDone) {
  Apply(ItemsTable());
  Run("DROP VIEW kafka_tables.items_mv SYNC");
  PutStandIn();
  Apply(ItemsTable());
  EXPECT_EQ(Ask("SELECT engine FROM system.tables WHERE name = 'items_queue'"), "Kafka ");
  EXPECT_TRUE(Apply(ItemsTable()).empty());
}

TEST_F(SetupTest, AddsANewColumnAndKeepsTheRows) {
  Apply(ItemsTable());
  Run("INSERT INTO demo_tables.items (id, _version) VALUES (7, 1)");
  TableSchema wider = ItemsTable();
  wider.columns.insert(wider.columns.begin() + 1, MakeColumn("note", ColumnType::kText, true));
  const auto done = Apply(wider);
  const auto altered = std::count_if(done.begin(), done.end(), [](const SetupAction& a) {
    return a.verb == "altered";
  });
  EXPECT_EQ(altered, 2);
  EXPECT_EQ(Ask("SELECT id, note FROM demo_tables.items_current"), "7 NULL ");
  EXPECT_EQ(
      Ask("SELECT name FROM system.columns WHERE database = 'demo_tables' AND "
          "table = 'items' AND position = 2"),
      "note "
  );
  EXPECT_TRUE(Apply(wider).empty());
}

TEST_F(SetupTest, ReportsAConflictAndLeavesTheRowsAlone) {
  Apply(ItemsTable());
  TableSchema other = ItemsTable();
  other.columns[0].type = ColumnType::kBigInt;
  const auto done = Apply(other);
  ASSERT_FALSE(done.empty());
  EXPECT_EQ(done[0].verb, "conflict");
  EXPECT_EQ(
      Ask("SELECT type FROM system.columns WHERE database = 'demo_tables' AND "
          "table = 'items' AND name = 'id'"),
      "Int32 "
  );
}

TEST_F(SetupTest, DeletesKeyChangesAndTruncatesComeOutRight) {
  Apply(ItemsTable());
  PutStandIn();
  Message('r', "", "1, 'a', 1.5", 100, 0);
  Message('r', "", "2, 'b', NULL", 100, 0);
  Message('u', "1, 'a', 1.5", "1, 'c', 2.5", 200, 1);
  Message('d', "2, 'b', NULL", "", 200, 2);
  Message('r', "", "2, 'b', NULL", 100, 0);  // read again: older than its deletion
  const std::string final = "SELECT id, op, price FROM demo_tables.items FINAL ORDER BY id";
  const std::string current = "SELECT id, op, price FROM demo_tables.items_current ORDER BY id";
  EXPECT_EQ(Ask(final), "1 c 2.5 ");
  Message('d', "1, 'c', 2.5", "", 300, 1);  // key 1 became 3
  Message('c', "", "3, 'c', 2.5", 300, 1);
  EXPECT_EQ(Ask(final), "3 c 2.5 ");
  Message('t', "", "", 400, 1);
  EXPECT_EQ(Ask(final), "");
  Message('u', "3, 'c', 2.5", "3, 'd', 2.5", 350, 1);  // late, from before the TRUNCATE
  EXPECT_EQ(Ask(current), "");
  EXPECT_EQ(Ask(final), "");
  Message('c', "", "4, 'e', NULL", 500, 1);
  EXPECT_EQ(Ask(current), "4 e NULL ");
  EXPECT_EQ(
      Ask("SELECT count(), countIf(kafka_timestamp > '2020-01-01') FROM kafka_tables.items"),
      "10 10 "
  );
}

TEST_F(SetupTest, WhatATruncateVoidedDoesNotComeBackHoweverItArrives) {
  Apply(ItemsTable());
  PutStandIn();
  const std::string final = "SELECT id, op FROM demo_tables.items FINAL ORDER BY id";
  // On both sides of the mark, in one block with it.
  Messages(
      {{'c', "", "1, 'a', NULL", 100, 1},
       {'t', "", "", 150, 1},
       {'c', "", "2, 'b', NULL", 200, 1},
       {'c', "", "3, 'c', NULL", 120, 1}}
  );
  EXPECT_EQ(Ask(final), "2 b ");
  Messages({{'u', "1, 'a', NULL", "1, 'd', NULL", 130, 1}, {'c', "", "4, 'e', NULL", 300, 1}});
  EXPECT_EQ(Ask(final), "2 b 4 e ");
  Message('t', "", "", 250, 1);
  EXPECT_EQ(Ask(final), "4 e ");
  Messages({{'d', "4, 'e', NULL", "", 210, 1}, {'c', "", "5, 'f', NULL", 249, 1}});
  EXPECT_EQ(Ask(final), "4 e ");
  EXPECT_EQ(Ask("SELECT id, op FROM demo_tables.items_current ORDER BY id"), "4 e ");
  EXPECT_EQ(Ask("SELECT count() FROM kafka_tables.items"), "9 ") << "the history keeps them all";
}

// The view of current rows as an earlier release made it, with that release's mark.
TEST_F(SetupTest, AViewOfAnEarlierReleaseIsReplaced) {
  Apply(ItemsTable());
  const auto view =
      std::find_if(pipeline_.objects.begin(), pipeline_.objects.end(), [](const PipelineObject& o) {
        return o.QuotedName() == "`demo_tables`.`items_mv`";
      });
  ASSERT_NE(view, pipeline_.objects.end());
  std::string earlier = view->sql;
  const size_t from = earlier.find("AND h.version > (");
  const size_t comment = earlier.find("COMMENT 'rowhouse ");
  ASSERT_NE(from, std::string::npos) << earlier;
  ASSERT_NE(comment, std::string::npos) << earlier;
  ASSERT_LT(from, comment) << earlier;
  earlier = earlier.substr(0, from) + "COMMENT '" + StatementMark("an earlier release's") + "'";
  Run("DROP VIEW demo_tables.items_mv SYNC");
  Run(earlier);
  PutStandIn();
  Message('c', "", "1, 'a', NULL", 100, 1);
  Message('t', "", "", 150, 1);

  const auto done = Apply(ItemsTable());
  EXPECT_TRUE(std::any_of(done.begin(), done.end(), [](const SetupAction& action) {
    return action.verb == "replaced" && action.object == "`demo_tables`.`items_mv`";
  }));
  EXPECT_TRUE(Apply(ItemsTable()).empty());
  PutStandIn();
  Message('c', "", "2, 'b', NULL", 120, 1);  // voided by the mark that the earlier view let pass
  Message('c', "", "3, 'c', NULL", 200, 1);
  EXPECT_EQ(Ask("SELECT id, op FROM demo_tables.items FINAL ORDER BY id"), "3 c ");
  EXPECT_EQ(Ask("SELECT count() FROM kafka_tables.items"), "4 ");
}

TEST_F(SetupTest, TableWithoutKeyIsTheExactMultiset) {
  Apply(WithoutKey(ItemsTable()));
  PutStandIn();
  Message('t', "", "", 50, 0);
  for (int again = 0; again < 2; ++again) {
    Message('r', "", "1, 'a', NULL", 100, 1);
    Message('r', "", "1, 'a', NULL", 100, 2);
    Message('r', "", "2, 'b', NULL", 100, 3);
    Message('u', "1, 'a', NULL", "3, 'c', NULL", 200, 1);
    Message('d', "2, 'b', NULL", "", 200, 2);
    Message('c', "", "1, 'a', NULL", 300, 1);
  }
  const std::string current = "SELECT id, op FROM demo_tables.items_current ORDER BY id";
  EXPECT_EQ(Ask(current), "1 a 1 a 3 c ");
  Message('t', "", "", 400, 0);  // a load that starts anew
  Message('r', "", "9, 'z', NULL", 400, 1);
  EXPECT_EQ(Ask(current), "9 z ");
}

TEST_F(SetupTest, VersionOfRealDebeziumComesFromItsPosition) {
  Apply(ItemsTable());
  PutStandIn();
  Run("INSERT INTO kafka_tables.items_queue (`after.Value.id`, `after.Value.op`, op, "
      "`source.file`, `source.pos`, `source.row`, `source.ts_ms`) "
      "VALUES (1, 'x', 'c', 'mysql-bin.000007', 4711, 3, 1000)");
  EXPECT_EQ(
      Ask("SELECT leftPad(lower(hex(version)), 32, '0'), toUnixTimestamp(source_time) FROM "
          "kafka_tables.items"),
      RowVersion::Make(0, 7, 4711, 4).ToHex() + " 1 "
  );
}

TEST_F(SetupTest, KeepsBrokenMessagesAside) {
  Apply(ItemsTable());
  PutStandIn();
  Run("INSERT INTO kafka_tables.items_queue (_error, _raw_message, _offset) "
      "VALUES ('bad magic', 'garbage', 5)");
  Message('c', "", "1, 'a', NULL", 100, 1);
  EXPECT_EQ(
      Ask("SELECT error, raw_message, `offset` FROM kafka_tables.items_errors"),
      "bad magic garbage 5 "
  );
  EXPECT_EQ(Ask("SELECT count() FROM kafka_tables.items"), "1 ");
}

TEST_F(SetupTest, ServerEndsInTimeThoughItsKafkaTableFindsNoBroker) {
  Apply(ItemsTable());
  // The table has begun to look for its broker.
  Run("SELECT sleep(1)");
  const auto start = Clock::Real().Now();
  EXPECT_EQ(server_->Stop(), 0);
  EXPECT_LT(Clock::Real().Now() - start, seconds(3));
}

TEST_F(SetupTest, NamesTheServerAndTheCodeInErrors) {
  const auto rows = client_->Query("SELECT * FROM nosuch");
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().kind(), ErrorKind::kNotFound);
  EXPECT_EQ(rows.error().native(), 60);
  EXPECT_NE(rows.error().message().find(server_->url()), std::string::npos);
  StatementOptions options;
  options.params = {{"s", "a\tb\\"}};
  EXPECT_EQ(client_->Query("SELECT {s:String}", options).value()[0][0], "a\tb\\");
  EXPECT_EQ(client_->Version().value().substr(0, 3), "26.");
}

}  // namespace
}  // namespace rowhouse::clickhouse
