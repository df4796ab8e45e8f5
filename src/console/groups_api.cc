#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "base/log.h"
#include "browse/group_reset.h"
#include "console/kafka_api.h"
#include "console/list.h"
#include "kafka/admin.h"
#include "kafka/groups.h"
#include "kafka/written_at.h"

namespace rowhouse::console {

namespace {

constexpr seconds kAnswer{8};
constexpr seconds kAges{2};
constexpr size_t kAgesMost = 64;  // partitions

// Groups, how far they have read, and how far there is to read.
struct GroupsLook {
  std::vector<kafka::GroupInfo> groups;
  std::map<std::string, kafka::Committed> committed;
  std::map<kafka::TopicPartition, kafka::PartitionRange> ranges;
  // By group, where it was asked.
  std::map<std::string, std::map<kafka::TopicPartition, double>> seconds_behind;
};

std::map<kafka::TopicPartition, const kafka::GroupMember*> OwnersOf(const kafka::GroupInfo& group) {
  std::map<kafka::TopicPartition, const kafka::GroupMember*> owners;
  for (const kafka::GroupMember& member : group.members) {
    for (const kafka::TopicPartition& where : member.assigned) {
      owners[where] = &member;
    }
  }
  return owners;
}

Result<GroupsLook> LookAtGroups(
    browse::ClusterClient& client, const std::optional<std::string>& only, Deadline deadline
) {
  GroupsLook look;
  const auto kafka = ROWHOUSE_TRY(client.Kafka());
  kafka::Groups groups(kafka);
  const auto names = only ? std::vector{*only} : ROWHOUSE_TRY(groups.Names(deadline));
  look.groups = ROWHOUSE_TRY(groups.Describe(names, deadline));
  look.committed = ROWHOUSE_TRY(groups.Offsets(names, deadline));
  std::set<std::string> wanted;
  for (const auto& [group, committed] : look.committed) {
    for (const auto& [where, offset] : committed) {
      wanted.insert(where.first);
    }
  }
  for (const kafka::GroupInfo& group : look.groups) {
    for (const auto& [where, owner] : OwnersOf(group)) {
      wanted.insert(where.first);
    }
  }
  kafka::Admin admin(kafka);
  auto topics = ROWHOUSE_TRY(admin.Topics(deadline));
  std::erase_if(topics, [&](const kafka::TopicInfo& t) { return !wanted.contains(t.name); });
  for (const auto& [topic, ranges] : ROWHOUSE_TRY(admin.Offsets(topics, deadline))) {
    for (const kafka::PartitionRange& range : ranges) {
      look.ranges[{topic, range.partition}] = range;
    }
  }
  return look;
}

// Offsets that the group has still before it; none where it never committed, or where the
// partition's leader does not answer.
std::optional<int64_t> LagAt(
    const GroupsLook& look, const std::string& group, const kafka::TopicPartition& where
) {
  const auto committed = look.committed.find(group);
  const auto range = look.ranges.find(where);
  if (committed == look.committed.end() || range == look.ranges.end()) {
    return std::nullopt;
  }
  const auto at = committed->second.find(where);
  if (at == committed->second.end()) {
    return std::nullopt;
  }
  return std::max<int64_t>(range->second.end - std::max(at->second, range->second.begin), 0);
}

// Where the group has committed or is assigned.
std::set<kafka::TopicPartition> PlacesOf(const GroupsLook& look, const kafka::GroupInfo& group) {
  std::set<kafka::TopicPartition> places;
  if (const auto at = look.committed.find(group.name); at != look.committed.end()) {
    for (const auto& [where, offset] : at->second) {
      places.insert(where);
    }
  }
  for (const auto& [where, owner] : OwnersOf(group)) {
    places.insert(where);
  }
  return places;
}

// How long the first record that a group has not read has waited, by partition. Places where
// several groups wait are asked for in turns, since a reader reads a partition at one place.
Status LookAtAges(
    GroupsLook& look, browse::ClusterClient& client, std::span<const kafka::GroupInfo> groups
) {
  const Deadline deadline = Deadline::After(kAges);
  std::vector<kafka::Committed> turns;
  std::vector<std::map<kafka::TopicPartition, std::string>> whose;
  size_t asked = 0;
  for (const kafka::GroupInfo& group : groups) {
    for (const kafka::TopicPartition& where : PlacesOf(look, group)) {
      const auto lag = LagAt(look, group.name, where);
      if (lag == 0) {
        look.seconds_behind[group.name][where] = 0;
      } else if (lag && asked < kAgesMost) {
        size_t turn = 0;
        while (turn < turns.size() && turns[turn].contains(where)) {
          ++turn;
        }
        turns.resize(std::max(turns.size(), turn + 1));
        whose.resize(turns.size());
        turns[turn][where] = std::max(look.committed[group.name][where], look.ranges[where].begin);
        whose[turn][where] = group.name;
        ++asked;
      }
    }
  }
  for (size_t turn = 0; turn < turns.size() && !deadline.Passed(); ++turn) {
    const auto written =
        ROWHOUSE_TRY(kafka::WrittenAt(client.options().kafka, turns[turn], deadline));
    const double now = static_cast<double>(Clock::Real().WallMicros()) / 1e6;
    for (const auto& [where, ms] : written) {
      look.seconds_behind[whose[turn][where]][where] =
          std::max(0.0, now - static_cast<double>(ms) / 1e3);
    }
  }
  return Ok();
}

std::optional<double> AgeAt(
    const GroupsLook& look, const std::string& group, const kafka::TopicPartition& where
) {
  const auto of = look.seconds_behind.find(group);
  if (of == look.seconds_behind.end()) {
    return std::nullopt;
  }
  const auto at = of->second.find(where);
  return at == of->second.end() ? std::nullopt : std::optional(at->second);
}

Json Rounded(double seconds) {
  return std::round(seconds * 1e3) / 1e3;
}

Json Summary(
    const GroupsLook& look,
    const kafka::GroupInfo& group,
    browse::LagTrend& trend,
    const std::string& cluster
) {
  std::set<std::string> topics;
  std::optional<int64_t> lag;
  std::optional<double> behind;
  for (const kafka::TopicPartition& where : PlacesOf(look, group)) {
    topics.insert(where.first);
    if (const auto here = LagAt(look, group.name, where)) {
      lag = lag.value_or(0) + *here;
    }
    if (const auto age = AgeAt(look, group.name, where)) {
      behind = std::max(behind.value_or(0), *age);
    }
  }
  if (lag == 0) {
    behind = 0;
  }
  const auto change =
      lag ? trend.Look(cluster + "/" + group.name, *lag, Clock::Real().Now()) : std::nullopt;
  return {
      {"group", group.name},
      {"state", group.state},
      {"protocol", group.protocol},
      {"members", group.members.size()},
      {"topics", topics},
      {"lag", lag ? Json(std::to_string(*lag)) : Json(nullptr)},
      {"lag_s", behind ? Rounded(*behind) : Json(nullptr)},
      {"trend_per_s", change ? Rounded(*change) : Json(nullptr)}};
}

// Lags stay without their ages then.
void NoteUnknown(const Status& aged) {
  if (!aged) {
    LogDebug("how long groups have waited is not known", {{"err", aged.error().ToString()}});
  }
}

Answer GroupsAnswer(KafkaPages& pages, const Call& call) {
  const auto client = pages.clusters().Find(call.path["c"]);
  auto look = client ? LookAtGroups(**client, std::nullopt, Deadline::After(kAnswer))
                     : Result<GroupsLook>(client.error());
  if (!look) {
    return Answer::Of(look.error());
  }
  if (call.Query("ages") == "true") {
    NoteUnknown(LookAtAges(*look, **client, look->groups));
  }
  std::vector<Json> items;
  for (const kafka::GroupInfo& group : look->groups) {
    items.push_back(Summary(*look, group, pages.trend(), call.path["c"]));
  }
  return ListOf(std::move(items), {"group"}, call);
}

Json Partition(
    const GroupsLook& look, const kafka::GroupInfo& group, const kafka::TopicPartition& where
) {
  const auto number = [](const std::optional<int64_t>& n) {
    return n ? Json(std::to_string(*n)) : Json(nullptr);
  };
  std::optional<int64_t> committed;
  std::optional<int64_t> begin;
  std::optional<int64_t> end;
  if (const auto of = look.committed.find(group.name); of != look.committed.end()) {
    const auto at = of->second.find(where);
    committed = at == of->second.end() ? std::nullopt : std::optional(at->second);
  }
  if (const auto range = look.ranges.find(where); range != look.ranges.end()) {
    begin = range->second.begin;
    end = range->second.end;
  }
  const auto owners = OwnersOf(group);
  const auto owner = owners.find(where);
  const bool owned = owner != owners.end();
  const auto age = AgeAt(look, group.name, where);
  return {
      {"topic", where.first},
      {"partition", where.second},
      {"committed", number(committed)},
      {"begin", number(begin)},
      {"end", number(end)},
      {"lag", number(LagAt(look, group.name, where))},
      {"lag_s", age ? Rounded(*age) : Json(nullptr)},
      {"member", owned ? owner->second->id : ""},
      {"host", owned ? owner->second->host : ""}};
}

Error NoSuchGroup(const std::string& group) {
  return Error(ErrorKind::kNotFound, fmt::format("there is no group '{}'", group))
      .WithCode("E-CON-009")
      .WithHint("a group appears once it joins or commits an offset");
}

Result<Json> OneGroup(KafkaPages& pages, const std::string& cluster, const std::string& name) {
  const auto client = ROWHOUSE_TRY(pages.clusters().Find(cluster));
  GroupsLook look = ROWHOUSE_TRY(LookAtGroups(*client, name, Deadline::After(kAnswer)));
  const kafka::GroupInfo& group = look.groups.front();
  const auto places = PlacesOf(look, group);
  if (places.empty() && group.state == "Dead") {
    return NoSuchGroup(name);
  }
  NoteUnknown(LookAtAges(look, *client, look.groups));
  Json json = Summary(look, group, pages.trend(), cluster);
  json["partitions"] = Json::array();
  for (const kafka::TopicPartition& where : places) {
    json["partitions"].push_back(Partition(look, group, where));
  }
  return json;
}

Result<std::vector<browse::ResetLine>> Plan(
    browse::ClusterClient& client, const Call& call, const std::string& topic
) {
  const browse::ResetTo to = ROWHOUSE_TRY(browse::ResetTo::Parse(call.Text("to")));
  const std::string& group = call.path["g"];
  const Deadline deadline = Deadline::After(kAnswer);
  const auto kafka = ROWHOUSE_TRY(client.Kafka());
  kafka::Admin admin(kafka);
  auto ranges = ROWHOUSE_TRY(admin.Offsets(topic, deadline));
  if (const auto given = call.body.find("partitions"); given != call.body.end()) {
    std::set<int32_t> wanted;
    for (const Json& number : *given) {
      if (!number.is_number_integer()) {
        return Error(ErrorKind::kBadRecord, "partitions: whole numbers").WithCode("E-CON-007");
      }
      wanted.insert(number.get<int32_t>());
    }
    std::erase_if(ranges, [&](const auto& r) {
      return !wanted.empty() && !wanted.contains(r.partition);
    });
  }
  kafka::Groups groups(kafka);
  const auto all = ROWHOUSE_TRY(groups.Offsets({group}, deadline));
  std::map<int32_t, int64_t> committed;
  if (const auto of = all.find(group); of != all.end()) {
    for (const auto& [where, offset] : of->second) {
      if (where.first == topic) {
        committed[where.second] = offset;
      }
    }
  }
  std::map<int32_t, int64_t> at_time;
  if (to.kind == browse::ResetTo::Kind::kTime) {
    const auto stream = ROWHOUSE_TRY(client.Open(topic, deadline));
    at_time = ROWHOUSE_TRY(stream->OffsetsAt(to.value, deadline));
  }
  return browse::PlanReset(to, ranges, committed, at_time);
}

Answer Reset(KafkaPages& pages, const Call& call) {
  const std::string& group = call.path["g"];
  const std::string topic = call.Text("topic");
  const auto client = pages.clusters().Find(call.path["c"]);
  const auto plan =
      client ? Plan(**client, call, topic) : Result<std::vector<browse::ResetLine>>(client.error());
  if (!plan) {
    return Answer::Of(plan.error());
  }
  const bool dry_run = call.body.value("dry_run", Json(false)) == Json(true);
  Json lines = Json::array();
  kafka::Committed offsets;
  for (const browse::ResetLine& line : *plan) {
    offsets[{topic, line.partition}] = line.to;
    lines.push_back(
        {{"topic", topic},
         {"partition", line.partition},
         {"from", line.from ? Json(std::to_string(*line.from)) : Json(nullptr)},
         {"to", std::to_string(line.to)}}
    );
  }
  if (dry_run || offsets.empty()) {
    return Answer::Of(std::move(lines));
  }
  const std::string effect = fmt::format(
      "group {} will read {} from {} in {} partitions",
      group,
      topic,
      call.Text("to"),
      offsets.size()
  );
  if (auto refusal = Unconfirmed(call, group, effect)) {
    return *std::move(refusal);
  }
  const auto kafka = (*client)->Kafka();
  const Status set =
      kafka ? kafka::Groups(*kafka).SetOffsets(group, offsets, Deadline::After(kAnswer))
            : Status(kafka.error());
  return set ? Answer::Of(std::move(lines)) : Answer::Of(set.error());
}

}  // namespace

void AddGroupRoutes(ConsoleRoutes& routes, const PagesPtr& pages) {
  std::vector<Field> query = ListFields();
  query.push_back(
      {.name = "ages",
       .doc = "true: also how long the oldest record before each has waited, which takes longer",
       .choices = {"true", "false"}}
  );
  routes.Add(
      Role::kViewer,
      "GET",
      "/api/v1/clusters/{c}/groups",
      {.summary = "Consumer groups, and what they have still before them",
       .query = std::move(query)},
      [pages](const Call& call) { return GroupsAnswer(*pages, call); }
  );
  routes.Add(
      Role::kViewer,
      "GET",
      "/api/v1/clusters/{c}/groups/{g}",
      {.summary = "One group by partition"},
      [pages](const Call& call) {
        return AnswerOf(OneGroup(*pages, call.path["c"], call.path["g"]));
      }
  );
  routes.Add(
      Role::kOperator,
      "POST",
      "/api/v1/clusters/{c}/groups/{g}/reset",
      {.summary = "Set a group's offsets of a topic; dry_run shows what would be",
       .body =
           {{.name = "topic", .required = true},
            {.name = "partitions", .type = Field::Type::kList, .doc = "none: all"},
            {.name = "to", .doc = "earliest, latest, offset:N, time:T, shift:-N", .required = true},
            {.name = "dry_run", .type = Field::Type::kBoolean},
            {.name = "confirm", .doc = "the group's name"}},
       .target = "topic"},
      [pages](const Call& call) { return Reset(*pages, call); }
  );
}

}  // namespace rowhouse::console
