#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "kafka/wire/compressor.h"
#include "model/record.h"

namespace rowhouse::kafka::wire {

// Who an idempotent or transactional producer is to the brokers.
struct ProducerId {
  int64_t id = -1;
  int16_t epoch = -1;
  bool transactional = false;  // its batches are part of a transaction
};

// Neighbouring records with one token.
struct TokenRun {
  AckToken token = 0;
  size_t records = 0;
};

inline constexpr size_t kBatchHeaderBytes = 61;

// What a record's bytes end with: its headers, encoded once for all records of a log.
std::string EncodeHeaders(const std::vector<std::pair<std::string, std::string>>& headers);

// Those and a record's own, in the same form.
std::string WithHeaders(std::string_view encoded, std::span<const HeaderView> more);

// An upper bound of what Append() adds for this record, `headers_bytes` being those of all records.
size_t FramedBound(const RecordView& record, size_t headers_bytes);

// Records of one partition as one batch of Kafka's message format 2 (magic 2).
//
// Records are framed as they come, so that no record exists on its own between its encoder
// and the socket. Compression, sequence and checksum follow when the batch is sent; the
// framed records stay, so that a batch can be split or numbered anew.
//
// Owns:    its bytes; Clear() keeps their memory for the next batch.
// Threads: one owner at a time.
// Units:   sizes are bytes of the framed records with the batch's header, uncompressed.
class RecordBatch {
 public:
  RecordBatch() { Clear(); }

  void Clear();

  // `headers` is what EncodeHeaders() gave; the record's own come after them.
  void Append(
      const RecordView& record, std::string_view headers, int64_t timestamp_ms, AckToken token
  );

  // Compresses, unless that makes it larger. Once, before Stamp().
  Status Seal(Compressor& compressor);

  bool sealed() const { return sealed_; }

  // Writes header and checksum; valid until the next call on this batch.
  ByteView Stamp(const ProducerId& producer);

  // Moves the records from the middle on into the given empty batch, with their tokens.
  // Both are unsealed afterwards. Needs two records at least.
  void SplitInto(RecordBatch& second);

  int32_t records() const { return records_; }

  size_t bytes() const { return framed_.size(); }

  size_t memory() const { return framed_.capacity() + packed_.capacity(); }

  const std::vector<TokenRun>& tokens() const { return tokens_; }

  // Of each record in order; valid as long as the records.
  std::vector<std::optional<std::string_view>> Keys() const;

  // Place among the partition's records, given by its lane.
  int32_t sequence = 0;

  // The transaction it is part of, by the log's count.
  uint64_t transaction = 0;

  // What the batch holds of the log's byte budget.
  size_t charged = 0;

 private:
  void NoteToken(AckToken token, size_t records);
  void CopyRecord(ByteView body, AckToken token);

  Buffer framed_;  // room for the header, then records
  Buffer packed_;  // room for the header, then records compressed; empty: not compressed
  Codec codec_ = Codec::kNone;
  bool sealed_ = false;
  int32_t records_ = 0;
  int64_t first_ms_ = 0;
  int64_t last_ms_ = 0;
  std::vector<TokenRun> tokens_;
};

using RecordBatchPtr = std::unique_ptr<RecordBatch>;

}  // namespace rowhouse::kafka::wire
