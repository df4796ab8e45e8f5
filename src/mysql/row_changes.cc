#include "mysql/row_changes.h"

#include <algorithm>

#include <fmt/format.h>

#include "mysql/row_period.h"

namespace rowhouse::mysql {

namespace {

void WarnOfDamage(TableShape& shape, const EventContext& context, ChangeBatch& batch) {
  for (const size_t column : shape.image->NewlyDamaged()) {
    SourceNotice& notice = context.Notice(SourceNotice::Kind::kWarning, shape.id, batch);
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

void ParkForMissing(
    size_t column, TableShape& shape, const EventContext& context, ChangeBatch& batch
) {
  if (shape.partial_image_told) {
    return;
  }
  shape.partial_image_told = true;
  SourceNotice& notice = context.Notice(SourceNotice::Kind::kTableParked, shape.id, batch);
  notice.error = Error(
                     ErrorKind::kUnsupported,
                     fmt::format(
                         "table {} at {}: rows are logged without the value of column {} "
                         "(binlog_row_image was not FULL in the session that changed them)",
                         shape.id.ToString(),
                         notice.at.ToString(),
                         shape.schema->columns[column].name
                     )
  )
                     .WithCode("E-MYSQL-012")
                     .WithHint(
                         "SET GLOBAL binlog_row_image = FULL, end the sessions that changed it, "
                         "then load the table again"
                     );
}

}  // namespace

void RowChanges::BeginStatement(std::string_view sql) {
  query_ = sql;
  query_text_ = {};
}

void RowChanges::EndStatement() {
  query_.clear();
  query_text_ = {};
}

bool RowChanges::HasOtherSchema(const TableShape& shape, const ChangeBatch& batch) const {
  return shape.in_batch != batches_ &&
         std::any_of(batch.tables.begin(), batch.tables.end(), [&](const TableSchemaPtr& table) {
           return table->id == shape.id;
         });
}

Status RowChanges::Append(
    const RowsEvent& event, TableShape& shape, const EventContext& context, ChangeBatch& batch
) {
  const RowImage& image = *shape.image;
  if (event.columns != image.columns()) {
    return Error(
        ErrorKind::kBadRecord,
        fmt::format("it has {} columns, its TABLE_MAP {}", event.columns, image.columns())
    );
  }
  ImagesPresent present{event.op, image.PresentColumns(event.first_bitmap), {}, event.partial};
  present.second =
      event.op == Op::kUpdate ? image.PresentColumns(event.second_bitmap) : present.first;
  if (!present.whole()) {
    if (const auto missing = MissingColumn(present, *shape.schema)) {
      ParkForMissing(*missing, shape, context, batch);
      return Ok();
    }
  }
  const EventOrigin* const origin = Origin(context, batch);
  if (shape.in_batch != batches_) {
    shape.in_batch = batches_;
    batch.tables.push_back(shape.schema);
  }
  ROWHOUSE_TRY(DecodeRows(event, present, shape, origin, context.row_base, batch));
  WarnOfDamage(shape, context, batch);
  return Ok();
}

Status RowChanges::DecodeRows(
    const RowsEvent& event,
    const ImagesPresent& present,
    TableShape& shape,
    const EventOrigin* origin,
    uint32_t row_base,
    ChangeBatch& batch
) {
  RowImage& image = *shape.image;
  const bool update = event.op == Op::kUpdate;
  const bool whole = present.whole();
  ByteCursor in(event.rows);
  uint32_t row = 0;
  while (!in.done()) {
    const ByteCursor at = in;
    Cell* const one = image.Decode(in, present.first, batch.arena);
    if (one == nullptr) [[unlikely]] {
      return image.Explain(at, present.first, *shape.schema).Context(fmt::format("row {}", row));
    }
    const ByteCursor at_second = in;
    Cell* const two = !update         ? nullptr
                      : event.partial ? image.DecodePartial(in, present.second, batch.arena)
                                      : image.Decode(in, present.second, batch.arena);
    if (update && two == nullptr) [[unlikely]] {
      Error why = event.partial ? image.ExplainPartial(at_second, present.second, *shape.schema)
                                : image.Explain(at_second, present.second, *shape.schema);
      return std::move(why).Context(fmt::format("row {}", row));
    }
    if (in.left() == at.left()) [[unlikely]] {
      return Error(ErrorKind::kBadRecord, fmt::format("row {} has no bytes, but more follow", row));
    }
    Cell* const before = event.op == Op::kCreate ? nullptr : one;
    Cell* const after = event.op == Op::kCreate ? one : two;
    if (!whole) [[unlikely]] {
      FillAbsent(*shape.schema, before, after);
    }
    Change& change = batch.changes.emplace_back();
    change.op = event.op;
    change.row = row++;
    change.ordinal = row_base + row;
    change.table = shape.schema.get();
    change.origin = origin;
    change.before = before;
    change.after = after;
    if (shape.row_end.has_value() && !CurrentRowsChange(*shape.row_end, change)) {
      batch.changes.pop_back();
    }
  }
  return Ok();
}

const EventOrigin* RowChanges::Origin(const EventContext& context, ChangeBatch& batch) {
  const StreamPlace& place = *context.place;
  if (batch.origins.empty()) {
    ++batches_;
    file_text_ = {};
    gtid_text_of_ = 0;
    query_text_ = {};
  }
  if (file_text_.empty()) {
    file_text_ = batch.arena.Copy(place.position().file);
  }
  if (gtid_text_of_ != place.transaction()) {
    gtid_text_of_ = place.transaction();
    gtid_text_ = batch.arena.Copy(place.Gtid());
  }
  if (query_text_.empty() && !query_.empty()) {
    query_text_ = batch.arena.Copy(query_);
  }
  EventOrigin& origin = batch.origins.emplace_back();
  origin.ts_us = context.micros();
  origin.server_id = context.header.server_id;
  origin.thread_id = thread_id_;
  origin.epoch = epoch_;
  origin.file_number = place.file_number();
  origin.pos = context.pos;
  origin.file = file_text_;
  origin.gtid = gtid_text_;
  origin.query = query_text_;
  return &origin;
}

}  // namespace rowhouse::mysql
