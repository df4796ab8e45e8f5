#include <algorithm>

#include <fmt/ranges.h>

#include "cli/alerts_view.h"

namespace rowhouse::cli {

namespace {

using alerts::Channel;
using console::Json;

Error Wrong(const std::string& field, const std::string& what, const std::string& fix) {
  return Error(ErrorKind::kBadRecord, fmt::format("{}: {}", field, what)).WithHint(fix);
}

Result<Channel::Kind> KindOf(const std::string& name) {
  for (const Channel::Kind kind :
       {Channel::Kind::kWebhook, Channel::Kind::kSlack, Channel::Kind::kMail}) {
    if (KindName(kind) == name) {
      return kind;
    }
  }
  return Wrong("kind", fmt::format("'{}' is none", name), "webhook, slack or mail");
}

std::vector<std::string> Addresses(const std::string& text) {
  std::vector<std::string> all;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find_first_of(", ", at), text.size());
    if (end > at) {
      all.push_back(text.substr(at, end - at));
    }
    at = end + 1;
  }
  return all;
}

// The password is not sent back; it stays with the server and account that it was given for.
Status ReadLogin(const Json& body, const Channel* had, Channel& channel) {
  const std::string user = body.value("user", "");
  std::string password = body.value("password", "");
  if (user.empty()) {
    return password.empty() ? Ok() : Wrong("user", "a password has no user", "the account's name");
  }
  const auto& login = had == nullptr ? std::nullopt : had->mail_server.credentials;
  const bool same = login && had->mail_server.url == channel.mail_server.url && login->user == user;
  if (password.empty() && same) {
    password = login->password;
  }
  if (password.empty()) {
    return Wrong("password", "it is empty", "it is needed again for another server or account");
  }
  channel.mail_server.credentials = {.user = user, .password = std::move(password)};
  return Ok();
}

Status ReadMail(const Json& body, const Channel* had, Channel& channel) {
  channel.to = Addresses(body.value("to", ""));
  const bool addresses = std::ranges::all_of(channel.to, [](const std::string& to) {
    return to.find('@') != std::string::npos;
  });
  if (channel.to.empty() || !addresses) {
    return Wrong("to", "no mail address", "one or several, with commas: ops@example.org");
  }
  const std::string server = body.value("smtp", "");
  if (server.empty()) {
    return Wrong("smtp", "no mail server", "host:port, or smtps://host:465");
  }
  channel.mail_server.url = server.find("://") == std::string::npos ? "smtp://" + server : server;
  channel.from = body.value("from", "");
  if (channel.from.empty()) {
    channel.from = channel.to.front();
  }
  return ReadLogin(body, had, channel);
}

}  // namespace

std::string MaskedUrl(const std::string& url) {
  const size_t scheme = url.find("://");
  const size_t host = scheme == std::string::npos ? 0 : scheme + 3;
  const size_t path = std::min(url.find_first_of("/?#", host), url.size());
  const size_t at = url.find_last_of('@', path);  // user:password@ is a secret, too
  const size_t from = at == std::string::npos || at < host ? host : at + 1;
  return url.substr(0, host) + url.substr(from, path - from) + (path < url.size() ? "/…" : "");
}

Result<Channel> ReadChannel(const Json& body, const Channel* had) {
  Channel channel;
  channel.kind = ROWHOUSE_TRY(KindOf(body.value("kind", "")));
  channel.name = body.value("name", "");
  if (channel.name.empty()) {
    return Wrong("name", "it is empty", "a name that people know it by");
  }
  const std::string least = body.value("min_severity", "warn");
  channel.least = least == SeverityName(alerts::Severity::kPage) ? alerts::Severity::kPage
                                                                 : alerts::Severity::kWarn;
  if (least != SeverityName(channel.least)) {
    return Wrong("min_severity", fmt::format("'{}' is none", least), "warn or page");
  }
  if (channel.kind == Channel::Kind::kMail) {
    ROWHOUSE_TRY(ReadMail(body, had, channel));
    return channel;
  }
  channel.url = body.value("url", "");
  if (had != nullptr && channel.url == MaskedUrl(had->url)) {
    channel.url = had->url;
  }
  if (!channel.url.starts_with("http://") && !channel.url.starts_with("https://")) {
    return Wrong("url", "no address of HTTP", "https://…, as the receiver names it");
  }
  if (channel.url.find("…") != std::string::npos) {
    return Wrong("url", "it is shortened", "give the whole address");
  }
  return channel;
}

Result<std::vector<Channel>> ChannelsOf(const config::Alerts& config) {
  std::vector<Json> bodies;
  const auto http = [&](const char* kind, const config::Password& url) {
    if (!url.value.empty()) {
      bodies.push_back({{"kind", kind}, {"url", url.value.Reveal()}});
    }
  };
  http("webhook", config.webhook);
  http("slack", config.slack);
  if (!config.mail_to.empty()) {
    bodies.push_back(
        {{"kind", "mail"},
         {"to", fmt::format("{}", fmt::join(config.mail_to, ","))},
         {"from", config.mail_from},
         {"smtp", config.mail_server},
         {"user", config.mail_user},
         {"password", config.mail_password.value.Reveal()}}
    );
  }
  std::vector<Channel> channels;
  for (Json& body : bodies) {
    const std::string kind = body["kind"];
    body["name"] = "alerts." + kind;
    body["min_severity"] = config.min_severity;
    auto channel = ReadChannel(body, nullptr);
    if (!channel) {
      return Error(
                 ErrorKind::kConfig, fmt::format("alerts.{}: {}", kind, channel.error().message())
      )
          .WithHint(channel.error().hint());
    }
    channel->id = "config-" + kind;
    channels.push_back(std::move(*channel));
  }
  return channels;
}

}  // namespace rowhouse::cli
