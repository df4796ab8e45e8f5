#include "config/option_tables.h"

namespace rowhouse::config {

namespace {

constexpr Option kOptions[] = {
    {.path = "alerts.webhook",
     .target = [](Config& c) -> Target { return &c.alerts.webhook.value; },
     .fallback = "",
     .doc = "Address that is sent each alert, in the form of Prometheus' Alertmanager. Better: the "
            "next ones; whoever knows it can send to it. The console may name further channels."},
    {.path = "alerts.webhook_file",
     .target = [](Config& c) -> Target { return &c.alerts.webhook.file; },
     .fallback = "",
     .doc = "File whose first line is that address.",
     .form = Form::kPath},
    {.path = "alerts.webhook_env",
     .target = [](Config& c) -> Target { return &c.alerts.webhook.env; },
     .fallback = "",
     .doc = "Environment variable that holds it."},
    {.path = "alerts.slack",
     .target = [](Config& c) -> Target { return &c.alerts.slack.value; },
     .fallback = "",
     .doc = "Address of an incoming webhook of Slack. Better: the next ones."},
    {.path = "alerts.slack_file",
     .target = [](Config& c) -> Target { return &c.alerts.slack.file; },
     .fallback = "",
     .doc = "File whose first line is that address.",
     .form = Form::kPath},
    {.path = "alerts.slack_env",
     .target = [](Config& c) -> Target { return &c.alerts.slack.env; },
     .fallback = "",
     .doc = "Environment variable that holds it."},
    {.path = "alerts.mail.to",
     .target = [](Config& c) -> Target { return &c.alerts.mail_to; },
     .fallback = "",
     .doc = "Mail addresses that are told."},
    {.path = "alerts.mail.from",
     .target = [](Config& c) -> Target { return &c.alerts.mail_from; },
     .fallback = "",
     .doc = "Sender of the mails.",
     .derived = "the first of alerts.mail.to"},
    {.path = "alerts.mail.server",
     .target = [](Config& c) -> Target { return &c.alerts.mail_server; },
     .fallback = "",
     .doc = "Mail server: host:port, or smtps://host:465."},
    {.path = "alerts.mail.user",
     .target = [](Config& c) -> Target { return &c.alerts.mail_user; },
     .fallback = "",
     .doc = "Account at the mail server; with one, TLS is required."},
    {.path = "alerts.mail.password",
     .target = [](Config& c) -> Target { return &c.alerts.mail_password.value; },
     .fallback = "",
     .doc = "Password in clear. Better: password_file or password_env."},
    {.path = "alerts.mail.password_file",
     .target = [](Config& c) -> Target { return &c.alerts.mail_password.file; },
     .fallback = "",
     .doc = "File whose first line is the password.",
     .form = Form::kPath},
    {.path = "alerts.mail.password_env",
     .target = [](Config& c) -> Target { return &c.alerts.mail_password.env; },
     .fallback = "",
     .doc = "Environment variable that holds the password."},
    {.path = "alerts.min_severity",
     .target = [](Config& c) -> Target { return &c.alerts.min_severity; },
     .fallback = "warn",
     .doc = "Least severity that these are told.",
     .choices = "warn|page"},
    {.path = "alerts.repeat",
     .target = [](Config& c) -> Target { return &c.alerts.repeat; },
     .fallback = "4h",
     .doc = "How often an alert that still holds is told again, on every channel.",
     .min = 60'000,
     .max = int64_t{7} * 24 * 3600 * 1000},
};

}  // namespace

std::span<const Option> AlertOptions() {
  return kOptions;
}

}  // namespace rowhouse::config
