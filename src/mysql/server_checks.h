#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
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
};

// Every check, the good ones too, in the order a person would mend them.
std::vector<ServerCheck> Evaluate(const ServerFacts& facts);

// Asks the server and evaluates. Errors: only where even asking fails.
Result<std::vector<ServerCheck>> CheckServer(Connection& connection, const SourceOptions& options);

// Ok, or the kFail checks as one kConfig error (kAuth when all concern privileges).
Status RequireReady(const std::vector<ServerCheck>& checks, std::string_view where);

}  // namespace rowhouse::mysql
