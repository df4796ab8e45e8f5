#include "browse/cluster_client.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/json_text.h"
#include "model/topic.h"
#include "registry/catalog.h"

namespace rowhouse::browse {

namespace {

constexpr size_t kScanBuffer = size_t{16} << 20;
constexpr size_t kLookBuffer = size_t{1} << 20;
constexpr seconds kSettingsKept{60};
constexpr seconds kAside{3};  // for what a list can do without
constexpr milliseconds kRegistryLimit{5000};
constexpr size_t kFieldsMost = 2000;
constexpr int kFieldsDepth = 8;

std::string ValueOf(const std::vector<kafka::TopicSetting>& settings, std::string_view name) {
  const auto at = std::ranges::find(settings, name, &kafka::TopicSetting::name);
  return at == settings.end() ? "" : at->value;
}

Deadline Aside(Deadline whole) {
  return Deadline::After(std::min<milliseconds>(whole.Left(), kAside));
}

std::optional<int64_t> RecordsOf(
    const kafka::TopicInfo& topic, const std::vector<kafka::PartitionRange>& ranges
) {
  if (ranges.size() != static_cast<size_t>(topic.partitions)) {
    return std::nullopt;  // a leader did not answer
  }
  int64_t records = 0;
  for (const kafka::PartitionRange& range : ranges) {
    records += range.end - range.begin;
  }
  return records;
}

bool IsName(std::string_view text) {
  const auto word = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
  return !text.empty() && std::isdigit(static_cast<unsigned char>(text[0])) == 0 &&
         std::ranges::all_of(text, word);
}

std::string Below(const std::string& path, std::string_view name) {
  if (IsName(name)) {
    return path + "." + std::string(name);
  }
  std::string below = path + "[";
  AppendJsonString(below, name);
  return below + "]";
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by kFieldsDepth
void AddFields(
    const Shape& shape, const std::string& path, int depth, std::vector<FieldPath>& out
) {
  if (depth > kFieldsDepth || out.size() >= kFieldsMost) {
    return;
  }
  if (shape.kind == avro::Kind::kUnion) {
    for (const Shape* branch : shape.children) {
      if (branch->kind != avro::Kind::kNull) {
        AddFields(*branch, path, depth, out);
      }
    }
    return;
  }
  if (shape.kind != avro::Kind::kRecord || shape.as_one) {
    out.push_back({path, shape.word});
    return;
  }
  for (const Shape::Field& field : shape.fields) {
    AddFields(*field.shape, Below(path, field.name), depth + 1, out);
  }
}

}  // namespace

Result<std::shared_ptr<kafka::Client>> ClusterClient::Kafka() {
  const MutexLock lock(mu_);
  used_ = Clock::Real().Now();
  if (kafka_ == nullptr) {
    kafka_ = ROWHOUSE_TRY(kafka::Client::Open(options_.kafka, kafka::Role::kAdmin));
  }
  return kafka_;
}

Result<std::shared_ptr<registry::Client>> ClusterClient::Registry() {
  if (!options_.registry) {
    return Error(ErrorKind::kNotFound, "no schema registry is known for this cluster")
        .WithHint("add its URL to the cluster");
  }
  const MutexLock lock(mu_);
  used_ = Clock::Real().Now();
  if (registry_ == nullptr) {
    registry_ = ROWHOUSE_TRY(registry::Client::Open(*options_.registry, kRegistryLimit));
  }
  return registry_;
}

Result<std::shared_ptr<Schemas>> ClusterClient::Decoder() {
  std::unique_ptr<SchemaSource> source;
  if (options_.registry) {
    source = std::make_unique<RegistrySource>(ROWHOUSE_TRY(Registry()));
  }
  const MutexLock lock(mu_);
  if (decoder_ == nullptr) {
    decoder_ = std::make_shared<Schemas>(std::move(source));
  }
  return decoder_;
}

Result<std::unique_ptr<kafka::RecordStream>> ClusterClient::Open(
    const std::string& topic, Deadline deadline
) {
  return kafka::OpenRecordStream(options_.kafka, topic, kScanBuffer, deadline);
}

Result<std::optional<Look>> ClusterClient::LookAtRecord(
    const std::string& topic, int32_t partition, int64_t offset, Deadline deadline
) {
  const auto schemas = ROWHOUSE_TRY(Decoder());
  Looked looked;  // one that isn't kept ends after the lock: it joins threads
  {
    const MutexLock lock(mu_);
    used_ = Clock::Real().Now();
    if (looked_.topic == topic) {
      looked.stream = std::move(looked_.stream);
    }
  }
  if (looked.stream == nullptr) {
    kafka::KafkaOptions options = options_.kafka;
    // The fetch behind the record is still waiting at the broker when the next look begins.
    options.properties.insert_or_assign("fetch.wait.max.ms", "5");
    looked.stream = ROWHOUSE_TRY(kafka::OpenRecordStream(options, topic, kLookBuffer, deadline));
  }
  looked.topic = topic;
  auto look = ROWHOUSE_TRY(LookAt(*looked.stream, *schemas, partition, offset, deadline));
  ROWHOUSE_TRY(looked.stream->Seek({}));  // nothing is fetched while nobody looks
  const MutexLock lock(mu_);
  std::swap(looked_, looked);
  return look;
}

Result<std::shared_ptr<const ClusterClient::Settings>> ClusterClient::SettingsOf(
    const std::vector<kafka::TopicInfo>& topics, Deadline deadline
) {
  {
    const MutexLock lock(mu_);
    if (settings_ != nullptr && Clock::Real().Now() < settings_at_ + kSettingsKept) {
      return settings_;
    }
  }
  std::vector<std::string> names;
  for (size_t i = 0; i < std::min(topics.size(), kSettingsMost); ++i) {
    names.push_back(topics[i].name);
  }
  kafka::Admin admin(ROWHOUSE_TRY(Kafka()));
  auto settings = std::make_shared<const Settings>(ROWHOUSE_TRY(admin.Settings(names, deadline)));
  const MutexLock lock(mu_);
  settings_at_ = Clock::Real().Now();
  settings_ = settings;
  return settings;
}

Result<std::vector<TopicSummary>> ClusterClient::Topics(Deadline deadline) {
  kafka::Admin admin(ROWHOUSE_TRY(Kafka()));
  const auto topics = ROWHOUSE_TRY(admin.Topics(deadline));
  // A user who may not read settings, or whose brokers are busy with other things, sees the rest.
  const auto settings = SettingsOf(topics, Aside(deadline));
  const auto offsets = admin.Offsets(topics, Aside(deadline));
  std::vector<TopicSummary> summaries;
  for (const kafka::TopicInfo& topic : topics) {
    TopicSummary summary{topic, std::nullopt, "", ""};
    if (offsets && offsets->contains(topic.name)) {
      summary.records = RecordsOf(topic, offsets->at(topic.name));
    }
    if (settings && (*settings)->contains(topic.name)) {
      const auto& known = (*settings)->at(topic.name);
      summary.cleanup = ValueOf(known, "cleanup.policy");
      summary.retention_ms = ValueOf(known, "retention.ms");
    }
    summaries.push_back(std::move(summary));
  }
  return summaries;
}

Result<std::vector<FieldPath>> ClusterClient::Fields(const std::string& topic) {
  std::vector<FieldPath> fields = {
      {"op", "string"},
      {"ts", "timestamp"},
      {"partition", "int"},
      {"offset", "long"},
      {"size", "long"}};
  if (!options_.registry) {
    return fields;
  }
  registry::Catalog catalog(ROWHOUSE_TRY(Registry()));
  const auto decoder = ROWHOUSE_TRY(Decoder());
  const std::pair<const char*, std::string> parts[] = {
      {"key", KeySubject(topic)}, {"value", ValueSubject(topic)}};
  for (const auto& [root, subject] : parts) {
    const auto newest = catalog.Version(subject, 0);
    if (!newest && newest.error().kind() == ErrorKind::kNotFound) {
      continue;
    }
    const registry::CatalogVersion version = ROWHOUSE_TRY(newest);
    // Another kind of schema than Avro has no fields to name.
    const auto layout = decoder->ById(version.id);
    if (layout) {
      AddFields((*layout)->root(), root, 0, fields);
    }
  }
  return fields;
}

void ClusterClient::CloseIdle(Clock::TimePoint unused_since) {
  std::shared_ptr<kafka::Client> kafka;  // ends after the lock: it joins threads
  std::shared_ptr<registry::Client> registry;
  Looked looked;
  const MutexLock lock(mu_);
  if (used_ < unused_since) {
    std::swap(looked_, looked);
    kafka = std::exchange(kafka_, nullptr);
    registry = std::exchange(registry_, nullptr);
    decoder_ = nullptr;
    settings_ = nullptr;
  }
}

}  // namespace rowhouse::browse
