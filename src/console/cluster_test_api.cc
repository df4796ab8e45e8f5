#include <algorithm>
#include <cmath>
#include <functional>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "console/kafka_api.h"
#include "http/client.h"
#include "kafka/admin.h"
#include "kafka/cluster.h"
#include "kafka/probe.h"

namespace rowhouse::console {

namespace {

constexpr milliseconds kStepLimit{2'000};
constexpr size_t kListenersMost = 12;

// The steps towards one server, up to the first that fails.
class Steps {
 public:
  explicit Steps(std::string part) : part_(std::move(part)) {}

  // False: it failed, and so would all that follows. The step gives a note.
  bool Try(const char* step, const std::function<Result<std::string>()>& run) {
    const auto began = Clock::Real().Now();
    const Result<std::string> done = run();
    const auto took = std::chrono::duration<double, std::milli>(Clock::Real().Now() - began);
    Json hop = {
        {"step", step}, {"ok", done.has_value()}, {"ms", std::round(took.count() * 10) / 10}};
    hop["note"] = done ? *done : done.error().message();
    hop["code"] = done ? "" : done.error().code();
    hop["fix"] = done ? "" : done.error().hint();
    hops_.push_back(std::move(hop));
    ok_ = ok_ && done.has_value();
    return ok_;
  }

  Json Done() const { return {{"part", part_}, {"ok", ok_}, {"hops", hops_}}; }

  bool ok() const { return ok_; }

 private:
  const std::string part_;
  Json hops_ = Json::array();
  bool ok_ = true;
};

// A broker that is reached by its bootstrap address may tell clients another one to go on with.
Result<std::string> TryListeners(const std::vector<kafka::BrokerInfo>& brokers) {
  const Deadline deadline = Deadline::After(kStepLimit);
  const size_t tried = std::min(brokers.size(), kListenersMost);
  for (size_t i = 0; i < tried; ++i) {
    const Status reached = kafka::TryConnect(brokers[i].address, deadline);
    if (!reached) {
      return Error(
                 reached.error().kind(),
                 fmt::format(
                     "broker {} tells clients to go to {}: {}",
                     brokers[i].id,
                     brokers[i].address,
                     reached.error().message()
                 )
      )
          .WithHint("set the broker's advertised.listeners to an address that is reached from here"
          );
    }
  }
  return fmt::format("{} of {} brokers", tried, brokers.size());
}

Steps TryKafka(const kafka::KafkaOptions& options) {
  Steps steps("kafka");
  std::vector<kafka::BrokerInfo> brokers;
  const auto connect = [&]() -> Result<std::string> {
    const auto servers = ROWHOUSE_TRY(kafka::ParseBootstrap(options.bootstrap));
    const std::string first = fmt::format("{}:{}", servers.front().first, servers.front().second);
    ROWHOUSE_TRY(kafka::TryConnect(first, Deadline::After(kStepLimit)));
    return first;
  };
  const auto describe = [&]() -> Result<std::string> {
    const auto admin = ROWHOUSE_TRY(kafka::Admin::Open(options));
    const auto info = ROWHOUSE_TRY(admin->Describe(Deadline::After(2 * kStepLimit)));
    brokers = info.brokers;
    return fmt::format("cluster {}, {} topics", info.id, info.topics);
  };
  if (steps.Try("tcp", connect) && steps.Try("metadata", describe)) {
    steps.Try("listeners", [&] { return TryListeners(brokers); });
  }
  return steps;
}

// A GET that must give JSON.
Result<std::string> Ask(
    http::Client& client,
    const std::string& target,
    const std::function<std::string(const Json&)>& note
) {
  http::ClientRequest request;
  request.target = target;
  request.deadline = Deadline::After(kStepLimit);
  const auto response = ROWHOUSE_TRY(client.Send(request));
  const Json json = Json::parse(response.body, nullptr, false);
  if (!response.ok() || json.is_discarded()) {
    return Error(
               ErrorKind::kUnavailable,
               fmt::format("{}: GET {} gave status {}", client.place(), target, response.status)
    )
        .WithHint("is that the address of this kind of server?");
  }
  return note(json);
}

Steps TryHttp(
    const char* part,
    const http::ClientOptions& options,
    const std::vector<
        std::tuple<const char*, const char*, std::function<std::string(const Json&)>>>& questions
) {
  Steps steps(part);
  const auto client = http::Client::Open(options);
  if (!client) {
    steps.Try("parse", [&]() -> Result<std::string> { return client.error(); });
    return steps;
  }
  for (const auto& [step, target, note] : questions) {
    if (!steps.Try(step, [&, &target = target, &note = note] {
          return Ask(**client, target, note);
        })) {
      break;
    }
  }
  return steps;
}

Answer Test(KafkaPages& pages, const Call& call) {
  const std::string id = call.Text("id");
  const auto known = id.empty() ? Result<std::shared_ptr<browse::ClusterClient>>(nullptr)
                                : pages.clusters().Find(id);
  const bool body_is_whole = !call.Text("bootstrap").empty();
  if (!body_is_whole && (!known || *known == nullptr)) {
    return known ? Answer::Problem(400, "E-CON-007", "bootstrap or id: one is needed", "")
                 : Answer::Of(known.error());
  }
  auto given = body_is_whole ? ClusterOptionsOf(call.body) : (*known)->options();
  if (!given) {
    return Answer::Of(given.error());
  }
  if (body_is_whole && known && *known != nullptr) {
    const browse::ClusterOptions& kept = (*known)->options();
    if (given->kafka.password.empty()) {
      given->kafka.password = kept.kafka.password;
    }
    const bool logs_in = given->registry && given->registry->credentials && kept.registry;
    if (logs_in && given->registry->credentials->password.empty() && kept.registry->credentials) {
      given->registry->credentials = kept.registry->credentials;
    }
  }
  Json parts = Json::array();
  bool ok = true;
  const auto add = [&](const Steps& steps) {
    ok = ok && steps.ok();
    parts.push_back(steps.Done());
  };
  add(TryKafka(given->kafka));
  if (given->registry) {
    add(TryHttp(
        "registry",
        *given->registry,
        {{"subjects",
          "/subjects",
          [](const Json& json) { return fmt::format("{} subjects", json.size()); }},
         {"config", "/config", [](const Json& json) { return TextAt(json, "compatibilityLevel"); }}}
    ));
  }
  const auto connect = call.body.find("connect");
  if (connect != call.body.end() && connect->is_object() && !TextAt(*connect, "url").empty()) {
    http::ClientOptions options;
    options.name = "Kafka Connect";
    options.url = TextAt(*connect, "url");
    if (const std::string user = TextAt(*connect, "username"); !user.empty()) {
      options.credentials = http::Credentials{user, TextAt(*connect, "password")};
    }
    add(TryHttp(
        "connect",
        options,
        {{"api_versions", "/", [](const Json& json) { return TextAt(json, "version"); }},
         {"metadata",
          "/connectors",
          [](const Json& json) { return fmt::format("{} connectors", json.size()); }}}
    ));
  }
  return Answer::Of({{"ok", ok}, {"parts", std::move(parts)}});
}

}  // namespace

void AddClusterTest(ConsoleRoutes& routes, const PagesPtr& pages) {
  routes.Add(
      Role::kAdmin,
      "POST",
      "/api/v1/clusters/test",
      {.summary = "Try each step towards a cluster, its registry and Connect",
       .body = Clusters::BodyFields()},
      [pages](const Call& call) { return Test(*pages, call); }
  );
}

}  // namespace rowhouse::console
