#include "mysql/binlog_decoder.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/check.h"
#include "mysql/charset.h"
#include "mysql/compressed.h"
#include "mysql/decoder_state.h"
#include "mysql/events.h"
#include "mysql/lost_changes.h"
#include "mysql/query_text.h"
#include "mysql/rows_event.h"

namespace rowhouse::mysql {

namespace {

bool IsServersOwn(std::string_view db) {
  return db == "mysql" || db == "sys" || db == "performance_schema" || db == "information_schema";
}

}  // namespace

Status BinlogDecoder::State::Feed(ByteView event, ChangeBatch& batch) {
  event_.header = ROWHOUSE_TRY(EventHeader::Parse(event));
  ++events_;
  batch_ends_ = false;
  event_.pos = place_.position().pos;
  event_.row_base = 0;
  Result<ByteView> body = bodies_.Of(event_.header, event);
  if (!body.has_value()) {
    return AtTheEvent(std::move(body).error());
  }
  event_.pos = place_.Pass(event_.header);
  Status done = Handle(*body, batch);
  if (!done.has_value()) {
    return AtTheEvent(std::move(done).error());
  }
  if (!event_.header.artificial() && event_.header.seconds != 0) {
    last_event_seconds_ = event_.header.seconds;
  }
  return more() ? Continue(batch) : Ok();
}

Status BinlogDecoder::State::Continue(ChangeBatch& batch) {
  batch_ends_ = false;
  while (more() && !batch_ends_ && batch.arena.bytes() < options_.batch_bytes) {
    Status done = replay_ != nullptr ? ReplayNext(batch) : UnpackNext(batch);
    if (!done.has_value()) {
      replay_ = nullptr;
      unpacking_ = false;
      return AtTheEvent(std::move(done).error());
    }
  }
  return Ok();
}

Error BinlogDecoder::State::AtTheEvent(Error error) const {
  return std::move(error).Context(fmt::format(
      "{} event at {}:{}", EventTypeName(event_.header.type), place_.position().file, event_.pos
  ));
}

Status BinlogDecoder::State::Handle(ByteView body, ChangeBatch& batch) {
  if (RowsEvent::IsRows(event_.header.type)) {
    return Rows(event_.header.type, body, batch);
  }
  switch (event_.header.type) {
    case EventType::kTableMap:
      return Map(body, batch);
    case EventType::kPartialRowData:
      return Fragment(body, batch);
    case EventType::kTransactionPayload:
      return Payload(body, batch);
    case EventType::kQuery:
    case EventType::kQueryCompressed:
    case EventType::kExecuteLoadQuery:
      return Query(body, batch);
    case EventType::kGtid:
    case EventType::kAnonymousGtid:
    case EventType::kGtidTagged:
    case EventType::kMariaDbGtid:
    case EventType::kXid:
    case EventType::kXaPrepare:
      return HandleTransaction(body, batch);
    case EventType::kRowsQuery:
    case EventType::kAnnotateRows:
      NoteStatement(body);
      return Ok();
    case EventType::kIntvar:
    case EventType::kRand:
    case EventType::kUserVar:
    case EventType::kBeginLoadQuery:
    case EventType::kTransactionContext:
    case EventType::kViewChange:
      return Ok();  // for a replica that executes, or for people
    default:
      return HandleStream(body, batch);
  }
}

// Events that belong to the stream and to no transaction.
Status BinlogDecoder::State::HandleStream(ByteView body, ChangeBatch& batch) {
  switch (event_.header.type) {
    case EventType::kRotate:
      return Rotate(body);
    case EventType::kHeartbeat:
      return place_.OnHeartbeat(
          ROWHOUSE_TRY(HeartbeatEvent::Parse(body, event_.header.next_position))
      );
    case EventType::kHeartbeatV2:
      return place_.OnHeartbeat(ROWHOUSE_TRY(HeartbeatEvent::ParseV2(body)));
    case EventType::kPreviousGtids:
      place_.OnEarlierGtids(ROWHOUSE_TRY(GtidSet::Decode(body)));
      break;
    case EventType::kGtidList:
      place_.OnEarlierGtids(ROWHOUSE_TRY(ParseGtidList(body)));
      if (event_.header.artificial()) {
        place_.OnSkippedTo(event_.header.next_position);
      }
      break;
    case EventType::kFormatDescription:
    case EventType::kStop:
    case EventType::kBinlogCheckpoint:
    case EventType::kStartEncryption:
    case EventType::kIgnorable:
      break;
    case EventType::kIncident:
      if (!given_.running()) {
        NoticeIncident(event_, batch);
      }
      break;
    default:
      if (!event_.header.ignorable()) {
        return Error(
            ErrorKind::kUnsupported,
            fmt::format(
                "event type {} is unknown and not marked as ignorable; nothing is skipped in "
                "silence",
                static_cast<unsigned>(event_.header.type)
            )
        );
      }
  }
  place_.OnIdle();
  return Ok();
}

Status BinlogDecoder::State::Rotate(ByteView body) {
  const auto rotate = ROWHOUSE_TRY(RotateEvent::Parse(body));
  const bool artificial = event_.header.artificial() || event_.header.seconds == 0;
  if (artificial && rotate.file == place_.position().file) {
    return Ok();  // the start of a dump, or after a real ROTATE: nothing new
  }
  shapes_.EndStatement();
  rows_.BeginFile();
  return place_.EnterFile(rotate.file, rotate.position, artificial);
}

Status BinlogDecoder::State::Query(ByteView body, ChangeBatch& batch) {
  const bool load = event_.header.type == EventType::kExecuteLoadQuery;
  auto query = ROWHOUSE_TRY(QueryEvent::Parse(body, load ? QueryEvent::kLoadBytes : 0));
  if (event_.header.type == EventType::kQueryCompressed) {
    query.sql = AsText(ROWHOUSE_TRY(InflateMariaDb(AsBytes(query.sql), batch.arena)));
  }
  const StatementKind kind = load ? StatementKind::kRowChange : ClassifyStatement(query.sql);
  switch (kind) {
    case StatementKind::kXaStart:
    case StatementKind::kBegin:
      BeginBy(kind, query.thread_id, batch);
      return Ok();
    case StatementKind::kEnd:
      Commit(batch);
      return fragments_.ExpectNone();
    case StatementKind::kNothing:
    case StatementKind::kSavepoint:
    case StatementKind::kXaEnd:
      return Ok();
    case StatementKind::kRowChange:
      ParkChangedByStatement(query, batch);
      break;
    case StatementKind::kXaOutcome:
      rows_.BeginTransaction(query.thread_id);
      Decide(XaOutcome::Parse(query.sql), batch);
      return Ok();
    case StatementKind::kEmptied:
    case StatementKind::kOther:
      Ddl(query, batch);
      break;
  }
  place_.OnStatement();
  return Ok();
}

void BinlogDecoder::State::ParkChangedByStatement(const QueryEvent& query, ChangeBatch& batch)
    const {
  const std::vector<std::string_view> dbs =
      query.updated_dbs.value_or(std::vector<std::string_view>{query.db});
  for (const std::string_view db : dbs) {
    const bool captured = options_.wanted_db ? options_.wanted_db(db) : !IsServersOwn(db);
    if (captured && !given_.running()) {
      NoticeStatement(event_, db, query.sql, batch);
    }
  }
}

void BinlogDecoder::State::Ddl(const QueryEvent& query, ChangeBatch& batch) {
  std::string text(query.sql);
  const Charset* charset = CharsetOfCollation(query.client_collation);
  if (charset != nullptr && !charset->binary() && !IsUtf8(AsBytes(query.sql))) {
    Result<TextConverter> converter = TextConverter::Open(*charset);
    text = converter.has_value() ? converter->ToUtf8(query.sql) : text;
  }
  if (ClassifyStatement(text) == StatementKind::kEmptied) {
    // "DELETE FROM `db`.`t`" means the same, but is no DDL to a reader of DDL.
    const size_t from = text.find("FROM");
    text = "TRUNCATE TABLE" + (from == std::string::npos ? text : text.substr(from + 4));
  }
  shapes_.Forget(text);
  if (given_.running()) {
    return;
  }
  batch_ends_ = true;
  SourceNotice& notice =
      event_.Notice(SourceNotice::Kind::kDdl, {std::string(query.db), std::string()}, batch);
  notice.text = std::move(text);
  notice.gtid = place_.Gtid();
  notice.server_id = event_.header.server_id;
  notice.sql_mode = query.sql_mode;
  notice.fold_names = options_.fold_names;
}

Status BinlogDecoder::State::Map(ByteView body, ChangeBatch& batch) {
  const auto seen = ROWHOUSE_TRY(shapes_.Map(body));
  if (seen.is_new && seen.shape->why_parked.has_value() && !given_.running()) {
    SourceNotice& notice = event_.Notice(SourceNotice::Kind::kTableParked, seen.shape->id, batch);
    notice.error = Error(*seen.shape->why_parked).Context("at " + notice.at.ToString());
  }
  if (xa_.open() && seen.shape->followed()) {
    return xa_.Hold(EventType::kTableMap, event_.pos, event_.row_base, body);
  }
  // A change that no statement in the log has told of (sql_log_bin=0).
  batch_ends_ = seen.shape->followed() && rows_.HasOtherSchema(*seen.shape, batch);
  return Ok();
}

Status BinlogDecoder::State::Rows(EventType type, ByteView body, ChangeBatch& batch) {
  const auto event = ROWHOUSE_TRY(RowsEvent::Parse(type, body));
  if (event.table_id != RowsEvent::kNoTable) {
    TableShape* const shape = shapes_.Find(event.table_id);
    if (shape == nullptr) {
      return Error(
          ErrorKind::kBadRecord,
          fmt::format(
              "no TABLE_MAP came before it for table id {}: the stream began inside a transaction",
              event.table_id
          )
      );
    }
    if (shape->followed() && xa_.open()) {
      ROWHOUSE_TRY(xa_.Hold(type, event_.pos, event_.row_base, body));
    } else if (shape->followed() && !given_.running()) {
      ROWHOUSE_TRY(Append(event, type, *shape, batch));
    }
  }
  if (event.ends_statement()) {
    shapes_.EndStatement();
    rows_.EndStatement();
  }
  return Ok();
}

Status BinlogDecoder::State::Append(
    RowsEvent event, EventType type, TableShape& shape, ChangeBatch& batch
) {
  if (RowsEvent::IsCompressed(type)) {
    event.rows = ROWHOUSE_TRY(InflateMariaDb(event.rows, batch.arena));
  }
  Status decoded = rows_.Append(event, shape, event_, batch);
  if (!decoded.has_value()) {
    return std::move(decoded).error().Context("table " + shape.id.ToString());
  }
  return Ok();
}

// The rows count as standing where the last fragment does.
Status BinlogDecoder::State::Fragment(ByteView body, ChangeBatch& batch) {
  const auto whole = ROWHOUSE_TRY(fragments_.Add(body, batch.arena));
  return whole.has_value() ? Rows(whole->type, whole->body, batch) : Ok();
}

void BinlogDecoder::State::FinishBatch(ChangeBatch& batch) const {
  batch.resume.epoch = options_.epoch;
  batch.resume.binlog = given_.Later(place_.boundary());
  batch.resume.gtid_set = given_.With(place_.gtid_set()).ToString();
  batch.resume.server_uuid = server_uuid_;
  batch.resume.reread_from = xa_.oldest() != nullptr ? *xa_.oldest() : RereadPoint{};
  batch.end = place_.position();
  batch.at_boundary = !place_.in_transaction();
}

BinlogDecoder::BinlogDecoder(std::unique_ptr<State> state) : state_(std::move(state)) {}

BinlogDecoder::~BinlogDecoder() = default;

Result<std::unique_ptr<BinlogDecoder>> BinlogDecoder::Open(
    DecoderOptions options, const SourcePosition& start, bool session_checksum
) {
  Result<GtidSet> given = GtidSet::Parse(options.flavor, start.gtid_set);
  Result<GtidSet> seen = GtidSet::Parse(options.flavor, BeginOf(start).gtid_set);
  for (const Result<GtidSet>* set : {&given, &seen}) {
    if (!set->has_value()) {
      return Error(set->error()).Context("position to start from");
    }
  }
  auto state = std::make_unique<State>(
      std::move(options), start, *std::move(given), *std::move(seen), session_checksum
  );
  return std::unique_ptr<BinlogDecoder>(new BinlogDecoder(std::move(state)));
}

Status BinlogDecoder::Feed(ByteView event, ChangeBatch& batch) {
  return state_->Feed(event, batch);
}

bool BinlogDecoder::more() const {
  return state_->more();
}

Status BinlogDecoder::Continue(ChangeBatch& batch) {
  return state_->Continue(batch);
}

void BinlogDecoder::FinishBatch(ChangeBatch& batch) const {
  state_->FinishBatch(batch);
}

const BinlogPosition& BinlogDecoder::position() const {
  return state_->place().position();
}

const GtidSet& BinlogDecoder::gtid_set() const {
  return state_->place().gtid_set();
}

bool BinlogDecoder::in_transaction() const {
  return state_->place().in_transaction();
}

uint32_t BinlogDecoder::last_event_seconds() const {
  return state_->last_event_seconds();
}

uint64_t BinlogDecoder::events() const {
  return state_->events();
}

bool BinlogDecoder::batch_ends() const {
  return state_->batch_ends();
}

size_t BinlogDecoder::shapes() const {
  return state_->shapes();
}

}  // namespace rowhouse::mysql
