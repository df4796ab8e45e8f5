#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "alerts/alert.h"
#include "base/clock.h"
#include "base/result.h"
#include "http/mail_client.h"

namespace rowhouse::alerts {

// Where alerts are sent.
struct Channel {
  enum class Kind { kWebhook, kSlack, kMail };

  std::string id;
  std::string name;  // as shown to people
  Kind kind = Kind::kWebhook;
  std::string url;  // webhook and Slack: where to POST; a secret
  std::string ca_file;
  http::MailServer mail_server;
  std::string from;
  std::vector<std::string> to;
  Severity least = Severity::kWarn;
};

std::string_view KindName(Channel::Kind kind);

// What alerts say of themselves, on every way out.
struct Sender {
  std::string pipeline;
  std::string console_url;  // empty: there is no page to link to
};

// One alert in the form of Prometheus Alertmanager's webhook (version 4), so that receivers made
// for that one work.
std::string WebhookJson(const Sender& sender, const Alert& alert);

// For Slack's incoming webhooks, and what understands them.
std::string SlackJson(const Sender& sender, const Alert& alert);

http::Mail MailOf(const Sender& sender, const Channel& channel, const Alert& alert);

// Sends one alert.
//
// Blocking: up to the deadline.
// Errors:   kConfig, kAuth: trying again does not help (4xx too, but for 408 and 429);
//           kUnavailable.
Status Send(const Sender& sender, const Channel& channel, const Alert& alert, Deadline deadline);

// What the test button sends.
Alert TestAlert(int64_t now_us);

}  // namespace rowhouse::alerts
