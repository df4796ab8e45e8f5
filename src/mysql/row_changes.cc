#include "mysql/row_changes.h"

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

}  // namespace

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
  if (RefusePartial(event, shape, context, batch)) {
    return Ok();
  }
  const EventOrigin* const origin = Origin(context, batch);
  if (shape.in_batch != batches_) {
    shape.in_batch = batches_;
    batch.tables.push_back(shape.schema);
  }
  ROWHOUSE_TRY(DecodeRows(event, shape, origin, context.row_base, batch));
  WarnOfDamage(shape, context, batch);
  return Ok();
}

Status RowChanges::DecodeRows(
    const RowsEvent& event,
    TableShape& shape,
    const EventOrigin* origin,
    uint32_t row_base,
    ChangeBatch& batch
) {
  RowImage& image = *shape.image;
  const bool update = event.op == Op::kUpdate;
  const auto first = image.PresentColumns(event.first_bitmap);
  const auto second = update ? image.PresentColumns(event.second_bitmap) : first;
  ByteCursor in(event.rows);
  uint32_t row = 0;
  while (!in.done()) {
    const ByteCursor at = in;
    const Cell* const one = image.Decode(in, first, batch.arena);
    if (one == nullptr) [[unlikely]] {
      return image.Explain(at, first, *shape.schema).Context(fmt::format("row {}", row));
    }
    const ByteCursor at_second = in;
    const Cell* const two = !update         ? nullptr
                            : event.partial ? image.DecodePartial(in, second, batch.arena)
                                            : image.Decode(in, second, batch.arena);
    if (update && two == nullptr) [[unlikely]] {
      Error why = event.partial ? image.ExplainPartial(at_second, second, *shape.schema)
                                : image.Explain(at_second, second, *shape.schema);
      return std::move(why).Context(fmt::format("row {}", row));
    }
    if (in.left() == at.left()) [[unlikely]] {
      return Error(ErrorKind::kBadRecord, fmt::format("row {} has no bytes, but more follow", row));
    }
    Change& change = batch.changes.emplace_back();
    change.op = event.op;
    change.row = row++;
    change.ordinal = row_base + row;
    change.table = shape.schema.get();
    change.origin = origin;
    change.before = event.op == Op::kCreate ? nullptr : one;
    change.after = event.op == Op::kCreate ? one : two;
    if (shape.row_end.has_value() && !CurrentRowsChange(*shape.row_end, change)) {
      batch.changes.pop_back();
    }
  }
  return Ok();
}

// True, and the table parked, where an image leaves out columns that are needed: all, unless
// partial images are let through, and always the documents that differences start from.
bool RowChanges::RefusePartial(
    const RowsEvent& event, TableShape& shape, const EventContext& context, ChangeBatch& batch
) const {
  const RowImage& image = *shape.image;
  const auto first = image.PresentColumns(event.first_bitmap);
  const auto second = event.op == Op::kUpdate ? image.PresentColumns(event.second_bitmap) : first;
  const bool patchable = !event.partial || image.HasJsonOf(first, second);
  if (patchable && (partial_images_ || (first.all && second.all))) {
    return false;
  }
  if (!shape.partial_image_told) {
    shape.partial_image_told = true;
    SourceNotice& notice = context.Notice(SourceNotice::Kind::kTableParked, shape.id, batch);
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

const EventOrigin* RowChanges::Origin(const EventContext& context, ChangeBatch& batch) {
  const StreamPlace& place = *context.place;
  if (batch.origins.empty()) {
    ++batches_;
    file_text_ = {};
    gtid_text_of_ = 0;
  }
  if (file_text_.empty()) {
    file_text_ = batch.arena.Copy(place.position().file);
  }
  if (gtid_text_of_ != place.transaction()) {
    gtid_text_of_ = place.transaction();
    gtid_text_ = batch.arena.Copy(place.Gtid());
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
  return &origin;
}

}  // namespace rowhouse::mysql
