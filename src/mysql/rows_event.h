#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"
#include "model/change.h"
#include "mysql/event_header.h"

namespace rowhouse::mysql {

// The head of a rows event: which table, which columns, where the rows begin.
struct RowsEvent {
  static constexpr uint16_t kStatementEnd = 0x01;
  // MySQL's event without rows, which only ends a statement.
  static constexpr uint64_t kNoTable = 0x00FF'FFFF;

  Op op = Op::kCreate;
  bool partial = false;  // rows after may hold differences of JSON columns
  uint64_t table_id = 0;
  uint16_t flags = 0;
  uint64_t columns = 0;
  ByteView first_bitmap;   // columns of the only image, or of an update's before
  ByteView second_bitmap;  // of an update's after
  ByteView rows;

  bool ends_statement() const { return (flags & kStatementEnd) != 0; }

  // WRITE, UPDATE and DELETE_ROWS, both versions, MariaDB's compressed forms, MySQL's partial
  // update.
  static bool IsRows(EventType type);
  static bool IsCompressed(EventType type);

  // Of a compressed one, `rows` is still packed.
  static Result<RowsEvent> Parse(EventType type, ByteView body);
};

}  // namespace rowhouse::mysql
