#include "capture/transaction_counter.h"

#include <utility>

#include "base/check.h"

namespace rowhouse::capture {

TransactionCounter::TransactionCounter(const TableEncoderOptions& options)
    : format_(options.format), skipped_(options.skipped) {}

std::vector<types::TransactionRecord> TransactionCounter::Count(ChangeBatch& batch) {
  std::vector<types::TransactionRecord> told;
  auto mark = batch.transactions.begin();
  const auto pass_marks = [&](size_t before_change) {
    for (; mark != batch.transactions.end() && mark->before_change <= before_change; ++mark) {
      Apply(*mark, batch);
      told.push_back(running_);
    }
  };
  id_ = open_ ? batch.arena.Copy(running_.id) : std::string_view();
  batch.places.reserve(batch.changes.size());
  for (size_t i = 0; i < batch.changes.size(); ++i) {
    pass_marks(i);
    batch.places.push_back(open_ ? PlaceOf(batch.changes[i], batch) : TransactionPlace());
  }
  pass_marks(SIZE_MAX);
  return told;
}

void TransactionCounter::Apply(const TransactionMark& mark, ChangeBatch& batch) {
  constexpr int64_t kMicrosInMilli = 1000;
  using Status = types::TransactionRecord::Status;
  if (mark.kind == TransactionMark::Kind::kBegin) {
    running_ = {};
    running_.id = mark.id;
    counts_.clear();
    last_table_ = nullptr;
    open_ = true;
    id_ = batch.arena.Copy(mark.id);
  } else {
    running_.status = Status::kEnd;
    open_ = false;
  }
  running_.ts_ms = mark.ts_us / kMicrosInMilli;
}

TransactionPlace TransactionCounter::PlaceOf(const Change& change, const ChangeBatch& batch) {
  const int64_t records = RecordsOf(change, batch);
  if (records == 0) {
    return {};
  }
  int64_t& of_table = CountOf(change.table);
  const TransactionPlace place{id_, running_.events + 1, of_table + 1};
  running_.events += records;
  of_table += records;
  return place;
}

int64_t TransactionCounter::RecordsOf(const Change& change, const ChangeBatch& batch) {
  if (skipped_.find(OpLetter(change.op)) != std::string::npos) {
    return 0;
  }
  const Known& known = KnownOf(change.table, batch);
  if (!known.key) {
    return 0;
  }
  return known.key->Changed(change) ? 2 : 1;
}

const TransactionCounter::Known& TransactionCounter::KnownOf(
    const TableSchema* table, const ChangeBatch& batch
) {
  const auto found = known_.find(table);
  if (found != known_.end()) {
    return found->second;
  }
  if (known_.size() >= kSchemasMax) {
    known_.clear();
  }
  Known fresh;
  for (const TableSchemaPtr& held : batch.tables) {
    if (held.get() == table) {
      fresh.schema = held;
    }
  }
  CHECK(fresh.schema != nullptr);
  // A table that can't be encoded is parked by who encodes it.
  if (const auto wire = types::MakeWireTable(*table, format_)) {
    fresh.key.emplace(*wire);
  }
  return known_.emplace(table, std::move(fresh)).first->second;
}

int64_t& TransactionCounter::CountOf(const TableSchema* table) {
  if (table != last_table_) {
    const auto [at, first] = counts_.try_emplace(table->id.ToString(), running_.tables.size());
    if (first) {
      running_.tables.emplace_back(at->first, 0);
    }
    last_table_ = table;
    last_count_ = at->second;
  }
  return running_.tables[last_count_].second;
}

}  // namespace rowhouse::capture
