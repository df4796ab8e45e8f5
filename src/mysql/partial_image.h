#pragma once

#include <optional>

#include "model/change.h"
#include "mysql/row_image.h"

namespace rowhouse::mysql {

// Row images that leave columns out (binlog_row_image MINIMAL, NOBLOB or FULL_NODUP, which any
// session can choose for itself): when they say enough, and what is put where they say nothing.
//
// After:  a column left out is unchanged, so the before-image's value is its value. Left out there
//         too (or of an INSERT, where the server's default at that time would be its value), it is
//         not in the log, and no value may be made up.
// Before: needed are the key's columns, and all columns of a table without key, whose rows are
//         counted by their values. The others are for readers of the history: Debezium's
//         placeholder where text or bytes can hold it, else NULL where the column allows it.

// What readers know as "the value is not in the log".
inline constexpr std::string_view kUnavailableValue = "__debezium_unavailable_value";

// The images of one rows event. `after` is looked at for updates only; an INSERT's is `first`.
struct ImagesPresent {
  Op op = Op::kCreate;
  RowImage::Present first;
  RowImage::Present second;
  bool diffs = false;  // JSON of the after-image may be what differs from the before-image

  bool whole() const { return first.all && (op != Op::kUpdate || second.all); }
};

// The first column whose value is needed and not in the log; nullopt: the event can be followed.
std::optional<size_t> MissingColumn(const ImagesPresent& present, const TableSchema& table);

// Fills the absent cells of a row of an event that MissingColumn lets pass. `before` and `after`
// are null as in a Change.
void FillAbsent(const TableSchema& table, Cell* before, Cell* after);

}  // namespace rowhouse::mysql
