#include "mysql/binlog_decoder.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/check.h"
#include "mysql/charset.h"
#include "mysql/compressed.h"
#include "mysql/event_context.h"
#include "mysql/event_header.h"
#include "mysql/events.h"
#include "mysql/query_text.h"
#include "mysql/row_changes.h"
#include "mysql/rows_event.h"
#include "mysql/stream_place.h"
#include "mysql/table_shapes.h"

namespace rowhouse::mysql {

namespace {

bool IsServersOwn(std::string_view db) {
  return db == "mysql" || db == "sys" || db == "performance_schema" || db == "information_schema";
}

Error NotFollowed(std::string message, std::string hint) {
  return Error(ErrorKind::kConfig, std::move(message)).WithHint(std::move(hint));
}

Error FragmentsNotYet() {
  return NotFollowed(
      "a rows event in fragments can't be read yet",
      "raise binlog_row_event_fragment_threshold to its maximum"
  );
}

}  // namespace

// The decoder's inside: one handler for each kind of event.
class BinlogDecoder::State {
 public:
  State(DecoderOptions options, const SourcePosition& start, GtidSet seen, bool session_checksum)
      : options_(std::move(options)),
        session_checksum_(session_checksum),
        server_uuid_(start.server_uuid),
        place_(start, std::move(seen)),
        shapes_(options_.flavor, options_.wanted, options_.complete, kShapesMax),
        rows_(options_.epoch, options_.partial_images) {
    event_.place = &place_;
  }

  Status Feed(ByteView event, ChangeBatch& batch);
  void FinishBatch(ChangeBatch& batch) const;

  const StreamPlace& place() const { return place_; }

  uint32_t last_event_seconds() const { return last_event_seconds_; }

  uint64_t events() const { return events_; }

  size_t shapes() const { return shapes_.size(); }

 private:
  Result<ByteView> Body(ByteView event);
  Status Handle(ByteView body, ChangeBatch& batch);
  Status HandleStream(ByteView body);
  Status HandleTransaction(ByteView body);
  Status Rotate(ByteView body);
  Status Payload(ByteView body, ChangeBatch& batch);
  Status Query(ByteView body, ChangeBatch& batch);
  Status RefuseRowChange(const QueryEvent& query) const;
  Status Map(ByteView body, ChangeBatch& batch);
  Status Rows(ByteView body, ChangeBatch& batch);
  void Ddl(const QueryEvent& query, ChangeBatch& batch);

  const DecoderOptions options_;
  const bool session_checksum_;
  const std::string server_uuid_;

  StreamPlace place_;
  TableShapes shapes_;
  RowChanges rows_;
  PayloadReader payload_;
  bool file_checksum_ = false;  // events of this file end in a CRC-32
  bool in_xa_ = false;
  uint32_t last_event_seconds_ = 0;
  uint64_t events_ = 0;
  EventContext event_;  // at hand
};

Status BinlogDecoder::State::Feed(ByteView event, ChangeBatch& batch) {
  event_.header = ROWHOUSE_TRY(EventHeader::Parse(event));
  ++events_;
  event_.pos = place_.position().pos;
  Result<ByteView> body = Body(event);
  Status done = Ok();
  if (body.has_value()) {
    event_.pos = place_.Pass(event_.header);
    done = Handle(*body, batch);
  } else {
    done = std::move(body).error();
  }
  if (!done.has_value()) {
    return std::move(done).error().Context(fmt::format(
        "{} event at {}:{}", EventTypeName(event_.header.type), place_.position().file, event_.pos
    ));
  }
  if (!event_.header.artificial() && event_.header.seconds != 0) {
    last_event_seconds_ = event_.header.seconds;
  }
  return Ok();
}

// The event without header and checksum. Whether there is a checksum is told by each
// file's first event; artificial events have one as the session asked, so there it is tried.
Result<ByteView> BinlogDecoder::State::Body(ByteView event) {
  constexpr size_t kHeader = EventHeader::kBytes;
  const size_t end = event.size() - EventHeader::kChecksumBytes;
  if (event_.header.type == EventType::kFormatDescription) {
    const auto description = ROWHOUSE_TRY(FormatDescription::Parse(event.subspan(kHeader)));
    file_checksum_ = description.checksum;
    if (file_checksum_ && options_.verify_checksum && !ChecksumMatches(event)) {
      return Error(ErrorKind::kBadRecord, "its checksum does not match: the bytes are damaged");
    }
    return event.subspan(kHeader);
  }
  const bool made_up = event_.header.artificial() || event_.header.type == EventType::kHeartbeat ||
                       event_.header.type == EventType::kHeartbeatV2;
  if (made_up ? !ChecksumMatches(event) : !file_checksum_) {
    if (made_up && session_checksum_ && file_checksum_ && options_.verify_checksum) {
      return Error(ErrorKind::kBadRecord, "its checksum does not match: the bytes are damaged");
    }
    return event.subspan(kHeader);
  }
  if (event.size() < kHeader + EventHeader::kChecksumBytes) {
    return Error(ErrorKind::kBadRecord, "it is too short for its checksum");
  }
  if (!made_up && options_.verify_checksum && !ChecksumMatches(event)) {
    return Error(ErrorKind::kBadRecord, "its checksum does not match: the bytes are damaged");
  }
  return event.subspan(kHeader, end - kHeader);
}

Status BinlogDecoder::State::Handle(ByteView body, ChangeBatch& batch) {
  if (RowsEvent::IsRows(event_.header.type)) {
    return Rows(body, batch);
  }
  switch (event_.header.type) {
    case EventType::kTableMap:
      return Map(body, batch);
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
      return HandleTransaction(body);
    case EventType::kIntvar:
    case EventType::kRand:
    case EventType::kUserVar:
    case EventType::kBeginLoadQuery:
    case EventType::kRowsQuery:
    case EventType::kAnnotateRows:
    case EventType::kTransactionContext:
    case EventType::kViewChange:
      return Ok();  // for a replica that executes, or for people
    default:
      return HandleStream(body);
  }
}

Status BinlogDecoder::State::HandleTransaction(ByteView body) {
  switch (event_.header.type) {
    case EventType::kGtid:
    case EventType::kAnonymousGtid:
      place_.OnGtid(
          ROWHOUSE_TRY(MySqlGtidEvent::Parse(body)), event_.header.type == EventType::kAnonymousGtid
      );
      break;
    case EventType::kGtidTagged:
      place_.OnGtid(ROWHOUSE_TRY(MySqlGtidEvent::ParseTagged(body)), false);
      break;
    case EventType::kMariaDbGtid: {
      const auto gtid = ROWHOUSE_TRY(MariaDbGtidEvent::Parse(body));
      place_.OnGtid(gtid, event_.header.server_id);
      rows_.BeginTransaction(0);
      in_xa_ = (gtid.flags & MariaDbGtidEvent::kPreparedXa) != 0;
      return Ok();
    }
    default:  // XID, XA_PREPARE
      place_.OnCommit();
      shapes_.EndStatement();
      break;
  }
  rows_.BeginTransaction(0);
  in_xa_ = false;
  return Ok();
}

// Events that belong to the stream and to no transaction.
Status BinlogDecoder::State::HandleStream(ByteView body) {
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
      return NotFollowed(
          "the server says that it lost changes before writing them to its log",
          "load the captured tables again, then go on after this event"
      );
    case EventType::kPartialRowData:
      return FragmentsNotYet();
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

// A compressed transaction: its events all count as standing where it begins.
Status BinlogDecoder::State::Payload(ByteView body, ChangeBatch& batch) {
  const EventHeader outer = event_.header;
  event_.row_base = 0;
  ROWHOUSE_TRY(payload_.Start(body));
  while (true) {
    const std::optional<ByteView> inner = ROWHOUSE_TRY(payload_.Next(batch.arena));
    if (!inner.has_value()) {
      break;
    }
    event_.header = ROWHOUSE_TRY(EventHeader::Parse(*inner));
    if (event_.header.type == EventType::kTransactionPayload) {
      return Error(ErrorKind::kBadRecord, "a payload stands in a payload");
    }
    ROWHOUSE_TRY(Handle(inner->subspan(EventHeader::kBytes), batch));
    event_.row_base += static_cast<uint32_t>(inner->size());
  }
  event_.row_base = 0;
  event_.header = outer;
  return Ok();
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
      in_xa_ = true;
      [[fallthrough]];
    case StatementKind::kBegin:
      place_.OnBegin();
      rows_.BeginTransaction(query.thread_id);
      return Ok();
    case StatementKind::kEnd:
      place_.OnCommit();
      shapes_.EndStatement();
      rows_.BeginTransaction(0);
      return Ok();
    case StatementKind::kNothing:
    case StatementKind::kSavepoint:
    case StatementKind::kXaEnd:
      return Ok();
    case StatementKind::kRowChange:
      ROWHOUSE_TRY(RefuseRowChange(query));
      break;
    case StatementKind::kXaOutcome:
      break;
    case StatementKind::kEmptied:
    case StatementKind::kOther:
      Ddl(query, batch);
      break;
  }
  place_.OnStatement();
  return Ok();
}

Status BinlogDecoder::State::RefuseRowChange(const QueryEvent& query) const {
  const std::vector<std::string_view> dbs =
      query.updated_dbs.value_or(std::vector<std::string_view>{query.db});
  for (const std::string_view db : dbs) {
    const bool captured = options_.wanted_db ? options_.wanted_db(db) : !IsServersOwn(db);
    if (captured) {
      constexpr size_t kShown = 120;
      return NotFollowed(
          fmt::format(
              "a change of database {} is logged as a statement, not as rows: '{}'",
              db,
              query.sql.substr(0, kShown)
          ),
          "SET GLOBAL binlog_format = ROW, end the sessions that changed it for themselves, then "
          "load the changed tables again and go on after this event"
      );
    }
  }
  return Ok();
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
  if (seen.is_new && seen.shape->why_parked.has_value()) {
    SourceNotice& notice = event_.Notice(SourceNotice::Kind::kTableParked, seen.shape->id, batch);
    notice.error = Error(*seen.shape->why_parked).Context("at " + notice.at.ToString());
  }
  return Ok();
}

Status BinlogDecoder::State::Rows(ByteView body, ChangeBatch& batch) {
  auto event = ROWHOUSE_TRY(RowsEvent::Parse(event_.header.type, body));
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
    if (shape->followed()) {
      if (in_xa_) {
        return NotFollowed(
            "XA transactions can't be followed yet: their rows are logged before their outcome is "
            "known",
            "use plain transactions for captured tables, or leave this table out of the capture"
        );
      }
      if (RowsEvent::IsCompressed(event_.header.type)) {
        event.rows = ROWHOUSE_TRY(InflateMariaDb(event.rows, batch.arena));
      }
      Status decoded = rows_.Append(event, *shape, event_, batch);
      if (!decoded.has_value()) {
        return std::move(decoded).error().Context("table " + shape->id.ToString());
      }
    }
  }
  if (event.ends_statement()) {
    shapes_.EndStatement();
  }
  return Ok();
}

void BinlogDecoder::State::FinishBatch(ChangeBatch& batch) const {
  batch.resume.epoch = options_.epoch;
  batch.resume.binlog = place_.boundary();
  batch.resume.gtid_set = place_.gtid_set().ToString();
  batch.resume.server_uuid = server_uuid_;
  batch.end = place_.position();
  batch.at_boundary = !place_.in_transaction();
}

BinlogDecoder::BinlogDecoder(std::unique_ptr<State> state) : state_(std::move(state)) {}

BinlogDecoder::~BinlogDecoder() = default;

Result<std::unique_ptr<BinlogDecoder>> BinlogDecoder::Open(
    DecoderOptions options, const SourcePosition& start, bool session_checksum
) {
  Result<GtidSet> seen = GtidSet::Parse(options.flavor, start.gtid_set);
  if (!seen.has_value()) {
    return std::move(seen).error().Context("position to start from");
  }
  auto state =
      std::make_unique<State>(std::move(options), start, std::move(*seen), session_checksum);
  return std::unique_ptr<BinlogDecoder>(new BinlogDecoder(std::move(state)));
}

Status BinlogDecoder::Feed(ByteView event, ChangeBatch& batch) {
  return state_->Feed(event, batch);
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

size_t BinlogDecoder::shapes() const {
  return state_->shapes();
}

}  // namespace rowhouse::mysql
