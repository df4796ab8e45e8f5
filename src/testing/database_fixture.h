#pragma once

#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "mysql/connection.h"
#include "testing/real_server.h"

namespace rowhouse::testing {

// The base of tests that run on both real servers: each kind is started once a test binary, each
// test gets a database of its own, and a server that this machine has not got is skipped aloud.
//
//   using Source = DatabaseTest;
//   TEST_P(Source, ...) { Run("CREATE TABLE a ..."); ... }
//   INSTANTIATE_TEST_SUITE_P(Real, Source, BothDatabases(), DatabaseName);
class DatabaseTest : public ::testing::TestWithParam<Database> {
 protected:
  void SetUp() override {
    server_ = Server(GetParam());
    if (server_ == nullptr) {
      GTEST_SKIP() << "this machine has no such server: run tools/bootstrap test";
    }
    options_.port = server_->port();
    options_.user = "root";
    options_.tls.mode = mysql::TlsMode::kDisabled;
    auto opened = mysql::Connection::Open(options_);
    ASSERT_TRUE(opened) << opened.error().ToString();
    sql_ = std::move(*opened);
    static int count = 0;
    db_ = "t" + std::to_string(++count);
    Run("CREATE DATABASE " + db_);
    Run("USE " + db_);
  }

  static RealServer* Server(Database kind) {
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

  void Run(std::string_view sql) {
    const Status done = sql_->Execute(sql);
    ASSERT_TRUE(done) << done.error().ToString();
  }

  bool mariadb() const { return GetParam() == Database::kMariaDb; }

  RealServer* server_ = nullptr;
  mysql::SourceOptions options_;
  std::unique_ptr<mysql::Connection> sql_;
  std::string db_;
};

inline auto BothDatabases() {
  return ::testing::Values(Database::kMariaDb, Database::kMySql);
}

inline std::string DatabaseName(const ::testing::TestParamInfo<Database>& info) {
  return info.param == Database::kMariaDb ? "MariaDb" : "MySql";
}

}  // namespace rowhouse::testing
