#include "mysql/server_checks.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <utility>

#include <fmt/format.h>

namespace rowhouse::mysql {

namespace {

std::string Upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) {
    return static_cast<char>(std::toupper(c));
  });
  return out;
}

std::string Lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  return out;
}

// A global variable that must have a value.
struct Rule {
  enum class Server { kBoth, kMySql, kMariaDb };

  std::string_view code;
  std::string_view variable;
  std::string_view needed;  // upper case; empty: must be empty
  CheckState otherwise;
  std::string_view fix;
  Server server = Server::kBoth;
};

constexpr Rule kRules[] = {
    {"E-MYSQL-010",
     "log_bin",
     "ON",
     CheckState::kFail,
     "start the server with log_bin (my.cnf: [mysqld] log_bin = binlog), a restart is needed"},
    {"E-MYSQL-011",
     "binlog_format",
     "ROW",
     CheckState::kFail,
     "SET GLOBAL binlog_format = 'ROW'; and in my.cnf; running sessions keep theirs until they "
     "reconnect"},
    {"E-MYSQL-013",
     "binlog_row_metadata",
     "FULL",
     CheckState::kFail,
     "SET GLOBAL binlog_row_metadata = 'FULL'; and in my.cnf"},
    {"E-MYSQL-014",
     "binlog_row_value_options",
     "",
     CheckState::kWarn,
     "SET GLOBAL binlog_row_value_options = ''; partial JSON updates are followed, at some cost, "
     "while binlog_row_image is FULL",
     Rule::Server::kMySql},
    {"E-MYSQL-015",
     "gtid_mode",
     "ON",
     CheckState::kFail,
     "SET GLOBAL enforce_gtid_consistency = ON; then gtid_mode = OFF_PERMISSIVE, ON_PERMISSIVE, ON",
     Rule::Server::kMySql},
    {"E-MYSQL-027",
     "binlog_transaction_compression",
     "OFF",
     CheckState::kWarn,
     "SET GLOBAL binlog_transaction_compression = OFF;",
     Rule::Server::kMySql},
    {"E-MYSQL-027",
     "log_bin_compress",
     "OFF",
     CheckState::kWarn,
     "SET GLOBAL log_bin_compress = OFF;",
     Rule::Server::kMariaDb},
};

class Evaluation {
 public:
  explicit Evaluation(const ServerFacts& facts) : facts_(facts) {}

  std::vector<ServerCheck> Run() {
    CheckVersion();
    CheckVariables();
    CheckRowImage();
    CheckPrivileges();
    CheckReplicaLog();
    CheckServerIds();
    CheckRetention();
    CheckPacketSize();
    CheckCascades();
    CheckXa();
    return std::move(checks_);
  }

 private:
  bool mysql() const { return facts_.flavor == Flavor::kMySql; }

  std::optional<std::string> Variable(std::string_view name) const {
    const auto found = facts_.variables.find(std::string(name));
    return found == facts_.variables.end() ? std::nullopt : std::optional(found->second);
  }

  uint64_t Number(std::string_view name) const {
    const std::string text = Variable(name).value_or("0");
    uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  }

  void Add(ServerCheck check, bool ok) {
    if (ok) {
      check.state = CheckState::kOk;
      check.fix.clear();
    }
    checks_.push_back(std::move(check));
  }

  void CheckVersion() {
    // FULL row metadata: MySQL 8.0.1, MariaDB 10.5.
    const uint32_t least = mysql() ? 80001 : 100500;
    const std::string needed = mysql() ? "MySQL 8.0 or later" : "MariaDB 10.5 or later";
    Add({"E-MYSQL-028",
         "version",
         facts_.version_text,
         needed,
         CheckState::kFail,
         "upgrade the server: older ones do not log column names and types"},
        facts_.version >= least);
  }

  void CheckVariables() {
    for (const Rule& rule : kRules) {
      const bool concerns =
          rule.server == Rule::Server::kBoth || (rule.server == Rule::Server::kMySql) == mysql();
      const auto value = Variable(rule.variable);
      // A server that has not got the variable has not got the feature either; those that all
      // must have are missing only where the version is too old, which is told already.
      if (!concerns || !value.has_value()) {
        continue;
      }
      std::string found = Upper(*value);
      found = found == "1" ? "ON" : found == "0" ? "OFF" : found;
      Add({std::string(rule.code),
           std::string(rule.variable),
           value->empty() ? "(empty)" : *value,
           rule.needed.empty() ? "(empty)" : std::string(rule.needed),
           rule.otherwise,
           std::string(rule.fix)},
          found == rule.needed);
    }
  }

  // What each image leaves out, and so what can be followed, says partial_image.h.
  void CheckRowImage() {
    const auto value = Variable("binlog_row_image");
    if (!value.has_value()) {
      return;
    }
    const std::string image = Upper(*value);
    Add({"E-MYSQL-012",
         "binlog_row_image",
         *value,
         "FULL",
         image == "NOBLOB" ? CheckState::kWarn : CheckState::kFail,
         "SET GLOBAL binlog_row_image = 'FULL'; and in my.cnf"},
        image == "FULL" || image == "FULL_NODUP");
  }

  void CheckCascades() {
    constexpr size_t kShown = 5;
    std::string found = facts_.cascades.empty() ? "none" : "";
    for (size_t i = 0; i < std::min(kShown, facts_.cascades.size()); ++i) {
      found += (i == 0 ? "" : ", ") + facts_.cascades[i];
    }
    if (facts_.cascades.size() > kShown) {
      found += fmt::format(" and {} more", facts_.cascades.size() - kShown);
    }
    Add({"E-MYSQL-030",
         "foreign keys whose changes are not logged",
         std::move(found),
         "none on captured tables",
         CheckState::kWarn,
         "this server changes those tables by itself and does not log it (MySQL does from 9.6 on): "
         "let a trigger or the application do it, and load them again after such changes"},
        facts_.cascades.empty());
  }

  void CheckXa() {
    if (facts_.xa_hidden) {
      Add({"E-MYSQL-032",
           "privilege XA_RECOVER_ADMIN",
           "not granted on *.*, and XA transactions are in use",
           "XA_RECOVER_ADMIN at the first start",
           CheckState::kWarn,
           fmt::format("GRANT XA_RECOVER_ADMIN ON *.* TO {};", facts_.user)},
          false);
    }
  }

  // Whether a global grant names one of the privileges.
  bool Granted(const std::vector<std::string_view>& any_of) const {
    for (const std::string& grant : facts_.grants) {
      const std::string text = Upper(grant);
      const size_t on = text.find(" ON *.* ");
      if (!text.starts_with("GRANT ") || on == std::string::npos) {
        continue;
      }
      const std::string list = ", " + text.substr(6, on - 6) + ",";
      const auto names = [&](std::string_view privilege) {
        return list.find(fmt::format(", {},", privilege)) != std::string::npos;
      };
      if (names("ALL PRIVILEGES") || std::any_of(any_of.begin(), any_of.end(), names)) {
        return true;
      }
    }
    return false;
  }

  void CheckPrivilege(
      std::string_view code,
      const std::string& name,
      const std::vector<std::string_view>& any_of,
      CheckState otherwise
  ) {
    const bool ok = Granted(any_of);
    Add({std::string(code),
         "privilege " + name,
         ok ? "granted" : "not granted on *.*",
         name,
         otherwise,
         fmt::format("GRANT {} ON *.* TO {};", name, facts_.user)},
        ok);
  }

  void CheckPrivileges() {
    CheckPrivilege(
        "E-MYSQL-021",
        "REPLICATION SLAVE",
        {"REPLICATION SLAVE", "REPLICATION REPLICA"},
        CheckState::kFail
    );
    if (mysql()) {
      CheckPrivilege(
          "E-MYSQL-022", "REPLICATION CLIENT", {"REPLICATION CLIENT"}, CheckState::kFail
      );
    } else {
      CheckPrivilege(
          "E-MYSQL-022",
          "BINLOG MONITOR",
          {"BINLOG MONITOR", "REPLICATION CLIENT"},
          CheckState::kFail
      );
    }
    // May be granted by database or table as well: then the first load tells.
    CheckPrivilege("E-MYSQL-023", "SELECT", {"SELECT"}, CheckState::kWarn);
  }

  void CheckReplicaLog() {
    if (!facts_.is_replica) {
      return;
    }
    auto value = Variable("log_replica_updates");
    if (!value.has_value()) {
      value = Variable("log_slave_updates");
    }
    Add({"E-MYSQL-016",
         "log_replica_updates",
         value.value_or("OFF"),
         "ON (the server is a replica)",
         CheckState::kFail,
         "start it with log_slave_updates = ON: else it does not log what it gets from its source"},
        Upper(value.value_or("OFF")) == "ON" || value == "1");
  }

  void CheckServerIds() {
    const uint64_t theirs = Number("server_id");
    Add({"E-MYSQL-018",
         "server_id",
         std::to_string(theirs),
         "not 0",
         CheckState::kFail,
         "SET GLOBAL server_id = 1; and in my.cnf"},
        theirs != 0);
    if (facts_.our_server_id == 0) {
      return;  // picked at random for each process
    }
    const auto& ids = facts_.replica_ids;
    const bool taken = theirs == facts_.our_server_id ||
                       std::find(ids.begin(), ids.end(), facts_.our_server_id) != ids.end();
    // Perhaps ourselves, from a moment ago: the server ends the older dump then.
    Add({"E-MYSQL-017",
         "source.server_id",
         taken ? fmt::format("{} is in use (SHOW REPLICAS)", facts_.our_server_id)
               : std::to_string(facts_.our_server_id),
         "unique among the source and its replicas",
         theirs == facts_.our_server_id ? CheckState::kFail : CheckState::kWarn,
         "set source.server_id to a free number, or leave it out"},
        !taken);
  }

  void CheckRetention() {
    constexpr uint64_t kDay = 86'400;
    uint64_t seconds = Number("binlog_expire_logs_seconds");
    if (seconds == 0) {
      seconds = Number("expire_logs_days") * kDay;
    }
    Add({"E-MYSQL-029",
         "binlog_expire_logs_seconds",
         seconds == 0 ? "0 (kept for ever)" : fmt::format("{} ({} h)", seconds, seconds / 3600),
         "a day or more",
         CheckState::kWarn,
         "SET GLOBAL binlog_expire_logs_seconds = 604800;"},
        seconds == 0 || seconds >= kDay);
  }

  void CheckPacketSize() {
    constexpr uint64_t kLeast = uint64_t{64} * 1024 * 1024;
    const std::string name = mysql() ? "max_allowed_packet" : "slave_max_allowed_packet";
    const uint64_t bytes = Number(name);
    Add({"E-MYSQL-019",
         name,
         std::to_string(bytes),
         fmt::format("{} or more", kLeast),
         CheckState::kWarn,
         fmt::format("SET GLOBAL {} = 1073741824;", name)},
        bytes >= kLeast);
  }

  const ServerFacts& facts_;
  std::vector<ServerCheck> checks_;
};

Result<Rows> Replicas(Connection& connection) {
  const bool renamed = connection.flavor() == Flavor::kMySql && connection.version() >= 80022;
  auto rows = connection.Query(renamed ? "SHOW REPLICAS" : "SHOW SLAVE HOSTS");
  // Without the privilege it can't be known; the missing privilege is a check of its own.
  return rows.has_value() || rows.error().kind() == ErrorKind::kUnavailable ? std::move(rows)
                                                                            : Rows{};
}

uint32_t IdOf(const std::vector<std::optional<std::string>>& replica) {
  return static_cast<uint32_t>(std::strtoul(replica[0].value_or("0").c_str(), nullptr, 10));
}

// Whether rows that a foreign key changes are in the log.
bool LogsCascades(const ServerFacts& facts) {
  constexpr uint32_t kFirst = 90600;
  const auto native = facts.variables.find("innodb_native_foreign_keys");
  return facts.flavor == Flavor::kMySql && facts.version >= kFirst &&
         (native == facts.variables.end() || Upper(native->second) != "ON");
}

Result<std::vector<std::string>> Cascades(
    Connection& connection, const std::function<bool(const TableId&)>& wanted
) {
  const Rows rows = ROWHOUSE_TRY(connection.Query(
      "SELECT CONSTRAINT_SCHEMA, TABLE_NAME, REFERENCED_TABLE_NAME, DELETE_RULE, UPDATE_RULE "
      "FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE DELETE_RULE IN ('CASCADE', 'SET "
      "NULL', "
      "'SET DEFAULT') OR UPDATE_RULE IN ('CASCADE', 'SET NULL', 'SET DEFAULT') ORDER BY 1, 2, 3"
  ));
  std::vector<std::string> found;
  for (const auto& row : rows.rows) {
    const TableId child{row[0].value_or(""), row[1].value_or("")};
    if (!wanted(child)) {
      continue;
    }
    const auto acts = [](const std::string& rule) {
      return rule.starts_with("SET") || rule == "CASCADE";
    };
    const std::string on_delete = row[3].value_or("");
    const std::string on_update = row[4].value_or("");
    found.push_back(fmt::format(
        "{} ({}{}{} of {})",
        child.ToString(),
        acts(on_delete) ? "ON DELETE " + on_delete : "",
        acts(on_delete) && acts(on_update) ? ", " : "",
        acts(on_update) ? "ON UPDATE " + on_update : "",
        row[2].value_or("")
    ));
  }
  return found;
}

Result<bool> XaIsHidden(Connection& connection) {
  const Rows prepared = ROWHOUSE_TRY(connection.Query("SHOW GLOBAL STATUS LIKE 'Com_xa_prepare'"));
  if (prepared.First("Value") == "0") {
    return false;
  }
  const auto listed = connection.Query("XA RECOVER");
  if (!listed && listed.error().kind() == ErrorKind::kUnavailable) {
    return listed.error();
  }
  return !listed.has_value();
}

bool IsReplica(Connection& connection) {
  const bool renamed = connection.flavor() == Flavor::kMySql && connection.version() >= 80022;
  const auto rows = connection.Query(renamed ? "SHOW REPLICA STATUS" : "SHOW SLAVE STATUS");
  return rows.has_value() && !rows->empty();
}

}  // namespace

std::vector<ServerCheck> Evaluate(const ServerFacts& facts) {
  return Evaluation(facts).Run();
}

Result<std::vector<ServerCheck>> CheckServer(
    Connection& connection,
    const SourceOptions& options,
    const std::function<bool(const TableId&)>& wanted
) {
  ServerFacts facts;
  facts.flavor = connection.flavor();
  facts.version = connection.version();
  facts.version_text = connection.version_text();
  facts.user = ROWHOUSE_TRY(connection.Value("SELECT CURRENT_USER()"));
  if (const size_t at = facts.user.rfind('@'); at != std::string::npos) {
    facts.user = QuoteText(facts.user.substr(0, at)) + "@" + QuoteText(facts.user.substr(at + 1));
  }
  const Rows variables = ROWHOUSE_TRY(connection.Query("SHOW GLOBAL VARIABLES"));
  for (const auto& row : variables.rows) {
    facts.variables[Lower(row[0].value_or(""))] = row[1].value_or("");
  }
  const Rows grants = ROWHOUSE_TRY(connection.Query("SHOW GRANTS"));
  for (const auto& row : grants.rows) {
    facts.grants.push_back(row[0].value_or(""));
  }
  const Rows replicas = ROWHOUSE_TRY(Replicas(connection));
  for (const auto& row : replicas.rows) {
    facts.replica_ids.push_back(IdOf(row));
  }
  facts.is_replica = IsReplica(connection);
  facts.our_server_id = options.server_id;
  if (wanted && !LogsCascades(facts)) {
    facts.cascades = ROWHOUSE_TRY(Cascades(connection, wanted));
  }
  facts.xa_hidden = ROWHOUSE_TRY(XaIsHidden(connection));
  return Evaluate(facts);
}

Result<std::string> ReplicaWithId(Connection& connection, uint32_t id) {
  const Rows replicas = ROWHOUSE_TRY(Replicas(connection));
  for (const auto& row : replicas.rows) {
    if (row.size() > 2 && IdOf(row) == id) {
      return fmt::format("{} (port {})", row[1].value_or("?"), row[2].value_or("?"));
    }
  }
  return std::string();
}

Status RequireReady(const std::vector<ServerCheck>& checks, std::string_view where) {
  std::string message;
  std::string fixes;
  std::string code;
  bool only_privileges = true;
  for (const ServerCheck& check : checks) {
    if (check.state != CheckState::kFail) {
      continue;
    }
    message += fmt::format(
        "{}{} is {}, needed is {}",
        message.empty() ? "" : "; ",
        check.what,
        check.found,
        check.needed
    );
    fixes += (fixes.empty() ? "" : " ") + check.fix;
    code = code.empty() ? check.code : code;
    only_privileges = only_privileges && check.what.starts_with("privilege ");
  }
  if (message.empty()) {
    return Ok();
  }
  return Error(
             only_privileges ? ErrorKind::kAuth : ErrorKind::kConfig,
             fmt::format("{} can't be followed: {}", where, message)
  )
      .WithCode(code)
      .WithHint(fixes);
}

}  // namespace rowhouse::mysql
