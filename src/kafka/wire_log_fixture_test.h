#pragma once

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "kafka/mock_cluster_test.h"
#include "kafka/wire_event_log.h"
#include "testing/ack_recorder.h"

namespace rowhouse::kafka {

// Our event log on a mock cluster of two brokers, with topic "t" of three partitions.
class WireLogFixture : public ::testing::Test {
 protected:
  WireLogFixture() {
    cluster_.MakeTopic("t", 3);
    options_.kafka.bootstrap = cluster_.bootstrap();
    options_.kafka.linger = milliseconds{1};
  }

  Result<std::unique_ptr<WireEventLog>> TryOpen() { return WireEventLog::Open(options_, &acks_); }

  void Open() {
    auto log = TryOpen();
    ASSERT_TRUE(log) << log.error().ToString();
    log_ = *std::move(log);
    const auto writer = log_->Writer("t");
    ASSERT_TRUE(writer) << writer.error().ToString();
    writer_ = *writer;
  }

  void Append(AckToken from, AckToken to) {
    for (AckToken token = from; token <= to; ++token) {
      ASSERT_TRUE(writer_->Append({"key" + std::to_string(token % 10), "v"}, token));
    }
  }

  testing::AckRecorder acks_;
  MockCluster cluster_{2};
  EventLogOptions options_;
  std::unique_ptr<WireEventLog> log_;
  TopicWriter* writer_ = nullptr;
};

}  // namespace rowhouse::kafka
