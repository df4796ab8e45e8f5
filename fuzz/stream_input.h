#pragma once

#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "model/change.h"
#include "mysql/binlog_decoder.h"
#include "mysql/event_header.h"

namespace rowhouse::fuzz {

// The input of the targets that feed a decoder: one byte of choices, then events, each
// behind its length in two bytes. The length in the event's own header is set right, so that
// what is tried is what lies behind it.
class StreamInput {
 public:
  explicit StreamInput(ByteView input) : in_(input), choices_(in_.U8()) {}

  mysql::Flavor flavor() const {
    return (choices_ & 1) != 0 ? mysql::Flavor::kMariaDb : mysql::Flavor::kMySql;
  }

  bool small_batches() const { return (choices_ & 2) != 0; }

  // The next event in `arena`, where a decoder wants it; empty at the end.
  ByteView Next(Arena& arena) {
    const size_t size = in_.U16();
    const ByteView bytes = in_.Bytes(size < in_.left() ? size : in_.left());
    if (!in_.ok() || bytes.empty()) {
      return {};
    }
    uint8_t* event = arena.Allocate(bytes.size());
    std::memcpy(event, bytes.data(), bytes.size());
    if (bytes.size() >= mysql::EventHeader::kBytes) {
      const auto length = static_cast<uint32_t>(bytes.size());
      std::memcpy(event + 9, &length, sizeof(length));
    }
    return {event, bytes.size()};
  }

 private:
  ByteCursor in_;
  uint8_t choices_;
};

// Reads every byte that the cells of a batch point to.
inline size_t TouchCells(const ChangeBatch& batch) {
  size_t sum = 0;
  const auto touch = [&](const Change& change, const Cell* row) {
    for (size_t i = 0; row != nullptr && i < change.table->columns.size(); ++i) {
      const Cell& cell = row[i];
      const bool has_bytes = cell.kind == CellKind::kText || cell.kind == CellKind::kBytes ||
                             cell.kind == CellKind::kJson ||
                             (cell.kind == CellKind::kDecimal && cell.size > 0);
      for (size_t k = 0; has_bytes && k < cell.size; ++k) {
        sum += static_cast<unsigned char>(cell.p[k]);
      }
    }
  };
  for (const Change& change : batch.changes) {
    touch(change, change.before);
    touch(change, change.after);
  }
  return sum;
}

}  // namespace rowhouse::fuzz
