#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "model/change.h"
#include "mysql/event_context.h"
#include "mysql/partial_image.h"
#include "mysql/rows_event.h"
#include "mysql/table_shapes.h"

namespace rowhouse::mysql {

// Appends the rows of rows events to batches as changes.
//
// Numbers rows by their place in the log alone, whatever tables are followed, so that the same
// change has the same version in every reading; and puts what rows share (origin, file name, GTID,
// schema) into each batch once.
//
// Threads: one owner.
// Errors:  kBadRecord naming row and column. Rows without a value that is needed (partial_image.h)
//          park their table by a notice.
class RowChanges {
 public:
  explicit RowChanges(uint16_t epoch) : epoch_(epoch) {}

  // The rows to come are another transaction's; `thread_id` is its session, 0 when not told.
  void BeginTransaction(uint32_t thread_id) {
    thread_id_ = thread_id;
    EndStatement();
  }

  // The rows to come are the work of this statement.
  void BeginStatement(std::string_view sql);
  void EndStatement();

  // The stream is in another file.
  void BeginFile() { file_text_ = {}; }

  // Whether the batch already has rows of its table under another schema.
  bool HasOtherSchema(const TableShape& shape, const ChangeBatch& batch) const;

  // `shape` is of a followed table; the event's bytes lie in the batch's arena.
  Status Append(
      const RowsEvent& event, TableShape& shape, const EventContext& context, ChangeBatch& batch
  );

 private:
  Status DecodeRows(
      const RowsEvent& event,
      const ImagesPresent& present,
      TableShape& shape,
      const EventOrigin* origin,
      uint32_t row_base,
      ChangeBatch& batch
  );
  const EventOrigin* Origin(const EventContext& context, ChangeBatch& batch);

  const uint16_t epoch_;
  uint32_t thread_id_ = 0;
  uint64_t batches_ = 1;  // that got rows, and one
  // Texts that the current batch's arena holds already.
  std::string_view file_text_;
  std::string_view gtid_text_;
  uint64_t gtid_text_of_ = 0;  // the transaction
  std::string_view query_text_;
  std::string query_;
};

}  // namespace rowhouse::mysql
