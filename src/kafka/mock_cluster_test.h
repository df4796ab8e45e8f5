#pragma once

#include <initializer_list>
#include <string>

#include "kafka/wire/messages.h"

struct rd_kafka_s;
struct rd_kafka_mock_cluster_s;

namespace rowhouse::kafka {

// librdkafka's mock cluster: brokers in this process that fail when a test says so.
//
// It numbers its brokers from 1, and keeps about 5 MB a partition.
class MockCluster {
 public:
  explicit MockCluster(int brokers);
  ~MockCluster();

  MockCluster(const MockCluster&) = delete;
  MockCluster& operator=(const MockCluster&) = delete;

  rd_kafka_mock_cluster_s* native() const { return native_; }

  std::string bootstrap() const;

  void MakeTopic(const std::string& topic, int partitions);

  // The next requests of this kind are answered with these codes, one each; librdkafka's own for a
  // broken connection breaks it.
  void FailNext(wire::ApiKey key, std::initializer_list<int> codes);

  void SetBrokers(bool up);

 private:
  const int brokers_;
  rd_kafka_s* host_;
  rd_kafka_mock_cluster_s* native_;
};

}  // namespace rowhouse::kafka
