#include "inspect/kafka_side.h"

#include <algorithm>
#include <cstdlib>

#include "kafka/written_at.h"

namespace rowhouse::inspect {

Result<KafkaLook> KafkaSide::Look(const std::vector<std::string>& topics, Deadline deadline) {
  if (admin_ == nullptr) {
    admin_ = ROWHOUSE_TRY(kafka::Admin::Open(options_));
  }
  KafkaLook look;
  look.brokers = ROWHOUSE_TRY(admin_->Ping(deadline));
  std::vector<kafka::TopicInfo> known = ROWHOUSE_TRY(admin_->Topics(deadline));
  look.topics = known.size();
  std::vector<std::string> wanted = topics;
  std::ranges::sort(wanted);
  std::erase_if(known, [&wanted](const kafka::TopicInfo& topic) {
    return !std::ranges::binary_search(wanted, topic.name);
  });
  look.offsets = ROWHOUSE_TRY(admin_->Offsets(known, deadline));
  return look;
}

Result<uint64_t> KafkaSide::Unconsumed(
    const std::string& topic, const std::string& group, Deadline deadline
) {
  if (consumption_ == nullptr) {
    consumption_ = ROWHOUSE_TRY(kafka::Consumption::Open(options_));
  }
  return consumption_->Unconsumed(topic, group, deadline);
}

Result<std::map<int32_t, int64_t>> KafkaSide::Committed(
    const std::string& topic, const std::string& group, Deadline deadline
) {
  if (consumption_ == nullptr) {
    consumption_ = ROWHOUSE_TRY(kafka::Consumption::Open(options_));
  }
  return consumption_->Committed(topic, group, deadline);
}

Result<std::map<std::string, double>> KafkaSide::Retention(
    const std::vector<std::string>& topics, Deadline deadline
) const {
  std::map<std::string, double> kept;
  for (const auto& [topic, settings] : ROWHOUSE_TRY(admin_->Settings(topics, deadline))) {
    std::map<std::string, std::string> values;
    for (const kafka::TopicSetting& setting : settings) {
      values[setting.name] = setting.value;
    }
    const double kept_ms = std::strtod(values["retention.ms"].c_str(), nullptr);
    if (kept_ms > 0 && values["cleanup.policy"].find("delete") != std::string::npos) {
      kept[topic] = kept_ms / 1e3;
    }
  }
  return kept;
}

Result<std::optional<int64_t>> KafkaSide::WrittenAt(
    const std::string& topic, int32_t partition, int64_t offset, Deadline deadline
) const {
  const auto written =
      ROWHOUSE_TRY(kafka::WrittenAt(options_, {{{topic, partition}, offset}}, deadline));
  return written.empty() ? std::optional<int64_t>() : written.begin()->second * 1000;
}

}  // namespace rowhouse::inspect
