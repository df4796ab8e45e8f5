#include "cli/alert_store.h"

#include <cstdlib>

#include <fmt/format.h>

#include "cli/alerts_view.h"

namespace rowhouse::cli {

namespace {

using alerts::Alert;
using alerts::Channel;
using alerts::RuleChange;
using alerts::Silence;
using console::Json;

constexpr const char* kSetting = "alerts";

Json JsonOf(const RuleChange& change) {
  Json json = {{"enabled", change.enabled}};
  if (change.limit) {
    json["threshold"] = *change.limit;
  }
  if (change.lasting) {
    json["for_s"] = change.lasting->count();
  }
  return json;
}

RuleChange RuleOf(const Json& json) {
  RuleChange change;
  change.enabled = json.value("enabled", true);
  if (json.contains("threshold")) {
    change.limit = json["threshold"].get<double>();
  }
  if (json.contains("for_s")) {
    change.lasting = seconds(json["for_s"].get<int64_t>());
  }
  return change;
}

Json JsonOf(const Silence& silence) {
  return {
      {"id", silence.id},
      {"rule", silence.rule},
      {"table", silence.what},
      {"until_us", silence.until_us},
      {"reason", silence.reason}};
}

Silence SilenceOf(const Json& json) {
  const Json& what = json.at("table");  // null in states of before
  return {
      json.at("id"),
      json.at("rule"),
      what.is_null() ? "" : what.get<std::string>(),
      json.at("until_us"),
      json.at("reason")};
}

// With its secrets.
Json WholeOf(const Channel& channel) {
  Json json = cli::JsonOf(channel, "");
  if (channel.kind != Channel::Kind::kMail) {
    json["url"] = channel.url;
  } else if (channel.mail_server.credentials) {
    json["password"] = channel.mail_server.credentials->password;
  }
  return json;
}

}  // namespace

Result<KeptAlerts> AlertStore::Load() {
  KeptAlerts kept;
  const auto found = ROWHOUSE_TRY(
      database_.Run("SELECT value FROM settings WHERE name = ?", {std::string(kSetting)})
  );
  const Json json = found.rows.empty() ? Json() : Json::parse(found.Text(0, 0), nullptr, false);
  if (!json.is_object()) {
    return kept;
  }
  for (const auto& [name, rule] : json.at("rules").items()) {
    kept.rules[name] = RuleOf(rule);
  }
  for (const Json& one : json.at("silences")) {
    kept.silences.push_back(SilenceOf(one));
  }
  for (const Json& one : json.at("channels")) {
    Channel channel = ROWHOUSE_TRY(ReadChannel(one, nullptr));
    channel.id = one.at("id");
    kept.channels.push_back(std::move(channel));
  }
  return kept;
}

Status AlertStore::Save(const KeptAlerts& kept) {
  Json json = {{"rules", Json::object()}, {"silences", Json::array()}, {"channels", Json::array()}};
  for (const auto& [name, change] : kept.rules) {
    json["rules"][name] = JsonOf(change);
  }
  for (const Silence& silence : kept.silences) {
    json["silences"].push_back(JsonOf(silence));
  }
  for (const Channel& channel : kept.channels) {
    json["channels"].push_back(WholeOf(channel));
  }
  (void)ROWHOUSE_TRY(database_.Run(
      "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = "
      "excluded.value",
      {std::string(kSetting), console::TextOf(json)}
  ));
  return Ok();
}

Status AlertStore::Add(const Alert& alert) {
  (void)ROWHOUSE_TRY(database_.Run(
      "INSERT INTO alerts (rule, what, value, fired_us, resolved_us) VALUES (?, ?, ?, ?, ?)",
      {alert.rule, alert.what, fmt::format("{}", alert.value), alert.fired_us, alert.resolved_us}
  ));
  (void)ROWHOUSE_TRY(database_.Run(
      "DELETE FROM alerts WHERE id <= (SELECT max(id) FROM alerts) - ?",
      {static_cast<int64_t>(alerts::Alerts::kHistoryMax)}
  ));
  return Ok();
}

Result<std::vector<Alert>> AlertStore::Past() {
  const auto found = ROWHOUSE_TRY(database_.Run(
      "SELECT rule, what, value, fired_us, resolved_us FROM alerts ORDER BY id DESC LIMIT ?",
      {static_cast<int64_t>(alerts::Alerts::kHistoryMax)}
  ));
  std::vector<Alert> past;
  for (size_t row = 0; row < found.rows.size(); ++row) {
    Alert& alert = past.emplace_back();
    alert.rule = found.Text(row, 0);
    alert.what = found.Text(row, 1);
    alert.value = std::strtod(found.Text(row, 2).c_str(), nullptr);
    alert.fired_us = found.Number(row, 3);
    alert.resolved_us = found.Number(row, 4);
  }
  return past;
}

}  // namespace rowhouse::cli
