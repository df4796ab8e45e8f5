#pragma once

#include <memory>
#include <string>
#include <vector>

#include "alerts/alerts.h"
#include "base/mutex.h"
#include "cli/alert_store.h"
#include "config/config.h"
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
// that is sent back so keeps the address that it has. Channels of the configuration are shown, and
// changed there.
//
// Place:   one a console; `alerts` outlives it.
// Threads: any. Errors: the state's.
class AlertSettings {
 public:
  explicit AlertSettings(alerts::Alerts& alerts) : alerts_(alerts) {}

  ~AlertSettings();
  AlertSettings(const AlertSettings&) = delete;
  AlertSettings& operator=(const AlertSettings&) = delete;

  // Gives the alerts the configuration's channels, and what is kept; adds the routes. A console
  // without state has the former only. kConfig for a channel that is none.
  Status Serve(console::Console& console, const config::Config& config);

 private:
  Status Load() REQUIRES(mu_);
  // Keeps it, and then lets it hold.
  Status Save(KeptAlerts kept) REQUIRES(mu_);
  void Apply() REQUIRES(mu_);
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
  std::vector<alerts::Channel> given_;  // the configuration's; set by Serve
  std::unique_ptr<AlertStore> store_;   // null: no state
  mutable Mutex mu_;
  KeptAlerts kept_ GUARDED_BY(mu_);
};

// The address for people: "https://hooks.example.org/…".
std::string MaskedUrl(const std::string& url);

// A channel of a request's body; `had` is the one that it replaces, or null. kBadRecord names the
// field that is wrong.
Result<alerts::Channel> ReadChannel(const console::Json& body, const alerts::Channel* had);

// The channels that the configuration names; kConfig says which entry is wrong.
Result<std::vector<alerts::Channel>> ChannelsOf(const config::Alerts& config);

// As the API shows it: without secrets.
console::Json JsonOf(const alerts::Channel& channel, const std::string& error);

}  // namespace rowhouse::cli
