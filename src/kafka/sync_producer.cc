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
  return ROWHOUSE_TRY(Put({.key = key, .value = value, .partition = partition})).offset;
}

Result<RecordPlace> SyncProducer::Put(const NewRecord& record) {
  if (shut_out_) {
    return *shut_out_;
  }
  if (client_ == nullptr) {
    ROWHOUSE_TRY(Start());
  }
  Result<RecordPlace> place = Write(record);
  if (!place) {
    // A record that was purged does not say why.
    const int fatal = rd_kafka_fatal_error(client_->native(), nullptr, 0);
    if (IsFenced(fatal) || IsFenced(place.error().native())) {
      place = ShutOut(options_, fatal, milliseconds{0});
      shut_out_ = place.error();
    }
    Stop();
  }
  return place;
}

// Hands the record to librdkafka; 0, or its error.
int SyncProducer::Produce(const NewRecord& record) {
  std::vector<rd_kafka_vu_t> parts;
  const auto add = [&parts](rd_kafka_vtype_t type) -> auto& {
    rd_kafka_vu_t& part = parts.emplace_back();
    part.vtype = type;
    return part.u;
  };
  const auto add_bytes = [&](rd_kafka_vtype_t type, std::optional<std::string_view> bytes) {
    auto& mem = add(type).mem;
    mem.ptr = bytes ? Mutable(*bytes) : nullptr;
    mem.size = bytes ? bytes->size() : 0;
  };
  add(RD_KAFKA_VTYPE_RKT).rkt = handle_;
  add(RD_KAFKA_VTYPE_PARTITION).i32 = record.partition;
  add(RD_KAFKA_VTYPE_MSGFLAGS).i = RD_KAFKA_MSG_F_COPY;
  add(RD_KAFKA_VTYPE_OPAQUE).ptr = this;
  add_bytes(RD_KAFKA_VTYPE_KEY, record.key);
  add_bytes(RD_KAFKA_VTYPE_VALUE, record.value);
  for (const auto& [name, value] : record.headers) {
    auto& header = add(RD_KAFKA_VTYPE_HEADER).header;
    header.name = name.c_str();
    header.val = value.data();
    header.size = static_cast<ssize_t>(value.size());
  }
  rd_kafka_error_t* error = rd_kafka_produceva(client_->native(), parts.data(), parts.size());
  const int code = error == nullptr ? 0 : rd_kafka_error_code(error);
  rd_kafka_error_destroy(error);
  return code;
}

Result<RecordPlace> SyncProducer::Write(const NewRecord& record) {
  const bool transactional = !options_.transactional_id.empty();
  if (transactional) {
    ROWHOUSE_TRY(BeginTransaction(*client_));
  }
  const int produced = Produce(record);
  Result<RecordPlace> place = Error(ErrorKind::kInternal, "not written");
  if (produced == 0) {
    place = Wait(this, Deadline::After(options_.request_timeout));
  } else if (SizeError(produced)) {
    const size_t bytes =
        (record.key ? record.key->size() : 0) + (record.value ? record.value->size() : 0);
    place = RecordTooLarge({.topic = topic_, .bytes = bytes, .native = produced}, options_);
  } else {
    place = NativeError(produced, fmt::format("writing to topic '{}'", topic_));
  }
  if (place && transactional) {
    // The queue is served by nobody meanwhile, but what was on its way has arrived.
    const Deadline deadline = Deadline::After(options_.request_timeout);
    ROWHOUSE_TRY(CommitTransaction(*client_, [&] { return deadline.Passed(); }));
  }
  return place;
}

Result<RecordPlace> SyncProducer::Wait(const void* token, Deadline deadline) {
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
      return RecordPlace{m->partition, m->offset};
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
