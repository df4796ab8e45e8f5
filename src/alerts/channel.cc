#include "alerts/channel.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "http/client.h"

namespace rowhouse::alerts {

namespace {

using Json = nlohmann::ordered_json;

std::string Dumped(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string Link(const Sender& sender) {
  return sender.console_url.empty() ? "" : sender.console_url + "/alerts";
}

std::string Headline(const Sender& sender, const Alert& alert) {
  return fmt::format(
      "{}[{}] {}: {}",
      alert.resolved_us == 0 ? "" : "resolved: ",
      alert.resolved_us == 0 ? SeverityName(alert.severity) : "ok",
      sender.pipeline,
      alert.message
  );
}

Status Post(const Channel& channel, const std::string& body, Deadline deadline) {
  http::ClientOptions options;
  options.name = fmt::format("alert channel '{}'", channel.name);
  options.url = channel.url;
  options.ca_file = channel.ca_file;
  const auto client = ROWHOUSE_TRY(http::Client::Open(std::move(options)));
  http::ClientRequest request;
  request.method = "POST";
  request.target = "";
  request.headers.Set("Content-Type", "application/json");
  request.body = body;
  request.deadline = deadline;
  const http::Response response = ROWHOUSE_TRY(client->Send(request));
  if (response.ok()) {
    return Ok();
  }
  const bool again = response.status >= 500 || response.status == 408 || response.status == 429;
  return Error(
             again ? ErrorKind::kUnavailable : ErrorKind::kConfig,
             fmt::format(
                 "alert channel '{}' answered {} {}",
                 channel.name,
                 response.status,
                 http::ReasonPhrase(response.status)
             )
  )
      .WithNative(response.status)
      .WithHint("check the channel's URL");
}

}  // namespace

std::string_view KindName(Channel::Kind kind) {
  switch (kind) {
    case Channel::Kind::kWebhook:
      return "webhook";
    case Channel::Kind::kSlack:
      return "slack";
    case Channel::Kind::kMail:
      return "mail";
  }
  return "?";
}

std::string WebhookJson(const Sender& sender, const Alert& alert) {
  const bool resolved = alert.resolved_us != 0;
  const std::string status = resolved ? "resolved" : "firing";
  Json labels = {
      {"alertname", alert.rule},
      {"severity", SeverityName(alert.severity)},
      {"pipeline", sender.pipeline}};
  if (!alert.what.empty()) {
    labels["what"] = alert.what;
  }
  const Json annotations = {
      {"summary", alert.message},
      {"description", alert.why},
      {"fix", alert.fix},
      {"runbook", "docs/manual/" + Runbook(alert.rule)}};
  const std::string never = "0001-01-01T00:00:00Z";
  const Json one = {
      {"status", status},
      {"labels", labels},
      {"annotations", annotations},
      {"startsAt", FormatUtc(alert.since_us)},
      {"endsAt", resolved ? FormatUtc(alert.resolved_us) : never},
      {"generatorURL", Link(sender)},
      {"fingerprint", fmt::format("{}/{}/{}", sender.pipeline, alert.rule, alert.what)}};
  const Json json = {
      {"version", "4"},
      {"groupKey", fmt::format("{}/{}", sender.pipeline, alert.rule)},
      {"truncatedAlerts", 0},
      {"status", status},
      {"receiver", "rowhouse"},
      {"groupLabels", {{"alertname", alert.rule}}},
      {"commonLabels", labels},
      {"commonAnnotations", annotations},
      {"externalURL", sender.console_url},
      {"alerts", Json::array({one})}};
  return Dumped(json);
}

std::string SlackJson(const Sender& sender, const Alert& alert) {
  std::string text = Headline(sender, alert);
  if (alert.resolved_us == 0) {
    text += "\n" + alert.why + "\n" + alert.fix;
  }
  // Slack's own markup begins with these.
  std::string escaped;
  for (const char c : text) {
    if (c == '&') {
      escaped += "&amp;";
    } else if (c == '<') {
      escaped += "&lt;";
    } else if (c == '>') {
      escaped += "&gt;";
    } else {
      escaped += c;
    }
  }
  const std::string link = Link(sender);
  if (!link.empty()) {
    escaped += "\n" + link;
  }
  return Dumped(Json{{"text", escaped}});
}

http::Mail MailOf(const Sender& sender, const Channel& channel, const Alert& alert) {
  http::Mail mail;
  mail.from = channel.from;
  mail.to = channel.to;
  mail.subject = Headline(sender, alert);
  mail.text = fmt::format(
      "{}\n\nsince {}{}\n\n{}\n\nWhat to do: {}\n{}",
      alert.message,
      FormatUtc(alert.since_us),
      alert.resolved_us == 0 ? "" : "\nresolved " + FormatUtc(alert.resolved_us),
      alert.why,
      alert.fix,
      sender.console_url.empty() ? "" : "\n" + Link(sender) + "\n"
  );
  return mail;
}

Status Send(const Sender& sender, const Channel& channel, const Alert& alert, Deadline deadline) {
  switch (channel.kind) {
    case Channel::Kind::kWebhook:
      return Post(channel, WebhookJson(sender, alert), deadline);
    case Channel::Kind::kSlack:
      return Post(channel, SlackJson(sender, alert), deadline);
    case Channel::Kind::kMail:
      return http::SendMail(channel.mail_server, MailOf(sender, channel, alert), deadline);
  }
  return Error(ErrorKind::kInternal, "an alert channel has an unknown kind");
}

Alert TestAlert(int64_t now_us) {
  Alert alert;
  alert.rule = "RowhouseTest";
  alert.message = "this is a test: alerts reach you";
  alert.why = "Somebody pressed the test button.";
  alert.fix = "Nothing is to be done.";
  alert.since_us = now_us;
  alert.fired_us = now_us;
  return alert;
}

}  // namespace rowhouse::alerts
