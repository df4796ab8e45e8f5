#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "mysql/binlog_decoder.h"
#include "mysql/compressed.h"
#include "mysql/event_body.h"
#include "mysql/event_context.h"
#include "mysql/event_header.h"
#include "mysql/events.h"
#include "mysql/fragments.h"
#include "mysql/given_already.h"
#include "mysql/query_text.h"
#include "mysql/row_changes.h"
#include "mysql/rows_event.h"
#include "mysql/stream_place.h"
#include "mysql/table_shapes.h"
#include "mysql/transaction_marks.h"
#include "mysql/xa_transactions.h"

namespace rowhouse::mysql {

// The decoder's inside: one handler for each kind of event. Those for transactions are in
// decoder_transactions.cc.
class BinlogDecoder::State {
 public:
  State(
      DecoderOptions options,
      const SourcePosition& start,
      GtidSet given,
      GtidSet seen,
      bool session_checksum
  )
      : options_(std::move(options)),
        bodies_(session_checksum, options_.verify_checksum),
        server_uuid_(start.server_uuid),
        given_(start, std::move(given)),
        place_(BeginOf(start), std::move(seen)),
        shapes_(options_.flavor, options_.wanted, options_.complete, kShapesMax),
        rows_(options_.epoch),
        marks_(options_.with_transactions) {
    event_.place = &place_;
  }

  Status Feed(ByteView event, ChangeBatch& batch);

  bool more() const { return replay_ != nullptr || unpacking_; }

  Status Continue(ChangeBatch& batch);
  void FinishBatch(ChangeBatch& batch) const;

  bool batch_ends() const { return batch_ends_; }

  const StreamPlace& place() const { return place_; }

  uint32_t last_event_seconds() const { return last_event_seconds_; }

  uint64_t events() const { return events_; }

  size_t shapes() const { return shapes_.size(); }

 private:
  Error AtTheEvent(Error error) const;
  Status Handle(ByteView body, ChangeBatch& batch);
  Status HandleStream(ByteView body, ChangeBatch& batch);
  Status HandleTransaction(ByteView body, ChangeBatch& batch);
  Status BeginTransaction(ByteView body, ChangeBatch& batch);
  void BeginBy(StatementKind statement, uint32_t thread_id, ChangeBatch& batch);
  void MarkBegin(ChangeBatch& batch);
  Status Prepare(ByteView body, ChangeBatch& batch);
  void NoteStatement(ByteView body);
  void Decide(const XaOutcome& outcome, ChangeBatch& batch);
  void Replay(std::unique_ptr<EventSpool> events, ChangeBatch& batch);
  Status ReplayNext(ChangeBatch& batch);
  void Commit(ChangeBatch& batch);
  Status Rotate(ByteView body);
  Status Payload(ByteView body, ChangeBatch& batch);
  Status UnpackNext(ChangeBatch& batch);
  Status Query(ByteView body, ChangeBatch& batch);
  void ParkChangedByStatement(const QueryEvent& query, ChangeBatch& batch) const;
  Status Map(ByteView body, ChangeBatch& batch);
  Status Rows(EventType type, ByteView body, ChangeBatch& batch);
  Status Append(RowsEvent event, EventType type, TableShape& shape, ChangeBatch& batch);
  Status Fragment(ByteView body, ChangeBatch& batch);
  void Ddl(const QueryEvent& query, ChangeBatch& batch);

  const DecoderOptions options_;
  EventBodies bodies_;
  const std::string server_uuid_;

  GivenAlready given_;
  StreamPlace place_;
  TableShapes shapes_;
  RowChanges rows_;
  Fragments fragments_;
  XaTransactions xa_;
  TransactionMarks marks_;

  // A compressed transaction being unpacked: its bytes, and what event it came in.
  PayloadReader payload_;
  std::string packed_;  // the payload being unpacked, or
  std::unique_ptr<uint8_t[]> packed_block_;
  EventContext packed_in_;
  uint64_t unpacked_ = 0;
  bool unpacking_ = false;

  // A held transaction being given, and the event that commits it.
  std::unique_ptr<EventSpool> replay_;
  EventContext replayed_at_;

  bool batch_ends_ = false;
  uint32_t last_event_seconds_ = 0;
  uint64_t events_ = 0;
  EventContext event_;  // at hand
};

}  // namespace rowhouse::mysql
