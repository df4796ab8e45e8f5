#include "clickhouse/sql_guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rowhouse::clickhouse {
namespace {

using testing::HasSubstr;

const std::set<std::string>& Reaching() {
  static const std::set<std::string> names = {
      "url", "s3", "remote", "file", "mysql", "merge", "numbers", "view", "format"};
  return names;
}

std::string Why(std::string_view sql) {
  const auto guarded = GuardReadOnly(sql, Reaching());
  return guarded ? "" : guarded.error().message();
}

TEST(SqlGuard, LetsQuestionsPassAsTheyAre) {
  for (const char* sql :
       {"SELECT 1",
        "select url, file from shop.orders where url in ('a')",
        "(SELECT 1) UNION ALL (SELECT 2)",
        "WITH 1 AS x SELECT x",
        "FROM numbers(10) SELECT number",
        "EXPLAIN SELECT * FROM a.b",
        "DESCRIBE TABLE demo_tables.orders",
        "DESC a.b",
        "SHOW TABLES FROM a LIKE 'x%'",
        "SHOW FULL COLUMNS FROM a",
        "SELECT 1 WHERE EXISTS (SELECT 1)",
        "SELECT * FROM system.parts WHERE active",
        "SELECT format('{}', a), 'file(\"/etc/passwd\")', 'it''s; \\' outfile' FROM t",
        "SELECT `a b`, \"c\"\"d\" FROM t",
        "SELECT * FROM information_schema.columns"}) {
    const auto guarded = GuardReadOnly(sql, Reaching());
    ASSERT_TRUE(guarded.has_value()) << sql << ": " << guarded.error().message();
    EXPECT_EQ(*guarded, sql);
  }
}

TEST(SqlGuard, RefusesWhatIsNoQuestion) {
  for (const char* sql :
       {"",
        "  -- nothing",
        "INSERT INTO t SELECT 1",
        "CREATE TABLE t (a Int8) ENGINE = Memory",
        "DROP TABLE t",
        "KILL QUERY WHERE 1",
        "SYSTEM SHUTDOWN",
        "SET readonly = 0",
        "BACKUP DATABASE a TO File('b')",
        "SHOW CREATE TABLE t",
        "SHOW PROCESSLIST",
        "EXISTS default.`/etc/passwd`",
        "SHOW GRANTS",
        "`SELECT` 1",
        "SELECT 1; SELECT 2",
        "SELECT 1;;",
        "SELECT 1 INTO OUTFILE '/tmp/x'",
        "SELECT 1 into/**/outfile '/tmp/x'"}) {
    EXPECT_NE(Why(sql), "") << sql;
  }
}

TEST(SqlGuard, RefusesFunctionsThatReachBeyondTheServersTables) {
  for (const char* sql :
       {"SELECT file('/etc/passwd')",
        "SELECT FILE /* */ ( '/etc/passwd')",
        "SELECT `file`('/etc/passwd')",
        "SELECT \"file\"('/etc/passwd')",
        "SELECT `f\\x69le`('/etc/passwd')",
        "SELECT * FROM url('http://127.0.0.1:1')",
        "SELECT * FROM Remote('h:1', a.b)",
        "SELECT * FROM (SELECT * FROM mysql('h:1','a','b','c','d'))",
        "SELECT * FROM merge('system', '.*')",
        "DESCRIBE url('http://127.0.0.1:1')",
        "DESC TABLE somethingnew('http://127.0.0.1:1')",
        "EXPLAIN SELECT * FROM s3('http://127.0.0.1:1/a')",
        "SELECT hasColumnInTable('h:1', 'u', 'p', 'system', 'one', 'dummy')",
        "SELECT reverseDNSQuery('1.1.1.1')",
        "SELECT getClientHTTPHeader('X-ClickHouse-Key')"}) {
    EXPECT_NE(Why(sql), "") << sql;
  }
}

TEST(SqlGuard, RefusesTablesThatShowSecrets) {
  for (const char* sql :
       {"SELECT create_table_query FROM system.tables",
        "SELECT * FROM `system`.`tables`",
        "SELECT * FROM system . query_log",
        "SELECT * FROM system./**/processes",
        "DESCRIBE system.named_collections"}) {
    EXPECT_THAT(Why(sql), HasSubstr("secrets")) << sql;
  }
}

TEST(SqlGuard, RefusesWhatLexersReadInDifferentWays) {
  for (const char* sql :
       {"SELECT $x$ ' $x$, file('/etc/passwd')",
        "SELECT \xE2\x80\x98"
        "a\xE2\x80\x99",
        "SELECT 1 # ' \n, file('/etc/passwd')",
        "SELECT 1 /* no end",
        "SELECT 'no end",
        "SELECT '\\' no end"}) {
    EXPECT_NE(Why(sql), "") << sql;
  }
  EXPECT_NE(Why(std::string_view("SELECT 1\0, 2", 12)), "");
}

TEST(SqlGuard, BlanksCommentsAndKeepsPlaces) {
  EXPECT_EQ(
      *GuardReadOnly("SELECT /* a\nb */ 1 -- c\n, 2;", Reaching()), "SELECT     \n     1     \n, 2 "
  );
  const auto refused = GuardReadOnly("SELECT 1,\n url('x')", Reaching());
  EXPECT_EQ(refused.error().native(), 12);
  EXPECT_EQ(refused.error().code(), "E-CON-016");
}

TEST(SqlGuard, BoundsTheStatement) {
  EXPECT_THAT(Why("SELECT '" + std::string(200'000, 'x') + "'"), HasSubstr("bytes at most"));
}

}  // namespace
}  // namespace rowhouse::clickhouse
