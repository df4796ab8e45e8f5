#include "kafka/wire/messages.h"

#include <fmt/format.h>

#include "kafka/wire/codec.h"

namespace rowhouse::kafka::wire {

namespace {

constexpr int16_t kAllInSync = -1;
constexpr int8_t kOfTransactions = 1;  // a coordinator's kind

// Whether a request's header ends with tags.
bool Flexible(ApiKey key, int16_t version) {
  return key == ApiKey::kDescribeProducers || (key == ApiKey::kApiVersions && version >= 3);
}

void TransactionalId(WireWriter& w, std::string_view id) {
  if (id.empty()) {
    w.NullString();
  } else {
    w.String(id);
  }
}

// Writes what lies by topic and partition, neighbours of one topic as one entry of it.
template <typename Part, typename Each>
void ByTopic(WireWriter& w, std::span<const Part> parts, Each each) {
  size_t topics = 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    topics += i == 0 || parts[i].topic != parts[i - 1].topic ? 1 : 0;
  }
  w.Count(topics);
  for (size_t i = 0; i < parts.size();) {
    size_t end = i;
    while (end < parts.size() && parts[end].topic == parts[i].topic) {
      ++end;
    }
    w.String(parts[i].topic);
    w.Count(end - i);
    for (; i < end; ++i) {
      w.I32(parts[i].partition);
      each(parts[i]);
    }
  }
}

Error Damaged(std::string_view answer) {
  return Error(ErrorKind::kInternal, fmt::format("a broker's {} answer can't be read", answer));
}

}  // namespace

Request::Request(ApiKey key, int16_t version, int32_t correlation, std::string_view client_id)
    : key_(key), version_(version), correlation_(correlation) {
  WireWriter w(bytes_);
  w.I32(0);  // the length, by Finish()
  w.I16(static_cast<int16_t>(key));
  w.I16(version);
  w.I32(correlation);
  w.String(client_id);
  if (Flexible(key, version)) {
    w.NoTags();
  }
}

void Request::Attach(ByteView batch) {
  writer().Count(batch.size());
  attached_.push_back({bytes_.size(), batch});
}

void Request::Finish() {
  size_t size = bytes_.size();
  for (const Attachment& a : attached_) {
    size += a.batch.size();
  }
  PutBigEndian(bytes_.data(), size - 4, 4);
}

std::vector<ByteView> Request::Pieces() const {
  std::vector<ByteView> pieces;
  pieces.reserve(2 * attached_.size() + 1);
  size_t from = 0;
  for (const Attachment& a : attached_) {
    pieces.emplace_back(bytes_.data() + from, a.at - from);
    pieces.push_back(a.batch);
    from = a.at;
  }
  if (from < bytes_.size()) {
    pieces.emplace_back(bytes_.data() + from, bytes_.size() - from);
  }
  return pieces;
}

// --- ApiVersions ----------------------------------------------------------------

void EncodeApiVersions(Request& request, std::string_view software_version) {
  if (request.version() >= 3) {
    WireWriter w = request.writer();
    w.CompactString("rowhouse");
    w.CompactString(software_version);
    w.NoTags();
  }
}

Result<ApiVersionsAnswer> DecodeApiVersions(int16_t version, ByteView body) {
  WireReader in(body);
  ApiVersionsAnswer answer;
  answer.code = in.I16();
  if (answer.code == kUnsupportedVersion) {
    return answer;
  }
  const bool flexible = version >= 3;
  for (size_t left = flexible ? in.CompactCount() : in.Count(); left > 0 && in.ok(); --left) {
    const int16_t key = in.I16();
    ApiRange& range = answer.ranges[key];
    range.least = in.I16();
    range.most = in.I16();
    if (flexible) {
      in.SkipTags();
    }
  }
  return in.ok() ? Result<ApiVersionsAnswer>(std::move(answer)) : Damaged("ApiVersions");
}

// --- Metadata -------------------------------------------------------------------

void EncodeMetadata(Request& request, std::span<const std::string> topics) {
  WireWriter w = request.writer();
  w.Count(topics.size());
  for (const std::string& topic : topics) {
    w.String(topic);
  }
  if (request.version() >= 4) {
    w.I8(0);  // never create one
  }
}

Result<MetadataAnswer> DecodeMetadata(int16_t version, ByteView body) {
  WireReader in(body);
  MetadataAnswer answer;
  if (version >= 3) {
    in.I32();  // throttle
  }
  for (size_t left = in.Count(); left > 0 && in.ok(); --left) {
    BrokerAddress& broker = answer.brokers.emplace_back();
    broker.id = in.I32();
    broker.host = in.String();
    broker.port = static_cast<uint16_t>(in.I32());
    in.String();  // rack
  }
  in.String();  // cluster id
  in.I32();     // controller
  const auto skip_nodes = [&in] { in.Run(4 * in.Count()); };
  for (size_t topics = in.Count(); topics > 0 && in.ok(); --topics) {
    TopicPlace& topic = answer.topics.emplace_back();
    topic.code = in.I16();
    topic.topic = in.String();
    in.Bool();  // internal
    for (size_t left = in.Count(); left > 0 && in.ok(); --left) {
      in.I16();  // says why there is no leader
      PartitionPlace& place = topic.partitions.emplace_back();
      place.partition = in.I32();
      place.leader = in.I32();
      place.epoch = version >= 7 ? in.I32() : -1;
      skip_nodes();  // replicas
      skip_nodes();  // those in sync
      if (version >= 5) {
        skip_nodes();  // those offline
      }
    }
  }
  return in.ok() ? Result<MetadataAnswer>(std::move(answer)) : Damaged("Metadata");
}

// --- InitProducerId -------------------------------------------------------------

void EncodeInitProducerId(
    Request& request, std::string_view transactional_id, milliseconds transaction_timeout
) {
  WireWriter w = request.writer();
  TransactionalId(w, transactional_id);
  w.I32(static_cast<int32_t>(transaction_timeout.count()));
}

Result<InitProducerIdAnswer> DecodeInitProducerId(ByteView body) {
  WireReader in(body);
  InitProducerIdAnswer answer;
  in.I32();  // throttle
  answer.code = in.I16();
  answer.producer.id = in.I64();
  answer.producer.epoch = in.I16();
  return in.ok() ? Result<InitProducerIdAnswer>(answer) : Damaged("InitProducerId");
}

// --- Produce --------------------------------------------------------------------

void EncodeProduce(
    Request& request,
    std::string_view transactional_id,
    std::span<const ProducePart> parts,
    int32_t timeout_ms
) {
  WireWriter w = request.writer();
  TransactionalId(w, transactional_id);
  w.I16(kAllInSync);
  w.I32(timeout_ms);
  ByTopic(w, parts, [&request](const ProducePart& part) { request.Attach(part.batch); });
}

Result<std::vector<ProduceResult>> DecodeProduce(int16_t version, ByteView body) {
  WireReader in(body);
  std::vector<ProduceResult> results;
  for (size_t topics = in.Count(); topics > 0 && in.ok(); --topics) {
    const std::string topic = in.String();
    for (size_t left = in.Count(); left > 0 && in.ok(); --left) {
      ProduceResult& r = results.emplace_back();
      r.topic = topic;
      r.partition = in.I32();
      r.code = in.I16();
      r.offset = in.I64();
      in.I64();  // the log's time
      in.I64();  // the log's first offset
      if (version >= 8) {
        for (size_t bad = in.Count(); bad > 0 && in.ok(); --bad) {
          in.I32();  // which record
          const std::string why = in.String();
          r.message = r.message.empty() ? why : r.message;
        }
        const std::string why = in.String();
        r.message = why.empty() ? r.message : why;
      }
    }
  }
  return in.ok() ? Result<std::vector<ProduceResult>>(std::move(results)) : Damaged("Produce");
}

// --- transactions ---------------------------------------------------------------

void EncodeFindCoordinator(Request& request, std::string_view transactional_id) {
  WireWriter w = request.writer();
  w.String(transactional_id);
  w.I8(kOfTransactions);
}

Result<FindCoordinatorAnswer> DecodeFindCoordinator(ByteView body) {
  WireReader in(body);
  FindCoordinatorAnswer answer;
  in.I32();  // throttle
  answer.code = in.I16();
  answer.message = in.String();
  answer.broker = in.I32();
  in.String();  // host
  in.I32();     // port
  return in.ok() ? Result<FindCoordinatorAnswer>(std::move(answer)) : Damaged("FindCoordinator");
}

void EncodeAddPartitionsToTxn(
    Request& request,
    std::string_view transactional_id,
    const ProducerId& producer,
    std::span<const PartitionName> partitions
) {
  WireWriter w = request.writer();
  w.String(transactional_id);
  w.I64(producer.id);
  w.I16(producer.epoch);
  ByTopic(w, partitions, [](const PartitionName&) {});
}

Result<std::vector<AddedPartition>> DecodeAddPartitionsToTxn(ByteView body) {
  WireReader in(body);
  std::vector<AddedPartition> added;
  in.I32();  // throttle
  for (size_t topics = in.Count(); topics > 0 && in.ok(); --topics) {
    const std::string topic = in.String();
    for (size_t left = in.Count(); left > 0 && in.ok(); --left) {
      AddedPartition& one = added.emplace_back();
      one.topic = topic;
      one.partition = in.I32();
      one.code = in.I16();
    }
  }
  return in.ok() ? Result<std::vector<AddedPartition>>(std::move(added))
                 : Damaged("AddPartitionsToTxn");
}

void EncodeEndTxn(
    Request& request, std::string_view transactional_id, const ProducerId& producer, Outcome outcome
) {
  WireWriter w = request.writer();
  w.String(transactional_id);
  w.I64(producer.id);
  w.I16(producer.epoch);
  w.I8(static_cast<int8_t>(outcome));
}

Result<int16_t> DecodeEndTxn(ByteView body) {
  WireReader in(body);
  in.I32();  // throttle
  const int16_t code = in.I16();
  return in.ok() ? Result<int16_t>(code) : Damaged("EndTxn");
}

// --- DescribeProducers ------------------------------------------------------------

void EncodeDescribeProducers(Request& request, const PartitionName& partition) {
  WireWriter w = request.writer();
  w.CompactCount(1);
  w.CompactString(partition.topic);
  w.CompactCount(1);
  w.I32(partition.partition);
  w.NoTags();
  w.NoTags();
}

// Of one partition: the request names no more.
Result<DescribeProducersAnswer> DecodeDescribeProducers(ByteView body) {
  WireReader in(body);
  DescribeProducersAnswer answer;
  in.SkipTags();  // of the header
  in.I32();       // throttle
  in.CompactCount();
  in.CompactString();
  in.CompactCount();
  in.I32();  // the partition
  answer.code = in.I16();
  answer.message = in.CompactString();
  for (size_t left = in.CompactCount(); left > 0 && in.ok(); --left) {
    ActiveProducer& producer = answer.producers.emplace_back();
    producer.id = in.I64();
    producer.epoch = in.I32();
    producer.last_sequence = in.I32();
    in.I64();  // when
    in.I32();  // coordinator's epoch
    in.I64();  // where its transaction began
    in.SkipTags();
  }
  return in.ok() ? Result<DescribeProducersAnswer>(std::move(answer))
                 : Damaged("DescribeProducers");
}

// --- SASL -----------------------------------------------------------------------

void EncodeSaslHandshake(Request& request, std::string_view mechanism) {
  request.writer().String(mechanism);
}

Result<SaslHandshakeAnswer> DecodeSaslHandshake(ByteView body) {
  WireReader in(body);
  SaslHandshakeAnswer answer;
  answer.code = in.I16();
  for (size_t left = in.Count(); left > 0 && in.ok(); --left) {
    answer.mechanisms.push_back(in.String());
  }
  return in.ok() ? Result<SaslHandshakeAnswer>(std::move(answer)) : Damaged("SaslHandshake");
}

void EncodeSaslAuthenticate(Request& request, std::string_view bytes) {
  request.writer().Bytes(bytes);
}

Result<SaslAuthenticateAnswer> DecodeSaslAuthenticate(ByteView body) {
  WireReader in(body);
  SaslAuthenticateAnswer answer;
  answer.code = in.I16();
  answer.message = in.String();
  answer.bytes = std::string(in.Bytes());
  return in.ok() ? Result<SaslAuthenticateAnswer>(std::move(answer)) : Damaged("SaslAuthenticate");
}

}  // namespace rowhouse::kafka::wire
