#include "cli/alerts_view.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/ranges.h>

#include "alerts/rule.h"
#include "base/log.h"

namespace rowhouse::cli {

namespace {

using alerts::Alert;
using alerts::Channel;
using alerts::RuleChange;
using alerts::Silence;
using console::Answer;
using console::Call;
using console::Field;
using console::Json;
using console::Role;

constexpr seconds kTestLimit{10};
constexpr int64_t kMinute = 60'000'000;
constexpr int64_t kMinutesMost = 60 * 24 * 31;
constexpr size_t kChannelsMost = 50;
constexpr size_t kSilencesMost = 500;

Json OrNull(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

Json StampOf(int64_t at_us) {
  return console::TimeOf(at_us == 0 ? std::nullopt : std::optional(at_us));
}

std::string NumberText(double value) {
  return fmt::format("{:.6g}", value);
}

Json JsonOf(const alerts::Rule& rule, const std::map<std::string, RuleChange>& changes) {
  const auto changed = changes.find(std::string(rule.name));
  bool enabled = true;
  double limit = rule.limit;
  seconds lasting = rule.lasting;
  if (changed != changes.end()) {
    enabled = changed->second.enabled;
    limit = changed->second.limit.value_or(limit);
    lasting = changed->second.lasting.value_or(lasting);
  }
  return {
      {"name", rule.name},
      {"expr", alerts::Expression(rule)},
      {"for_s", lasting.count()},
      {"severity", SeverityName(rule.severity)},
      {"enabled", enabled},
      {"description", rule.why},
      {"threshold", limit}};
}

Json JsonOf(const Silence& silence) {
  return {
      {"id", silence.id},
      {"rule", silence.rule},
      {"table", OrNull(silence.what)},
      {"until", console::TimeOf(silence.until_us)},
      {"reason", silence.reason}};
}

// Ids go up and are not given again while the last one is kept.
template <typename T>
std::string NextId(const std::vector<T>& all, char letter) {
  int64_t most = 0;
  for (const T& one : all) {
    most = std::max<int64_t>(most, std::atoll(one.id.c_str() + 1));
  }
  return fmt::format("{}{}", letter, most + 1);
}

Error NotThere(const std::string& what, const std::string& name) {
  return Error(ErrorKind::kNotFound, fmt::format("there is no {} {}", what, name));
}

bool IsRule(const std::string& name) {
  return std::ranges::any_of(alerts::AllRules(), [&](const auto& r) { return r.name == name; });
}

Answer Done(const Status& status) {
  return status ? Answer::Nothing() : Answer::Of(status.error());
}

// "alerts.slack", where a channel is of the configuration.
bool IsGiven(const std::string& id) {
  return id.starts_with("config-");
}

Error NotHere(const std::string& id) {
  return Error(ErrorKind::kBadRecord, "this channel is of the configuration")
      .WithHint(fmt::format("change alerts.{} there, and start again", id.substr(7)));
}

}  // namespace

Json JsonOf(const Channel& channel, const std::string& error) {
  Json json = {
      {"id", channel.id},
      {"kind", KindName(channel.kind)},
      {"name", channel.name},
      {"min_severity", SeverityName(channel.least)},
      {"origin", IsGiven(channel.id) ? "configuration" : "console"},
      {"last_error", OrNull(error)}};
  if (channel.kind != Channel::Kind::kMail) {
    json["url"] = MaskedUrl(channel.url);
    return json;
  }
  json["to"] = fmt::format("{}", fmt::join(channel.to, ", "));
  json["from"] = channel.from;
  json["smtp"] = channel.mail_server.url;
  if (channel.mail_server.credentials) {
    json["user"] = channel.mail_server.credentials->user;
  }
  return json;
}

AlertSettings::~AlertSettings() {
  alerts_.SetKeeper(nullptr);
}

Status AlertSettings::Serve(console::Console& console, const config::Config& config) {
  given_ = ROWHOUSE_TRY(ChannelsOf(config.alerts));
  alerts_.SetConsoleUrl(config.console.url.empty() ? console.url() : config.console.url);
  {
    MutexLock lock(mu_);
    if (console.access() != nullptr) {
      store_ = std::make_unique<AlertStore>(console.access()->database());
      ROWHOUSE_TRY(Load());
    }
    Apply();
  }
  if (store_ == nullptr) {
    return Ok();  // nobody who could look
  }
  console::ConsoleRoutes& routes = console.routes();
  routes.Add(
      Role::kViewer,
      "GET",
      "/api/v1/alerts",
      {.summary = "What fires, the rules, and what has fired"},
      [this](const Call&) { return Answer::Of(Shown()); }
  );
  if (console.live() != nullptr) {
    console.live()->Add(
        routes,
        Role::kViewer,
        "/api/v1/alerts/live",
        "The same as it changes",
        "alerts",
        seconds(5),
        [this] { return Shown(); }
    );
  }
  AddRules(routes);
  AddSilences(routes);
  AddChannels(routes);
  AddTest(routes);
  return Ok();
}

Status AlertSettings::Load() {
  kept_ = ROWHOUSE_TRY(store_->Load());
  alerts_.Restore(ROWHOUSE_TRY(store_->Past()));
  alerts_.SetKeeper([store = store_.get()](const Alert& alert) {
    if (const Status added = store->Add(alert); !added) {
      LogWarn("an alert that is over could not be kept", added.error(), {{"alert", alert.rule}});
    }
  });
  return Ok();
}

Status AlertSettings::Save(KeptAlerts kept) {
  ROWHOUSE_TRY(store_->Save(kept));
  kept_ = std::move(kept);
  Apply();
  return Ok();
}

void AlertSettings::Apply() {
  std::vector<Channel> channels = given_;
  channels.insert(channels.end(), kept_.channels.begin(), kept_.channels.end());
  alerts_.SetChannels(std::move(channels));
  alerts_.SetRules(kept_.rules);
  alerts_.SetSilences(kept_.silences);
}

Json AlertSettings::Shown() const {
  Json json = {
      {"active", Json::array()},
      {"rules", Json::array()},
      {"history", Json::array()},
      {"silences", Json::array()}};
  const auto past = [](const Alert& alert) {
    return Json{
        {"rule", alert.rule},
        {"table", OrNull(alert.what)},
        {"fired_at", console::TimeOf(alert.fired_us)},
        {"resolved_at", StampOf(alert.resolved_us)},
        {"value", NumberText(alert.value)}};
  };
  for (const alerts::Alerts::Shown& shown : alerts_.Active()) {
    const Alert& alert = shown.alert;
    if (!alert.firing()) {
      continue;
    }
    json["active"].push_back(
        {{"rule", alert.rule},
         {"severity", SeverityName(alert.severity)},
         {"table", OrNull(alert.what)},
         {"value", NumberText(alert.value)},
         {"since", console::TimeOf(alert.since_us)},
         {"message", alert.message},
         {"why", alert.why},
         {"fix", alert.fix},
         {"silenced_until", StampOf(shown.silenced_until_us)}}
    );
    json["history"].push_back(past(alert));
  }
  for (const Alert& alert : alerts_.History()) {
    json["history"].push_back(past(alert));
  }
  MutexLock lock(mu_);
  for (const alerts::Rule& rule : alerts::AllRules()) {
    json["rules"].push_back(JsonOf(rule, kept_.rules));
  }
  for (const Silence& silence : kept_.silences) {
    if (silence.until_us > Clock::Real().WallMicros()) {
      json["silences"].push_back(JsonOf(silence));
    }
  }
  return json;
}

Result<Json> AlertSettings::ChangeRule(const Call& call) {
  const std::string& name = call.path["name"];
  const auto rule = std::ranges::find(alerts::AllRules(), name, &alerts::Rule::name);
  if (rule == alerts::AllRules().end()) {
    return NotThere("rule", name);
  }
  MutexLock lock(mu_);
  KeptAlerts kept = kept_;
  RuleChange& change = kept.rules[name];
  change.enabled = call.body.value("enabled", change.enabled);
  if (call.body.contains("threshold")) {
    change.limit = call.body["threshold"].get<double>();
  }
  if (call.body.contains("for_s")) {
    change.lasting = seconds(call.body["for_s"].get<int64_t>());
  }
  ROWHOUSE_TRY(Save(std::move(kept)));
  return JsonOf(*rule, kept_.rules);
}

Result<Json> AlertSettings::AddSilence(const Call& call) {
  const int64_t now = Clock::Real().WallMicros();
  Silence silence;
  silence.rule = call.Text("rule");
  silence.what = call.Text("table");
  silence.reason = call.Text("reason");
  silence.until_us = now + call.body.at("minutes").get<int64_t>() * kMinute;
  if (!IsRule(silence.rule)) {
    return NotThere("rule", silence.rule);
  }
  MutexLock lock(mu_);
  KeptAlerts kept = kept_;
  silence.id = NextId(kept.silences, 's');
  std::erase_if(kept.silences, [now](const Silence& old) { return old.until_us <= now; });
  kept.silences.push_back(silence);
  if (kept.silences.size() > kSilencesMost) {
    return Error(ErrorKind::kConfig, fmt::format("{} silences hold already", kSilencesMost))
        .WithHint("end some, or silence a rule as a whole");
  }
  ROWHOUSE_TRY(Save(std::move(kept)));
  return JsonOf(silence);
}

Status AlertSettings::EndSilence(const std::string& id) {
  MutexLock lock(mu_);
  KeptAlerts kept = kept_;
  if (std::erase_if(kept.silences, [&](const Silence& one) { return one.id == id; }) == 0) {
    return NotThere("silence", id);
  }
  return Save(std::move(kept));
}

Result<Json> AlertSettings::PutChannel(const Call& call, const std::string& id) {
  if (IsGiven(id)) {
    return NotHere(id);
  }
  MutexLock lock(mu_);
  KeptAlerts kept = kept_;
  const auto had = std::ranges::find(kept.channels, id, &Channel::id);
  if (!id.empty() && had == kept.channels.end()) {
    return NotThere("channel", id);
  }
  Channel channel =
      ROWHOUSE_TRY(ReadChannel(call.body, had == kept.channels.end() ? nullptr : &*had));
  channel.id = id.empty() ? NextId(kept.channels, 'c') : id;
  const Json shown = JsonOf(channel, "");
  if (had != kept.channels.end()) {
    *had = std::move(channel);
  } else if (kept.channels.size() < kChannelsMost) {
    kept.channels.push_back(std::move(channel));
  } else {
    return Error(ErrorKind::kConfig, fmt::format("there are {} channels already", kChannelsMost))
        .WithHint("remove one");
  }
  ROWHOUSE_TRY(Save(std::move(kept)));
  return shown;
}

Status AlertSettings::RemoveChannel(const std::string& id) {
  if (IsGiven(id)) {
    return NotHere(id);
  }
  MutexLock lock(mu_);
  KeptAlerts kept = kept_;
  if (std::erase_if(kept.channels, [&](const Channel& one) { return one.id == id; }) == 0) {
    return NotThere("channel", id);
  }
  return Save(std::move(kept));
}

void AlertSettings::AddRules(console::ConsoleRoutes& routes) {
  routes.Add(
      Role::kAdmin,
      "PATCH",
      "/api/v1/alerts/rules/{name}",
      {.summary = "Change a rule",
       .body =
           {{.name = "enabled", .type = Field::Type::kBoolean},
            {.name = "threshold", .type = Field::Type::kNumber},
            {.name = "for_s", .type = Field::Type::kInteger, .min = 0, .max = 86'400}}},
      [this](const Call& call) { return console::AnswerOf(ChangeRule(call)); }
  );
}

void AlertSettings::AddSilences(console::ConsoleRoutes& routes) {
  routes.Add(
      Role::kOperator,
      "POST",
      "/api/v1/alerts/silences",
      {.summary = "Tell nobody of a rule for a while",
       .body =
           {{.name = "rule", .required = true},
            {.name = "table", .doc = "or part; left out: all"},
            {.name = "minutes",
             .type = Field::Type::kInteger,
             .required = true,
             .min = 1,
             .max = kMinutesMost},
            {.name = "reason", .doc = "for people"}},
       .success = 201,
       .target = "rule"},
      [this](const Call& call) {
        const auto made = AddSilence(call);
        return made ? Answer::Of(*made, 201) : Answer::Of(made.error());
      }
  );
  routes.Add(
      Role::kOperator,
      "DELETE",
      "/api/v1/alerts/silences/{id}",
      {.summary = "End a silence", .success = 204},
      [this](const Call& call) { return Done(EndSilence(call.path["id"])); }
  );
}

void AlertSettings::AddChannels(console::ConsoleRoutes& routes) {
  const std::vector<Field> fields = {
      {.name = "id"},
      {.name = "kind", .required = true, .choices = {"webhook", "slack", "mail"}},
      {.name = "name", .required = true},
      {.name = "url", .doc = "webhook, slack; a secret"},
      {.name = "to", .doc = "mail: addresses"},
      {.name = "from", .doc = "mail: sender; left out: the first of `to`"},
      {.name = "smtp", .doc = "mail: host:port"},
      {.name = "user", .doc = "mail: account; left out: none"},
      {.name = "password", .doc = "mail: its password; left out: the one that is kept"},
      {.name = "min_severity", .choices = {"warn", "page"}},
      {.name = "origin", .doc = "of what GET answers; not taken"},
      {.name = "last_error", .doc = "the same"}};
  routes.Add(
      Role::kViewer,
      "GET",
      "/api/v1/alerts/channels",
      {.summary = "Who is told of alerts"},
      [this](const Call&) {
        const auto errors = alerts_.ChannelErrors();
        Json items = Json::array();
        for (const Channel& channel : alerts_.Channels()) {
          const auto error = errors.find(channel.id);
          items.push_back(JsonOf(channel, error == errors.end() ? "" : error->second));
        }
        const size_t total = items.size();
        return Answer::Of({{"items", std::move(items)}, {"next", nullptr}, {"total", total}});
      }
  );
  routes.Add(
      Role::kAdmin,
      "POST",
      "/api/v1/alerts/channels",
      {.summary = "Tell somebody more", .body = fields, .success = 201, .target = "name"},
      [this](const Call& call) {
        const auto made = PutChannel(call, "");
        return made ? Answer::Of(*made, 201) : Answer::Of(made.error());
      }
  );
  routes.Add(
      Role::kAdmin,
      "PUT",
      "/api/v1/alerts/channels/{id}",
      {.summary = "Change a channel", .body = fields, .target = "name"},
      [this](const Call& call) { return console::AnswerOf(PutChannel(call, call.path["id"])); }
  );
  routes.Add(
      Role::kAdmin,
      "DELETE",
      "/api/v1/alerts/channels/{id}",
      {.summary = "Remove a channel", .success = 204},
      [this](const Call& call) { return Done(RemoveChannel(call.path["id"])); }
  );
}

void AlertSettings::AddTest(console::ConsoleRoutes& routes) {
  routes.Add(
      Role::kOperator,
      "POST",
      "/api/v1/alerts/channels/{id}/test",
      {.summary = "Send a test message by a channel now"},
      [this](const Call& call) {
        const auto channels = alerts_.Channels();
        const auto channel = std::ranges::find(channels, call.path["id"], &Channel::id);
        if (channel == channels.end()) {
          return Answer::Of(NotThere("channel", call.path["id"]));
        }
        const auto began = Clock::Real().Now();
        const Status sent = alerts_.Test(*channel, Deadline::After(kTestLimit));
        const auto took =
            std::chrono::duration_cast<milliseconds>(Clock::Real().Now() - began).count();
        return Answer::Of(
            {{"ok", sent.has_value()}, {"ms", took}, {"note", sent ? "" : sent.error().ToString()}}
        );
      }
  );
}

}  // namespace rowhouse::cli
