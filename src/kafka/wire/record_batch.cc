#include "kafka/wire/record_batch.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/check.h"
#include "base/varint.h"
#include "kafka/wire/codec.h"
#include "kafka/wire/crc32c.h"

namespace rowhouse::kafka::wire {

namespace {

// Where the header's fields lie.
constexpr size_t kLengthAt = 8;
constexpr size_t kLeaderEpochAt = 12;
constexpr size_t kMagicAt = 16;
constexpr size_t kCrcAt = 17;
constexpr size_t kAttributesAt = 21;
constexpr size_t kLastDeltaAt = 23;
constexpr size_t kFirstTimeAt = 27;
constexpr size_t kLastTimeAt = 35;
constexpr size_t kProducerIdAt = 43;
constexpr size_t kProducerEpochAt = 51;
constexpr size_t kSequenceAt = 53;
constexpr size_t kRecordsAt = 57;

constexpr uint8_t kMagic = 2;
constexpr uint64_t kTransactional = 0x10;                 // among the attributes
constexpr size_t kNumbersMost = 5 * kVarintBytesMax + 1;  // of one record, with its attributes

size_t VarintBytes(uint64_t v) {
  return (static_cast<size_t>(std::bit_width(v | 1)) + 6) / 7;
}

size_t ZigZagBytes(int64_t v) {
  return VarintBytes(ZigZag(v));
}

size_t PartBytes(const std::optional<std::string_view>& part) {
  return part ? ZigZagBytes(static_cast<int64_t>(part->size())) + part->size() : 1;
}

uint8_t* PutRun(uint8_t* to, std::string_view bytes) {
  if (!bytes.empty()) {
    std::memcpy(to, bytes.data(), bytes.size());
  }
  return to + bytes.size();
}

uint8_t* PutPart(uint8_t* to, const std::optional<std::string_view>& part) {
  if (!part) {
    return PutZigZag(to, -1);
  }
  return PutRun(PutZigZag(to, static_cast<int64_t>(part->size())), *part);
}

}  // namespace

std::string EncodeHeaders(const std::vector<std::pair<std::string, std::string>>& headers) {
  std::vector<HeaderView> views;
  for (const auto& [name, value] : headers) {
    views.push_back({name, value});
  }
  return WithHeaders(std::string_view("\0", 1), views);
}

std::string WithHeaders(std::string_view encoded, std::span<const HeaderView> more) {
  Buffer out;
  const auto number = [&out](int64_t v) { out.Commit(PutZigZag(out.Reserve(kVarintBytesMax), v)); };
  const auto text = [&](std::string_view part) {
    number(static_cast<int64_t>(part.size()));
    out.Append(part);
  };
  WireReader in(AsBytes(encoded));
  number(in.Varint() + static_cast<int64_t>(more.size()));
  out.Append(encoded.substr(encoded.size() - in.left()));
  for (const HeaderView& header : more) {
    text(header.name);
    text(header.value);
  }
  return std::string(out.view());
}

size_t FramedBound(const RecordView& record, size_t headers_bytes) {
  size_t bytes = kNumbersMost + (record.key ? record.key->size() : 0) +
                 (record.value ? record.value->size() : 0) + headers_bytes;
  for (const HeaderView& header : record.headers) {
    bytes += header.name.size() + header.value.size() + 2 * kVarintBytesMax;
  }
  return bytes;
}

void RecordBatch::Clear() {
  framed_.Clear();
  framed_.Commit(framed_.Reserve(kBatchHeaderBytes) + kBatchHeaderBytes);
  packed_.Clear();
  codec_ = Codec::kNone;
  sealed_ = false;
  records_ = 0;
  first_ms_ = 0;
  last_ms_ = 0;
  sequence = 0;
  transaction = 0;
  charged = 0;
  tokens_.clear();
}

void RecordBatch::Append(
    const RecordView& record, std::string_view headers, int64_t timestamp_ms, AckToken token
) {
  if (!record.headers.empty()) [[unlikely]] {
    const std::string all = WithHeaders(headers, record.headers);
    RecordView without = record;
    without.headers = {};
    Append(without, all, timestamp_ms, token);
    return;
  }
  first_ms_ = records_ == 0 ? timestamp_ms : first_ms_;
  last_ms_ = records_ == 0 ? timestamp_ms : std::max(last_ms_, timestamp_ms);
  const int64_t time_delta = timestamp_ms - first_ms_;
  const size_t body = 1 + ZigZagBytes(time_delta) + ZigZagBytes(records_) + PartBytes(record.key) +
                      PartBytes(record.value) + headers.size();
  uint8_t* to = framed_.Reserve(body + kVarintBytesMax);
  to = PutZigZag(to, static_cast<int64_t>(body));
  *to++ = 0;  // attributes: none are defined
  to = PutZigZag(to, time_delta);
  to = PutZigZag(to, records_);
  to = PutPart(to, record.key);
  to = PutPart(to, record.value);
  framed_.Commit(PutRun(to, headers));
  ++records_;
  NoteToken(token, 1);
}

void RecordBatch::NoteToken(AckToken token, size_t records) {
  if (tokens_.empty() || tokens_.back().token != token) {
    tokens_.push_back({token, 0});
  }
  tokens_.back().records += records;
}

Status RecordBatch::Seal(Compressor& compressor) {
  CHECK(!sealed_);
  sealed_ = true;
  if (compressor.codec() == Codec::kNone) {
    return Ok();
  }
  const ByteView records(framed_.data() + kBatchHeaderBytes, framed_.size() - kBatchHeaderBytes);
  packed_.Clear();
  packed_.Commit(packed_.Reserve(kBatchHeaderBytes) + kBatchHeaderBytes);
  ROWHOUSE_TRY(compressor.Compress(records, packed_));
  if (packed_.size() < framed_.size()) {
    codec_ = compressor.codec();
  } else {
    packed_.Clear();
  }
  return Ok();
}

ByteView RecordBatch::Stamp(const ProducerId& producer) {
  CHECK(sealed_);
  Buffer& out = codec_ == Codec::kNone ? framed_ : packed_;
  uint8_t* const h = out.data();
  PutBigEndian(h, 0, 8);  // the first offset is the broker's to say
  PutBigEndian(h + kLengthAt, out.size() - kLeaderEpochAt, 4);
  PutBigEndian(h + kLeaderEpochAt, ~uint64_t{0}, 4);
  h[kMagicAt] = kMagic;
  const uint64_t transactional = producer.transactional ? kTransactional : 0;
  PutBigEndian(h + kAttributesAt, static_cast<uint64_t>(codec_) | transactional, 2);
  PutBigEndian(h + kLastDeltaAt, static_cast<uint64_t>(records_ - 1), 4);
  PutBigEndian(h + kFirstTimeAt, static_cast<uint64_t>(first_ms_), 8);
  PutBigEndian(h + kLastTimeAt, static_cast<uint64_t>(last_ms_), 8);
  PutBigEndian(h + kProducerIdAt, static_cast<uint64_t>(producer.id), 8);
  PutBigEndian(h + kProducerEpochAt, static_cast<uint64_t>(producer.epoch), 2);
  PutBigEndian(h + kSequenceAt, static_cast<uint64_t>(sequence), 4);
  PutBigEndian(h + kRecordsAt, static_cast<uint64_t>(records_), 4);
  const ByteView guarded(h + kAttributesAt, out.size() - kAttributesAt);
  PutBigEndian(h + kCrcAt, Crc32c(guarded), 4);
  return {h, out.size()};
}

// A record's place in the batch is part of its bytes, so the second half's are written anew.
void RecordBatch::SplitInto(RecordBatch& second) {
  CHECK(records_ >= 2 && second.records_ == 0);
  const int32_t keep = records_ / 2;
  WireReader in({framed_.data() + kBatchHeaderBytes, framed_.size() - kBatchHeaderBytes});
  const std::vector<TokenRun> runs = std::exchange(tokens_, {});
  size_t run = 0;
  size_t of_run = 0;
  size_t kept_bytes = kBatchHeaderBytes;
  second.first_ms_ = first_ms_;
  second.last_ms_ = last_ms_;
  for (int32_t i = 0; i < records_; ++i) {
    const auto body = static_cast<size_t>(in.Varint());
    const ByteView record = in.Run(body);
    const AckToken token = runs[run].token;
    if (i < keep) {
      kept_bytes = static_cast<size_t>(record.data() + body - framed_.data());
      NoteToken(token, 1);
    } else {
      second.CopyRecord(record, token);
    }
    if (++of_run == runs[run].records) {
      ++run;
      of_run = 0;
    }
  }
  CHECK(in.ok() && in.left() == 0);
  framed_.Truncate(kept_bytes);
  records_ = keep;
  packed_.Clear();
  codec_ = Codec::kNone;
  sealed_ = false;
}

std::vector<std::optional<std::string_view>> RecordBatch::Keys() const {
  std::vector<std::optional<std::string_view>> keys;
  WireReader in({framed_.data() + kBatchHeaderBytes, framed_.size() - kBatchHeaderBytes});
  for (int32_t i = 0; i < records_; ++i) {
    WireReader record(in.Run(static_cast<size_t>(in.Varint())));
    record.I8();
    record.Varint();
    record.Varint();
    const int64_t size = record.Varint();
    keys.emplace_back();
    if (size >= 0) {
      keys.back() = AsText(record.Run(static_cast<size_t>(size)));
    }
    CHECK(record.ok());
  }
  return keys;
}

void RecordBatch::CopyRecord(ByteView body, AckToken token) {
  WireReader in(body);
  in.I8();
  const int64_t time_delta = in.Varint();
  in.Varint();
  const std::string_view rest = AsText(in.Run(in.left()));
  const size_t size = 1 + ZigZagBytes(time_delta) + ZigZagBytes(records_) + rest.size();
  uint8_t* to = framed_.Reserve(size + kVarintBytesMax);
  to = PutZigZag(to, static_cast<int64_t>(size));
  *to++ = 0;
  to = PutZigZag(to, time_delta);
  to = PutZigZag(to, records_);
  framed_.Commit(PutRun(to, rest));
  ++records_;
  NoteToken(token, 1);
}

}  // namespace rowhouse::kafka::wire
