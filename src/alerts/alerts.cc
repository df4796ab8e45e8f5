#include "alerts/alerts.h"

#include <algorithm>
#include <utility>

#include "base/backoff.h"
#include "base/log.h"

namespace rowhouse::alerts {

namespace {

constexpr seconds kSendLimit{10};

std::string KeyOf(const Alert& alert) {
  return alert.rule + "/" + alert.what;
}

}  // namespace

Alerts::Alerts(AlertsOptions options, metrics::Registry& metrics)
    : options_(std::move(options)),
      metrics_(metrics),
      evaluator_(AllRules()),
      sender_(options_.sender) {}

Alerts::~Alerts() {
  for (Thread& thread : threads_) {
    thread.RequestStop();
  }
}

void Alerts::Start() {
  threads_.emplace_back("alerts", [this](const std::stop_token& stop) { Look(stop); });
  threads_.emplace_back("alerts-out", [this](const std::stop_token& stop) { SendAll(stop); });
}

void Alerts::Look(const std::stop_token& stop) {
  while (WaitUnlessStopped(stop, options_.interval)) {
    Step(Clock::Real().WallMicros());
  }
}

void Alerts::Step(int64_t now_us) {
  const MutexLock stepping(step_mu_);
  const bool active = !options_.active || options_.active();
  const auto changes = Rules();
  const Readings readings = active ? metrics_.Read() : Readings();
  const Evaluator::Changes out = evaluator_.Step(now_us, readings, changes);
  Tell(out, now_us);
  for (const Alert& alert : out.resolved) {
    if (keep_) {
      keep_(alert);
    }
  }
}

void Alerts::Tell(const Evaluator::Changes& changes, int64_t now_us) {
  MutexLock lock(mu_);
  active_ = evaluator_.Active();
  for (const Alert& alert : changes.fired) {
    LogWarn("alert", {{"alert", alert.rule}, {"what", alert.what}, {"says", alert.message}});
  }
  for (const Alert& alert : active_) {
    const auto told = told_us_.find(KeyOf(alert));
    const bool due =
        told == told_us_.end() || now_us - told->second >= microseconds(options_.repeat).count();
    if (alert.firing() && due && SilencedUntil(alert, now_us) == 0) {
      told_us_[KeyOf(alert)] = now_us;
      Enqueue(alert);
    }
  }
  for (const Alert& alert : changes.resolved) {
    LogInfo("alert is resolved", {{"alert", alert.rule}, {"what", alert.what}});
    // Whoever was not told of it need not hear of its end.
    if (told_us_.erase(KeyOf(alert)) > 0) {
      Enqueue(alert);
    }
    history_.push_front(alert);
  }
  history_.resize(std::min(history_.size(), kHistoryMax));
}

int64_t Alerts::SilencedUntil(const Alert& alert, int64_t now_us) const {
  int64_t until = 0;
  for (const Silence& silence : silences_) {
    const bool meant =
        silence.rule == alert.rule && (silence.what.empty() || silence.what == alert.what);
    if (meant && silence.until_us > now_us) {
      until = std::max(until, silence.until_us);
    }
  }
  return until;
}

void Alerts::Enqueue(const Alert& alert) {
  for (const Channel& channel : channels_) {
    if (alert.severity < channel.least) {
      continue;
    }
    if (waiting_.size() >= kWaitingMax) {
      LogError(
          "an alert is not sent: too many wait already",
          {{"alert", waiting_.front().alert.rule}, {"channel", waiting_.front().channel}}
      );
      waiting_.pop_front();
    }
    waiting_.push_back({alert, channel.id, 0, Clock::Real().Now()});
  }
  changed_.NotifyAll();
}

void Alerts::SendAll(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    while (SendNext() && !stop.stop_requested()) {
    }
    MutexLock lock(mu_);
    const size_t had = waiting_.size();
    changed_.WaitFor(mu_, stop, Deadline::After(seconds(1)), [&] { return waiting_.size() > had; });
  }
}

// Sends the first message whose time has come; false where there is none.
bool Alerts::SendNext() {
  Message message;
  std::optional<Channel> channel;
  Sender sender;
  {
    MutexLock lock(mu_);
    sender = sender_;
    const auto now = Clock::Real().Now();
    const auto found =
        std::ranges::find_if(waiting_, [now](const Message& m) { return m.next <= now; });
    if (found == waiting_.end()) {
      return false;
    }
    message = std::move(*found);
    waiting_.erase(found);
    const auto to = std::ranges::find(channels_, message.channel, &Channel::id);
    if (to != channels_.end()) {
      channel = *to;
    }
  }
  if (channel) {  // else it was removed meanwhile
    const Status sent = Send(sender, *channel, message.alert, Deadline::After(kSendLimit));
    MutexLock lock(mu_);
    Took(std::move(message), sent);
  }
  return true;
}

void Alerts::Took(Message message, const Status& sent) {
  channel_errors_[message.channel] = sent ? "" : sent.error().ToString();
  if (sent) {
    return;
  }
  ++message.tries;
  const bool again =
      sent.error().kind() == ErrorKind::kUnavailable && message.tries < options_.tries_max;
  if (!again) {
    LogError("an alert could not be sent", sent.error(), {{"alert", message.alert.rule}});
    return;
  }
  LogWarn("an alert could not be sent yet", sent.error(), {{"alert", message.alert.rule}});
  const auto wait = std::min<milliseconds>(
      options_.retry_most, milliseconds(1000) * (1 << std::min(message.tries, 10))
  );
  message.next = Clock::Real().Now() + wait;
  waiting_.push_back(std::move(message));
}

std::vector<Alerts::Shown> Alerts::Active() const {
  std::vector<Shown> shown;
  const int64_t now = Clock::Real().WallMicros();
  MutexLock lock(mu_);
  for (const Alert& alert : active_) {
    shown.push_back({alert, SilencedUntil(alert, now)});
  }
  return shown;
}

std::vector<Alert> Alerts::History() const {
  MutexLock lock(mu_);
  return {history_.begin(), history_.end()};
}

void Alerts::Restore(const std::vector<Alert>& history) {
  MutexLock lock(mu_);
  history_.insert(history_.end(), history.begin(), history.end());
  history_.resize(std::min(history_.size(), kHistoryMax));
}

void Alerts::SetKeeper(std::function<void(const Alert&)> keep) {
  const MutexLock stepping(step_mu_);
  keep_ = std::move(keep);
}

void Alerts::SetConsoleUrl(std::string url) {
  MutexLock lock(mu_);
  sender_.console_url = std::move(url);
}

void Alerts::SetChannels(std::vector<Channel> channels) {
  MutexLock lock(mu_);
  channels_ = std::move(channels);
}

std::vector<Channel> Alerts::Channels() const {
  MutexLock lock(mu_);
  return channels_;
}

void Alerts::SetRules(std::map<std::string, RuleChange> changes) {
  MutexLock lock(mu_);
  changes_ = std::move(changes);
}

std::map<std::string, RuleChange> Alerts::Rules() const {
  MutexLock lock(mu_);
  return changes_;
}

void Alerts::SetSilences(std::vector<Silence> silences) {
  MutexLock lock(mu_);
  silences_ = std::move(silences);
}

std::map<std::string, std::string> Alerts::ChannelErrors() const {
  MutexLock lock(mu_);
  return channel_errors_;
}

Status Alerts::Test(const Channel& channel, Deadline deadline) const {
  Sender sender;
  {
    MutexLock lock(mu_);
    sender = sender_;
  }
  return Send(sender, channel, TestAlert(Clock::Real().WallMicros()), deadline);
}

}  // namespace rowhouse::alerts
