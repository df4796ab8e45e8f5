#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/table.h"
#include "mysql/connection.h"
#include "mysql/source_options.h"

namespace rowhouse::mysql {

enum class CheckState { kOk, kWarn, kFail };

// One thing the server must have so that its changes can be followed.
struct ServerCheck {
  std::string code;    // "E-MYSQL-011"
  std::string what;    // "binlog_format"
  std::string found;   // "MIXED"
  std::string needed;  // "ROW"
  CheckState state = CheckState::kOk;
  std::string fix;  // SQL or setting to paste; empty when kOk
};

// What the checks look at, all text as the server gives it. Apart from CheckServer so that each
// rule is tested without a server.
struct ServerFacts {
  Flavor flavor = Flavor::kMySql;
  uint32_t version = 0;
  std::string version_text;
  std::string user;                              // CURRENT_USER()
  std::map<std::string, std::string> variables;  // global, lower case
  std::vector<std::string> grants;               // SHOW GRANTS
  std::vector<uint32_t> replica_ids;             // SHOW REPLICAS
  uint32_t our_server_id = 0;
  bool is_replica = false;
  // Captured tables that a foreign key changes by itself, "shop.items (ON DELETE CASCADE of
  // shop.orders)".
  std::vector<std::string> cascades;
  // XA transactions were prepared, and this account may not list them (XA_RECOVER_ADMIN).
  bool xa_hidden = false;
};

// Every check, the good ones too, in the order a person would mend them.
std::vector<ServerCheck> Evaluate(const ServerFacts& facts);

// Asks the server and evaluates. `wanted` says which tables are captured; null: none.
// Errors: only where even asking fails.
Result<std::vector<ServerCheck>> CheckServer(
    Connection& connection,
    const SourceOptions& options,
    const std::function<bool(const TableId&)>& wanted = nullptr
);

// Who is registered as a replica under this server id, "db2 (port 3306)"; empty: nobody.
Result<std::string> ReplicaWithId(Connection& connection, uint32_t id);

// Ok, or the kFail checks as one kConfig error (kAuth when all concern privileges).
Status RequireReady(const std::vector<ServerCheck>& checks, std::string_view where);

}  // namespace rowhouse::mysql
