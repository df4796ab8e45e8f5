#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "console/kafka_api.h"
#include "console/list.h"
#include "http/client.h"

// Connectors of a Kafka Connect, by its REST interface.
namespace rowhouse::console {

namespace {

constexpr seconds kAnswer{8};
constexpr size_t kTopicsAskedMost = 30;  // connectors: one request each

// A connector's options carry the passwords of what it connects to.
constexpr std::array<std::string_view, 8> kSecretWords = {
    "password", "secret", "token", "credential", "jaas", "private", "passphrase", "access.key"};

bool IsSecret(std::string name) {
  std::ranges::transform(name, name.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  return std::ranges::any_of(kSecretWords, [&](std::string_view word) {
    return name.find(word) != std::string::npos;
  });
}

// What a Connect of somebody else's answers may lack any field.
Json At(const Json& object, const char* name) {
  if (!object.is_object()) {
    return nullptr;
  }
  const auto found = object.find(name);
  return found == object.end() ? Json(nullptr) : *found;
}

// Connect's own words where it refuses: {"error_code": 404, "message": "..."}.
Error Refused(const http::Client& connect, const http::Response& response) {
  constexpr int kMissing = 404;
  constexpr int kRebalances = 409;
  const std::string said = TextAt(Json::parse(response.body, nullptr, false), "message");
  Error error(
      response.status == kMissing ? ErrorKind::kNotFound : ErrorKind::kUnavailable,
      fmt::format(
          "{} answers {}: {}",
          connect.place(),
          response.status,
          said.empty() ? "no reason given" : said
      )
  );
  return std::move(error).WithHint(
      response.status == kRebalances
          ? "its workers share out their tasks anew: ask again in a while"
          : "its log has more"
  );
}

// An answer that is to be JSON; null where there is none.
Result<Json> Ask(http::Client& connect, const std::string& method, const std::string& target) {
  http::ClientRequest request;
  request.method = method;
  request.target = target;
  request.deadline = Deadline::After(kAnswer);
  const http::Response response = ROWHOUSE_TRY(connect.Send(request));
  if (!response.ok()) {
    return Refused(connect, response);
  }
  if (response.body.empty()) {
    return Json(nullptr);
  }
  Json json = Json::parse(response.body, nullptr, false);
  if (json.is_discarded()) {
    return Error(
               ErrorKind::kUnavailable,
               fmt::format("{}: what it answers to {} is no JSON", connect.place(), target)
    )
        .WithHint("the cluster's connect.url has to be that of Kafka Connect's REST interface");
  }
  return json;
}

Json TasksOf(const Json& status) {
  Json tasks = Json::array();
  for (const Json& task : At(status, "tasks")) {
    tasks.push_back(
        {{"id", At(task, "id")},
         {"state", TextAt(task, "state")},
         {"worker", TextAt(task, "worker_id")},
         {"trace", At(task, "trace")}}
    );
  }
  return tasks;
}

// A connector that runs, with a task that does not, is not well.
std::string StateOf(const Json& connector, const Json& tasks) {
  const bool broken = std::ranges::any_of(tasks, [](const Json& task) {
    return TextAt(task, "state") == "FAILED";
  });
  return broken ? "FAILED" : TextAt(connector, "state");
}

Json ConfigOf(const Json& info) {
  Json config = Json::object();
  const Json given = At(info, "config");
  for (const auto& [name, value] : given.items()) {
    const std::string text = value.is_string() ? value.get<std::string>() : TextOf(value);
    config[name] = IsSecret(name) && !text.empty() ? "***" : text;
  }
  return config;
}

// Those that it has used; none where this Connect does not tell.
Json TopicsOf(http::Client& connect, const std::string& name) {
  const auto told =
      Ask(connect, "GET", fmt::format("/connectors/{}/topics", http::PercentEncode(name)));
  const Json topics = told ? At(At(*told, name.c_str()), "topics") : Json(nullptr);
  return topics.is_array() ? topics : Json::array();
}

Result<std::vector<Json>> Listed(const http::ClientOptions& options) {
  const auto connect = ROWHOUSE_TRY(http::Client::Open(options));
  const Json all = ROWHOUSE_TRY(Ask(*connect, "GET", "/connectors?expand=status&expand=info"));
  std::vector<Json> items;
  for (const auto& [name, told] : all.items()) {
    const Json status = At(told, "status");
    const Json info = At(told, "info");
    const Json connector = At(status, "connector");
    Json tasks = TasksOf(status);
    const std::string type = TextAt(status, "type");
    items.push_back(
        {{"name", name},
         {"own", false},
         {"type", type.empty() ? TextAt(info, "type") : type},
         {"state", StateOf(connector, tasks)},
         {"worker", TextAt(connector, "worker_id")},
         {"trace", At(connector, "trace")},
         {"tasks", std::move(tasks)},
         {"topics",
          items.size() < kTopicsAskedMost ? TopicsOf(*connect, name) : Json(Json::array())},
         {"config", ConfigOf(info)}}
    );
  }
  return items;
}

Answer List(KafkaPages& pages, const Call& call) {
  const auto connect = pages.clusters().ConnectOf(call.path["c"]);
  if (!connect) {
    return Answer::Of(connect.error());
  }
  auto items = *connect ? Listed(**connect) : Result<std::vector<Json>>(std::vector<Json>());
  return items ? ListOf(*std::move(items), {"name", "type", "state"}, call)
               : Answer::Of(items.error());
}

// Connect takes the order and carries it out in its own time.
Result<Json> Give(
    KafkaPages& pages, const Call& call, const std::string& method, const std::string& order
) {
  const auto options = ROWHOUSE_TRY(pages.clusters().ConnectOf(call.path["c"]));
  if (!options) {
    return Error(
               ErrorKind::kNotFound, fmt::format("cluster {} has no Kafka Connect", call.path["c"])
    )
        .WithHint("give its connect.url under Clusters");
  }
  const auto connect = ROWHOUSE_TRY(http::Client::Open(*options));
  (void)ROWHOUSE_TRY(
      Ask(*connect,
          method,
          fmt::format("/connectors/{}/{}", http::PercentEncode(call.path["connector"]), order))
  );
  return Json(Json::object());
}

}  // namespace

void AddConnectorRoutes(ConsoleRoutes& routes, const PagesPtr& pages) {
  const std::string connectors = "/api/v1/clusters/{c}/connectors";
  routes.Add(
      Role::kViewer,
      "GET",
      connectors,
      {.summary = "Connectors of the cluster's Kafka Connect, with their tasks",
       .query = ListFields()},
      [pages](const Call& call) { return List(*pages, call); }
  );
  const auto add = [&](const char* name, std::string summary, const char* method, const char* order
                   ) {
    routes.Add(
        Role::kOperator,
        "POST",
        fmt::format("{}/{{connector}}/{}", connectors, name),
        {.summary = std::move(summary), .success = 202},
        [pages, method, order](const Call& call) {
          const auto given = Give(*pages, call, method, order);
          return given ? Answer::Of(*given, 202) : Answer::Of(given.error());
        }
    );
  };
  add("pause", "Stop a connector's tasks where they are", "PUT", "pause");
  add("resume", "Let a paused connector go on", "PUT", "resume");
  add("restart",
      "Start a connector and its tasks again",
      "POST",
      "restart?includeTasks=true&onlyFailed=false");
}

}  // namespace rowhouse::console
