#include "kafka/admin_call.h"

#include <algorithm>
#include <array>

#include <librdkafka/rdkafka.h>

namespace rowhouse::kafka {

void AdminDelete::operator()(const struct rd_kafka_metadata* m) const {
  rd_kafka_metadata_destroy(m);
}

void AdminDelete::operator()(rd_kafka_AdminOptions_s* o) const {
  rd_kafka_AdminOptions_destroy(o);
}

void AdminDelete::operator()(rd_kafka_ConfigResource_s* r) const {
  rd_kafka_ConfigResource_destroy(r);
}

void AdminDelete::operator()(rd_kafka_NewTopic_s* t) const {
  rd_kafka_NewTopic_destroy(t);
}

void AdminDelete::operator()(rd_kafka_op_s* e) const {
  rd_kafka_event_destroy(e);
}

void AdminDelete::operator()(rd_kafka_queue_s* q) const {
  rd_kafka_queue_destroy(q);
}

int LeftMs(const Deadline& deadline) {
  return static_cast<int>(std::max<int64_t>(deadline.Left().count(), 1));
}

Result<Metadata> AskMetadata(
    Client& client, rd_kafka_topic_t* only, Deadline deadline, const char* what
) {
  while (true) {
    const rd_kafka_metadata_t* found = nullptr;
    const int wait = std::min(LeftMs(deadline), kAdminSliceMs);
    const rd_kafka_resp_err_t err =
        rd_kafka_metadata(client.native(), only == nullptr ? 1 : 0, only, &found, wait);
    if (err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      return Metadata(found);
    }
    rd_kafka_poll(client.native(), 0);  // error callbacks, where the client has no events
    Error error = client.Explain(err, what);
    if (error.kind() != ErrorKind::kUnavailable || deadline.Passed()) {
      return error;
    }
  }
}

Result<Event> Call(Client& client, int op, Deadline deadline, const AdminRequest& request) {
  const AdminOptions options(
      rd_kafka_AdminOptions_new(client.native(), static_cast<rd_kafka_admin_op_t>(op))
  );
  std::array<char, 256> why{};
  const int left = LeftMs(deadline);
  rd_kafka_AdminOptions_set_request_timeout(options.get(), left, why.data(), why.size());
  rd_kafka_AdminOptions_set_operation_timeout(options.get(), left, why.data(), why.size());
  const Queue queue(rd_kafka_queue_new(client.native()));
  request(options.get(), queue.get());
  Event event(rd_kafka_queue_poll(queue.get(), left + kAdminSliceMs));
  if (event == nullptr) {
    return client.Explain(RD_KAFKA_RESP_ERR__TIMED_OUT, "admin request");
  }
  if (const auto err = rd_kafka_event_error(event.get()); err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return client.Explain(err, rd_kafka_event_error_string(event.get()));
  }
  return event;
}

}  // namespace rowhouse::kafka
