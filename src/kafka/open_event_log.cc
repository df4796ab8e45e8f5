#include "kafka/open_event_log.h"

#include <fmt/format.h>

#include "base/log.h"
#include "kafka/wire_event_log.h"

namespace rowhouse::kafka {

namespace {

bool SpeaksMechanism(const KafkaOptions& k) {
  const bool sasl = k.security == Security::kSaslPlaintext || k.security == Security::kSaslSsl;
  return !sasl || k.mechanism == "PLAIN" || k.mechanism.starts_with("SCRAM-SHA-");
}

}  // namespace

std::string NeedsLibrdkafka(const EventLogOptions& options) {
  if (!SpeaksMechanism(options.kafka)) {
    return "SASL mechanism " + options.kafka.mechanism;
  }
  return options.kafka.properties.empty() ? "" : "kafka.properties, which are librdkafka's";
}

Result<std::unique_ptr<EventLog>> OpenEventLog(
    const EventLogOptions& options, AckListener* listener
) {
  const std::string why = NeedsLibrdkafka(options);
  if (options.checkpoint && !SpeaksMechanism(options.kafka)) {
    return Error(
               ErrorKind::kConfig,
               fmt::format("capture.delivery: exactly-once can't be had with {}", why)
    )
        .WithHint("use PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512, or capture.delivery: at-least-once");
  }
  if (why.empty() || options.checkpoint) {
    if (!why.empty()) {
      LogWarn("transactions are our own producer's, so these are not for it", {{"what", why}});
    }
    return std::unique_ptr<EventLog>(ROWHOUSE_TRY(WireEventLog::Open(options, listener)));
  }
  LogInfo("records go out by librdkafka", {{"for", why}});
  return std::unique_ptr<EventLog>(ROWHOUSE_TRY(KafkaEventLog::Open(options, listener)));
}

}  // namespace rowhouse::kafka
