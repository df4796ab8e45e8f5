#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "alerts/alert.h"
#include "alerts/channel.h"
#include "alerts/evaluator.h"
#include "base/mutex.h"
#include "base/thread.h"
#include "metrics/registry.h"

namespace rowhouse::alerts {

// Keeps one rule quiet, for one table or part or for all.
struct Silence {
  std::string id;
  std::string rule;
  std::string what;      // empty: all
  int64_t until_us = 0;  // wall clock
  std::string reason;
};

// Who tells, and how often.
struct AlertsOptions {
  Sender sender;
  // The rules are for who runs the pipeline: a standby neither reads nor lags.
  std::function<bool()> active;
  seconds interval{5};       // between two looks at the metrics
  seconds repeat{4 * 3600};  // an alert that still holds is told again
  seconds retry_most{60};    // between two tries of a channel that fails
  int tries_max = 20;        // of one message, about a quarter of an hour; then it is dropped aloud
};

// Looks at the metrics with the rules, keeps what holds, and sends it out.
//
// Each alert is sent once when it fires, again while it holds each `repeat`, and once when it is
// resolved; a silenced one is kept and shown but not sent.
//
// Place:    one a process that runs a pipeline.
// Owns:     threads "alerts" (looks) and "alerts-out" (sends); at most kWaitingMax messages that
//           wait for their channel, and the last kHistoryMax alerts that were resolved.
// Threads:  any method from any thread.
// Errors:   none come out: a channel that fails is logged, and shown with its last error.
class Alerts {
 public:
  Alerts(AlertsOptions options, metrics::Registry& metrics);
  ~Alerts();
  Alerts(const Alerts&) = delete;
  Alerts& operator=(const Alerts&) = delete;

  void Start();

  struct Shown {
    Alert alert;
    int64_t silenced_until_us = 0;
  };

  std::vector<Shown> Active() const;   // pending ones among them
  std::vector<Alert> History() const;  // newest first

  void SetConsoleUrl(std::string url);
  void SetChannels(std::vector<Channel> channels);
  std::vector<Channel> Channels() const;
  void SetRules(std::map<std::string, RuleChange> changes);
  std::map<std::string, RuleChange> Rules() const;
  void SetSilences(std::vector<Silence> silences);

  // What was resolved before this process began, newest first.
  void Restore(const std::vector<Alert>& history);

  // Gets each alert that is resolved, on the thread that looks; null: nobody. Waits for one that
  // runs.
  void SetKeeper(std::function<void(const Alert&)> keep);

  // How the last message of each channel went, by its id: empty text where it arrived.
  std::map<std::string, std::string> ChannelErrors() const;

  // Sends a test message now.
  Status Test(const Channel& channel, Deadline deadline) const;

  // One look, for tests and for the thread.
  void Step(int64_t now_us);

  static constexpr size_t kWaitingMax = 1000;
  static constexpr size_t kHistoryMax = 500;

 private:
  struct Message {
    Alert alert;
    std::string channel;
    int tries = 0;
    Clock::TimePoint next;
  };

  void Look(const std::stop_token& stop);
  void SendAll(const std::stop_token& stop);
  bool SendNext();
  void Enqueue(const Alert& alert) REQUIRES(mu_);
  void Tell(const Evaluator::Changes& changes, int64_t now_us) REQUIRES(step_mu_);
  int64_t SilencedUntil(const Alert& alert, int64_t now_us) const REQUIRES(mu_);
  void Took(Message message, const Status& sent) REQUIRES(mu_);

  const AlertsOptions options_;
  metrics::Registry& metrics_;

  Mutex step_mu_;  // held over a whole look
  Evaluator evaluator_ GUARDED_BY(step_mu_);
  std::function<void(const Alert&)> keep_ GUARDED_BY(step_mu_);

  mutable Mutex mu_;
  CondVar changed_;
  Sender sender_ GUARDED_BY(mu_);
  std::vector<Alert> active_ GUARDED_BY(mu_);
  std::map<std::string, int64_t> told_us_ GUARDED_BY(mu_);  // "rule/what" → last sent
  std::deque<Alert> history_ GUARDED_BY(mu_);
  std::vector<Channel> channels_ GUARDED_BY(mu_);
  std::map<std::string, std::string> channel_errors_ GUARDED_BY(mu_);
  std::map<std::string, RuleChange> changes_ GUARDED_BY(mu_);
  std::vector<Silence> silences_ GUARDED_BY(mu_);
  std::deque<Message> waiting_ GUARDED_BY(mu_);
  std::vector<Thread> threads_;
};

}  // namespace rowhouse::alerts
