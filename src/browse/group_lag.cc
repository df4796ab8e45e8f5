#include "browse/group_lag.h"

#include <chrono>
#include <vector>

#include "kafka/reader.h"

namespace rowhouse::browse {

namespace {

constexpr size_t kAtOnce = 500;

}  // namespace

Result<std::map<kafka::TopicPartition, int64_t>> WrittenAt(
    const kafka::KafkaOptions& options, const kafka::Committed& places, Deadline deadline
) {
  std::vector<kafka::PartitionStart> starts;
  for (const auto& [where, offset] : places) {
    if (starts.size() < kAgesMost) {
      starts.push_back({where.first, where.second, offset});
    }
  }
  std::map<kafka::TopicPartition, int64_t> written;
  if (starts.empty()) {
    return written;
  }
  const auto reader = ROWHOUSE_TRY(kafka::Reader::Open(options, starts));
  while (written.size() < starts.size() && !deadline.Passed()) {
    for (const Record& record : ROWHOUSE_TRY(reader->Read(kAtOnce, deadline))) {
      written.try_emplace({record.topic, record.partition}, record.timestamp_ms);
    }
  }
  return written;
}

std::optional<double> LagTrend::Look(const std::string& group, int64_t lag, Clock::TimePoint now) {
  MutexLock lock(mu_);
  if (seen_.size() >= kGroupsMost && !seen_.contains(group)) {
    seen_.clear();
  }
  const auto [at, fresh] = seen_.try_emplace(group, Seen{now, lag, std::nullopt});
  Seen& before = at->second;
  const double apart = std::chrono::duration<double>(now - before.at).count();
  if (now - before.at > kOld) {
    before = {now, lag, std::nullopt};
  } else if (!fresh && now - before.at >= kApart) {
    before = {now, lag, static_cast<double>(lag - before.lag) / apart};
  }
  return before.per_second;
}

}  // namespace rowhouse::browse
