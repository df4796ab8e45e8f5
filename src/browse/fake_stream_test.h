#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kafka/record_stream.h"

namespace rowhouse::browse {

// A topic in memory. Gives a block of records at a time, as a broker's fetch does, and goes on
// past what was asked for until it is stopped.
class FakeStream : public kafka::RecordStream {
 public:
  struct Stored {
    int64_t offset = 0;
    int64_t time = 0;
    std::optional<std::string> key;
    std::optional<std::string> value;
    std::vector<std::pair<std::string, std::string>> headers;
  };

  struct Partition {
    std::vector<Stored> records;
    int64_t begin = 0;
    int64_t end = 0;
  };

  std::map<int32_t, Partition> partitions;
  size_t given = 0;
  size_t seeks = 0;
  bool silent = false;
  // Called before each Read: for what happens meanwhile.
  std::function<void()> before_read = [] {};

  void Add(
      int32_t partition, int64_t time, std::string value, std::optional<std::string> key = {}
  ) {
    Partition& p = partitions[partition];
    p.records.push_back({p.end++, time, std::move(key), std::move(value), {}});
  }

  Result<std::vector<kafka::PartitionRange>> Ranges(Deadline /*deadline*/) override {
    std::vector<kafka::PartitionRange> ranges;
    for (const auto& [number, p] : partitions) {
      ranges.push_back({number, p.begin, p.end});
    }
    return ranges;
  }

  Result<std::map<int32_t, int64_t>> OffsetsAt(int64_t time, Deadline /*deadline*/) override {
    std::map<int32_t, int64_t> offsets;
    for (const auto& [number, p] : partitions) {
      for (const Stored& record : p.records) {
        if (record.time >= time && record.offset >= p.begin) {
          offsets[number] = record.offset;
          break;
        }
      }
    }
    return offsets;
  }

  Status Seek(const std::map<int32_t, int64_t>& starts) override {
    next_ = starts;
    ended_.clear();
    ++seeks;
    return Ok();
  }

  void Stop(int32_t partition) override { next_.erase(partition); }

  Status Read(kafka::StreamEvents& to, size_t records_max, Deadline /*deadline*/) override {
    before_read();
    if (silent) {
      return Ok();
    }
    for (auto& [number, next] : next_) {
      const Partition& p = partitions.at(number);
      if (next < p.begin) {
        return Error(ErrorKind::kNotFound, "offset out of range");
      }
      Give(to, number, next, std::max<size_t>(records_max / next_.size(), 1));
    }
    return Ok();
  }

 private:
  void Give(kafka::StreamEvents& to, int32_t number, int64_t& next, size_t most) {
    const Partition& p = partitions.at(number);
    auto at =
        std::lower_bound(p.records.begin(), p.records.end(), next, [](const Stored& r, int64_t o) {
          return r.offset < o;
        });
    for (size_t i = 0; i < most && at != p.records.end(); ++i, ++at) {
      kafka::RecordRef record;
      record.partition = number;
      record.offset = at->offset;
      record.timestamp_ms = at->time;
      record.key = at->key;
      record.value = at->value;
      std::vector<kafka::HeaderView> headers;
      for (const auto& [name, value] : at->headers) {
        headers.push_back({name, value});
      }
      record.headers = headers;
      next = at->offset + 1;
      ++given;
      to.OnRecord(record);
    }
    if (at == p.records.end() && ended_[number] != p.end) {
      ended_[number] = p.end;
      next = p.end;
      to.OnEnd(number, p.end);
    }
  }

  std::map<int32_t, int64_t> next_;
  std::map<int32_t, int64_t> ended_;
};

}  // namespace rowhouse::browse
