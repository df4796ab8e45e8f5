#include <algorithm>
#include <utility>

#include "browse/filter.h"
#include "console/kafka_api.h"
#include "console/list.h"
#include "kafka/admin.h"
#include "kafka/groups.h"
#include "model/topic.h"
#include "registry/catalog.h"

namespace rowhouse::console {

namespace {

constexpr seconds kAnswer{8};
constexpr seconds kAside{3};  // for what the answer can do without

Json TextOrNull(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json JsonOf(const browse::TopicSummary& topic, const std::map<std::string, std::string>& tables) {
  const std::string& name = topic.info.name;
  const auto table = tables.find(name);
  return {
      {"name", name},
      {"partitions", topic.info.partitions},
      {"replication", topic.info.replication},
      {"records", topic.records ? Json(std::to_string(*topic.records)) : Json(nullptr)},
      {"bytes", nullptr},
      {"internal", name.starts_with("__") || name == kSchemasTopic},
      {"table", table == tables.end() ? Json(nullptr) : Json(table->second)},
      {"cleanup", topic.cleanup},
      {"retention_ms", TextOrNull(topic.retention_ms)}};
}

Answer TopicsAnswer(KafkaPages& pages, const Call& call) {
  const auto client = pages.clusters().Find(call.path["c"]);
  if (!client) {
    return Answer::Of(client.error());
  }
  const auto topics = (*client)->Topics(Deadline::After(kAnswer));
  if (!topics) {
    return Answer::Of(topics.error());
  }
  const auto tables = pages.TablesOf(call.path["c"]);
  std::vector<Json> items;
  items.reserve(topics->size());
  for (const browse::TopicSummary& topic : *topics) {
    items.push_back(JsonOf(topic, tables));
  }
  return ListOf(std::move(items), {"name", "table"}, call);
}

// Groups that have committed offsets of the topic, and what they have still before them.
Json GroupsOf(
    browse::ClusterClient& client,
    const std::string& topic,
    const std::vector<kafka::PartitionRange>& ranges
) {
  Json found = Json::array();
  const auto kafka = client.Kafka();
  if (!kafka) {
    return found;
  }
  kafka::Groups groups(*kafka);
  const auto names = groups.Names(Deadline::After(kAside));
  const auto offsets = names ? groups.Offsets(*names, Deadline::After(kAside))
                             : Result<std::map<std::string, kafka::Committed>>(names.error());
  if (!offsets) {
    return found;
  }
  for (const auto& [group, committed] : *offsets) {
    int64_t lag = 0;
    bool has = false;
    for (const kafka::PartitionRange& range : ranges) {
      const auto at = committed.find({topic, range.partition});
      if (at != committed.end()) {
        has = true;
        lag += std::max<int64_t>(range.end - std::max(at->second, range.begin), 0);
      }
    }
    if (has) {
      found.push_back({{"group", group}, {"lag", std::to_string(lag)}});
    }
  }
  return found;
}

Json SubjectsOf(browse::ClusterClient& client, const std::string& topic) {
  Json found = Json::array();
  const auto registry = client.Registry();
  if (!registry) {
    return found;
  }
  registry::Catalog catalog(*registry);
  const auto subjects = catalog.Subjects();
  for (const std::string& subject : {KeySubject(topic), ValueSubject(topic)}) {
    if (subjects && std::ranges::find(*subjects, subject) != subjects->end()) {
      found.push_back(subject);
    }
  }
  return found;
}

Result<Json> OneTopic(KafkaPages& pages, const std::string& cluster, const std::string& topic) {
  const auto client = ROWHOUSE_TRY(pages.clusters().Find(cluster));
  kafka::Admin admin(ROWHOUSE_TRY(client->Kafka()));
  const Deadline deadline = Deadline::After(kAnswer);
  const auto places = ROWHOUSE_TRY(admin.Places(topic, deadline));
  const auto replication = places.empty() ? 0 : places.front().replicas.size();
  const kafka::TopicInfo info{
      topic, static_cast<int32_t>(places.size()), static_cast<int32_t>(replication)};
  const auto offsets = ROWHOUSE_TRY(admin.Offsets(std::vector{info}, deadline));
  const auto at = offsets.find(topic);
  const auto ranges = at == offsets.end() ? std::vector<kafka::PartitionRange>() : at->second;
  browse::TopicSummary summary{info, std::nullopt, "", ""};
  Json lanes = Json::array();
  for (const kafka::PartitionPlace& place : places) {
    const auto range =
        std::ranges::find(ranges, place.partition, &kafka::PartitionRange::partition);
    const bool known = range != ranges.end();
    if (known) {
      summary.records = summary.records.value_or(0) + range->end - range->begin;
    }
    lanes.push_back(
        {{"partition", place.partition},
         {"begin", known ? Json(std::to_string(range->begin)) : Json(nullptr)},
         {"end", known ? Json(std::to_string(range->end)) : Json(nullptr)},
         {"leader", place.leader},
         {"replicas", place.replicas},
         {"isr", place.in_sync}}
    );
  }
  Json settings = Json::array();
  if (const auto told = admin.Settings({topic}, deadline); told && told->contains(topic)) {
    for (const kafka::TopicSetting& s : told->at(topic)) {
      settings.push_back({{"name", s.name}, {"value", s.value}, {"default", s.is_default}});
      summary.cleanup = s.name == "cleanup.policy" ? s.value : summary.cleanup;
      summary.retention_ms = s.name == "retention.ms" ? s.value : summary.retention_ms;
    }
  }
  Json json = JsonOf(summary, pages.TablesOf(cluster));
  json["settings"] = std::move(settings);
  json["offsets"] = std::move(lanes);
  json["groups"] = GroupsOf(*client, topic, ranges);
  json["subjects"] = SubjectsOf(*client, topic);
  return json;
}

Result<Json> FieldsOf(KafkaPages& pages, const std::string& cluster, const std::string& topic) {
  const auto client = ROWHOUSE_TRY(pages.clusters().Find(cluster));
  Json json = Json::array();
  for (const browse::FieldPath& field : ROWHOUSE_TRY(client->Fields(topic))) {
    json.push_back({{"path", field.path}, {"type", field.type}});
  }
  return json;
}

Answer CheckFilter(const Call& call) {
  const auto filter = browse::Filter::Parse(call.Query("filter"));
  if (filter) {
    return Answer::Of({{"ok", true}});
  }
  return Answer::Of(
      {{"ok", false}, {"at", filter.error().native()}, {"message", filter.error().message()}}
  );
}

}  // namespace

void AddTopicRoutes(ConsoleRoutes& routes, const PagesPtr& pages) {
  routes.Add(
      Role::kViewer,
      "GET",
      "/api/v1/clusters/{c}/topics",
      {.summary = "Topics of a cluster", .query = ListFields()},
      [pages](const Call& call) { return TopicsAnswer(*pages, call); }
  );
  routes.Add(
      Role::kViewer,
      "GET",
      "/api/v1/clusters/{c}/topics/{t}",
      {.summary = "One topic: partitions, settings, groups, subjects"},
      [pages](const Call& call) {
        return AnswerOf(OneTopic(*pages, call.path["c"], call.path["t"]));
      }
  );
  routes.Add(
      Role::kViewer,
      "GET",
      "/api/v1/clusters/{c}/topics/{t}/fields",
      {.summary = "What a filter on the topic's messages can name"},
      [pages](const Call& call) {
        return AnswerOf(FieldsOf(*pages, call.path["c"], call.path["t"]));
      }
  );
  routes.Add(
      Role::kViewer,
      "GET",
      "/api/v1/filter/check",
      {.summary = "Whether a filter parses", .query = {{.name = "filter", .required = true}}},
      CheckFilter
  );
}

}  // namespace rowhouse::console
