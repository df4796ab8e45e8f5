#include "mysql/error_map.h"

#include <string>

#include <fmt/format.h>

namespace rowhouse::mysql {

namespace {

struct Row {
  int native;
  std::string_view contains;  // part of the text; empty: any
  ErrorKind kind;
  std::string_view code;
  std::string_view hint;
};

constexpr std::string_view kGrantHint =
    "GRANT SELECT, REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO the user "
    "(MariaDB: also BINLOG MONITOR)";
constexpr std::string_view kResyncHint =
    "the changes in between are gone: rowhouse resync --all --start-over loads the tables anew; "
    "let "
    "the server keep its binary logs longer (binlog_expire_logs_seconds)";

// The first row that fits counts.
constexpr Row kRows[] = {
    // Credentials and grants.
    {1045,
     "",
     ErrorKind::kAuth,
     "E-MYSQL-002",
     "check source.user and source.password, and that the account may connect from this host"},
    {1698,
     "",
     ErrorKind::kAuth,
     "E-MYSQL-002",
     "the account does not log in by password; make one that does"},
    {1044, "", ErrorKind::kAuth, "E-MYSQL-003", kGrantHint},
    {1130,
     "",
     ErrorKind::kAuth,
     "E-MYSQL-002",
     "CREATE USER for this client's host, or change bind-address and firewall"},
    {1142, "", ErrorKind::kAuth, "E-MYSQL-003", "GRANT SELECT on the table to the user"},
    {1143, "", ErrorKind::kAuth, "E-MYSQL-003", "GRANT SELECT on the table to the user"},
    {1227, "", ErrorKind::kAuth, "E-MYSQL-003", kGrantHint},
    {1820,
     "",
     ErrorKind::kAuth,
     "E-MYSQL-002",
     "the password has expired: ALTER USER ... IDENTIFIED BY ..."},
    {1862,
     "",
     ErrorKind::kAuth,
     "E-MYSQL-002",
     "the password has expired: ALTER USER ... IDENTIFIED BY ..."},
    {3118,
     "",
     ErrorKind::kAuth,
     "E-MYSQL-002",
     "the account is locked: ALTER USER ... ACCOUNT UNLOCK"},
    {4151,
     "",
     ErrorKind::kAuth,
     "E-MYSQL-002",
     "the account is locked: ALTER USER ... ACCOUNT UNLOCK"},
    {2059,
     "",
     ErrorKind::kAuth,
     "E-MYSQL-002",
     "the client plugin for the account's authentication is not installed (package libmariadb3)"},
    {2061, "", ErrorKind::kAuth, "E-MYSQL-002", "the account needs TLS: set tls.mode to required"},
    {3159,
     "",
     ErrorKind::kAuth,
     "E-MYSQL-004",
     "the server takes TLS connections only: set tls.mode to required"},
    // TLS: a server that dies ends the link without TLS's farewell. What is wrong with
    // certificates and versions shows while connecting.
    {2026, "eof", ErrorKind::kUnavailable, "", ""},
    {2026, "reset by peer", ErrorKind::kUnavailable, "", ""},
    {2026, "Broken pipe", ErrorKind::kUnavailable, "", ""},
    {2026, "timed out", ErrorKind::kUnavailable, "", ""},
    {2026,
     "",
     ErrorKind::kConfig,
     "E-MYSQL-004",
     "check tls.mode, tls.ca, tls.cert and tls.key against the server's certificate"},
    // The link.
    {2002,
     "",
     ErrorKind::kUnavailable,
     "E-MYSQL-001",
     "is the server running, and are host and port (or socket) right?"},
    {2003,
     "",
     ErrorKind::kUnavailable,
     "E-MYSQL-001",
     "is the server running, and are host and port right?"},
    {2005,
     "",
     ErrorKind::kUnavailable,
     "E-MYSQL-001",
     "the host name is not known here: check host and DNS"},
    {2006, "", ErrorKind::kUnavailable, "", ""},
    {2013, "", ErrorKind::kUnavailable, "", ""},
    {2055, "", ErrorKind::kUnavailable, "", ""},
    {1040,
     "",
     ErrorKind::kUnavailable,
     "E-MYSQL-005",
     "the server has no free connection: raise max_connections"},
    {1203,
     "",
     ErrorKind::kUnavailable,
     "E-MYSQL-005",
     "the user has too many connections: raise max_user_connections"},
    {1226,
     "",
     ErrorKind::kUnavailable,
     "E-MYSQL-005",
     "the user's resource limit is reached: raise it"},
    {1129, "", ErrorKind::kUnavailable, "E-MYSQL-005", "the server blocks this host: FLUSH HOSTS"},
    {1053, "", ErrorKind::kUnavailable, "", ""},
    {1077, "", ErrorKind::kUnavailable, "", ""},
    {1080, "", ErrorKind::kUnavailable, "", ""},
    {1152, "", ErrorKind::kUnavailable, "", ""},
    {1158, "", ErrorKind::kUnavailable, "", ""},
    {1159, "", ErrorKind::kUnavailable, "", ""},
    {1160, "", ErrorKind::kUnavailable, "", ""},
    {1161, "", ErrorKind::kUnavailable, "", ""},
    {1205, "", ErrorKind::kUnavailable, "", "another session holds the lock"},
    {1213, "", ErrorKind::kUnavailable, "", ""},
    {1317, "", ErrorKind::kUnavailable, "", ""},
    {1927, "", ErrorKind::kUnavailable, "", ""},
    {3032, "", ErrorKind::kUnavailable, "", "the server is in offline mode"},
    {3169, "", ErrorKind::kUnavailable, "", ""},
    {4031, "", ErrorKind::kUnavailable, "", ""},
    // The dump.
    {1236,
     "same server_",
     ErrorKind::kConfig,
     "E-MYSQL-017",
     "another replica uses our server id or UUID: set another source.server_id"},
    {1236,
     "same server-",
     ErrorKind::kConfig,
     "E-MYSQL-017",
     "another replica uses our server id or UUID: set another source.server_id"},
    {4052,  // MariaDB
     "",
     ErrorKind::kConfig,
     "E-MYSQL-017",
     "another replica uses our server id: set another source.server_id, or leave it out"},
    {1236,
     "max_allowed_packet",
     ErrorKind::kConfig,
     "E-MYSQL-019",
     "SET GLOBAL max_allowed_packet = 1073741824 on the source (MariaDB: slave_max_allowed_packet "
     "as well)"},
    {1236, "purged", ErrorKind::kConfig, "E-MYSQL-024", kResyncHint},
    {1236, "Could not find first log", ErrorKind::kConfig, "E-MYSQL-024", kResyncHint},
    {1236,
     "more GTIDs than",
     ErrorKind::kConfig,
     "E-MYSQL-025",
     "the source lacks transactions we have read: it was restored or is the wrong server"},
    {1236,
     "not in the master's binlog",
     ErrorKind::kConfig,
     "E-MYSQL-025",
     "the source lacks transactions we have read, or has purged them: it was restored, or is the "
     "wrong server"},
    {1236, "checksum", ErrorKind::kInternal, "", ""},
    {1236,
     "in the middle of event",
     ErrorKind::kConfig,
     "E-MYSQL-026",
     "the position is inside an event: the binary logs were replaced (RESET), or the position is "
     "of another server"},
    {1236,
     "position",
     ErrorKind::kConfig,
     "E-MYSQL-026",
     "the position is not in the file: the binary logs were replaced (RESET), or the position is "
     "of another server"},
    {1236,
     "Binary log is not open",
     ErrorKind::kConfig,
     "E-MYSQL-010",
     "start the server with log_bin"},
    {1236, "", ErrorKind::kConfig, "E-MYSQL-026", ""},
    {1381, "", ErrorKind::kConfig, "E-MYSQL-010", "start the server with log_bin"},
    {1373, "", ErrorKind::kConfig, "E-MYSQL-024", kResyncHint},
    // The table is not what it was.
    {1054, "", ErrorKind::kSchemaChanged, "", ""},
    {1146, "", ErrorKind::kSchemaChanged, "", ""},
    {1049, "", ErrorKind::kSchemaChanged, "", ""},
    {1412, "", ErrorKind::kSchemaChanged, "", ""},
    {1176, "", ErrorKind::kSchemaChanged, "", ""},
    {1356, "", ErrorKind::kSchemaChanged, "", ""},
};

ErrorKind KindOfUnknown(int native) {
  return native >= 2000 && native < 3000 ? ErrorKind::kUnavailable : ErrorKind::kConfig;
}

}  // namespace

Error MapError(int native, std::string_view text, std::string_view what, SourceLocation at) {
  std::string message = fmt::format("{}: {} (MySQL error {})", what, text, native);
  constexpr int kTls = 2026;
  if (native == kTls && !what.starts_with("connecting")) {
    return Error(ErrorKind::kUnavailable, std::move(message), at).WithNative(native);
  }
  for (const Row& row : kRows) {
    if (row.native == native && text.find(row.contains) != std::string_view::npos) {
      return Error(row.kind, std::move(message), at)
          .WithNative(native)
          .WithCode(std::string(row.code))
          .WithHint(std::string(row.hint));
    }
  }
  return Error(KindOfUnknown(native), std::move(message), at).WithNative(native);
}

}  // namespace rowhouse::mysql
