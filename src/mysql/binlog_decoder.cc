#include "mysql/binlog_decoder.h"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "mysql/charset.h"
#include "mysql/event_header.h"
#include "mysql/events.h"
#include "mysql/query_text.h"
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

// What can't be followed although it is known; the hint is what turns it off.
Error NotYet(EventType type) {
  switch (type) {
    case EventType::kTransactionPayload:
      return NotFollowed(
          "compressed transactions can't be read yet",
          "SET GLOBAL binlog_transaction_compression = OFF, then start after the compressed part"
      );
    case EventType::kPartialUpdateRows:
      return NotFollowed(
          "partial JSON updates can't be read yet",
          "SET GLOBAL binlog_row_value_options = '', then start after the partial updates"
      );
    case EventType::kPartialRowData:
      return NotFollowed(
          "a rows event in fragments can't be read yet",
          "raise binlog_row_event_fragment_threshold to its maximum"
      );
    default:
      return NotFollowed(
          "compressed events can't be read yet",
          "SET GLOBAL log_bin_compress = OFF, then start after the compressed part"
      );
  }
}

}  // namespace

// The decoder's inside: one handler for each kind of event.
class BinlogDecoder::State {
 public:
  State(DecoderOptions options, const SourcePosition& start, GtidSet seen, bool session_checksum)
      : options_(std::move(options)),
        session_checksum_(session_checksum),
        server_uuid_(start.server_uuid),
        place_(options_.flavor, start, std::move(seen)),
        shapes_(options_.flavor, options_.wanted, options_.complete, kShapesMax) {}

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
  Status HandleTransaction(ByteView body, ChangeBatch& batch);
  Status Rotate(ByteView body);
  Status Query(ByteView body, ChangeBatch& batch);
  Status RefuseRowChange(const QueryEvent& query) const;
  Status Map(ByteView body, ChangeBatch& batch);
  Status Rows(ByteView body, ChangeBatch& batch);
  Status DecodeRows(const RowsEvent& event, TableShape& shape, ChangeBatch& batch);
  const EventOrigin* Origin(ChangeBatch& batch);
  void Share(TableShape& shape, ChangeBatch& batch) const;
  bool RefusePartial(const RowsEvent& event, TableShape& shape, ChangeBatch& batch) const;
  void WarnOfDamage(TableShape& shape, ChangeBatch& batch) const;
  void Ddl(const QueryEvent& query, ChangeBatch& batch);
  SourceNotice& Notice(SourceNotice::Kind kind, TableId table, ChangeBatch& batch) const;
  int64_t EventMicros() const;

  const DecoderOptions options_;
  const bool session_checksum_;
  const std::string server_uuid_;

  StreamPlace place_;
  TableShapes shapes_;
  bool file_checksum_ = false;  // events of this file end in a CRC-32
  bool in_xa_ = false;
  uint32_t thread_id_ = 0;
  uint32_t ordinal_ = 0;
  uint32_t last_event_seconds_ = 0;
  uint64_t events_ = 0;

  EventHeader header_;      // of the event at hand
  uint64_t event_pos_ = 0;  // where it begins
  uint64_t batches_ = 1;    // batches that got rows
  // Texts that the current batch's arena holds already.
  std::string_view file_text_;
  std::string_view gtid_text_;
  uint64_t gtid_text_of_ = 0;  // the transaction
};

Status BinlogDecoder::State::Feed(ByteView event, ChangeBatch& batch) {
  header_ = ROWHOUSE_TRY(EventHeader::Parse(event));
  ++events_;
  event_pos_ = place_.position().pos;
  Result<ByteView> body = Body(event);
  Status done = Ok();
  if (body.has_value()) {
    event_pos_ = place_.Pass(header_);
    done = Handle(*body, batch);
  } else {
    done = std::move(body).error();
  }
  if (!done.has_value()) {
    return std::move(done).error().Context(fmt::format(
        "{} event at {}:{}", EventTypeName(header_.type), place_.position().file, event_pos_
    ));
  }
  if (!header_.artificial() && header_.seconds != 0) {
    last_event_seconds_ = header_.seconds;
  }
  return Ok();
}

// The event without header and checksum. Whether there is a checksum is told by each
// file's first event; artificial events have one as the session asked, so there it is tried.
Result<ByteView> BinlogDecoder::State::Body(ByteView event) {
  constexpr size_t kHeader = EventHeader::kBytes;
  const size_t end = event.size() - EventHeader::kChecksumBytes;
  if (header_.type == EventType::kFormatDescription) {
    const auto description = ROWHOUSE_TRY(FormatDescription::Parse(event.subspan(kHeader)));
    file_checksum_ = description.checksum;
    if (file_checksum_ && options_.verify_checksum && !ChecksumMatches(event)) {
      return Error(ErrorKind::kBadRecord, "its checksum does not match: the bytes are damaged");
    }
    return event.subspan(kHeader);
  }
  const bool made_up = header_.artificial() || header_.type == EventType::kHeartbeat ||
                       header_.type == EventType::kHeartbeatV2;
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
  if (RowsEvent::IsRows(header_.type)) {
    return Rows(body, batch);
  }
  switch (header_.type) {
    case EventType::kTableMap:
      return Map(body, batch);
    case EventType::kQuery:
    case EventType::kExecuteLoadQuery:
      return Query(body, batch);
    case EventType::kGtid:
    case EventType::kAnonymousGtid:
    case EventType::kGtidTagged:
    case EventType::kMariaDbGtid:
    case EventType::kXid:
    case EventType::kXaPrepare:
      return HandleTransaction(body, batch);
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

Status BinlogDecoder::State::HandleTransaction(ByteView body, ChangeBatch& batch) {
  (void)batch;
  switch (header_.type) {
    case EventType::kGtid:
    case EventType::kAnonymousGtid:
      place_.OnGtid(
          ROWHOUSE_TRY(MySqlGtidEvent::Parse(body)), header_.type == EventType::kAnonymousGtid
      );
      break;
    case EventType::kGtidTagged:
      place_.OnGtid(ROWHOUSE_TRY(MySqlGtidEvent::ParseTagged(body)), false);
      break;
    case EventType::kMariaDbGtid: {
      const auto gtid = ROWHOUSE_TRY(MariaDbGtidEvent::Parse(body));
      place_.OnGtid(gtid, header_.server_id);
      ordinal_ = 0;
      thread_id_ = 0;
      in_xa_ = (gtid.flags & MariaDbGtidEvent::kPreparedXa) != 0;
      return Ok();
    }
    default:  // XID, XA_PREPARE
      place_.OnCommit();
      shapes_.EndStatement();
      break;
  }
  ordinal_ = 0;
  thread_id_ = 0;
  in_xa_ = false;
  return Ok();
}

// Events that belong to the stream and to no transaction.
Status BinlogDecoder::State::HandleStream(ByteView body) {
  switch (header_.type) {
    case EventType::kRotate:
      return Rotate(body);
    case EventType::kHeartbeat:
      return place_.OnHeartbeat(ROWHOUSE_TRY(HeartbeatEvent::Parse(body, header_.next_position)));
    case EventType::kHeartbeatV2:
      return place_.OnHeartbeat(ROWHOUSE_TRY(HeartbeatEvent::ParseV2(body)));
    case EventType::kPreviousGtids:
      place_.OnEarlierGtids(ROWHOUSE_TRY(GtidSet::Decode(body)));
      break;
    case EventType::kGtidList:
      place_.OnEarlierGtids(ROWHOUSE_TRY(ParseGtidList(body)));
      if (header_.artificial()) {
        place_.OnSkippedTo(header_.next_position);
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
    case EventType::kTransactionPayload:
    case EventType::kPartialUpdateRows:
    case EventType::kPartialRowData:
    case EventType::kQueryCompressed:
    case EventType::kWriteRowsCompressedV1:
    case EventType::kUpdateRowsCompressedV1:
    case EventType::kDeleteRowsCompressedV1:
    case EventType::kWriteRowsCompressed:
    case EventType::kUpdateRowsCompressed:
    case EventType::kDeleteRowsCompressed:
      return NotYet(header_.type);
    default:
      if (!header_.ignorable()) {
        return Error(
            ErrorKind::kUnsupported,
            fmt::format(
                "event type {} is unknown and not marked as ignorable; nothing is skipped in "
                "silence",
                static_cast<unsigned>(header_.type)
            )
        );
      }
  }
  place_.OnIdle();
  return Ok();
}

Status BinlogDecoder::State::Rotate(ByteView body) {
  const auto rotate = ROWHOUSE_TRY(RotateEvent::Parse(body));
  const bool artificial = header_.artificial() || header_.seconds == 0;
  if (artificial && rotate.file == place_.position().file) {
    return Ok();  // the start of a dump, or after a real ROTATE: nothing new
  }
  shapes_.EndStatement();
  file_text_ = {};
  return place_.EnterFile(rotate.file, rotate.position, artificial);
}

Status BinlogDecoder::State::Query(ByteView body, ChangeBatch& batch) {
  const bool load = header_.type == EventType::kExecuteLoadQuery;
  const auto query = ROWHOUSE_TRY(QueryEvent::Parse(body, load ? QueryEvent::kLoadBytes : 0));
  const StatementKind kind = load ? StatementKind::kRowChange : ClassifyStatement(query.sql);
  switch (kind) {
    case StatementKind::kXaStart:
      in_xa_ = true;
      [[fallthrough]];
    case StatementKind::kBegin:
      place_.OnBegin();
      thread_id_ = query.thread_id;
      return Ok();
    case StatementKind::kEnd:
      place_.OnCommit();
      shapes_.EndStatement();
      ordinal_ = 0;
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
      Notice(SourceNotice::Kind::kDdl, {std::string(query.db), std::string()}, batch);
  notice.text = std::move(text);
}

Status BinlogDecoder::State::Map(ByteView body, ChangeBatch& batch) {
  const auto seen = ROWHOUSE_TRY(shapes_.Map(body));
  if (seen.is_new && seen.shape->why_parked.has_value()) {
    SourceNotice& notice = Notice(SourceNotice::Kind::kTableParked, seen.shape->id, batch);
    notice.error = Error(*seen.shape->why_parked).Context("at " + notice.at.ToString());
  }
  return Ok();
}

Status BinlogDecoder::State::Rows(ByteView body, ChangeBatch& batch) {
  const auto event = ROWHOUSE_TRY(RowsEvent::Parse(header_.type, body));
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
      Status decoded = DecodeRows(event, *shape, batch);
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

Status BinlogDecoder::State::DecodeRows(
    const RowsEvent& event, TableShape& shape, ChangeBatch& batch
) {
  if (in_xa_) {
    return NotFollowed(
        "XA transactions can't be followed yet: their rows are logged before their outcome is "
        "known",
        "use plain transactions for captured tables, or leave this table out of the capture"
    );
  }
  RowImage& image = *shape.image;
  if (event.columns != image.columns()) {
    return Error(
        ErrorKind::kBadRecord,
        fmt::format("it has {} columns, its TABLE_MAP {}", event.columns, image.columns())
    );
  }
  if (RefusePartial(event, shape, batch)) {
    return Ok();
  }
  const bool update = event.op == Op::kUpdate;
  const auto first = image.PresentColumns(event.first_bitmap);
  const auto second = update ? image.PresentColumns(event.second_bitmap) : first;
  const EventOrigin* const origin = Origin(batch);
  Share(shape, batch);
  ByteCursor in(event.rows);
  uint32_t row = 0;
  while (!in.done()) {
    const ByteCursor at = in;
    const Cell* const one = image.Decode(in, first, batch.arena);
    if (one == nullptr) [[unlikely]] {
      return image.Explain(at, first, *shape.schema).Context(fmt::format("row {}", row));
    }
    const ByteCursor at_second = in;
    const Cell* const two = update ? image.Decode(in, second, batch.arena) : nullptr;
    if (update && two == nullptr) [[unlikely]] {
      return image.Explain(at_second, second, *shape.schema).Context(fmt::format("row {}", row));
    }
    Change& change = batch.changes.emplace_back();
    change.op = event.op;
    change.row = row++;
    change.ordinal = ++ordinal_;
    change.table = shape.schema.get();
    change.origin = origin;
    change.before = event.op == Op::kCreate ? nullptr : one;
    change.after = event.op == Op::kCreate ? one : two;
  }
  WarnOfDamage(shape, batch);
  return Ok();
}

// True, and the table parked, where an image leaves columns out.
bool BinlogDecoder::State::RefusePartial(
    const RowsEvent& event, TableShape& shape, ChangeBatch& batch
) const {
  if (options_.partial_images) {
    return false;
  }
  const RowImage& image = *shape.image;
  const bool whole = image.PresentColumns(event.first_bitmap).all &&
                     (event.op != Op::kUpdate || image.PresentColumns(event.second_bitmap).all);
  if (whole) {
    return false;
  }
  if (!shape.partial_image_told) {
    shape.partial_image_told = true;
    SourceNotice& notice = Notice(SourceNotice::Kind::kTableParked, shape.id, batch);
    notice.error = Error(
                       ErrorKind::kUnsupported,
                       fmt::format(
                           "table {} at {}: rows are logged without all their columns "
                           "(binlog_row_image is not FULL)",
                           shape.id.ToString(),
                           notice.at.ToString()
                       )
    )
                       .WithHint(
                           "SET GLOBAL binlog_row_image = FULL, end the sessions that changed it, "
                           "then load the table again"
                       );
  }
  return true;
}

void BinlogDecoder::State::WarnOfDamage(TableShape& shape, ChangeBatch& batch) const {
  for (const size_t column : shape.image->NewlyDamaged()) {
    SourceNotice& notice = Notice(SourceNotice::Kind::kWarning, shape.id, batch);
    notice.error = Error(
        ErrorKind::kBadRecord,
        fmt::format(
            "table {} at {}: column {} holds bytes that are no text of its character set; they "
            "are replaced by U+FFFD from here on",
            shape.id.ToString(),
            notice.at.ToString(),
            shape.schema->columns[column].name
        )
    );
  }
}

const EventOrigin* BinlogDecoder::State::Origin(ChangeBatch& batch) {
  if (batch.origins.empty()) {
    ++batches_;
    file_text_ = {};
    gtid_text_of_ = 0;
  }
  if (file_text_.empty()) {
    file_text_ = batch.arena.Copy(place_.position().file);
  }
  if (gtid_text_of_ != place_.transaction()) {
    gtid_text_of_ = place_.transaction();
    gtid_text_ = batch.arena.Copy(place_.Gtid());
  }
  EventOrigin& origin = batch.origins.emplace_back();
  origin.ts_us = EventMicros();
  origin.server_id = header_.server_id;
  origin.thread_id = thread_id_;
  origin.epoch = options_.epoch;
  origin.file_number = place_.file_number();
  origin.pos = event_pos_;
  origin.file = file_text_;
  origin.gtid = gtid_text_;
  return &origin;
}

void BinlogDecoder::State::Share(TableShape& shape, ChangeBatch& batch) const {
  if (shape.in_batch != batches_) {
    shape.in_batch = batches_;
    batch.tables.push_back(shape.schema);
  }
}

SourceNotice& BinlogDecoder::State::Notice(
    SourceNotice::Kind kind, TableId table, ChangeBatch& batch
) const {
  SourceNotice& notice = batch.notices.emplace_back();
  notice.kind = kind;
  notice.before_change = batch.changes.size();
  notice.table = std::move(table);
  notice.at = {place_.position().file, event_pos_};
  notice.ts_us = EventMicros();
  return notice;
}

int64_t BinlogDecoder::State::EventMicros() const {
  constexpr int64_t kMicros = 1'000'000;
  return place_.committed_us() != 0 ? static_cast<int64_t>(place_.committed_us())
                                    : int64_t{header_.seconds} * kMicros;
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
