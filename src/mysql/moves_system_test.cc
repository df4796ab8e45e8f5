#include <csignal>
#include <thread>

#include <gtest/gtest.h>

#include "mysql/source_fixture_test.h"
#include "mysql/start_position.h"

namespace rowhouse::mysql {
namespace {

using rowhouse::testing::BothDatabases;
using rowhouse::testing::Database;
using rowhouse::testing::DatabaseName;
using rowhouse::testing::RealServer;

// Every way a source moves under a pipeline that reads it.
class Moves : public SourceTest {
 protected:
  // Reads until `n` rows; `from` then goes on after them.
  Ids ReadFrom(SourcePosition& from, size_t n) {
    auto source = Open(from);
    if (source == nullptr) {
      return {};
    }
    Read read = ReadIds(*source, n);
    from = read.resume;
    return read.ids;
  }

  // Expects that going on from `from` is refused with this code and all the words.
  void ExpectRefused(
      const SourcePosition& from, std::string_view code, const std::vector<std::string>& words
  ) {
    const auto source = TryOpen(from);
    ASSERT_FALSE(source);
    EXPECT_EQ(source.error().kind(), ErrorKind::kConfig);
    EXPECT_EQ(source.error().code(), code);
    EXPECT_NE(source.error().hint(), "");
    for (const std::string& word : words) {
      EXPECT_NE(source.error().message().find(word), std::string::npos)
          << word << " is not in " << source.error().ToString();
    }
  }

  // The error that ends a source, whatever it gives before.
  static Error EndOf(ChangeSource& source) {
    const Deadline deadline = Deadline::After(seconds(60));
    auto batch = source.Next(deadline);
    while (batch.has_value() && !deadline.Passed()) {
      source.Recycle(std::move(*batch));
      batch = source.Next(deadline);
    }
    return batch.has_value() ? Error(ErrorKind::kInternal, "it has not ended") : batch.error();
  }

  std::string ResetSql() const {
    return mariadb() ? "RESET MASTER" : "RESET BINARY LOGS AND GTIDS";
  }
};

INSTANTIATE_TEST_SUITE_P(Real, Moves, BothDatabases(), DatabaseName);

TEST_P(Moves, AResetIsNamed) {
  Run("CREATE TABLE a (id INT PRIMARY KEY)");
  SourcePosition at = Now();
  Run("INSERT INTO a VALUES (1), (2)");
  ASSERT_EQ(ReadFrom(at, 2), (Ids{1, 2}));
  Run(ResetSql());
  ExpectRefused(at, "E-MYSQL-025", {at.gtid_set});
}

TEST_P(Moves, AResetIsNamedAlsoWhenTheSameGtidsHaveComeAgain) {
  Run(ResetSql());
  Run("CREATE TABLE a (id INT PRIMARY KEY, pad TEXT)");
  SourcePosition at = Now();
  Run("INSERT INTO a VALUES (1, REPEAT('x', 5000))");
  ASSERT_EQ(ReadFrom(at, 1), Ids{1});
  Run(ResetSql());
  for (int i = 2; i < 12; ++i) {  // the log is shorter than the position in it
    Run("INSERT INTO a VALUES (" + std::to_string(i) + ", '')");
  }
  ExpectRefused(at, "E-MYSQL-025", {"RESET", "binlog.000001"});
}

TEST_P(Moves, PurgedLogsAreNamed) {
  Run("CREATE TABLE a (id INT PRIMARY KEY)");
  SourcePosition at = Now();
  Run("INSERT INTO a VALUES (1)");
  ASSERT_EQ(ReadFrom(at, 1), Ids{1});
  Run("INSERT INTO a VALUES (2)");
  Run("FLUSH BINARY LOGS");
  Run("INSERT INTO a VALUES (3)");
  const auto end = LogEnd(*sql_);
  ASSERT_TRUE(end) << end.error().ToString();
  Run("PURGE BINARY LOGS TO '" + end->file + "'");
  ExpectRefused(at, "E-MYSQL-024", {mariadb() ? "read was up to " + at.gtid_set : "GTIDs "});
  at.gtid_set.clear();
  ExpectRefused(at, "E-MYSQL-024", {at.binlog.ToString(), end->file});
}

// A file that was read to its end and then deleted is no gap.
TEST_P(Moves, PurgingWhatWasReadIsNoGap) {
  Run("CREATE TABLE a (id INT PRIMARY KEY)");
  SourcePosition at = Now();
  Run("INSERT INTO a VALUES (1)");
  ASSERT_EQ(ReadFrom(at, 1), Ids{1});
  Run("FLUSH BINARY LOGS");
  const auto end = LogEnd(*sql_);
  ASSERT_TRUE(end) << end.error().ToString();
  Run("PURGE BINARY LOGS TO '" + end->file + "'");
  Run("INSERT INTO a VALUES (2)");
  EXPECT_EQ(ReadFrom(at, 1), Ids{2});
  EXPECT_EQ(at.epoch, 0);
}

TEST_P(Moves, ATakenServerIdNamesWhoHasIt) {
  options_.server_id = 4711;
  const auto first = Open(Now());
  ASSERT_NE(first, nullptr);
  const auto second = Open(Now());
  ASSERT_NE(second, nullptr);
  const Error error = EndOf(*first);
  EXPECT_EQ(error.kind(), ErrorKind::kConfig) << error.ToString();
  EXPECT_EQ(error.code(), "E-MYSQL-017") << error.ToString();
  EXPECT_NE(error.message().find("server id 4711 is held by"), std::string::npos)
      << error.ToString();
}

TEST_P(Moves, ASilentServerIsADeadLinkAndIsReadOnLater) {
  options_.heartbeat = milliseconds(200);
  Run("CREATE TABLE a (id INT PRIMARY KEY)");
  SourcePosition at = Now();
  auto source = Open(at);
  ASSERT_NE(source, nullptr);
  Run("INSERT INTO a VALUES (1)");
  Read read = ReadIds(*source, 1);
  server_->Signal(SIGSTOP);
  const Error error = EndOf(*source);
  server_->Signal(SIGCONT);
  EXPECT_EQ(error.kind(), ErrorKind::kUnavailable) << error.ToString();
  EXPECT_NE(error.message().find("three heartbeats"), std::string::npos) << error.ToString();
  Run("INSERT INTO a VALUES (2)");
  EXPECT_EQ(ReadFrom(read.resume, 1), Ids{2});
}

TEST_P(Moves, ASlowReaderIsNotThrownOut) {
  Run("SET GLOBAL net_write_timeout = 1");
  Run("CREATE TABLE a (id INT PRIMARY KEY, pad LONGTEXT)");
  const auto source = Open(Now());
  Run("SET GLOBAL net_write_timeout = 60");
  ASSERT_NE(source, nullptr);
  Ids expected;
  for (int i = 0; i < 20; ++i) {
    Run("INSERT INTO a VALUES (" + std::to_string(i) + ", REPEAT('x', 2000000))");
    expected.push_back(i);
  }
  // Longer than the server would wait by itself; what it has is more than sockets hold.
  std::this_thread::sleep_for(milliseconds(2500));
  EXPECT_EQ(ReadIds(*source, expected.size()).ids, expected);
}

TEST_P(Moves, VersionsFollowTheLogWhateverTheClockDoes) {
  Run("CREATE TABLE a (id INT PRIMARY KEY)");
  const auto source = Open(Now());
  ASSERT_NE(source, nullptr);
  Run("SET timestamp = 2000000000");
  Run("INSERT INTO a VALUES (1)");
  Run("SET timestamp = 1000000000");
  Run("INSERT INTO a VALUES (2)");
  std::vector<RowVersion> versions;
  std::vector<int64_t> times;
  const Deadline deadline = Deadline::After(seconds(20));
  while (versions.size() < 2 && !deadline.Passed()) {
    auto batch = source->Next(Deadline::After(milliseconds(200)));
    ASSERT_TRUE(batch) << batch.error().ToString();
    for (const Change& change : (*batch)->changes) {
      versions.push_back(change.Version());
      times.push_back(change.origin->ts_us);
    }
    source->Recycle(std::move(*batch));
  }
  ASSERT_EQ(versions.size(), 2U);
  EXPECT_LT(versions[0], versions[1]);
  if (mariadb()) {  // MySQL logs when it was committed
    EXPECT_GT(times[0], times[1]);
  }
}

TEST_P(Moves, TheFirstStartWaitsForPreparedXaTransactions) {
  Run("CREATE TABLE a (id INT PRIMARY KEY)");
  Run("XA START 'early'");
  Run("INSERT INTO a VALUES (1)");
  Run("XA END 'early'");
  Run("XA PREPARE 'early'");
  auto other = Connection::Open(options_);
  ASSERT_TRUE(other) << other.error().ToString();
  const auto refused = FirstPosition(**other);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::kUnavailable);
  EXPECT_EQ(refused.error().code(), "E-MYSQL-032");
  EXPECT_NE(refused.error().message().find("early"), std::string::npos);
  Run("XA COMMIT 'early'");
  EXPECT_TRUE(FirstPosition(**other));
}

// Two servers of a kind, the second a replica of the first.
class Failover : public Moves {
 protected:
  void SetUp() override {
    Moves::SetUp();
    if (IsSkipped()) {
      return;
    }
    const Pair* pair = PairOf(GetParam());
    ASSERT_NE(pair, nullptr);
    primary_ = pair->primary.get();
    replica_ = pair->replica.get();
    on_replica_ = ConnectTo(*replica_);
    on_primary_ = ConnectTo(*primary_);
    ASSERT_TRUE(on_replica_ != nullptr && on_primary_ != nullptr);
    Do(*on_replica_, mariadb() ? "STOP SLAVE" : "STOP REPLICA");
    Do(*on_replica_, mariadb() ? "RESET SLAVE ALL" : "RESET REPLICA ALL");
    for (Connection* each : {on_replica_.get(), on_primary_.get()}) {
      Do(*each, "DROP DATABASE IF EXISTS moved");
      // What came before in its log is no transaction of anybody's.
      Do(*each, ResetSql());
    }
    if (mariadb()) {
      Do(*on_replica_, "SET GLOBAL gtid_slave_pos = ''");
    }
    Do(*on_replica_,
       mariadb()
           ? fmt::format(
                 "CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = {}, MASTER_USER = "
                 "'root', MASTER_USE_GTID = slave_pos, MASTER_CONNECT_RETRY = 1",
                 primary_->port()
             )
           : fmt::format(
                 "CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = {}, "
                 "SOURCE_USER = 'root', SOURCE_AUTO_POSITION = 1, GET_SOURCE_PUBLIC_KEY = 1, "
                 "SOURCE_CONNECT_RETRY = 1",
                 primary_->port()
             ));
    Do(*on_replica_, mariadb() ? "START SLAVE" : "START REPLICA");
    db_ = "moved";
    Do(*on_primary_, "CREATE DATABASE moved");
    Do(*on_primary_, "CREATE TABLE moved.a (id INT PRIMARY KEY)");
    Point(*primary_);
  }

  struct Pair {
    std::unique_ptr<RealServer> primary;
    std::unique_ptr<RealServer> replica;
  };

  // One pair of each kind a test binary; null: it does not start.
  static const Pair* PairOf(Database kind) {
    static std::map<Database, Pair> pairs;
    Pair& pair = pairs[kind];
    if (pair.primary == nullptr) {
      const std::string logs =
          kind == Database::kMariaDb ? "--log-slave-updates" : "--log-replica-updates";
      auto primary = RealServer::Start(kind, {"--server-id=11", logs});
      auto replica = RealServer::Start(kind, {"--server-id=12", logs});
      if (!primary || !replica) {
        return nullptr;
      }
      pair.primary = std::move(*primary);
      pair.replica = std::move(*replica);
    }
    return &pair;
  }

  std::unique_ptr<Connection> ConnectTo(const RealServer& server) {
    SourceOptions options = options_;
    options.port = server.port();
    auto opened = Connection::Open(options);
    EXPECT_TRUE(opened) << opened.error().ToString();
    return opened ? std::move(*opened) : nullptr;
  }

  // The pipeline's source.host.
  void Point(const RealServer& server) {
    options_.port = server.port();
    auto catalog = Catalog::Open(options_);
    ASSERT_TRUE(catalog) << catalog.error().ToString();
    catalog_ = std::move(*catalog);
  }

  static void Do(Connection& connection, const std::string& sql) {
    const Status done = connection.Execute(sql);
    ASSERT_TRUE(done) << sql << ": " << done.error().ToString();
  }

  void Insert(Connection& connection, int id) {
    Do(connection, "INSERT INTO moved.a VALUES (" + std::to_string(id) + ")");
  }

  // Waits until the replica has all that the primary has, then takes it off.
  void CatchUpAndPart() {
    const std::string at = on_primary_
                               ->Value(
                                   mariadb() ? "SELECT @@GLOBAL.gtid_binlog_pos"
                                             : "SELECT REPLACE(@@GLOBAL.gtid_executed, '\n', '')"
                               )
                               .value();
    const auto waited = on_replica_->Value(
        mariadb() ? "SELECT MASTER_GTID_WAIT('" + at + "', 60)"
                  : "SELECT WAIT_FOR_EXECUTED_GTID_SET('" + at + "', 60)"
    );
    ASSERT_TRUE(waited) << waited.error().ToString();
    ASSERT_EQ(*waited, "0");
    Do(*on_replica_, mariadb() ? "STOP SLAVE" : "STOP REPLICA");
  }

  RealServer* primary_ = nullptr;
  RealServer* replica_ = nullptr;
  std::unique_ptr<Connection> on_primary_;
  std::unique_ptr<Connection> on_replica_;
};

INSTANTIATE_TEST_SUITE_P(Real, Failover, BothDatabases(), DatabaseName);

TEST_P(Failover, GoesOnByGtidWithTheNextEpochThereAndBack) {
  SourcePosition at = Now();
  Insert(*on_primary_, 1);
  ASSERT_EQ(ReadFrom(at, 1), Ids{1});
  EXPECT_EQ(at.epoch, 0);
  Insert(*on_primary_, 2);  // not read before the primary goes
  CatchUpAndPart();
  Insert(*on_replica_, 3);
  Point(*replica_);
  EXPECT_EQ(ReadFrom(at, 2), (Ids{2, 3}));
  EXPECT_EQ(at.epoch, 1);
  const std::string theirs = ServerIdentity(*on_replica_).value();
  EXPECT_EQ(at.server_uuid, theirs);
  // The same server again: no new epoch.
  Insert(*on_replica_, 4);
  EXPECT_EQ(ReadFrom(at, 1), Ids{4});
  EXPECT_EQ(at.epoch, 1);
  // The old primary lacks what the new one has got.
  Point(*primary_);
  ExpectRefused(at, "E-MYSQL-025", {mariadb() ? "0-12-" : theirs + ":1-2"});
}

TEST_P(Failover, TransactionsThatTheNewServerLacksAreNamed) {
  SourcePosition at = Now();
  CatchUpAndPart();
  Insert(*on_primary_, 1);
  Insert(*on_primary_, 2);
  ASSERT_EQ(ReadFrom(at, 2), (Ids{1, 2}));
  Point(*replica_);
  const std::string uuid = ServerIdentity(*on_primary_).value();
  ExpectRefused(at, "E-MYSQL-025", {mariadb() ? "0-11-4" : uuid + ":3-4"});
}

TEST_P(Failover, APreparedXaTransactionIsGivenByTheServerThatCommitsIt) {
  SourcePosition at = Now();
  auto session = ConnectTo(*primary_);
  ASSERT_NE(session, nullptr);
  Do(*session, "XA START 'moves'");
  Insert(*session, 1);
  Do(*session, "XA END 'moves'");
  Do(*session, "XA PREPARE 'moves'");
  Insert(*on_primary_, 2);
  ASSERT_EQ(ReadFrom(at, 1), Ids{2});
  EXPECT_FALSE(at.reread_from.empty());
  CatchUpAndPart();
  Do(*on_replica_, "XA COMMIT 'moves'");
  Insert(*on_replica_, 3);
  Point(*replica_);
  EXPECT_EQ(ReadFrom(at, 2), (Ids{1, 3}));
  EXPECT_TRUE(at.reread_from.empty());
}

}  // namespace
}  // namespace rowhouse::mysql
