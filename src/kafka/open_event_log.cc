#include "kafka/open_event_log.h"

#include "base/log.h"
#include "kafka/wire_event_log.h"

namespace rowhouse::kafka {

std::string NeedsLibrdkafka(const EventLogOptions& options) {
  const KafkaOptions& k = options.kafka;
  if (options.checkpoint) {
    return "transactions";
  }
  const bool sasl = k.security == Security::kSaslPlaintext || k.security == Security::kSaslSsl;
  const bool ours = k.mechanism == "PLAIN" || k.mechanism.starts_with("SCRAM-SHA-");
  if (sasl && !ours) {
    return "SASL mechanism " + k.mechanism;
  }
  return k.properties.empty() ? "" : "kafka.properties, which are librdkafka's";
}

Result<std::unique_ptr<EventLog>> OpenEventLog(
    const EventLogOptions& options, AckListener* listener
) {
  const std::string why = NeedsLibrdkafka(options);
  if (why.empty()) {
    return std::unique_ptr<EventLog>(ROWHOUSE_TRY(WireEventLog::Open(options, listener)));
  }
  LogInfo("records go out by librdkafka", {{"for", why}});
  return std::unique_ptr<EventLog>(ROWHOUSE_TRY(KafkaEventLog::Open(options, listener)));
}

}  // namespace rowhouse::kafka
