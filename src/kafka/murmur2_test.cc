#include "kafka/murmur2.h"

#include <string>

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

namespace rowhouse::kafka {
namespace {

// The vectors of Kafka's own UtilsTest.testMurmur2.
TEST(Murmur2, EqualsJavaOnItsOwnVectors) {
  const auto java = [](std::string_view key) { return static_cast<int32_t>(Murmur2(key)); };
  EXPECT_EQ(java("21"), -973932308);
  EXPECT_EQ(java("foobar"), -790332482);
  EXPECT_EQ(java("a-little-bit-long-string"), -985981536);
  EXPECT_EQ(java("a-little-bit-longer-string"), -1486304829);
  EXPECT_EQ(java("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8"), -58897971);
  EXPECT_EQ(java("abc"), 479470107);
}

// librdkafka computes the partition when we produce: it must be Java's too.
TEST(Murmur2, LibrdkafkaChoosesTheSamePartition) {
  std::string key;
  for (int i = 0; i < 300; ++i) {
    for (const int32_t partitions : {1, 3, 12, 1000}) {
      const int32_t theirs = rd_kafka_msg_partitioner_murmur2(
          nullptr, key.data(), key.size(), partitions, nullptr, nullptr
      );
      EXPECT_EQ(PartitionOf(key, partitions), theirs) << i;
    }
    key += static_cast<char>(i * 37);
  }
}

}  // namespace
}  // namespace rowhouse::kafka
