#pragma once

#include <cstdint>
#include <utility>

#include "model/change.h"
#include "mysql/event_header.h"
#include "mysql/stream_place.h"

namespace rowhouse::mysql {

// The event at hand, and where in the stream it stands.
struct EventContext {
  const StreamPlace* place = nullptr;
  EventHeader header;
  // Where it begins. Of an event that came inside another (a compressed transaction) or is given
  // later than it was read (XA): where that other one begins.
  uint64_t pos = 0;
  // Rows are numbered from here + 1: 0, or of an event inside another its offset in there (a row
  // takes at least one byte, so numbers grow over events whatever tables are followed).
  uint32_t row_base = 0;

  // The event stands `offset` bytes inside the one at `outer`. Numbers have 32 bits: each 2 GiB are
  // counted as one byte of `outer`, which has more of them than that.
  void StandInside(uint64_t outer, uint64_t offset) {
    constexpr int kBits = 31;
    pos = outer + (offset >> kBits);
    row_base = static_cast<uint32_t>(offset & ((uint64_t{1} << kBits) - 1));
  }

  BinlogPosition at() const { return {place->position().file, pos}; }

  // When its change happened: the transaction's commit where the log tells it.
  int64_t micros() const {
    constexpr int64_t kMicros = 1'000'000;
    return place->committed_us() != 0 ? static_cast<int64_t>(place->committed_us())
                                      : int64_t{header.seconds} * kMicros;
  }

  // A new notice at this place of the batch.
  SourceNotice& Notice(SourceNotice::Kind kind, TableId table, ChangeBatch& batch) const {
    SourceNotice& notice = batch.notices.emplace_back();
    notice.kind = kind;
    notice.before_change = batch.changes.size();
    notice.table = std::move(table);
    notice.at = at();
    notice.ts_us = micros();
    return notice;
  }
};

}  // namespace rowhouse::mysql
