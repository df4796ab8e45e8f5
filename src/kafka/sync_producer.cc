#include "kafka/sync_producer.h"

#include <algorithm>

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "kafka/errors.h"
#include "kafka/transaction.h"

namespace rowhouse::kafka {

namespace {

constexpr milliseconds kSlice{500};

struct EventDelete {
  void operator()(rd_kafka_event_t* e) const { rd_kafka_event_destroy(e); }
};

using Event = std::unique_ptr<rd_kafka_event_t, EventDelete>;

void* Mutable(std::string_view text) {
  return const_cast<char*>(text.data() == nullptr ? "" : text.data());
}

bool SizeError(int code) {
  return code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ||
         code == RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE;
}

}  // namespace

SyncProducer::SyncProducer(const KafkaOptions& options, std::string topic)
    : options_(options), topic_(std::move(topic)) {
  options_.linger = milliseconds{0};
}

SyncProducer::~SyncProducer() {
  Stop();
}

Status SyncProducer::Start() {
  client_ = ROWHOUSE_TRY(Client::Open(options_, Role::kProducer));
  queue_ = rd_kafka_queue_get_main(client_->native());
  handle_ = rd_kafka_topic_new(client_->native(), topic_.c_str(), nullptr);
  if (handle_ == nullptr) {
    const int err = rd_kafka_last_error();
    Stop();
    return NativeError(err, fmt::format("opening topic '{}'", topic_));
  }
  if (options_.transactional_id.empty()) {
    return Ok();
  }
  Status taken = InitTransactions(*client_, Deadline::After(options_.request_timeout));
  if (!taken) {
    Stop();
  }
  return taken;
}

Status SyncProducer::TakeOver() {
  Stop();
  shut_out_.reset();
  return Start();
}

void SyncProducer::Stop() {
  if (handle_ != nullptr) {
    rd_kafka_topic_destroy(handle_);
    handle_ = nullptr;
  }
  if (queue_ != nullptr) {
    rd_kafka_queue_destroy(queue_);
    queue_ = nullptr;
  }
  client_.reset();
}

Result<int64_t> SyncProducer::Put(
    std::string_view key, std::optional<std::string_view> value, int32_t partition
) {
  if (shut_out_) {
    return *shut_out_;
  }
  if (client_ == nullptr) {
    ROWHOUSE_TRY(Start());
  }
  Result<int64_t> offset = Write(key, value, partition);
  if (!offset) {
    // A record that was purged does not say why.
    const int fatal = rd_kafka_fatal_error(client_->native(), nullptr, 0);
    if (IsFenced(fatal) || IsFenced(offset.error().native())) {
      offset = ShutOut(options_, fatal, milliseconds{0});
      shut_out_ = offset.error();
    }
    Stop();
  }
  return offset;
}

Result<int64_t> SyncProducer::Write(
    std::string_view key, std::optional<std::string_view> value, int32_t partition
) {
  const bool transactional = !options_.transactional_id.empty();
  if (transactional) {
    ROWHOUSE_TRY(BeginTransaction(*client_));
  }
  const int produced = rd_kafka_produce(
      handle_,
      partition,
      RD_KAFKA_MSG_F_COPY,
      value ? Mutable(*value) : nullptr,
      value ? value->size() : 0,
      Mutable(key),
      key.size(),
      this
  );
  Result<int64_t> offset = Error(ErrorKind::kInternal, "not written");
  if (produced == 0) {
    offset = Wait(this, Deadline::After(options_.request_timeout));
  } else if (const int err = rd_kafka_last_error(); SizeError(err)) {
    const size_t bytes = key.size() + (value ? value->size() : 0);
    offset = RecordTooLarge({.topic = topic_, .bytes = bytes, .native = err}, options_);
  } else {
    offset = NativeError(err, fmt::format("writing to topic '{}'", topic_));
  }
  if (offset && transactional) {
    // The queue is served by nobody meanwhile, but what was on its way has arrived.
    const Deadline deadline = Deadline::After(options_.request_timeout);
    ROWHOUSE_TRY(CommitTransaction(*client_, [&] { return deadline.Passed(); }));
  }
  return offset;
}

Result<int64_t> SyncProducer::Wait(const void* token, Deadline deadline) {
  const std::string what = fmt::format("writing to topic '{}'", topic_);
  while (!deadline.Passed()) {
    const auto slice = static_cast<int>(std::min(deadline.Left(), kSlice).count());
    const Event event(rd_kafka_queue_poll(queue_, slice));
    const int type = rd_kafka_event_type(event.get());
    if (type == RD_KAFKA_EVENT_ERROR) {
      client_->NoteTrouble(
          rd_kafka_event_error(event.get()), rd_kafka_event_error_string(event.get())
      );
    }
    const rd_kafka_message_t* m =
        type == RD_KAFKA_EVENT_DR ? rd_kafka_event_message_next(event.get()) : nullptr;
    if (m == nullptr || m->_private != token) {
      continue;
    }
    if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      return m->offset;
    }
    return SizeError(m->err) ? RecordTooLarge(
                                   {.topic = topic_,
                                    .bytes = m->len + m->key_len,
                                    .native = m->err,
                                    .partition = m->partition},
                                   options_
                               )
                             : client_->Explain(m->err, what);
  }
  return client_->Explain(RD_KAFKA_RESP_ERR__TIMED_OUT, what);
}

}  // namespace rowhouse::kafka
