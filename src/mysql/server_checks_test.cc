#include "mysql/server_checks.h"

#include <gtest/gtest.h>

namespace rowhouse::mysql {
namespace {

ServerFacts Good(Flavor flavor) {
  ServerFacts facts;
  facts.flavor = flavor;
  facts.version = flavor == Flavor::kMySql ? 90704 : 101119;
  facts.user = "'repl'@'%'";
  facts.variables = {
      {"log_bin", "ON"},
      {"binlog_format", "ROW"},
      {"binlog_row_image", "FULL"},
      {"binlog_row_metadata", "FULL"},
      {"binlog_row_value_options", ""},
      {"gtid_mode", "ON"},
      {"binlog_transaction_compression", "OFF"},
      {"log_bin_compress", "OFF"},
      {"server_id", "1"},
      {"binlog_expire_logs_seconds", "2592000"},
      {"max_allowed_packet", "67108864"},
      {"slave_max_allowed_packet", "1073741824"}};
  facts.grants = {
      "GRANT SELECT, REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO `repl`@`%`",
      "GRANT ALL PRIVILEGES ON `shop`.* TO `repl`@`%`"};
  facts.our_server_id = 77;
  return facts;
}

const ServerCheck* Find(const std::vector<ServerCheck>& checks, std::string_view code) {
  for (const ServerCheck& check : checks) {
    if (check.code == code && check.state != CheckState::kOk) {
      return &check;
    }
  }
  return nullptr;
}

TEST(ServerChecks, AServerSetUpRightPasses) {
  for (const Flavor flavor : {Flavor::kMySql, Flavor::kMariaDb}) {
    for (const ServerCheck& check : Evaluate(Good(flavor))) {
      EXPECT_EQ(check.state, CheckState::kOk) << check.what << " " << check.found;
      EXPECT_EQ(check.fix, "");
    }
    EXPECT_TRUE(RequireReady(Evaluate(Good(flavor)), "here"));
  }
}

struct Case {
  Flavor flavor;
  const char* variable;
  const char* value;
  const char* code;
  CheckState state;
};

class ServerVariable : public testing::TestWithParam<Case> {};

TEST_P(ServerVariable, IsCheckedAndTheFixIsNamed) {
  const Case& c = GetParam();
  ServerFacts facts = Good(c.flavor);
  facts.variables[c.variable] = c.value;
  const auto checks = Evaluate(facts);
  const ServerCheck* check = Find(checks, c.code);
  ASSERT_NE(check, nullptr);
  EXPECT_EQ(check->what, c.variable);
  EXPECT_EQ(check->state, c.state);
  EXPECT_NE(check->fix, "");
  const Status ready = RequireReady(checks, "db:3306");
  EXPECT_EQ(ready.has_value(), c.state == CheckState::kWarn);
  if (!ready) {
    EXPECT_EQ(ready.error().kind(), ErrorKind::kConfig);
    EXPECT_EQ(ready.error().code(), c.code);
    EXPECT_NE(ready.error().message().find(c.variable), std::string::npos);
  }
}

constexpr CheckState kFail = CheckState::kFail;
constexpr CheckState kWarn = CheckState::kWarn;
constexpr Flavor kMy = Flavor::kMySql;
constexpr Flavor kMaria = Flavor::kMariaDb;

const Case kCases[] = {
    {kMy, "log_bin", "OFF", "E-MYSQL-010", kFail},
    {kMaria, "binlog_format", "MIXED", "E-MYSQL-011", kFail},
    {kMy, "binlog_row_image", "MINIMAL", "E-MYSQL-012", kFail},
    {kMaria, "binlog_row_image", "NOBLOB", "E-MYSQL-012", kWarn},
    {kMaria, "binlog_row_metadata", "NO_LOG", "E-MYSQL-013", kFail},
    {kMy, "binlog_row_value_options", "PARTIAL_JSON", "E-MYSQL-014", kWarn},
    {kMy, "gtid_mode", "ON_PERMISSIVE", "E-MYSQL-015", kFail},
    {kMy, "server_id", "0", "E-MYSQL-018", kFail},
    {kMy, "binlog_transaction_compression", "ON", "E-MYSQL-027", kWarn},
    {kMaria, "log_bin_compress", "ON", "E-MYSQL-027", kWarn},
    {kMy, "binlog_expire_logs_seconds", "3600", "E-MYSQL-029", kWarn},
    {kMy, "max_allowed_packet", "1048576", "E-MYSQL-019", kWarn},
    {kMaria, "slave_max_allowed_packet", "1048576", "E-MYSQL-019", kWarn},
};

INSTANTIATE_TEST_SUITE_P(All, ServerVariable, testing::ValuesIn(kCases));

TEST(ServerChecks, AMissingPrivilegeNamesTheGrant) {
  ServerFacts facts = Good(Flavor::kMySql);
  facts.grants = {"GRANT SELECT, REPLICATION CLIENT ON *.* TO `repl`@`%`"};
  const auto checks = Evaluate(facts);
  const ServerCheck* check = Find(checks, "E-MYSQL-021");
  ASSERT_NE(check, nullptr);
  EXPECT_EQ(check->fix, "GRANT REPLICATION SLAVE ON *.* TO 'repl'@'%';");
  const Status ready = RequireReady(checks, "db:3306");
  ASSERT_FALSE(ready);
  EXPECT_EQ(ready.error().kind(), ErrorKind::kAuth);
}

TEST(ServerChecks, AllPrivilegesAreEnough) {
  ServerFacts facts = Good(Flavor::kMariaDb);
  facts.grants = {"GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` WITH GRANT OPTION"};
  EXPECT_EQ(Find(Evaluate(facts), "E-MYSQL-021"), nullptr);
  EXPECT_EQ(Find(Evaluate(facts), "E-MYSQL-022"), nullptr);
}

TEST(ServerChecks, AGrantOnOneDatabaseIsNotGlobal) {
  ServerFacts facts = Good(Flavor::kMariaDb);
  facts.grants = {"GRANT ALL PRIVILEGES ON `shop`.* TO `repl`@`%`"};
  EXPECT_NE(Find(Evaluate(facts), "E-MYSQL-021"), nullptr);
}

TEST(ServerChecks, OurServerIdMustNotBeTheSources) {
  ServerFacts facts = Good(Flavor::kMySql);
  facts.our_server_id = 1;
  EXPECT_EQ(Find(Evaluate(facts), "E-MYSQL-017")->state, CheckState::kFail);
  facts.our_server_id = 5;
  facts.replica_ids = {4, 5};
  EXPECT_EQ(Find(Evaluate(facts), "E-MYSQL-017")->state, CheckState::kWarn);
}

TEST(ServerChecks, AReplicaMustLogWhatItReplicates) {
  ServerFacts facts = Good(Flavor::kMariaDb);
  facts.is_replica = true;
  facts.variables["log_slave_updates"] = "OFF";
  EXPECT_NE(Find(Evaluate(facts), "E-MYSQL-016"), nullptr);
  facts.variables["log_slave_updates"] = "ON";
  EXPECT_EQ(Find(Evaluate(facts), "E-MYSQL-016"), nullptr);
}

TEST(ServerChecks, AnOldServerIsRefused) {
  ServerFacts facts = Good(Flavor::kMySql);
  facts.version = 50744;
  EXPECT_EQ(Find(Evaluate(facts), "E-MYSQL-028")->state, CheckState::kFail);
}

TEST(ServerChecks, TablesThatForeignKeysChangeAreNamed) {
  ServerFacts facts = Good(Flavor::kMariaDb);
  facts.cascades = {"shop.items (ON DELETE CASCADE of orders)"};
  const auto checks = Evaluate(facts);
  const ServerCheck* check = Find(checks, "E-MYSQL-030");
  ASSERT_NE(check, nullptr);
  EXPECT_EQ(check->state, CheckState::kWarn);
  EXPECT_EQ(check->found, "shop.items (ON DELETE CASCADE of orders)");
  facts.cascades.assign(9, "t");
  EXPECT_TRUE(Find(Evaluate(facts), "E-MYSQL-030")->found.ends_with("and 4 more"));
}

TEST(ServerChecks, HiddenXaTransactionsAreWarnedOf) {
  ServerFacts facts = Good(Flavor::kMySql);
  facts.xa_hidden = true;
  const auto checks = Evaluate(facts);
  const ServerCheck* check = Find(checks, "E-MYSQL-032");
  ASSERT_NE(check, nullptr);
  EXPECT_EQ(check->fix, "GRANT XA_RECOVER_ADMIN ON *.* TO 'repl'@'%';");
}

}  // namespace
}  // namespace rowhouse::mysql
