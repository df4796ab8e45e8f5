#include "mysql/error_map.h"

#include <gtest/gtest.h>

namespace rowhouse::mysql {
namespace {

struct Case {
  int native;
  const char* text;
  ErrorKind kind;
  const char* code;
};

class ErrorMap : public testing::TestWithParam<Case> {};

TEST_P(ErrorMap, GivesTheReactionAndThePage) {
  const Case& c = GetParam();
  const Error error = MapError(c.native, c.text, "connecting to db");
  EXPECT_EQ(KindName(error.kind()), KindName(c.kind)) << c.text;
  EXPECT_EQ(error.code(), c.code);
  EXPECT_EQ(error.native(), c.native);
  EXPECT_NE(error.message().find(c.text), std::string::npos);
  EXPECT_EQ(error.message().rfind("connecting to db: ", 0), 0U);
  EXPECT_TRUE(error.code().empty() || c.native == 1236 || !error.hint().empty());
}

constexpr ErrorKind kAway = ErrorKind::kUnavailable;
constexpr ErrorKind kAuth = ErrorKind::kAuth;
constexpr ErrorKind kConfig = ErrorKind::kConfig;
constexpr ErrorKind kChanged = ErrorKind::kSchemaChanged;

// Texts as the servers and the client library write them.
const Case kCases[] = {
    {1045, "Access denied for user 'repl'@'localhost' (using password: YES)", kAuth, "E-MYSQL-002"},
    {1698, "Access denied for user 'root'@'localhost'", kAuth, "E-MYSQL-002"},
    {1044, "Access denied for user 'repl'@'%' to database 'shop'", kAuth, "E-MYSQL-003"},
    {1130, "Host '10.0.0.9' is not allowed to connect to this server", kAuth, "E-MYSQL-002"},
    {1142, "SELECT command denied to user", kAuth, "E-MYSQL-003"},
    {1143, "SELECT command denied to user for column", kAuth, "E-MYSQL-003"},
    {1227, "Access denied; you need (at least one of) the REPLICATION SLAVE", kAuth, "E-MYSQL-003"},
    {1820, "You must reset your password", kAuth, "E-MYSQL-002"},
    {1862, "Your password has expired", kAuth, "E-MYSQL-002"},
    {3118, "Access denied for user. Account is locked.", kAuth, "E-MYSQL-002"},
    {4151, "Access denied, this account is locked", kAuth, "E-MYSQL-002"},
    {2059, "Authentication plugin 'x' cannot be loaded", kAuth, "E-MYSQL-002"},
    {2061, "Authentication requires secure connection", kAuth, "E-MYSQL-002"},
    {3159, "Connections using insecure transport are prohibited", kAuth, "E-MYSQL-004"},
    {2026, "TLS/SSL error: self-signed certificate", kConfig, "E-MYSQL-004"},
    {2026, "TLS/SSL error: unexpected eof while reading", kAway, ""},
    {2026, "TLS/SSL error: Connection reset by peer", kAway, ""},
    {2026, "TLS/SSL error: Broken pipe", kAway, ""},
    {2026, "TLS/SSL error: timed out", kAway, ""},
    {3032, "The server is currently in offline mode", kAway, ""},
    {3169, "Session was killed", kAway, ""},
    {2002, "Can't connect to local server through socket", kAway, "E-MYSQL-001"},
    {2003, "Can't connect to MySQL server on '127.0.0.1'", kAway, "E-MYSQL-001"},
    {2005, "Unknown server host 'db'", kAway, "E-MYSQL-001"},
    {2006, "Server has gone away", kAway, ""},
    {2013, "Lost connection to server during query", kAway, ""},
    {2055, "Lost connection to server", kAway, ""},
    {2999, "a client error of tomorrow", kAway, ""},
    {1040, "Too many connections", kAway, "E-MYSQL-005"},
    {1203, "User already has more than max_user_connections", kAway, "E-MYSQL-005"},
    {1226, "User has exceeded the resource", kAway, "E-MYSQL-005"},
    {1129, "Host is blocked because of many connection errors", kAway, "E-MYSQL-005"},
    {1053, "Server shutdown in progress", kAway, ""},
    {1077, "Normal shutdown", kAway, ""},
    {1080, "Forcing close of thread", kAway, ""},
    {1152, "Aborted connection", kAway, ""},
    {1158, "Got an error reading communication packets", kAway, ""},
    {1159, "Got timeout reading communication packets", kAway, ""},
    {1160, "Got an error writing communication packets", kAway, ""},
    {1161, "Got timeout writing communication packets", kAway, ""},
    {1205, "Lock wait timeout exceeded", kAway, ""},
    {1213, "Deadlock found when trying to get lock", kAway, ""},
    {1317, "Query execution was interrupted", kAway, ""},
    {1927, "Connection was killed", kAway, ""},
    {4031, "The client was disconnected by the server because of inactivity", kAway, ""},
    {1236,
     "A slave with the same server_uuid/server_id as this slave has connected to the master",
     kConfig,
     "E-MYSQL-017"},
    {1236, "A slave with the same server-id as this slave has connected", kConfig, "E-MYSQL-017"},
    {1236,
     "log event entry exceeded max_allowed_packet; Increase max_allowed_packet on source",
     kConfig,
     "E-MYSQL-019"},
    {1236,
     "Cannot replicate because the source purged required binary logs",
     kConfig,
     "E-MYSQL-024"},
    {1236, "Could not find first log file name in binary log index file", kConfig, "E-MYSQL-024"},
    {1236, "Replica has more GTIDs than the source has", kConfig, "E-MYSQL-025"},
    {1236,
     "Error: connecting slave requested to start from GTID 0-1-9, which is not in the master's "
     "binlog",
     kConfig,
     "E-MYSQL-025"},
    {1236,
     "Slave can not handle replication events with the checksum that master is configured to log",
     ErrorKind::kInternal,
     ""},
    {1236,
     "binlog truncated in the middle of event; consider out of disk space on master",
     kConfig,
     "E-MYSQL-026"},
    {1236,
     "Client requested source to start replication from position > file size",
     kConfig,
     "E-MYSQL-026"},
    {1236, "Binary log is not open", kConfig, "E-MYSQL-010"},
    {1236, "something else", kConfig, "E-MYSQL-026"},
    {1381, "You are not using binary logging", kConfig, "E-MYSQL-010"},
    {1373, "Target log not found in binlog index", kConfig, "E-MYSQL-024"},
    {1054, "Unknown column 'a' in 'SELECT'", kChanged, ""},
    {1146, "Table 'shop.orders' doesn't exist", kChanged, ""},
    {1049, "Unknown database 'shop'", kChanged, ""},
    {1412, "Table definition has changed, please retry transaction", kChanged, ""},
    {1176, "Key 'PRIMARY' doesn't exist in table 'orders'", kChanged, ""},
    {1356, "View references invalid table(s)", kChanged, ""},
    {1064, "You have an error in your SQL syntax", kConfig, ""},
};

TEST(ErrorMapTls, ALinkThatStoodAndBreaksIsOnlyAway) {
  const Error error = MapError(2026, "TLS/SSL error: bad record mac", "reading the binary log");
  EXPECT_EQ(error.kind(), ErrorKind::kUnavailable);
}

INSTANTIATE_TEST_SUITE_P(AllRows, ErrorMap, testing::ValuesIn(kCases));

}  // namespace
}  // namespace rowhouse::mysql
