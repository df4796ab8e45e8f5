#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "model/ports.h"

namespace rowhouse::testing {

// The records of a compacted topic in memory, shared by the FakeCompactedLogs on it, so
// that a test can close one and open another, or have two writers.
struct FakeTopic {
  Mutex mu;
  std::vector<Record> records GUARDED_BY(mu);
  std::optional<Error> away GUARDED_BY(mu);   // every call fails with it while set
  int writes_until_torn GUARDED_BY(mu) = -1;  // 0: the next Put stores, then fails

  void SetAway(std::optional<Error> error) {
    const MutexLock lock(mu);
    away = std::move(error);
  }

  void TearNextWrite() {
    const MutexLock lock(mu);
    writes_until_torn = 0;
  }

  // Keeps the last record of each key, as a broker does in its own time.
  void Compact() {
    const MutexLock lock(mu);
    std::vector<Record> kept;
    for (size_t i = 0; i < records.size(); ++i) {
      bool last = true;
      for (size_t j = i + 1; j < records.size(); ++j) {
        last = last && records[j].key != records[i].key;
      }
      if (last && records[i].value.has_value()) {
        kept.push_back(records[i]);
      }
    }
    records = std::move(kept);
  }

  void Add(std::string key, std::optional<std::string> value) {
    const MutexLock lock(mu);
    Append(std::move(key), std::move(value));
  }

  int64_t Append(std::string key, std::optional<std::string> value) REQUIRES(mu) {
    Record record;
    record.offset = next_offset_++;
    record.key = std::move(key);
    record.value = std::move(value);
    records.push_back(std::move(record));
    return records.back().offset;
  }

 private:
  int64_t next_offset_ = 0;
};

// CompactedLog in memory.
class FakeCompactedLog : public CompactedLog {
 public:
  explicit FakeCompactedLog(std::shared_ptr<FakeTopic> topic) : topic_(std::move(topic)) {}

  Result<int64_t> Put(std::string_view key, std::optional<std::string_view> value) override {
    const MutexLock lock(topic_->mu);
    if (topic_->away.has_value()) {
      return *topic_->away;
    }
    std::optional<std::string> copy;
    if (value.has_value()) {
      copy = std::string(*value);
    }
    const int64_t offset = topic_->Append(std::string(key), std::move(copy));
    if (topic_->writes_until_torn-- == 0) {
      return Error(ErrorKind::kUnavailable, "the acknowledgement was lost");
    }
    return offset;
  }

  Status ReadToEnd(const std::function<void(const Record&)>& each) override {
    const MutexLock lock(topic_->mu);
    if (topic_->away.has_value()) {
      return *topic_->away;
    }
    for (const Record& record : topic_->records) {
      if (record.offset >= next_offset_) {
        next_offset_ = record.offset + 1;
        each(record);
      }
    }
    return Ok();
  }

 private:
  const std::shared_ptr<FakeTopic> topic_;
  int64_t next_offset_ = 0;
};

}  // namespace rowhouse::testing
