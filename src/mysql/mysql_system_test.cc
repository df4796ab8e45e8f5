#include <gtest/gtest.h>

#include "mysql/connection.h"
#include "mysql/dump_stream.h"
#include "mysql/start_position.h"
#include "testing/real_server.h"

namespace rowhouse::mysql {
namespace {

using rowhouse::testing::Database;
using rowhouse::testing::RealServer;

// The two servers, started once a run.
RealServer* Server(Database kind) {
  static std::map<Database, Result<std::unique_ptr<RealServer>>> servers;
  auto found = servers.find(kind);
  if (found == servers.end()) {
    found = servers.emplace(kind, RealServer::Start(kind)).first;
    if (!found->second) {
      std::fprintf(stderr, "NO REAL SERVER: %s\n", found->second.error().ToString().c_str());
    }
  }
  return found->second ? found->second->get() : nullptr;
}

class MySql : public ::testing::TestWithParam<Database> {
 protected:
  void SetUp() override {
    server_ = Server(GetParam());
    if (server_ == nullptr) {
      GTEST_SKIP() << "no real server of this kind on this machine: run tools/bootstrap test";
    }
    options_.port = server_->port();
    options_.user = "root";
    options_.tls.mode = TlsMode::kDisabled;
    auto opened = Connection::Open(options_);
    ASSERT_TRUE(opened) << opened.error().ToString();
    sql_ = std::move(*opened);
    Run("CREATE DATABASE IF NOT EXISTS t");
  }

  void Run(std::string_view sql) {
    const Status done = sql_->Execute(sql);
    ASSERT_TRUE(done) << done.error().ToString();
  }

  RealServer* server_ = nullptr;
  SourceOptions options_;
  std::unique_ptr<Connection> sql_;
};

std::string KindOf(const ::testing::TestParamInfo<Database>& info) {
  return info.param == Database::kMariaDb ? "MariaDb" : "MySql";
}

INSTANTIATE_TEST_SUITE_P(
    Real, MySql, ::testing::Values(Database::kMariaDb, Database::kMySql), KindOf
);

std::unique_ptr<DumpStream> OpenDump(const SourceOptions& options, const SourcePosition& from) {
  auto connection = Connection::Open(options);
  EXPECT_TRUE(connection) << connection.error().ToString();
  const auto start = ResolveStart(**connection, from);
  EXPECT_TRUE(start) << start.error().ToString();
  auto stream = DumpStream::Open(std::move(*connection), options, *start);
  EXPECT_TRUE(stream) << stream.error().ToString();
  return stream ? std::move(*stream) : nullptr;
}

// Reads until an event of the type comes; its size, or 0 at the deadline.
size_t ReadUntil(DumpStream& stream, uint8_t type) {
  Arena arena;
  const Deadline deadline = Deadline::After(seconds(10));
  while (!deadline.Passed()) {
    const auto event = stream.Next(arena, deadline);
    EXPECT_TRUE(event) << event.error().ToString();
    if (!event || !event->has_value()) {
      return 0;
    }
    if ((**event)[4] == type) {
      return (*event)->size();
    }
    arena.Clear();
  }
  return 0;
}

constexpr uint8_t kXid = 16;

TEST_P(MySql, TheDumpGivesACommitMadeAfterItWasOpened) {
  Run("CREATE TABLE t.a (id INT PRIMARY KEY)");
  const auto stream = OpenDump(options_, SourcePosition());
  ASSERT_NE(stream, nullptr);
  Run("INSERT INTO t.a VALUES (1)");
  EXPECT_GT(ReadUntil(*stream, kXid), 0U);
}

}  // namespace
}  // namespace rowhouse::mysql
