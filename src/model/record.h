#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rowhouse {

// Names who is to be told when a record is safe; meaningful to its issuer only.
using AckToken = uint64_t;

// One header of a record.
struct HeaderView {
  std::string_view name;
  std::string_view value;
};

// A record on its way out. Nothing is owned: Append copies what it needs before
// it returns.
struct RecordView {
  std::optional<std::string_view> key;    // nullopt: Kafka null
  std::optional<std::string_view> value;  // nullopt: tombstone
  int32_t partition = -1;                 // -1: murmur2 of the key; without a key, spread
  std::span<const HeaderView> headers{};  // after those that all records of the log have
};

// A record as it was read.
struct Record {
  std::string topic;
  int32_t partition = 0;
  int64_t offset = 0;
  int64_t timestamp_ms = 0;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<std::pair<std::string, std::string>> headers;
};

// What a topic must be like when it is made.
struct TopicSpec {
  std::string name;
  int32_t partitions = 1;
  int32_t replication = 1;
  std::vector<std::pair<std::string, std::string>> config;  // e.g. cleanup.policy=compact
};

}  // namespace rowhouse
