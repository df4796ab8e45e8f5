// The half of KafkaEventLog that runs on the thread "delivery".
#include <charconv>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "base/log.h"
#include "kafka/admin.h"
#include "kafka/errors.h"
#include "kafka/event_log.h"

namespace rowhouse::kafka {

namespace {

constexpr int kPollMs = 100;
constexpr seconds kAwayAgain{30};
constexpr seconds kSettingLimit{3};

struct EventDelete {
  void operator()(rd_kafka_event_t* e) const { rd_kafka_event_destroy(e); }
};

using Event = std::unique_ptr<rd_kafka_event_t, EventDelete>;

AckToken TokenOf(const rd_kafka_message_t& message) {
  return reinterpret_cast<AckToken>(message._private);
}

// Tells of neighbours with the same token at once: a token is a batch, and its count is what the
// encode thread is writing to as well.
class AcksOfOneToken {
 public:
  explicit AcksOfOneToken(AckListener& listener) : listener_(listener) {}

  void Add(AckToken token) {
    if (token != token_) {
      Tell();
      token_ = token;
    }
    ++records_;
  }

  void Tell() {
    const size_t records = std::exchange(records_, 0);
    if (records > 0) {
      listener_.OnAcks(token_, records);
    }
  }

 private:
  AckListener& listener_;
  AckToken token_ = 0;
  size_t records_ = 0;
};

}  // namespace

void KafkaEventLog::Deliver(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    Event event(rd_kafka_queue_poll(queue_, kPollMs));
    TellRefused();
    WatchAway();
    const int type = rd_kafka_event_type(event.get());  // of null: NONE
    if (type == RD_KAFKA_EVENT_ERROR) {
      if (rd_kafka_event_error_is_fatal(event.get()) != 0) {
        Fail();
      }
      OnTrouble(rd_kafka_event_error(event.get()), rd_kafka_event_error_string(event.get()));
    } else if (type == RD_KAFKA_EVENT_DR) {
      size_t bytes = 0;
      size_t records = 0;
      AcksOfOneToken acks(*listener_);
      while (const rd_kafka_message_t* message = rd_kafka_event_message_next(event.get())) {
        bytes += kRecordCost + message->len + message->key_len;
        ++records;
        if (OnDelivered(*message)) {
          acks.Add(TokenOf(*message));
        }
      }
      acks.Tell();
      event.reset();  // librdkafka counts the records as queued until here
      Release(bytes, records);
    }
  }
}

void KafkaEventLog::TellRefused() {
  std::vector<Refusal> refused;
  {
    MutexLock lock(mu_);
    refused.swap(refused_);
  }
  for (const Refusal& r : refused) {
    if (state_.load() != State::kClosed) {
      listener_->OnRefused({r.token, r.topic, r.key}, r.error);
    }
    Release(r.bytes, 1);
  }
}

bool KafkaEventLog::OnDelivered(const rd_kafka_message_t& message) {
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) [[likely]] {
    if (away_since_) [[unlikely]] {
      const auto away = Clock::Real().Now() - *away_since_;
      LogInfo(
          ServerName(client_->options()) + " is back",
          {{"away_ms", std::chrono::duration_cast<milliseconds>(away).count()}}
      );
      away_since_.reset();
    }
    return true;
  }
  if (state_.load() == State::kClosed) {
    return false;
  }
  // A failed producer purges what it holds; say why before telling of it.
  Fail();
  const Error loss = LossOf(message);
  if (loss.kind() == ErrorKind::kBadRecord) {
    RefusedRecord record{TokenOf(message), rd_kafka_topic_name(message.rkt), std::nullopt};
    if (message.key != nullptr) {
      record.key.emplace(static_cast<const char*>(message.key), message.key_len);
    }
    listener_->OnRefused(record, loss);
  } else {
    listener_->OnLost(TokenOf(message), loss);
  }
  return false;
}

// The topic's max.message.bytes; 0 where it can't be had. Asked once a topic.
size_t KafkaEventLog::LimitOf(const std::string& topic) {
  if (const auto known = limits_.find(topic); known != limits_.end()) {
    return known->second;
  }
  size_t& bytes = limits_[topic];
  const auto text =
      Admin(client_).Setting(topic, "max.message.bytes", Deadline::After(kSettingLimit));
  if (text) {
    std::from_chars(text->data(), text->data() + text->size(), bytes);
  }
  return bytes;
}

Error KafkaEventLog::LossOf(const rd_kafka_message_t& message) {
  const char* topic = rd_kafka_topic_name(message.rkt);
  const size_t bytes = message.len + message.key_len;
  const KafkaOptions& options = client_->options();
  if (message.err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ||
      message.err == RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE) {
    return RecordTooLarge(
        {.topic = topic,
         .bytes = bytes,
         .native = message.err,
         .limit = LimitOf(topic),
         .partition = message.partition},
        options
    );
  }
  {
    MutexLock lock(mu_);
    if (failure_) {
      return *failure_;
    }
  }
  const std::string what =
      fmt::format("{}: record of {} bytes for topic '{}'", ServerName(options), bytes, topic);
  Error error = NativeError(message.err, what);
  if (error.kind() == ErrorKind::kNotFound) {
    // The topic was there when the log was opened: opening it anew makes it again.
    return Error(ErrorKind::kUnavailable, what + ": the topic is no longer there")
        .WithNative(message.err);
  }
  return error;
}

void KafkaEventLog::OnTrouble(int code, const char* reason) {
  client_->NoteTrouble(code, reason);
  const ErrorKind kind = KindOf(code);
  if (kind == ErrorKind::kAuth || kind == ErrorKind::kConfig) {
    LogError("kafka refuses us", NativeError(code, ServerName(client_->options()), reason));
    return;
  }
  LogDebug("kafka trouble", {{"code", code}, {"reason", reason}});
  if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && !away_since_) {
    away_since_ = Clock::Real().Now();
    away_at_ = FormatUtc(Clock::Real().WallMicros());
    away_told_ = *away_since_ - kAwayAgain;
  }
}

void KafkaEventLog::WatchAway() {
  if (!away_since_ || Clock::Real().Now() - away_told_ < kAwayAgain) {
    return;
  }
  away_told_ = Clock::Real().Now();
  LogWarn(
      ServerName(client_->options()) + " is away since " + away_at_,
      client_->Explain(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, "connecting"),
      {{"records_waiting", records_.load()}, {"bytes_waiting", bytes_.load()}}
  );
}

}  // namespace rowhouse::kafka
