#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "services/service.h"

namespace rowhouse::services {

// Where a program or library was installed, by its name in env.json; "" where it was not.
using InstalledParts = std::function<std::string(const std::string& part)>;

// Where a server lives: its own directory and its port on 127.0.0.1.
struct Place {
  std::string directory;  // absolute; made when it is not there
  std::string log_file;
  uint16_t port = 0;
  std::string port_fix;  // "choose another with --kafka-port"
};

// An account with every right that MariaDB makes at each start.
struct Account {
  std::string user;
  std::string password;
};

// Real servers as services: what is written into their directory, how they are started, and
// when they can be used. Each listens on 127.0.0.1 only and keeps its data across starts.
//
// Errors: kConfig (E-DEMO-001) where a part is not installed, naming the command that installs it.

// MariaDB that logs its rows as rowhouse needs them. Ready: the account can log in.
Result<ServiceSpec> MariaDb(
    const InstalledParts& installed, const Place& place, const Account& account
);

// One Kafka node, broker and controller at once. The controller's port is the first free one after
// the broker's that is none of `others`, which are meant for somebody else.
// Ready: it answers for metadata.
Result<ServiceSpec> Kafka(
    const InstalledParts& installed, const Place& place, const std::vector<uint16_t>& others = {}
);

// The embedded ClickHouse: this very program with `rowhouse clickhouse -c config_file`.
// Ready: /ping answers.
Result<ServiceSpec> ClickHouse(
    const InstalledParts& installed, const Place& place, const std::string& config_file
);

}  // namespace rowhouse::services
