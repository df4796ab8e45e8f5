#include <utility>

#include "console/kafka_api.h"
#include "console/list.h"
#include "kafka/admin.h"

namespace rowhouse::console {

namespace {

constexpr seconds kAnswer{5};

Result<kafka::ClusterInfo> Describe(KafkaPages& pages, const std::string& id) {
  const auto client = ROWHOUSE_TRY(pages.clusters().Find(id));
  kafka::Admin admin(ROWHOUSE_TRY(client->Kafka()));
  return admin.Describe(Deadline::After(kAnswer));
}

// A cluster that is away is still shown, with the reason.
Result<Json> OneCluster(KafkaPages& pages, const std::string& id) {
  Json shown = ROWHOUSE_TRY(pages.clusters().Shown(id));
  const auto info = Describe(pages, id);
  Json brokers = Json::array();
  if (info) {
    for (const kafka::BrokerInfo& broker : info->brokers) {
      brokers.push_back(
          {{"id", broker.id},
           {"address", broker.address},
           {"controller", broker.id == info->controller}}
      );
    }
  }
  shown["cluster_id"] = info ? info->id : "";
  shown["brokers"] = std::move(brokers);
  shown["topics"] = info ? info->topics : 0;
  shown["state"] = info ? "ok" : "down";
  shown["note"] = info ? "" : info.error().ToString();
  return shown;
}

}  // namespace

void AddClusterRoutes(ConsoleRoutes& routes, const PagesPtr& pages) {
  routes.Add(
      Role::kViewer,
      "GET",
      "/api/v1/clusters",
      {.summary = "The clusters: the pipeline's own, and those that were registered",
       .query = ListFields()},
      [pages](const Call& call) {
        auto all = pages->clusters().All();
        return all ? ListOf(*std::move(all), {"id", "name", "bootstrap"}, call)
                   : Answer::Of(all.error());
      }
  );
  routes.Add(
      Role::kViewer,
      "GET",
      "/api/v1/clusters/{c}",
      {.summary = "One cluster, its brokers, and whether it answers"},
      [pages](const Call& call) { return AnswerOf(OneCluster(*pages, call.path["c"])); }
  );
  routes.Add(
      Role::kAdmin,
      "POST",
      "/api/v1/clusters",
      {.summary = "Register a cluster",
       .body = Clusters::BodyFields(),
       .success = 201,
       .target = "id"},
      [pages](const Call& call) {
        auto added = pages->clusters().Add(call.body);
        return added ? Answer::Of(*std::move(added), 201) : Answer::Of(added.error());
      }
  );
  routes.Add(
      Role::kAdmin,
      "PUT",
      "/api/v1/clusters/{c}",
      {.summary = "Change a cluster; passwords that are left out stay",
       .body = Clusters::BodyFields()},
      [pages](const Call& call) {
        return AnswerOf(pages->clusters().Change(call.path["c"], call.body));
      }
  );
  routes.Add(
      Role::kAdmin,
      "DELETE",
      "/api/v1/clusters/{c}",
      {.summary = "Forget a cluster", .body = {{.name = "confirm"}}, .success = 204},
      [pages](const Call& call) {
        const std::string& id = call.path["c"];
        const auto shown = pages->clusters().Shown(id);
        if (!shown) {
          return Answer::Of(shown.error());
        }
        const std::string name = shown->at("name");
        if (auto refusal = Unconfirmed(call, name, "its address and passwords are forgotten")) {
          return *std::move(refusal);
        }
        const Status removed = pages->clusters().Remove(id);
        return removed ? Answer::Nothing() : Answer::Of(removed.error());
      }
  );
}

}  // namespace rowhouse::console
