#include "kafka/event_log.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "base/check.h"
#include "kafka/admin.h"
#include "kafka/errors.h"

namespace rowhouse::kafka {

namespace {

constexpr milliseconds kFlushSlice{100};
constexpr seconds kWaitSlice{1};

size_t CostOf(const RecordView& r) {
  return kRecordCost + (r.key ? r.key->size() : 0) + (r.value ? r.value->size() : 0);
}

// librdkafka tells null from empty by the pointer, and takes it as mutable.
void* DataOf(const std::optional<std::string_view>& part) {
  if (!part) {
    return nullptr;
  }
  return const_cast<char*>(part->data() == nullptr ? "" : part->data());
}

size_t SizeOf(const std::optional<std::string_view>& part) {
  return part ? part->size() : 0;
}

void* OpaqueOf(AckToken token) {
  static_assert(sizeof(void*) == sizeof(AckToken));
  return reinterpret_cast<void*>(token);
}

}  // namespace

// The constant headers, made once and copied for each record.
struct KafkaEventLog::Headers {
  rd_kafka_headers_t* list;

  explicit Headers(const std::vector<std::pair<std::string, std::string>>& wanted)
      : list(rd_kafka_headers_new(wanted.size())) {
    for (const auto& [name, value] : wanted) {
      Add(list, name, value);
    }
  }

  static void Add(rd_kafka_headers_t* to, std::string_view name, std::string_view value) {
    rd_kafka_header_add(
        to,
        name.data(),
        static_cast<ssize_t>(name.size()),
        value.data(),
        static_cast<ssize_t>(value.size())
    );
  }

  ~Headers() { rd_kafka_headers_destroy(list); }

  Headers(const Headers&) = delete;
  Headers& operator=(const Headers&) = delete;
};

// A topic of the log; holds librdkafka's handle for it.
class KafkaTopicWriter : public TopicWriter {
 public:
  KafkaTopicWriter(KafkaEventLog& log, rd_kafka_topic_t* topic) : log_(log), topic_(topic) {}

  ~KafkaTopicWriter() override { rd_kafka_topic_destroy(topic_); }

  Status Append(const RecordView& record, AckToken token) override {
    return log_.Append(*this, record, token);
  }

  rd_kafka_topic_t* topic() const { return topic_; }

 private:
  KafkaEventLog& log_;
  rd_kafka_topic_t* topic_;
};

Result<std::unique_ptr<KafkaEventLog>> KafkaEventLog::Open(
    const EventLogOptions& options, AckListener* listener
) {
  CHECK(listener != nullptr);
  CHECK(!options.checkpoint);
  std::shared_ptr<Client> client = ROWHOUSE_TRY(Client::Open(options.kafka, Role::kProducer));
  std::unique_ptr<KafkaEventLog> log(new KafkaEventLog(std::move(client), options, listener));
  KafkaEventLog* self = log.get();
  log->delivery_ = Thread("delivery", [self](std::stop_token stop) { self->Deliver(stop); });
  return log;
}

KafkaEventLog::KafkaEventLog(
    std::shared_ptr<Client> client, const EventLogOptions& options, AckListener* listener
)
    : client_(std::move(client)),
      listener_(listener),
      bytes_max_(options.kafka.queue_bytes),
      headers_(options.headers.empty() ? nullptr : std::make_unique<Headers>(options.headers)),
      queue_(rd_kafka_queue_get_main(client_->native())) {}

KafkaEventLog::~KafkaEventLog() {
  Close();
  delivery_.RequestStop();
  rd_kafka_queue_yield(queue_);
  delivery_.Join();
  {
    MutexLock lock(mu_);
    writers_.clear();
  }
  rd_kafka_queue_destroy(queue_);
}

Status KafkaEventLog::EnsureTopics(const std::vector<TopicSpec>& topics) {
  return Admin(client_).EnsureTopics(topics, Deadline::After(client_->options().request_timeout));
}

Result<TopicWriter*> KafkaEventLog::Writer(const std::string& topic) {
  MutexLock lock(mu_);
  if (const auto found = writers_.find(topic); found != writers_.end()) {
    return found->second.get();
  }
  rd_kafka_topic_t* handle = rd_kafka_topic_new(client_->native(), topic.c_str(), nullptr);
  if (handle == nullptr) {
    return NativeError(rd_kafka_last_error(), fmt::format("opening topic '{}'", topic));
  }
  auto writer = std::make_unique<KafkaTopicWriter>(*this, handle);
  return writers_.emplace(topic, std::move(writer)).first->second.get();
}

Status KafkaEventLog::Append(KafkaTopicWriter& writer, const RecordView& record, AckToken token) {
  const size_t bytes = CostOf(record);
  ROWHOUSE_TRY(Reserve(bytes));
  while (true) {
    const uint64_t drained_before = drained_.load();
    const int err = Produce(writer, record, token);
    if (err == RD_KAFKA_RESP_ERR_NO_ERROR) [[likely]] {
      return Ok();
    }
    const std::string topic = rd_kafka_topic_name(writer.topic());
    if (err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) {
      Refuse({token, topic, record.key}, bytes);
      return Ok();
    }
    if (err != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      Release(bytes, 1);
      if (err == RD_KAFKA_RESP_ERR__FATAL) {
        Fail();
      }
      ROWHOUSE_TRY(StateError());
      return NativeError(err, fmt::format("appending to topic '{}'", topic));
    }
    WaitForDrain(drained_before);
    if (Status state = StateError(); !state) {
      Release(bytes, 1);
      return state;
    }
  }
}

int KafkaEventLog::Produce(KafkaTopicWriter& writer, const RecordView& record, AckToken token) {
  if (headers_ == nullptr && record.headers.empty()) [[likely]] {
    const int result = rd_kafka_produce(
        writer.topic(),
        record.partition,
        RD_KAFKA_MSG_F_COPY,
        DataOf(record.value),
        SizeOf(record.value),
        DataOf(record.key),
        SizeOf(record.key),
        OpaqueOf(token)
    );
    return result == 0 ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_last_error();
  }
  std::array<rd_kafka_vu_t, 7> parts{};
  parts[0].vtype = RD_KAFKA_VTYPE_RKT;
  parts[0].u.rkt = writer.topic();
  parts[1].vtype = RD_KAFKA_VTYPE_PARTITION;
  parts[1].u.i32 = record.partition;
  parts[2].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
  parts[2].u.i = RD_KAFKA_MSG_F_COPY;
  parts[3].vtype = RD_KAFKA_VTYPE_VALUE;
  parts[3].u.mem = {DataOf(record.value), SizeOf(record.value)};
  parts[4].vtype = RD_KAFKA_VTYPE_KEY;
  parts[4].u.mem = {DataOf(record.key), SizeOf(record.key)};
  parts[5].vtype = RD_KAFKA_VTYPE_OPAQUE;
  parts[5].u.ptr = OpaqueOf(token);
  parts[6].vtype = RD_KAFKA_VTYPE_HEADERS;
  parts[6].u.headers = headers_ != nullptr ? rd_kafka_headers_copy(headers_->list)
                                           : rd_kafka_headers_new(record.headers.size());
  for (const HeaderView& header : record.headers) {
    Headers::Add(parts[6].u.headers, header.name, header.value);
  }
  rd_kafka_error_t* error = rd_kafka_produceva(client_->native(), parts.data(), parts.size());
  if (error == nullptr) {
    return RD_KAFKA_RESP_ERR_NO_ERROR;
  }
  rd_kafka_headers_destroy(parts[6].u.headers);  // ours again
  const rd_kafka_resp_err_t code = rd_kafka_error_code(error);
  rd_kafka_error_destroy(error);
  return code;
}

// --- room -------------------------------------------------------------------

Status KafkaEventLog::Reserve(size_t bytes) {
  if (state_.load(std::memory_order_relaxed) != State::kOpen) [[unlikely]] {
    return StateError();
  }
  const bool at_once = large_waiting_.load(std::memory_order_relaxed) == 0 && TryReserve(bytes);
  if (!at_once) [[unlikely]] {
    ROWHOUSE_TRY(WaitForRoom(bytes));
  }
  records_.fetch_add(1);
  return Ok();
}

bool KafkaEventLog::TryReserve(size_t bytes) {
  const size_t before = bytes_.fetch_add(bytes);
  if (before == 0 || before + bytes <= bytes_max_) [[likely]] {
    return true;
  }
  bytes_.fetch_sub(bytes);
  return false;
}

Status KafkaEventLog::WaitForRoom(size_t bytes) {
  // A record above the whole bound waits for the queue to be empty, so the
  // others wait for it: else they would keep it out for ever.
  const int large = bytes > bytes_max_ ? 1 : 0;
  MutexLock lock(mu_);
  waiting_.fetch_add(1);
  large_waiting_.fetch_add(large);
  bool room = false;
  while (!room && state_.load() == State::kOpen) {
    room = (large == 1 || large_waiting_.load() == 0) && TryReserve(bytes);
    if (!room) {
      changed_.WaitUntil(mu_, Deadline::After(kWaitSlice));
    }
  }
  large_waiting_.fetch_sub(large);
  waiting_.fetch_sub(1);
  if (room) {
    changed_.NotifyAll();
    return Ok();
  }
  return failure_ && state_.load() == State::kFailed
             ? Status(*failure_)
             : Status(Error(ErrorKind::kCancelled, "event log closed"));
}

void KafkaEventLog::WaitForDrain(uint64_t drained_before) {
  MutexLock lock(mu_);
  waiting_.fetch_add(1);
  while (state_.load() == State::kOpen && drained_.load() == drained_before) {
    changed_.WaitUntil(mu_, Deadline::After(kWaitSlice));
  }
  waiting_.fetch_sub(1);
}

void KafkaEventLog::Release(size_t bytes, size_t records) {
  bytes_.fetch_sub(bytes);
  const size_t left = records_.fetch_sub(records) - records;
  drained_.fetch_add(1);
  if (waiting_.load() > 0 || left == 0) {
    MutexLock lock(mu_);
    changed_.NotifyAll();
  }
}

void KafkaEventLog::Refuse(const RefusedRecord& record, size_t bytes) {
  Error error = RecordTooLarge(
      {.topic = record.topic,
       .bytes = bytes - kRecordCost,
       .native = RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE},
      client_->options()
  );
  Refusal refusal{record.token, bytes, std::string(record.topic), std::nullopt, std::move(error)};
  if (record.key) {
    refusal.key.emplace(*record.key);
  }
  {
    MutexLock lock(mu_);
    refused_.push_back(std::move(refusal));
  }
  rd_kafka_queue_yield(queue_);
}

Status KafkaEventLog::StateError() const {
  const State state = state_.load();
  if (state == State::kOpen) {
    return Ok();
  }
  MutexLock lock(mu_);
  if (state == State::kFailed && failure_) {
    return *failure_;
  }
  return Error(ErrorKind::kCancelled, "event log closed");
}

// --- end --------------------------------------------------------------------

Status KafkaEventLog::Flush(Deadline deadline) {
  while (records_.load() > 0) {
    ROWHOUSE_TRY(StateError());
    if (deadline.Passed()) {
      return client_->Explain(
          RD_KAFKA_RESP_ERR__TIMED_OUT, fmt::format("{} records not acknowledged", records_.load())
      );
    }
    // Makes the brokers' threads send at once, without linger.
    const auto slice = std::min(deadline.Left(), kFlushSlice);
    rd_kafka_flush(client_->native(), static_cast<int>(slice.count()));
    MutexLock lock(mu_);
    waiting_.fetch_add(1);
    if (records_.load() > 0) {
      changed_.WaitUntil(mu_, Deadline::After(slice));
    }
    waiting_.fetch_sub(1);
  }
  return Ok();
}

void KafkaEventLog::Cut() {
  CHECK(!"a log with transactions is WireEventLog's");
}

Status KafkaEventLog::Commit(const Checkpoint& checkpoint) {
  static_cast<void>(checkpoint);
  return Error(ErrorKind::kInternal, "this event log has no transactions");
}

void KafkaEventLog::Close() {
  if (state_.exchange(State::kClosed) == State::kClosed) {
    return;
  }
  {
    MutexLock lock(mu_);
    changed_.NotifyAll();
  }
  rd_kafka_purge(
      client_->native(),
      RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING
  );
}

void KafkaEventLog::Fail() {
  std::array<char, 512> why{};
  const rd_kafka_resp_err_t code = rd_kafka_fatal_error(client_->native(), why.data(), why.size());
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
    return;
  }
  MutexLock lock(mu_);
  if (failure_) {
    return;
  }
  failure_ = Error(
                 ErrorKind::kUnavailable,
                 fmt::format(
                     "{}: the idempotent producer can't go on: {}",
                     ServerName(client_->options()),
                     why.data()
                 )
  )
                 .WithNative(code)
                 .WithCode("E-KAFKA-004")
                 .WithHint("none: the pipeline opens a new producer at its last checkpoint");
  State open = State::kOpen;
  state_.compare_exchange_strong(open, State::kFailed);
  changed_.NotifyAll();
}

}  // namespace rowhouse::kafka
