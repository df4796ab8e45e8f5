#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "alerts/alerts.h"
#include "base/mutex.h"
#include "console/console.h"

namespace rowhouse::cli {

// What people have set of the alerts, kept in the console's state, and the routes to it:
//
//   GET    /api/v1/alerts, /alerts/live      active, rules, history, silences
//   PATCH  /api/v1/alerts/rules/NAME         {enabled, threshold, for_s}
//   POST   /api/v1/alerts/silences           {rule, table, minutes, reason}; DELETE …/ID
//   GET, POST, PUT, DELETE /api/v1/alerts/channels, POST …/ID/test
//
// A webhook's address is a secret: it is kept, and answered without its path and query. A channel
// that is sent back so keeps the address that it has.
//
// Place:   one a console; `alerts` outlives it.
// Threads: any. Errors: the state's.
class AlertSettings {
 public:
  explicit AlertSettings(alerts::Alerts& alerts) : alerts_(alerts) {}

  // Loads what is kept and gives it to the alerts; adds the routes.
  Status Serve(console::Console& console);

 private:
  struct Kept {
    std::map<std::string, alerts::RuleChange> rules;
    std::vector<alerts::Silence> silences;
    std::vector<alerts::Channel> channels;
  };

  Status Load() REQUIRES(mu_);
  // Keeps it, and then lets it hold.
  Status Save(Kept kept) REQUIRES(mu_);
  console::Json Shown() const;
  void AddRules(console::ConsoleRoutes& routes);
  void AddSilences(console::ConsoleRoutes& routes);
  void AddChannels(console::ConsoleRoutes& routes);
  void AddTest(console::ConsoleRoutes& routes);
  Result<console::Json> ChangeRule(const console::Call& call);
  Result<console::Json> AddSilence(const console::Call& call);
  Status EndSilence(const std::string& id);
  Result<console::Json> PutChannel(const console::Call& call, const std::string& id);
  Status RemoveChannel(const std::string& id);

  alerts::Alerts& alerts_;
  console::Database* database_ = nullptr;
  mutable Mutex mu_;
  Kept kept_ GUARDED_BY(mu_);
};

// The address for people: "https://hooks.example.org/…".
std::string MaskedUrl(const std::string& url);

// A channel of a request's body; `had` is the one that it replaces, or null. kBadRecord names the
// field that is wrong.
Result<alerts::Channel> ReadChannel(const console::Json& body, const alerts::Channel* had);

}  // namespace rowhouse::cli
