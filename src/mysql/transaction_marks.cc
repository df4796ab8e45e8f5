#include "mysql/transaction_marks.h"

#include <utility>

#include <fmt/format.h>

namespace rowhouse::mysql {

void TransactionMarks::Begin(const EventContext& event, ChangeBatch& batch) {
  if (!wanted_) [[likely]] {
    return;
  }
  std::string id = event.place->Gtid();
  if (id.empty()) {
    id = fmt::format("file={},pos={}", event.place->position().file, event.pos);
  }
  if (open_ && id == id_) {
    return;  // MariaDB's XA COMMIT: at its GTID, and at the statement
  }
  id_ = std::move(id);
  open_ = true;
  Note(TransactionMark::Kind::kBegin, event, batch);
}

void TransactionMarks::End(const EventContext& event, ChangeBatch& batch) {
  if (open_) [[unlikely]] {
    open_ = false;
    Note(TransactionMark::Kind::kEnd, event, batch);
  }
}

void TransactionMarks::Note(
    TransactionMark::Kind kind, const EventContext& event, ChangeBatch& batch
) const {
  constexpr int64_t kMicros = 1'000'000;
  TransactionMark& mark = batch.transactions.emplace_back();
  mark.kind = kind;
  mark.before_change = batch.changes.size();
  mark.ts_us = int64_t{event.header.seconds} * kMicros;
  mark.id = id_;
}

}  // namespace rowhouse::mysql
