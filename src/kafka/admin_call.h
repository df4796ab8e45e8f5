#pragma once

#include <functional>
#include <memory>

#include "base/clock.h"
#include "base/result.h"
#include "kafka/client.h"

struct rd_kafka_AdminOptions_s;
struct rd_kafka_ConfigResource_s;
struct rd_kafka_NewTopic_s;
struct rd_kafka_metadata;
struct rd_kafka_op_s;
struct rd_kafka_queue_s;
struct rd_kafka_topic_s;

// librdkafka's admin requests, for the parts of this module that make them.
namespace rowhouse::kafka {

// Ends what librdkafka has given.
struct AdminDelete {
  void operator()(const struct rd_kafka_metadata* m) const;
  void operator()(rd_kafka_AdminOptions_s* o) const;
  void operator()(rd_kafka_ConfigResource_s* r) const;
  void operator()(rd_kafka_NewTopic_s* t) const;
  void operator()(rd_kafka_op_s* e) const;
  void operator()(rd_kafka_queue_s* q) const;
};

using AdminOptions = std::unique_ptr<rd_kafka_AdminOptions_s, AdminDelete>;
using ConfigResource = std::unique_ptr<rd_kafka_ConfigResource_s, AdminDelete>;
using Event = std::unique_ptr<rd_kafka_op_s, AdminDelete>;
using Metadata = std::unique_ptr<const struct rd_kafka_metadata, AdminDelete>;
using NewTopic = std::unique_ptr<rd_kafka_NewTopic_s, AdminDelete>;
using Queue = std::unique_ptr<rd_kafka_queue_s, AdminDelete>;

inline constexpr int kAdminSliceMs = 500;

int LeftMs(const Deadline& deadline);

// The metadata of one topic; null: of all.
//
// Asks in slices: a broker that comes up meanwhile is then noticed, and so is a
// trouble that waiting won't mend.
Result<Metadata> AskMetadata(
    Client& client, rd_kafka_topic_s* only, Deadline deadline, const char* what
);

using AdminRequest = std::function<void(const rd_kafka_AdminOptions_s*, rd_kafka_queue_s*)>;

// One admin request (`op` of rd_kafka_admin_op_t): the event that answers it, or why there is none.
Result<Event> Call(Client& client, int op, Deadline deadline, const AdminRequest& request);

}  // namespace rowhouse::kafka
