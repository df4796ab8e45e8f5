#include "kafka/errors.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

namespace rowhouse::kafka {

namespace {

constexpr std::string_view kReach =
    "check kafka.bootstrap, and that the broker's advertised.listeners can be reached from here";
constexpr std::string_view kCredentials =
    "check mechanism, username and password of kafka.security";
constexpr std::string_view kTls =
    "check ca, cert and key of kafka.security, and that the listener speaks TLS";
constexpr std::string_view kAcl = "grant the user the missing ACL (kafka-acls --add)";
constexpr std::string_view kSize =
    "raise max.message.bytes of the topic (or message.max.bytes of the broker)";

constexpr auto kRows = std::to_array<ErrorRow>({
    {RD_KAFKA_RESP_ERR__TRANSPORT, ErrorKind::kUnavailable, kReach},
    {RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, ErrorKind::kUnavailable, kReach},
    {RD_KAFKA_RESP_ERR__RESOLVE, ErrorKind::kUnavailable, kReach},
    {RD_KAFKA_RESP_ERR__TIMED_OUT, ErrorKind::kUnavailable, kReach},
    {RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, ErrorKind::kUnavailable, kReach},
    {RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE, ErrorKind::kUnavailable, {}},
    {RD_KAFKA_RESP_ERR__QUEUE_FULL, ErrorKind::kUnavailable, {}},
    {RD_KAFKA_RESP_ERR__WAIT_COORD, ErrorKind::kUnavailable, {}},
    {RD_KAFKA_RESP_ERR__WAIT_CACHE, ErrorKind::kUnavailable, {}},
    {RD_KAFKA_RESP_ERR__IN_PROGRESS, ErrorKind::kUnavailable, {}},
    {RD_KAFKA_RESP_ERR__PREV_IN_PROGRESS, ErrorKind::kUnavailable, {}},
    {RD_KAFKA_RESP_ERR__RETRY, ErrorKind::kUnavailable, {}},
    {RD_KAFKA_RESP_ERR__ISR_INSUFF, ErrorKind::kUnavailable, {}},
    {RD_KAFKA_RESP_ERR__PARTIAL, ErrorKind::kUnavailable, {}},
    {RD_KAFKA_RESP_ERR__UNKNOWN_BROKER, ErrorKind::kUnavailable, {}},
    {RD_KAFKA_RESP_ERR__FATAL, ErrorKind::kUnavailable, {}},
    {RD_KAFKA_RESP_ERR__GAPLESS_GUARANTEE, ErrorKind::kUnavailable, {}},
    {RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST, ErrorKind::kUnavailable, {}},
    {RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED, ErrorKind::kUnavailable, {}},
    {RD_KAFKA_RESP_ERR_UNKNOWN, ErrorKind::kUnavailable, {}},
    {RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, ErrorKind::kUnavailable, {}},
    {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, ErrorKind::kUnavailable, {}},
    {RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, ErrorKind::kUnavailable, {}},
    {RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE, ErrorKind::kUnavailable, {}},
    {RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE, ErrorKind::kUnavailable, {}},
    {RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION, ErrorKind::kUnavailable, {}},
    {RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, ErrorKind::kUnavailable, {}},
    {RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, ErrorKind::kUnavailable, {}},
    {RD_KAFKA_RESP_ERR_NOT_COORDINATOR, ErrorKind::kUnavailable, {}},
    {RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, ErrorKind::kUnavailable, {}},
    {RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND, ErrorKind::kUnavailable, {}},
    {RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, ErrorKind::kUnavailable, {}},
    {RD_KAFKA_RESP_ERR_NOT_CONTROLLER, ErrorKind::kUnavailable, {}},
    {RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR, ErrorKind::kUnavailable, {}},
    {RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, ErrorKind::kUnavailable, {}},
    {RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID, ErrorKind::kUnavailable, {}},
    {RD_KAFKA_RESP_ERR__FENCED, ErrorKind::kUnavailable, {}},
    {RD_KAFKA_RESP_ERR_PRODUCER_FENCED, ErrorKind::kUnavailable, {}},
    {RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, ErrorKind::kUnavailable, {}},
    {RD_KAFKA_RESP_ERR_INVALID_TXN_STATE, ErrorKind::kUnavailable, {}},
    {RD_KAFKA_RESP_ERR_INVALID_PRODUCER_ID_MAPPING, ErrorKind::kUnavailable, {}},
    {RD_KAFKA_RESP_ERR_TRANSACTION_COORDINATOR_FENCED, ErrorKind::kUnavailable, {}},
    {RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS, ErrorKind::kUnavailable, {}},
    {RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH, ErrorKind::kUnavailable, {}},
    {RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH, ErrorKind::kUnavailable, {}},
    {RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE, ErrorKind::kUnavailable, {}},
    {RD_KAFKA_RESP_ERR_PREFERRED_LEADER_NOT_AVAILABLE, ErrorKind::kUnavailable, {}},
    {RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT, ErrorKind::kUnavailable, {}},
    {RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED, ErrorKind::kUnavailable, {}},

    {RD_KAFKA_RESP_ERR__BAD_MSG, ErrorKind::kBadRecord, {}},
    {RD_KAFKA_RESP_ERR__BAD_COMPRESSION, ErrorKind::kBadRecord, {}},
    {RD_KAFKA_RESP_ERR_INVALID_MSG, ErrorKind::kBadRecord, {}},
    {RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE, ErrorKind::kBadRecord, {}},
    {RD_KAFKA_RESP_ERR_INVALID_RECORD, ErrorKind::kBadRecord, {}},
    {RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP, ErrorKind::kBadRecord, {}},
    {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, ErrorKind::kBadRecord, kSize},
    {RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE, ErrorKind::kBadRecord, kSize},

    {RD_KAFKA_RESP_ERR__AUTHENTICATION, ErrorKind::kAuth, kCredentials},
    {RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, ErrorKind::kAuth, kCredentials},
    {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, ErrorKind::kAuth, kAcl},
    {RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, ErrorKind::kAuth, kAcl},
    {RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, ErrorKind::kAuth, kAcl},
    {RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED, ErrorKind::kAuth, kAcl},

    {RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, ErrorKind::kNotFound, {}},
    {RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, ErrorKind::kNotFound, {}},
    {RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET, ErrorKind::kNotFound, {}},
    {RD_KAFKA_RESP_ERR__NO_OFFSET, ErrorKind::kNotFound, {}},
    {RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, ErrorKind::kNotFound, {}},
    {RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, ErrorKind::kNotFound, {}},
    {RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND, ErrorKind::kNotFound, {}},

    {RD_KAFKA_RESP_ERR__SSL, ErrorKind::kConfig, kTls},
    {RD_KAFKA_RESP_ERR__INVALID_ARG, ErrorKind::kConfig, {}},
    {RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE, ErrorKind::kConfig, {}},
    {RD_KAFKA_RESP_ERR__NOT_CONFIGURED, ErrorKind::kConfig, {}},
    {RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION,
     ErrorKind::kConfig,
     "topic names have 1 to 249 characters out of A-Z a-z 0-9 . _ -"},
    {RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM, ErrorKind::kConfig, kCredentials},
    {RD_KAFKA_RESP_ERR_ILLEGAL_SASL_STATE, ErrorKind::kConfig, kCredentials},
    {RD_KAFKA_RESP_ERR_SECURITY_DISABLED, ErrorKind::kConfig, {}},
    {RD_KAFKA_RESP_ERR_INVALID_PARTITIONS, ErrorKind::kConfig, {}},
    {RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR,
     ErrorKind::kConfig,
     "a topic has at most as many replicas as there are brokers"},
    {RD_KAFKA_RESP_ERR_INVALID_CONFIG, ErrorKind::kConfig, {}},
    {RD_KAFKA_RESP_ERR_POLICY_VIOLATION, ErrorKind::kConfig, {}},
    {RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION, ErrorKind::kConfig, "Kafka 2.8 or newer is needed"},
    {RD_KAFKA_RESP_ERR_UNSUPPORTED_COMPRESSION_TYPE,
     ErrorKind::kConfig,
     "set kafka.compression to lz4"},
    {RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT, ErrorKind::kConfig, {}},

    {RD_KAFKA_RESP_ERR__DESTROY, ErrorKind::kCancelled, {}},
    {RD_KAFKA_RESP_ERR__INTR, ErrorKind::kCancelled, {}},
    {RD_KAFKA_RESP_ERR__PURGE_QUEUE, ErrorKind::kCancelled, {}},
    {RD_KAFKA_RESP_ERR__PURGE_INFLIGHT, ErrorKind::kCancelled, {}},
});

const ErrorRow* Find(int code) {
  const auto* row =
      std::find_if(kRows.begin(), kRows.end(), [&](const ErrorRow& r) { return r.code == code; });
  return row == kRows.end() ? nullptr : row;
}

}  // namespace

std::span<const ErrorRow> ErrorTable() {
  return kRows;
}

ErrorKind KindOf(int code) {
  const ErrorRow* row = Find(code);
  return row == nullptr ? ErrorKind::kInternal : row->kind;
}

Error NativeError(int code, std::string_view what, std::string_view reason) {
  const ErrorRow* row = Find(code);
  const char* text = rd_kafka_err2str(static_cast<rd_kafka_resp_err_t>(code));
  std::string message = fmt::format("{}: {}", what, text);
  if (!reason.empty() && reason != text) {
    message += fmt::format(": {}", reason);
  }
  const bool away = row != nullptr && row->hint == kReach;
  return Error(row == nullptr ? ErrorKind::kInternal : row->kind, std::move(message))
      .WithNative(code)
      .WithCode(away ? "E-KAFKA-001" : "")
      .WithHint(std::string(row == nullptr ? std::string_view{} : row->hint));
}

Error Unreachable(std::string_view what, std::string_view reason) {
  return NativeError(RD_KAFKA_RESP_ERR__TRANSPORT, what, reason);
}

Error TlsTrouble(std::string_view what, std::string_view reason) {
  return NativeError(RD_KAFKA_RESP_ERR__SSL, what, reason);
}

Error TooLate(std::string_view what) {
  return NativeError(RD_KAFKA_RESP_ERR__TIMED_OUT, what);
}

Error LoginRefused(std::string_view what, std::string_view reason) {
  return NativeError(RD_KAFKA_RESP_ERR__AUTHENTICATION, what, reason);
}

Error RecordTooLarge(const LargeRecord& record, const KafkaOptions& options) {
  const auto& [topic, bytes, native, limit, partition] = record;
  std::string what = fmt::format(
      // Of several that were sent together no answer tells which it was.
      "{} of {} bytes is too large for topic '{}'{} of kafka {}",
      bytes < limit ? "a batch with a record" : "record",
      bytes,
      topic,
      partition < 0 ? "" : fmt::format(" (partition {})", partition),
      options.bootstrap
  );
  if (limit > 0) {
    what += fmt::format(", whose max.message.bytes is {} (counted after compression)", limit);
  }
  return Error(ErrorKind::kBadRecord, std::move(what))
      .WithNative(native)
      .WithCode("E-KAFKA-003")
      .WithHint(fmt::format(
          "raise max.message.bytes of the topic (kafka-configs.sh --alter --entity-type topics "
          "--entity-name {} --add-config max.message.bytes=N; rowhouse itself sends up to {} "
          "bytes), "
          "then load the table again: rowhouse resync",
          topic,
          options.record_bytes_max
      ));
}

}  // namespace rowhouse::kafka
