#pragma once

#include <cstdint>
#include <string_view>

namespace rowhouse::kafka {

// Hash of a key as Kafka's Java client computes it (Utils.murmur2).
uint32_t Murmur2(std::string_view key);

// The partition that Java's default partitioner, and librdkafka's murmur2 ones,
// give a record with this key. `partitions` is at least 1.
inline int32_t PartitionOf(std::string_view key, int32_t partitions) {
  return static_cast<int32_t>((Murmur2(key) & 0x7FFFFFFFU) % static_cast<uint32_t>(partitions));
}

}  // namespace rowhouse::kafka
