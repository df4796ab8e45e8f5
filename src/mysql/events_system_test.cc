#include <gtest/gtest.h>

#include "mysql/source_fixture_test.h"

namespace rowhouse::mysql {
namespace {

using rowhouse::testing::BothDatabases;
using rowhouse::testing::DatabaseName;
using Lines = std::vector<std::string>;

// Every kind of event as the real servers log it.
class Events : public SourceTest {
 protected:
  void SetUp() override {
    SourceTest::SetUp();
    if (IsSkipped()) {
      return;
    }
    auto other = Connection::Open(options_);
    ASSERT_TRUE(other) << other.error().ToString();
    other_ = std::move(*other);
    RunOther("USE " + db_);
  }

  // In a second session.
  void RunOther(std::string_view sql) {
    const Status done = other_->Execute(sql);
    ASSERT_TRUE(done) << sql << ": " << done.error().ToString();
  }

  // XIDs are the server's, not the database's.
  std::string Xid(std::string_view name) const { return fmt::format("'{}{}'", db_, name); }

  std::unique_ptr<Connection> other_;
};

INSTANTIATE_TEST_SUITE_P(Real, Events, BothDatabases(), DatabaseName);

TEST_P(Events, XaRowsComeWithTheirCommitAndAfterARestartToo) {
  Run("CREATE TABLE a (id INT PRIMARY KEY)");
  auto source = Open(Now());
  ASSERT_NE(source, nullptr);
  Run("XA START " + Xid("b"));
  Run("INSERT INTO a VALUES (1), (2)");
  Run("XA END " + Xid("b"));
  Run("XA PREPARE " + Xid("b"));
  RunOther("XA START " + Xid("r"));
  RunOther("INSERT INTO a VALUES (3)");
  RunOther("XA END " + Xid("r"));
  RunOther("XA PREPARE " + Xid("r"));
  RunOther("XA ROLLBACK " + Xid("r"));
  RunOther("INSERT INTO a VALUES (4)");
  const Seen before = ReadUntil(*source, "+ 4");
  EXPECT_EQ(before.lines, (Lines{"c a + 4"}));
  EXPECT_FALSE(before.resume.reread_from.empty());

  // The next life of the pipeline reads the prepared one again, and gives nothing twice.
  for (const bool elsewhere : {false, true}) {
    SourcePosition from = before.resume;
    if (elsewhere) {
      from.server_uuid = "another";
    }
    source = Open(from);
    ASSERT_NE(source, nullptr);
    if (!elsewhere) {
      Run("XA COMMIT " + Xid("b"));
      Run("XA START " + Xid("o"));
      Run("INSERT INTO a VALUES (5)");
      Run("XA END " + Xid("o"));
      Run("XA COMMIT " + Xid("o") + " ONE PHASE");
    }
    const Seen after = ReadUntil(*source, "+ 5");
    EXPECT_EQ(after.lines, (Lines{"c a + 1", "c a + 2", "c a + 5"})) << elsewhere;
    EXPECT_TRUE(after.resume.reread_from.empty());
    EXPECT_EQ(after.resume.epoch, elsewhere ? 1 : 0);
  }
}

TEST_P(Events, XaAndCompressionGoTogether) {
  Run("CREATE TABLE a (id INT PRIMARY KEY, pad TEXT)");
  const auto source = Open(Now());
  ASSERT_NE(source, nullptr);
  Run(mariadb() ? "SET GLOBAL log_bin_compress = ON"
                : "SET SESSION binlog_transaction_compression = ON");
  Run("XA START " + Xid("two"));
  Run("INSERT INTO a VALUES (1, REPEAT('x', 2000)), (2, '')");
  Run("UPDATE a SET pad = 'y' WHERE id = 2");
  Run("XA END " + Xid("two"));
  Run("XA PREPARE " + Xid("two"));
  RunOther("INSERT INTO a VALUES (3, '')");
  Run("XA COMMIT " + Xid("two"));
  Run("XA START " + Xid("one"));
  Run("INSERT INTO a VALUES (4, REPEAT('z', 2000))");
  Run("XA END " + Xid("one"));
  Run("XA COMMIT " + Xid("one") + " ONE PHASE");
  if (mariadb()) {
    Run("SET GLOBAL log_bin_compress = OFF");
  }
  Run("INSERT INTO a VALUES (5, '')");
  const Lines lines = ReadUntil(*source, "+ 5").lines;
  ASSERT_EQ(lines.size(), 6U);
  EXPECT_EQ(lines[0], "c a + 3, ''");
  EXPECT_EQ(lines[1], "c a + 1, '" + std::string(2000, 'x') + "'");
  EXPECT_EQ(lines[2], "c a + 2, ''");
  EXPECT_EQ(lines[3], "u a - 2, '' + 2, 'y'");
  EXPECT_EQ(lines[4], "c a + 4, '" + std::string(2000, 'z') + "'");
  EXPECT_EQ(lines[5], "c a + 5, ''");
}

TEST_P(Events, MinimalImagesAreFollowedWhereTheySayEnough) {
  Run("CREATE TABLE a (id INT PRIMARY KEY, note VARCHAR(20), n INT)");
  const auto source = Open(Now());
  ASSERT_NE(source, nullptr);
  Run("SET SESSION binlog_row_image = MINIMAL");
  Run("INSERT INTO a VALUES (1, 'x', 7), (2, 'y', NULL)");
  Run("DELETE FROM a WHERE id = 1");
  Run("UPDATE a SET id = 9, note = 'z', n = 3 WHERE id = 2");
  Run("CREATE TABLE stop (id INT)");
  const Seen seen = ReadUntil(*source, "stop");
  EXPECT_EQ(
      seen.lines,
      (Lines{
          "ddl CREATE TABLE stop (id INT)",
          "c a + 1, 'x', 7",
          "c a + 2, 'y', NULL",
          "d a - 1, '__debezium_unavailable_value', NULL",
          "u a - 2, '__debezium_unavailable_value', NULL + 9, 'z', 3"})
  );
}

TEST_P(Events, AnUpdateWithoutAllItsValuesParksItsTableByName) {
  Run("CREATE TABLE a (id INT PRIMARY KEY, note VARCHAR(20), n INT)");
  Run("CREATE TABLE b (id INT PRIMARY KEY)");
  Run("INSERT INTO a VALUES (1, 'x', 7)");
  const auto source = Open(Now());
  ASSERT_NE(source, nullptr);
  Run("SET SESSION binlog_row_image = MINIMAL");
  Run("UPDATE a SET n = 8");
  Run("INSERT INTO b VALUES (4)");
  const Seen seen = ReadUntil(*source, "c b");
  ASSERT_EQ(seen.lines.size(), 2U);
  EXPECT_TRUE(seen.lines[0].starts_with("parked a E-MYSQL-012")) << seen.lines[0];
  EXPECT_NE(seen.lines[0].find("column note"), std::string::npos) << seen.lines[0];
  EXPECT_NE(seen.lines[0].find("SET GLOBAL binlog_row_image = FULL"), std::string::npos);
}

TEST_P(Events, NoblobImagesAreFollowedUnlessABlobIsLeftOut) {
  Run("CREATE TABLE a (id INT PRIMARY KEY, n INT, body TEXT)");
  Run("CREATE TABLE plain (id INT PRIMARY KEY, n INT)");
  Run("INSERT INTO a VALUES (1, 7, 'old'), (2, 7, 'kept')");
  Run("INSERT INTO plain VALUES (1, 7)");
  const auto source = Open(Now());
  ASSERT_NE(source, nullptr);
  Run("SET SESSION binlog_row_image = NOBLOB");
  Run("UPDATE plain SET n = 8");
  Run("UPDATE a SET n = 8, body = 'new' WHERE id = 1");
  Run("DELETE FROM a WHERE id = 1");
  Run("UPDATE a SET n = 9 WHERE id = 2");
  Run("INSERT INTO plain VALUES (5, 5)");
  const Seen seen = ReadUntil(*source, "+ 5, 5");
  ASSERT_EQ(seen.lines.size(), 5U);
  EXPECT_TRUE(seen.lines[0].starts_with("parked a E-MYSQL-012")) << seen.lines[0];
  EXPECT_NE(seen.lines[0].find("column body"), std::string::npos) << seen.lines[0];
  EXPECT_EQ(
      (Lines{seen.lines.begin() + 1, seen.lines.end()}),
      (Lines{
          "u plain - 1, 7 + 1, 8",
          "u a - 1, 7, '__debezium_unavailable_value' + 1, 8, 'new'",
          "d a - 1, 8, '__debezium_unavailable_value'",
          "c plain + 5, 5"})
  );
}

TEST_P(Events, AStatementInTheLogIsNamedAndTheStreamGoesOn) {
  Run("CREATE TABLE a (id INT PRIMARY KEY)");
  const auto source = Open(Now());
  ASSERT_NE(source, nullptr);
  Run("SET SESSION binlog_format = STATEMENT");
  Run("SET @x = 3");
  Run("INSERT INTO a VALUES (@x)");
  RunOther("INSERT INTO a VALUES (4)");
  const Seen seen = ReadUntil(*source, "+ 4");
  ASSERT_EQ(seen.lines.size(), 2U);
  EXPECT_TRUE(seen.lines[0].starts_with("parked  E-MYSQL-011")) << seen.lines[0];
  EXPECT_NE(seen.lines[0].find("'INSERT INTO a VALUES (@x)'"), std::string::npos) << seen.lines[0];
}

TEST_P(Events, RowsOfTablesWithoutTransactionsComeThoughRolledBack) {
  Run("CREATE TABLE a (id INT PRIMARY KEY)");
  Run("CREATE TABLE m (id INT PRIMARY KEY) ENGINE = MyISAM");
  const auto source = Open(Now());
  ASSERT_NE(source, nullptr);
  if (mariadb()) {  // MySQL refuses it where GTIDs are on
    Run("BEGIN");
    Run("INSERT INTO a VALUES (1)");
    Run("INSERT INTO m VALUES (1)");
    (void)sql_->Execute("ROLLBACK");  // with a warning: m keeps its row
  }
  Run("INSERT INTO m VALUES (2), (3)");
  Run("BEGIN");
  Run("INSERT INTO a VALUES (4)");
  Run("SAVEPOINT s");
  Run("INSERT INTO a VALUES (5)");
  Run("ROLLBACK TO s");
  Run("INSERT INTO a VALUES (6)");
  Run("COMMIT");
  Lines expected{"c m + 2", "c m + 3", "c a + 4", "c a + 6"};
  if (mariadb()) {
    expected.insert(expected.begin(), "c m + 1");
  }
  EXPECT_EQ(ReadUntil(*source, "+ 6").lines, expected);
}

TEST_P(Events, CascadesAreFollowedWhereTheServerLogsThem) {
  Run("CREATE TABLE parent (id INT PRIMARY KEY)");
  Run("CREATE TABLE child (id INT PRIMARY KEY, p INT, "
      "FOREIGN KEY (p) REFERENCES parent (id) ON DELETE CASCADE)");
  Run("INSERT INTO parent VALUES (1)");
  Run("INSERT INTO child VALUES (10, 1), (11, 1)");
  const auto source = Open(Now());
  ASSERT_NE(source, nullptr);
  Run("DELETE FROM parent");
  const Lines lines = ReadUntil(*source, "d parent").lines;
  if (mariadb()) {  // which is what the check of the server warns of
    EXPECT_EQ(lines, (Lines{"d parent - 1"}));
  } else {
    EXPECT_EQ(lines, (Lines{"d child - 10, 1", "d child - 11, 1", "d parent - 1"}));
  }
}

TEST_P(Events, ReplaceAndUpsertAreTheRowsTheyWrite) {
  Run("CREATE TABLE a (id INT PRIMARY KEY, n INT)");
  const auto source = Open(Now());
  ASSERT_NE(source, nullptr);
  Run("INSERT INTO a SELECT 1, 2 UNION SELECT 3, 4");
  Run("REPLACE INTO a VALUES (1, 5)");
  Run("INSERT INTO a VALUES (3, 0) ON DUPLICATE KEY UPDATE n = 6");
  EXPECT_EQ(
      ReadUntil(*source, "3, 6").lines,
      (Lines{"c a + 1, 2", "c a + 3, 4", "u a - 1, 2 + 1, 5", "u a - 3, 4 + 3, 6"})
  );
}

// A transaction far larger than a batch, compressed into one event.
TEST_P(Events, ALargeCompressedTransactionComesInSmallBatches) {
  Run("CREATE TABLE a (id INT PRIMARY KEY, pad VARCHAR(200))");
  const auto source = Open(Now());
  ASSERT_NE(source, nullptr);
  Run(mariadb() ? "SET GLOBAL log_bin_compress = ON"
                : "SET SESSION binlog_transaction_compression = ON");
  Run("BEGIN");
  Run("INSERT INTO a WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < "
      "1000) "
      "SELECT i, REPEAT('x', 200) FROM n");
  for (int k = 1; k < 100; ++k) {
    Run(fmt::format("INSERT INTO a SELECT id + {}, pad FROM a WHERE id <= 1000", 1000 * k));
  }
  Run("COMMIT");
  if (mariadb()) {
    Run("SET GLOBAL log_bin_compress = OFF");
  }
  size_t rows = 0;
  size_t largest = 0;
  RowVersion last;
  const Deadline deadline = Deadline::After(seconds(60));
  while (rows < 100'000 && !deadline.Passed()) {
    auto batch = source->Next(Deadline::After(milliseconds(200)));
    ASSERT_TRUE(batch) << batch.error().ToString();
    for (const Change& change : (*batch)->changes) {
      ASSERT_LT(last, change.Version());
      last = change.Version();
    }
    rows += (*batch)->changes.size();
    largest = std::max(largest, (*batch)->bytes());
    source->Recycle(std::move(*batch));
  }
  EXPECT_EQ(rows, 100'000U);
  EXPECT_LT(largest, size_t{4} * 1024 * 1024);
}

}  // namespace
}  // namespace rowhouse::mysql
