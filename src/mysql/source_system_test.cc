#include <thread>

#include <gtest/gtest.h>

#include "mysql/binlog_source.h"
#include "mysql/server_checks.h"
#include "mysql/source_fixture_test.h"
#include "mysql/start_position.h"

namespace rowhouse::mysql {
namespace {

using rowhouse::testing::BothDatabases;
using rowhouse::testing::DatabaseName;

class Source : public SourceTest {};

INSTANTIATE_TEST_SUITE_P(Real, Source, BothDatabases(), DatabaseName);

TEST_P(Source, GivesWhatIsCommittedAfterTheCurrentPosition) {
  Run("CREATE TABLE a (id INT PRIMARY KEY, note VARCHAR(20))");
  Run("INSERT INTO a VALUES (1, 'before')");
  const auto source = Open(Now());
  ASSERT_NE(source, nullptr);
  Run("INSERT INTO a VALUES (2, 'x'), (3, 'y')");
  Run("UPDATE a SET note = 'z' WHERE id = 2");
  Run("DELETE FROM a WHERE id = 3");
  EXPECT_EQ(ReadIds(*source, 4).ids, (Ids{2, 3, 2, 3}));
}

TEST_P(Source, GoesOnByFileAndOffsetFromWhereItWas) {
  Run("CREATE TABLE a (id INT PRIMARY KEY)");
  auto source = Open(Now());
  ASSERT_NE(source, nullptr);
  Run("INSERT INTO a VALUES (1)");
  Run("INSERT INTO a VALUES (2)");
  const Read first = ReadIds(*source, 2);
  ASSERT_EQ(first.ids, (Ids{1, 2}));
  EXPECT_FALSE(first.resume.binlog.empty());
  EXPECT_FALSE(first.resume.gtid_set.empty());
  EXPECT_FALSE(first.resume.server_uuid.empty());
  Run("INSERT INTO a VALUES (3)");
  source = Open(first.resume);
  ASSERT_NE(source, nullptr);
  EXPECT_EQ(ReadIds(*source, 1).ids, Ids{3});
}

TEST_P(Source, GoesOnByGtidOnAnotherServerWithTheNextEpoch) {
  Run("CREATE TABLE a (id INT PRIMARY KEY)");
  auto source = Open(Now());
  ASSERT_NE(source, nullptr);
  Run("INSERT INTO a VALUES (1)");
  SourcePosition resume = ReadIds(*source, 1).resume;
  Run("INSERT INTO a VALUES (2)");
  resume.server_uuid = "another";
  resume.binlog = {"gone.000077", 4711};
  resume.epoch = 3;
  source = Open(resume);
  ASSERT_NE(source, nullptr);
  const Read read = ReadIds(*source, 1);
  EXPECT_EQ(read.ids, Ids{2});
  EXPECT_EQ(read.resume.epoch, 4);
  EXPECT_NE(read.resume.server_uuid, "another");
}

TEST_P(Source, FollowsTheLogIntoTheNextFile) {
  Run("CREATE TABLE a (id INT PRIMARY KEY)");
  const auto source = Open(Now());
  ASSERT_NE(source, nullptr);
  Run("INSERT INTO a VALUES (1)");
  Run("FLUSH BINARY LOGS");
  Run("INSERT INTO a VALUES (2)");
  Run("FLUSH BINARY LOGS");
  Run("INSERT INTO a VALUES (3)");
  EXPECT_EQ(ReadIds(*source, 3).ids, (Ids{1, 2, 3}));
}

TEST_P(Source, RefusesAPositionWhoseFileIsPurged) {
  SourcePosition at = Now();
  at.binlog = {"binlog.000000", 4};
  at.gtid_set.clear();
  const auto source = TryOpen(at);
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().kind(), ErrorKind::kConfig);
  EXPECT_EQ(source.error().code(), "E-MYSQL-024");
  EXPECT_NE(source.error().message().find("binlog.000000:4"), std::string::npos);
}

TEST_P(Source, RefusesTransactionsThatTheServerNeverHad) {
  SourcePosition at = Now();
  at.gtid_set = mariadb() ? "0-1-999999999" : "3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5";
  const auto source = TryOpen(at);
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().kind(), ErrorKind::kConfig);
  EXPECT_EQ(source.error().code(), "E-MYSQL-025");
  EXPECT_NE(source.error().message().find(at.gtid_set), std::string::npos)
      << source.error().message();
}

TEST_P(Source, CloseEndsAWaitingNext) {
  const auto source = Open(Now());
  ASSERT_NE(source, nullptr);
  const std::jthread closer([&] { source->Close(); });
  const Deadline deadline = Deadline::After(seconds(20));
  Result<ChangeBatchPtr> batch = source->Next(deadline);
  while (batch.has_value() && !deadline.Passed()) {
    batch = source->Next(deadline);
  }
  ASSERT_FALSE(batch);
  EXPECT_EQ(batch.error().kind(), ErrorKind::kCancelled) << batch.error().ToString();
}

TEST_P(Source, AQuietServerIsKeptApartFromADeadOneByHeartbeats) {
  options_.heartbeat = milliseconds(100);
  const auto source = Open(Now());
  ASSERT_NE(source, nullptr);
  // Ten heartbeats long nothing happens, and the link is not taken for dead.
  const Deadline deadline = Deadline::After(milliseconds(1000));
  while (!deadline.Passed()) {
    const auto batch = source->Next(deadline);
    ASSERT_TRUE(batch) << batch.error().ToString();
  }
}

TEST_P(Source, AKilledDumpIsUnavailable) {
  Run("CREATE TABLE a (id INT PRIMARY KEY)");
  const auto source = Open(Now());
  ASSERT_NE(source, nullptr);
  Run("INSERT INTO a VALUES (1)");
  ASSERT_EQ(ReadIds(*source, 1).ids, Ids{1});
  const auto rows = sql_->Query("SHOW PROCESSLIST");
  ASSERT_TRUE(rows);
  for (const auto& row : rows->rows) {
    if (row[4].value_or("").find("Binlog Dump") != std::string::npos) {
      (void)sql_->Execute("KILL " + *row[0]);  // some have just gone by themselves
    }
  }
  const Deadline deadline = Deadline::After(seconds(20));
  Result<ChangeBatchPtr> batch = source->Next(deadline);
  while (batch.has_value() && !deadline.Passed()) {
    batch = source->Next(deadline);
  }
  ASSERT_FALSE(batch);
  EXPECT_EQ(batch.error().kind(), ErrorKind::kUnavailable) << batch.error().ToString();
}

TEST_P(Source, CarriesARowAbove16Megabytes) {
  Run("SET GLOBAL max_allowed_packet = 1073741824");
  auto large = Connection::Open(options_);
  ASSERT_TRUE(large) << large.error().ToString();
  Run("CREATE TABLE a (id INT PRIMARY KEY, note LONGBLOB)");
  const auto source = Open(Now());
  ASSERT_NE(source, nullptr);
  ASSERT_TRUE((*large)->Execute("INSERT INTO " + db_ + ".a VALUES (1, REPEAT('x', 40000000))"));
  Run("INSERT INTO a VALUES (2, 'y')");
  EXPECT_EQ(ReadIds(*source, 2).ids, (Ids{1, 2}));
}

TEST_P(Source, ReadsUnderTls) {
  if (mariadb()) {
    GTEST_SKIP() << "the test's MariaDB has no certificate";
  }
  options_.tls.mode = TlsMode::kRequired;
  Run("CREATE TABLE a (id INT PRIMARY KEY, note LONGTEXT)");
  const auto source = Open(Now());
  ASSERT_NE(source, nullptr);
  Ids expected;
  for (int i = 0; i < 50; ++i) {
    Run("INSERT INTO a VALUES (" + std::to_string(i) + ", REPEAT('x', 20000))");
    expected.push_back(i);
  }
  EXPECT_EQ(ReadIds(*source, 50).ids, expected);
}

TEST_P(Source, TheServersOfTheTestsAreReadyToBeFollowed) {
  const auto checks = CheckServer(*sql_, options_);
  ASSERT_TRUE(checks) << checks.error().ToString();
  EXPECT_GT(checks->size(), 10U);
  const Status ready = RequireReady(*checks, "here");
  EXPECT_TRUE(ready) << ready.error().ToString();
}

TEST_P(Source, AnAccountWithoutPrivilegesIsToldTheGrants) {
  Run("CREATE USER '" + db_ + "'@'%' IDENTIFIED BY 'word'");
  options_.user = db_;
  options_.password = "word";
  const auto connection = Connection::Open(options_);
  ASSERT_TRUE(connection) << connection.error().ToString();
  const auto checks = CheckServer(**connection, options_);
  ASSERT_TRUE(checks) << checks.error().ToString();
  const Status ready = RequireReady(*checks, "here");
  ASSERT_FALSE(ready);
  EXPECT_EQ(ready.error().kind(), ErrorKind::kAuth);
  EXPECT_NE(
      ready.error().hint().find("GRANT REPLICATION SLAVE ON *.* TO '" + db_ + "'"),
      std::string::npos
  ) << ready.error().hint();
}

TEST_P(Source, AWrongPasswordIsAnAuthError) {
  Run("CREATE USER '" + db_ + "'@'%' IDENTIFIED BY 'right'");
  options_.user = db_;
  options_.password = "wrong";
  const auto opened = Connection::Open(options_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind(), ErrorKind::kAuth);
  EXPECT_EQ(opened.error().code(), "E-MYSQL-002");
  options_.password = "right";
  const auto right = Connection::Open(options_);
  EXPECT_TRUE(right) << right.error().ToString();
}

TEST_P(Source, AnUnverifiableCertificateIsRefused) {
  if (mariadb()) {
    GTEST_SKIP() << "the test's MariaDB has no certificate";
  }
  options_.tls.mode = TlsMode::kVerifyCa;
  options_.tls.ca = "/etc/ssl/certs/ca-certificates.crt";
  const auto strange = Connection::Open(options_);
  ASSERT_FALSE(strange);
  EXPECT_EQ(strange.error().code(), "E-MYSQL-004") << strange.error().ToString();
  options_.tls.ca = server_->data_dir() + "/ca.pem";
  const auto own = Connection::Open(options_);
  EXPECT_TRUE(own) << own.error().ToString();
  // The server's own certificate does not name 127.0.0.1.
  options_.tls.mode = TlsMode::kVerifyFull;
  EXPECT_FALSE(Connection::Open(options_));
}

}  // namespace
}  // namespace rowhouse::mysql
