#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "browse/look.h"
#include "browse/schemas.h"
#include "http/client.h"
#include "kafka/admin.h"
#include "kafka/client.h"
#include "kafka/options.h"
#include "kafka/record_stream.h"
#include "registry/client.h"

namespace rowhouse::browse {

// How to reach a cluster and the registry beside it.
struct ClusterOptions {
  kafka::KafkaOptions kafka;
  std::optional<http::ClientOptions> registry;  // none: there is no registry
};

// A topic as a list shows it.
struct TopicSummary {
  kafka::TopicInfo info;
  std::optional<int64_t> records;  // offsets in use; none: its leaders do not answer
  std::string cleanup;             // empty: not asked
  std::string retention_ms;
};

// A field that a filter can name.
struct FieldPath {
  std::string path;  // value.after["a b"]
  std::string type;
};

// Connections to one cluster, made when something is asked for and kept while that goes on.
//
// Threads:  any. The lock is not held while a server is asked.
// Blocking: each call up to its deadline.
class ClusterClient {
 public:
  // Topics whose settings a list asks for: the answer has some 3 KB of each.
  static constexpr size_t kSettingsMost = 1000;

  explicit ClusterClient(ClusterOptions options) : options_(std::move(options)) {}

  const ClusterOptions& options() const { return options_; }

  Result<std::shared_ptr<kafka::Client>> Kafka();

  // kNotFound: the cluster has no registry.
  Result<std::shared_ptr<registry::Client>> Registry();

  Result<std::shared_ptr<Schemas>> Decoder();

  // For one scan, with a connection of its own.
  Result<std::unique_ptr<kafka::RecordStream>> Open(const std::string& topic, Deadline deadline);

  // One record. The topic looked at last keeps its connection: who looks at one record goes on to
  // the next. As LookAt, and kNotFound: no such topic.
  Result<std::optional<Look>> LookAtRecord(
      const std::string& topic, int32_t partition, int64_t offset, Deadline deadline
  );

  // Sorted by name: three requests a broker, however many topics.
  Result<std::vector<TopicSummary>> Topics(Deadline deadline);

  // What a filter can name, by the newest schemas of the topic's subjects.
  Result<std::vector<FieldPath>> Fields(const std::string& topic);

  // Closes what was not used since then; it is opened again when it is wanted.
  void CloseIdle(Clock::TimePoint unused_since);

 private:
  struct Looked {
    std::string topic;
    std::unique_ptr<kafka::RecordStream> stream;  // null: none, or somebody uses it
  };

  using Settings = std::map<std::string, std::vector<kafka::TopicSetting>>;

  Result<std::shared_ptr<const Settings>> SettingsOf(
      const std::vector<kafka::TopicInfo>& topics, Deadline deadline
  );

  const ClusterOptions options_;
  Mutex mu_;
  std::shared_ptr<kafka::Client> kafka_ GUARDED_BY(mu_);
  std::shared_ptr<registry::Client> registry_ GUARDED_BY(mu_);
  std::shared_ptr<Schemas> decoder_ GUARDED_BY(mu_);
  Clock::TimePoint used_ GUARDED_BY(mu_);
  std::shared_ptr<const Settings> settings_ GUARDED_BY(mu_);
  Clock::TimePoint settings_at_ GUARDED_BY(mu_);
  Looked looked_ GUARDED_BY(mu_);
};

}  // namespace rowhouse::browse
