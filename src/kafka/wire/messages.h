#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "kafka/wire/codec.h"
#include "kafka/wire/record_batch.h"

// The requests a producer makes and what they are answered, in versions that every broker
// from Kafka 2.8 to 4.1 speaks.
namespace rowhouse::kafka::wire {

enum class ApiKey : int16_t {
  kProduce = 0,
  kMetadata = 3,
  kFindCoordinator = 10,
  kSaslHandshake = 17,
  kApiVersions = 18,
  kInitProducerId = 22,
  kAddPartitionsToTxn = 24,
  kEndTxn = 26,
  kSaslAuthenticate = 36,
  kDescribeProducers = 61,
};

// The brokers' error codes that we answer in a way of their own; the others go by the
// module's table (kafka/errors.h).
enum BrokerCode : int16_t {
  kUnknownServerError = -1,
  kNoError = 0,
  kCorruptMessage = 2,
  kUnknownTopicOrPartition = 3,
  kLeaderNotAvailable = 5,
  kNotLeader = 6,
  kMessageTooLarge = 10,
  kCoordinatorLoading = 14,
  kCoordinatorNotAvailable = 15,
  kNotCoordinator = 16,
  kRecordListTooLarge = 18,
  kUnsupportedVersion = 35,
  kOutOfOrderSequence = 45,
  kDuplicateSequence = 46,
  kInvalidProducerEpoch = 47,
  kInvalidTransactionState = 48,
  kInvalidProducerIdMapping = 49,
  kInvalidTransactionTimeout = 50,
  kConcurrentTransactions = 51,
  kOperationNotAttempted = 55,
  kUnknownProducerId = 59,
  kProducerFenced = 90,
};

// A request's bytes: what we write ourselves, and between that the batches where they lie.
//
// Owns: its own bytes; batches must outlive it.
class Request {
 public:
  // Starts with the header; `correlation` pairs request and answer.
  Request(ApiKey key, int16_t version, int32_t correlation, std::string_view client_id);

  WireWriter writer() { return WireWriter(bytes_); }

  // Bytes that lie elsewhere, with their length before them.
  void Attach(ByteView batch);

  // Writes the length in front; then Pieces() may be sent.
  void Finish();

  ApiKey key() const { return key_; }

  int16_t version() const { return version_; }

  int32_t correlation() const { return correlation_; }

  // In the order they are sent.
  std::vector<ByteView> Pieces() const;

 private:
  struct Attachment {
    size_t at;  // in bytes_
    ByteView batch;
  };

  ApiKey key_;
  int16_t version_;
  int32_t correlation_;
  Buffer bytes_;
  std::vector<Attachment> attached_;
};

// A broker's versions of the requests we know.
struct ApiRange {
  int16_t least = 0;
  int16_t most = 0;
};

using ApiRanges = std::map<int16_t, ApiRange>;

// What a broker speaks.
struct ApiVersionsAnswer {
  int16_t code = 0;
  ApiRanges ranges;
};

// Version 3, which names client and version; or 0, for a server that knows no 3: such a one
// answers with kUnsupportedVersion, and what else it says then is not read.
void EncodeApiVersions(Request& request, std::string_view software_version);
Result<ApiVersionsAnswer> DecodeApiVersions(int16_t version, ByteView body);

// A broker, as it wants to be reached.
struct BrokerAddress {
  int32_t id = 0;
  std::string host;
  uint16_t port = 0;
};

// Where one partition is written to.
struct PartitionPlace {
  int32_t partition = 0;
  int32_t leader = -1;  // -1: none now
  int32_t epoch = -1;
};

// Where a topic's partitions lie, or why that can't be said.
struct TopicPlace {
  int16_t code = 0;
  std::string topic;
  std::vector<PartitionPlace> partitions;
};

// The brokers there are, and the topics asked for.
struct MetadataAnswer {
  std::vector<BrokerAddress> brokers;
  std::vector<TopicPlace> topics;
};

// Of these topics, and never makes one (which versions below 4 can't ask for; only test
// doubles of a broker speak no higher one).
void EncodeMetadata(Request& request, std::span<const std::string> topics);
Result<MetadataAnswer> DecodeMetadata(int16_t version, ByteView body);

// Who we are from now on.
struct InitProducerIdAnswer {
  int16_t code = 0;
  ProducerId producer;
};

// `transactional_id` empty: without transactions, and then the timeout means nothing. With one, the
// answer comes when nobody of that id can write any more, and what they had open is aborted.
void EncodeInitProducerId(
    Request& request, std::string_view transactional_id, milliseconds transaction_timeout
);
Result<InitProducerIdAnswer> DecodeInitProducerId(ByteView body);

// One batch of one partition on its way.
struct ProducePart {
  std::string_view topic;
  int32_t partition = 0;
  ByteView batch;
};

// What became of one partition's batch.
struct ProduceResult {
  std::string topic;
  int32_t partition = 0;
  int16_t code = 0;
  int64_t offset = -1;
  std::string message;
};

// Acknowledged by all in-sync replicas. `parts` with neighbours of one topic together;
// `transactional_id` empty: outside transactions.
void EncodeProduce(
    Request& request,
    std::string_view transactional_id,
    std::span<const ProducePart> parts,
    int32_t timeout_ms
);
Result<std::vector<ProduceResult>> DecodeProduce(int16_t version, ByteView body);

// Which broker keeps the state of a transactional id.
struct FindCoordinatorAnswer {
  int16_t code = 0;
  std::string message;
  int32_t broker = -1;
};

void EncodeFindCoordinator(Request& request, std::string_view transactional_id);
Result<FindCoordinatorAnswer> DecodeFindCoordinator(ByteView body);

// One partition, as requests about transactions name it.
struct PartitionName {
  std::string_view topic;
  int32_t partition = 0;
};

// What became of adding one partition.
struct AddedPartition {
  std::string topic;
  int32_t partition = 0;
  int16_t code = 0;
};

// Makes partitions part of the transaction, and opens one where none is. Neighbours of one topic
// together.
void EncodeAddPartitionsToTxn(
    Request& request,
    std::string_view transactional_id,
    const ProducerId& producer,
    std::span<const PartitionName> partitions
);
Result<std::vector<AddedPartition>> DecodeAddPartitionsToTxn(ByteView body);

enum class Outcome : int8_t { kAbort = 0, kCommit = 1 };

void EncodeEndTxn(
    Request& request, std::string_view transactional_id, const ProducerId& producer, Outcome outcome
);
// The broker's code.
Result<int16_t> DecodeEndTxn(ByteView body);

// What the leader of one partition remembers of a producer that has written to it.
struct ActiveProducer {
  int64_t id = -1;
  int32_t epoch = -1;
  int32_t last_sequence = -1;  // of the last record it stored
};

// What the leader remembers, or why it does not say.
struct DescribeProducersAnswer {
  int16_t code = 0;
  std::string message;
  std::vector<ActiveProducer> producers;
};

void EncodeDescribeProducers(Request& request, const PartitionName& partition);
Result<DescribeProducersAnswer> DecodeDescribeProducers(ByteView body);

// Whether the mechanism is one of the broker's.
struct SaslHandshakeAnswer {
  int16_t code = 0;
  std::vector<std::string> mechanisms;
};

void EncodeSaslHandshake(Request& request, std::string_view mechanism);
Result<SaslHandshakeAnswer> DecodeSaslHandshake(ByteView body);

// The broker's part of a login.
struct SaslAuthenticateAnswer {
  int16_t code = 0;
  std::string message;
  std::string bytes;
};

void EncodeSaslAuthenticate(Request& request, std::string_view bytes);
Result<SaslAuthenticateAnswer> DecodeSaslAuthenticate(ByteView body);

}  // namespace rowhouse::kafka::wire
