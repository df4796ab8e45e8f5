#include "capture/table_load.h"

#include <algorithm>

#include "base/check.h"

namespace rowhouse::capture {

namespace {

void Remove(std::vector<KeyRange>& ranges, const KeyRange& range) {
  const auto found = std::find(ranges.begin(), ranges.end(), range);
  CHECK(found != ranges.end());
  ranges.erase(found);
}

}  // namespace

TableLoad::TableLoad(TableSchemaPtr table, const TableProgress& from, uint64_t generation)
    : table_(std::move(table)),
      generation_(generation),
      reload_(from.reload),
      reloads_(from.reloads),
      again_(from.open),
      frontier_(from.loaded_to),
      tail_(from.tail_taken ? Tail::kTaken : Tail::kFree),
      rows_(from.rows),
      since_(from.since) {}

std::optional<TableLoad::Work> TableLoad::Take() {
  Work work;
  if (!again_.empty()) {
    work.range = std::move(again_.back());
    again_.pop_back();
  } else if (tail_ == Tail::kFree) {
    work = {{frontier_, ""}, true};
    tail_ = Tail::kHeld;
  } else {
    return std::nullopt;
  }
  out_.push_back(work.range);
  return work;
}

KeyRange TableLoad::Cut(const std::string& key) {
  CHECK(tail_ == Tail::kHeld && !key.empty());
  Remove(out_, {frontier_, ""});
  KeyRange range{frontier_, key};
  frontier_ = key;
  tail_ = Tail::kFree;
  out_.push_back(range);
  return range;
}

KeyRange TableLoad::Read(const KeyRange& range, const std::string& reached) {
  const bool held_tail = tail_ == Tail::kHeld && range == KeyRange{frontier_, ""};
  if (reached.empty()) {
    if (held_tail) {
      tail_ = Tail::kTaken;
    }
    return range;
  }
  KeyRange read{range.after, reached};
  Remove(out_, range);
  out_.push_back(read);
  if (held_tail) {
    frontier_ = reached;
    tail_ = Tail::kFree;
  } else {
    again_.push_back({reached, range.upto});
  }
  return read;
}

void TableLoad::Placed(const KeyRange& range, uint64_t rows) {
  Remove(out_, range);
  rows_ += rows;
}

void TableLoad::GiveBack(const KeyRange& range) {
  Remove(out_, range);
  again_.push_back(range);
}

TableProgress TableLoad::Progress() const {
  TableProgress progress;
  progress.rows = rows_;
  progress.reload = reload_;
  progress.reloads = reloads_;
  progress.since = since_;
  if (done()) {
    progress.state = TableProgress::State::kDone;
    return progress;
  }
  progress.loaded_to = frontier_;
  progress.tail_taken = tail_ == Tail::kTaken;
  const KeyRange tail{frontier_, ""};
  for (const std::vector<KeyRange>* ranges : {&again_, &out_}) {
    for (const KeyRange& range : *ranges) {
      if (tail_ != Tail::kHeld || range != tail) {
        progress.open.push_back(range);
      }
    }
  }
  return progress;
}

void TableLoad::SetSince(const SourcePosition& seen) {
  // Readers finish in any order; the one that began first has seen the least.
  const bool earlier = since_.empty() || seen.epoch < since_.epoch ||
                       (seen.epoch == since_.epoch && Compare(seen.binlog, since_.binlog) < 0);
  if (reload_ && earlier) {
    since_.epoch = seen.epoch;
    since_.binlog = seen.binlog;
  }
}

}  // namespace rowhouse::capture
