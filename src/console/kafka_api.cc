#include "console/kafka_api.h"

#include <utility>

#include "base/backoff.h"

namespace rowhouse::console {

namespace {

constexpr milliseconds kLookEvery{30'000};
constexpr seconds kIdle{300};

}  // namespace

KafkaPages::KafkaPages(Access& access, KafkaPagesOptions options)
    : access_(access),
      options_(std::move(options)),
      clusters_(access.database(), options_.local, options_.local_options),
      idle_("console-idle", [this](const std::stop_token& stop) {
        while (WaitUnlessStopped(stop, kLookEvery)) {
          clusters_.CloseIdle(Clock::Real().Now() - kIdle);
        }
      }) {}

std::map<std::string, std::string> KafkaPages::TablesOf(const std::string& cluster) const {
  return cluster == kLocalCluster ? options_.tables() : std::map<std::string, std::string>();
}

std::string KafkaPages::OwnTopic(const std::string& cluster, const std::string& topic) const {
  const bool ask = cluster == kLocalCluster && options_.own_topic != nullptr;
  return ask ? options_.own_topic(topic) : std::string();
}

void AddKafkaPages(Console& console, KafkaPagesOptions options) {
  if (console.access() == nullptr) {
    return;
  }
  const auto pages = std::make_shared<KafkaPages>(*console.access(), std::move(options));
  AddClusterRoutes(console.routes(), pages);
  AddClusterTest(console.routes(), pages);
  AddSubjectRoutes(console.routes(), pages);
  AddTopicRoutes(console.routes(), pages);
  AddGroupRoutes(console.routes(), pages);
  AddConnectorRoutes(console.routes(), pages);
  AddMessageRoutes(console.routes(), pages);
  AddProduceRoute(console.routes(), pages);
}

}  // namespace rowhouse::console
