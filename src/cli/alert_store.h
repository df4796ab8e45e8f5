#pragma once

#include <map>
#include <string>
#include <vector>

#include "alerts/alerts.h"
#include "console/database.h"

namespace rowhouse::cli {

// What people have set of the alerts.
struct KeptAlerts {
  std::map<std::string, alerts::RuleChange> rules;
  std::vector<alerts::Silence> silences;
  std::vector<alerts::Channel> channels;
};

// The alerts in the console's state: what was set, and those that are over, the newest
// Alerts::kHistoryMax of them.
//
// Place:   one a console. Threads: any. Errors: the state's.
class AlertStore {
 public:
  explicit AlertStore(console::Database& database) : database_(database) {}

  Result<KeptAlerts> Load();
  Status Save(const KeptAlerts& kept);

  // An alert that was resolved.
  Status Add(const alerts::Alert& alert);

  // Newest first; what they say is not kept.
  Result<std::vector<alerts::Alert>> Past();

 private:
  console::Database& database_;
};

}  // namespace rowhouse::cli
