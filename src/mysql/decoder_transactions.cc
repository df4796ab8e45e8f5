#include <optional>
#include <string>
#include <utility>

#include "mysql/decoder_state.h"
#include "mysql/events.h"

// The decoder's part for transactions: their begin and end, XA, and compressed ones.
namespace rowhouse::mysql {

Status BinlogDecoder::State::HandleTransaction(ByteView body, ChangeBatch& batch) {
  switch (event_.header.type) {
    case EventType::kXid:
      Commit(batch);
      return fragments_.ExpectNone();
    case EventType::kXaPrepare:
      return Prepare(body, batch);
    default:
      return BeginTransaction(body, batch);
  }
}

Status BinlogDecoder::State::BeginTransaction(ByteView body, ChangeBatch& batch) {
  ROWHOUSE_TRY(fragments_.ExpectNone());
  xa_.Abandon();
  rows_.BeginTransaction(0);
  switch (event_.header.type) {
    case EventType::kGtidTagged:
      place_.OnGtid(ROWHOUSE_TRY(MySqlGtidEvent::ParseTagged(body)), false);
      break;
    case EventType::kMariaDbGtid: {
      const auto gtid = ROWHOUSE_TRY(MariaDbGtidEvent::Parse(body));
      place_.OnGtid(gtid, event_.header.server_id);
      if ((gtid.flags & MariaDbGtidEvent::kPreparedXa) != 0) {
        xa_.Begin({place_.boundary(), place_.gtid_set().ToString()}, event_.pos);
      }
      break;
    }
    default:
      place_.OnGtid(
          ROWHOUSE_TRY(MySqlGtidEvent::Parse(body)), event_.header.type == EventType::kAnonymousGtid
      );
      break;
  }
  given_.OnTransaction(place_);
  if (place_.begun() && !xa_.open()) {
    MarkBegin(batch);  // MariaDB: no BEGIN follows
  }
  return Ok();
}

// MySQL puts a length of one byte before it, which is too short for most and to be ignored.
void BinlogDecoder::State::NoteStatement(ByteView body) {
  if (options_.with_query) {
    const bool counted = event_.header.type == EventType::kRowsQuery && !body.empty();
    rows_.BeginStatement(AsText(counted ? body.subspan(1) : body));
  }
}

// BEGIN or XA START.
void BinlogDecoder::State::BeginBy(
    StatementKind statement, uint32_t thread_id, ChangeBatch& batch
) {
  const bool xa = statement == StatementKind::kXaStart;
  if (xa) {
    xa_.Begin({place_.boundary(), place_.gtid_set().ToString()}, event_.pos);
  }
  place_.OnBegin();
  rows_.BeginTransaction(thread_id);
  if (!xa) {
    MarkBegin(batch);
  }
}

void BinlogDecoder::State::MarkBegin(ChangeBatch& batch) {
  if (!given_.running()) {
    marks_.Begin(event_, batch);
  }
}

// The running transaction is over.
void BinlogDecoder::State::Commit(ChangeBatch& batch) {
  marks_.End(event_, batch);
  place_.OnCommit();
  shapes_.EndStatement();
  rows_.BeginTransaction(0);
}

Status BinlogDecoder::State::Prepare(ByteView body, ChangeBatch& batch) {
  PreparedXa prepared = ROWHOUSE_TRY(PreparedXa::Parse(body));
  if (xa_.open() && prepared.one_phase) {
    Replay(xa_.TakeOpen(), batch);
    return Ok();
  }
  if (xa_.open()) {
    xa_.Prepare(std::move(prepared.name));
  }
  Commit(batch);
  return Ok();
}

// XA COMMIT or XA ROLLBACK of a prepared transaction, which has a place and a GTID of its own.
void BinlogDecoder::State::Decide(const XaOutcome& outcome, ChangeBatch& batch) {
  std::unique_ptr<EventSpool> events = xa_.Take(outcome.name);
  Replay(outcome.commit ? std::move(events) : nullptr, batch);
}

// Gives what was held, as part of the event at hand, which then ends the running transaction.
void BinlogDecoder::State::Replay(std::unique_ptr<EventSpool> events, ChangeBatch& batch) {
  if (events == nullptr || given_.running()) {
    Commit(batch);
    return;
  }
  MarkBegin(batch);
  replay_ = std::move(events);
  replayed_at_ = event_;
}

Status BinlogDecoder::State::ReplayNext(ChangeBatch& batch) {
  const auto held = ROWHOUSE_TRY(replay_->Next(batch.arena));
  event_ = replayed_at_;
  if (!held.has_value()) {
    replay_ = nullptr;
    Commit(batch);
    return Ok();
  }
  event_.StandInside(replayed_at_.pos, replayed_at_.row_base + held->offset);
  return held->type == EventType::kTableMap ? Map(held->body, batch)
                                            : Rows(held->type, held->body, batch);
}

// A compressed transaction: its events all count as standing where it begins.
Status BinlogDecoder::State::Payload(ByteView body, ChangeBatch& batch) {
  if (unpacking_) {
    return Error(ErrorKind::kBadRecord, "a payload stands in a payload");
  }
  // It outlives the batch. A large one is taken over, not copied.
  packed_block_ = batch.arena.Detach(body.data());
  if (packed_block_ == nullptr) {
    packed_.assign(AsText(body));
    body = AsBytes(packed_);
  }
  packed_in_ = event_;
  unpacked_ = 0;
  ROWHOUSE_TRY(payload_.Start(body));
  unpacking_ = true;
  return Ok();
}

Status BinlogDecoder::State::UnpackNext(ChangeBatch& batch) {
  const std::optional<ByteView> inner = ROWHOUSE_TRY(payload_.Next(batch.arena));
  event_ = packed_in_;
  if (!inner.has_value()) {
    unpacking_ = false;
    packed_block_.reset();
    std::string().swap(packed_);
    return Ok();
  }
  event_.header = ROWHOUSE_TRY(EventHeader::Parse(*inner));
  event_.StandInside(packed_in_.pos, unpacked_);
  unpacked_ += inner->size();
  return Handle(inner->subspan(EventHeader::kBytes), batch);
}

}  // namespace rowhouse::mysql
