#include "browse/scan.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "browse/scan_lanes.h"

namespace rowhouse::browse {

namespace {

constexpr seconds kAnswer{10};
// Blocks of a search backwards: the first small, so that what is new is found at once; then larger
// ones, since each costs a round to the broker.
constexpr int64_t kBlockFirst = 5'000;
constexpr int64_t kBlockMost = 200'000;
constexpr int64_t kBlockGrowth = 4;

size_t BytesOf(const Match& match) {
  size_t bytes = match.row.Bytes();
  if (match.message != nullptr) {
    // A node costs several times its text.
    constexpr size_t kNodeFactor = 4;
    bytes += kNodeFactor * (match.message->key.text.size() + match.message->value.text.size()) +
             match.message->key.hex.size() + match.message->value.hex.size();
  }
  return bytes;
}

// Newest first; of one time by partition, and there by offset.
bool IsNewer(const Match& a, const Match& b) {
  if (a.row.timestamp_ms != b.row.timestamp_ms) {
    return a.row.timestamp_ms > b.row.timestamp_ms;
  }
  return a.row.partition != b.row.partition ? a.row.partition < b.row.partition
                                            : a.row.offset > b.row.offset;
}

// The newest matches over all partitions, in order, by reading backwards block by block.
class NewestFirst {
 public:
  NewestFirst(const ScanRequest& request, ScanLanes& lanes, ScanWatcher& watcher)
      : request_(request), lanes_(lanes), watcher_(watcher), limit_(request.limit) {}

  // A reason: stopped from outside. None: all that was wanted is told, or all was searched.
  Result<ScanReason> Run() {
    lanes_.on_match = [this](Match match) {
      Hold(std::move(match));
      return true;
    };
    lanes_.on_batch = [] {};
    for (ScanLane& lane : lanes_.lanes()) {
      lane.low = lane.end;
      lane.block = FirstBlock();
    }
    while (StartBlocks()) {
      const auto stopped = ROWHOUSE_TRY(lanes_.ReadAll(ScanLanes::AtEnd::kDone));
      if (stopped) {
        Tell(INT64_MIN);  // what was found until now, though something newer may be missing
        return *stopped;
      }
      EndBlocks();
      Tell(UnknownAfter());
    }
    Tell(INT64_MIN);
    return told_ >= limit_ ? ScanReason::kLimit : ScanReason::kEnd;
  }

 private:
  int64_t FirstBlock() const {
    const bool all = request_.filter == nullptr && request_.text.empty();
    return all ? static_cast<int64_t>(std::max<size_t>(request_.limit, 1)) : kBlockFirst;
  }

  size_t Wanted() const { return limit_ - told_; }

  // The time that a record must pass to be among those wanted.
  int64_t Cutoff() {
    const size_t wanted = Wanted();
    if (wanted == 0) {
      return INT64_MAX;
    }
    if (held_.size() < wanted) {
      return INT64_MIN;
    }
    const auto last = held_.begin() + static_cast<std::ptrdiff_t>(wanted - 1);
    std::nth_element(held_.begin(), last, held_.end(), IsNewer);
    return last->row.timestamp_ms;
  }

  bool StartBlocks() {
    const int64_t cutoff = Cutoff();
    bool any = false;
    for (ScanLane& lane : lanes_.lanes()) {
      lane.reading = lane.low > lane.begin && lane.low_time > cutoff;
      if (!lane.reading) {
        continue;
      }
      any = true;
      lane.block = std::min(lane.block, lane.low - lane.begin);
      lane.next = lane.low - lane.block;
      lane.stop = lane.low;
      lane.first_time.reset();
      started_.push_back(lane.partition);
    }
    return any;
  }

  void EndBlocks() {
    for (ScanLane& lane : lanes_.lanes()) {
      if (std::find(started_.begin(), started_.end(), lane.partition) == started_.end()) {
        continue;
      }
      lane.low -= lane.block;
      lane.low_time = std::min(lane.low_time, lane.first_time.value_or(lane.low_time));
      lane.block = std::min(std::max(lane.block, kBlockFirst) * kBlockGrowth, kBlockMost);
    }
    started_.clear();
  }

  // Up to this time there may be matches that were not read yet.
  int64_t UnknownAfter() const {
    int64_t time = INT64_MIN;
    for (const ScanLane& lane : lanes_.lanes()) {
      if (lane.low > lane.begin) {
        time = std::max(time, lane.low_time);
      }
    }
    return time;
  }

  void Hold(Match match) {
    held_bytes_ += BytesOf(match);
    held_.push_back(std::move(match));
    const size_t wanted = Wanted();
    if (held_.size() > 2 * wanted + 100) {
      std::nth_element(
          held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(wanted), held_.end(), IsNewer
      );
      Keep(wanted);
    }
    if (held_bytes_ > request_.held_bytes_max && held_.size() > 1) {
      std::sort(held_.begin(), held_.end(), IsNewer);
      Keep(std::min(held_.size() / 2, wanted));
      limit_ = told_ + held_.size();  // older ones would be let go again
    }
  }

  void Keep(size_t count) {
    held_.resize(std::min(count, held_.size()));
    held_bytes_ = 0;
    for (const Match& match : held_) {
      held_bytes_ += BytesOf(match);
    }
  }

  // Tells the matches that nothing unread can be newer than.
  void Tell(int64_t unknown_after) {
    std::sort(held_.begin(), held_.end(), IsNewer);
    const auto certain = std::partition_point(held_.begin(), held_.end(), [&](const Match& match) {
      return match.row.timestamp_ms >= unknown_after;
    });
    const auto count = std::min(static_cast<size_t>(certain - held_.begin()), Wanted());
    if (count == 0) {
      return;
    }
    const auto end = held_.begin() + static_cast<std::ptrdiff_t>(count);
    std::vector<Match> matches(
        std::make_move_iterator(held_.begin()), std::make_move_iterator(end)
    );
    held_.erase(held_.begin(), end);
    Keep(held_.size());
    told_ += count;
    lanes_.CountMatches(count);
    watcher_.OnMatches(std::move(matches));
  }

  const ScanRequest& request_;
  ScanLanes& lanes_;
  ScanWatcher& watcher_;
  size_t limit_;  // less than was asked for where matches had to be left out for their bytes
  std::vector<Match> held_;
  std::vector<int32_t> started_;
  size_t held_bytes_ = 0;
  size_t told_ = 0;
};

// Tells matches as they are read.
class Forward {
 public:
  Forward(const ScanRequest& request, ScanLanes& lanes, ScanWatcher& watcher)
      : request_(request), lanes_(lanes), watcher_(watcher) {}

  Result<ScanReason> Run(ScanLanes::AtEnd at_end) {
    const size_t limit = request_.live ? SIZE_MAX : std::max<size_t>(request_.limit, 1);
    size_t found = 0;
    lanes_.on_match = [this, limit, &found](Match match) {
      ready_.push_back(std::move(match));
      return ++found < limit;
    };
    lanes_.on_batch = [this] { Tell(); };
    const auto stopped = ROWHOUSE_TRY(lanes_.ReadAll(at_end));
    Tell();
    return stopped.value_or(ScanReason::kEnd);
  }

 private:
  void Tell() {
    if (!ready_.empty()) {
      lanes_.CountMatches(ready_.size());
      watcher_.OnMatches(std::exchange(ready_, {}));
    }
  }

  const ScanRequest& request_;
  ScanLanes& lanes_;
  ScanWatcher& watcher_;
  std::vector<Match> ready_;
};

// Narrows the lanes to what lies between from and to.
Status SetBounds(const ScanRequest& request, kafka::RecordStream& stream, ScanLanes& lanes) {
  std::map<int32_t, int64_t> from;
  std::map<int32_t, int64_t> to;
  if (request.from.kind == ScanFrom::Kind::kTime) {
    from = ROWHOUSE_TRY(stream.OffsetsAt(request.from.value, Deadline::After(kAnswer)));
  }
  if (request.to.kind == ScanTo::Kind::kTime) {
    to = ROWHOUSE_TRY(stream.OffsetsAt(request.to.value, Deadline::After(kAnswer)));
  }
  for (ScanLane& lane : lanes.lanes()) {
    const int64_t begin = lane.begin;
    const int64_t end = lane.end;
    if (request.from.kind == ScanFrom::Kind::kEnd) {
      lane.begin = end;
    } else if (request.from.kind == ScanFrom::Kind::kOffset) {
      lane.begin = std::clamp(request.from.value, begin, end);
    } else if (request.from.kind == ScanFrom::Kind::kTime) {
      const auto at = from.find(lane.partition);
      lane.begin = at == from.end() ? end : std::clamp(at->second, begin, end);
    }
    if (request.to.kind == ScanTo::Kind::kOffset) {
      lane.end = std::clamp(request.to.value, lane.begin, end);
    } else if (request.to.kind == ScanTo::Kind::kTime) {
      const auto at = to.find(lane.partition);
      lane.end = at == to.end() ? end : std::clamp(at->second, lane.begin, end);
    }
  }
  return Ok();
}

void StartForward(ScanLanes& lanes, bool endless) {
  for (ScanLane& lane : lanes.lanes()) {
    lane.next = lane.begin;
    lane.stop = endless ? INT64_MAX : lane.end;
    lane.reading = lane.next < lane.stop;
  }
}

}  // namespace

Result<ScanEnd> Scan(
    const ScanRequest& request,
    kafka::RecordStream& stream,
    Schemas& schemas,
    ScanWatcher& watcher,
    std::stop_token stop,
    const Clock& clock
) {
  ScanLanes lanes(request, stream, schemas, watcher, std::move(stop), clock);
  const auto ranges = ROWHOUSE_TRY(stream.Ranges(Deadline::After(kAnswer)));
  ROWHOUSE_TRY(lanes.AddLanes(ranges));
  ROWHOUSE_TRY(SetBounds(request, stream, lanes));
  const bool endless = request.live || request.to.kind == ScanTo::Kind::kNever;
  if (request.from.kind == ScanFrom::Kind::kNewest) {
    const ScanReason reason = ROWHOUSE_TRY(NewestFirst(request, lanes, watcher).Run());
    const bool stopped = reason == ScanReason::kCancelled || reason == ScanReason::kTime;
    if (!endless || stopped) {
      return lanes.End(reason);
    }
    for (ScanLane& lane : lanes.lanes()) {
      lane.begin = lane.end;
    }
  }
  StartForward(lanes, endless);
  const auto at_end = endless ? ScanLanes::AtEnd::kWait : ScanLanes::AtEnd::kDone;
  const ScanReason reason = ROWHOUSE_TRY(Forward(request, lanes, watcher).Run(at_end));
  return lanes.End(reason);
}

namespace {

// Takes the one record at an offset.
class OneRecord : public kafka::StreamEvents {
 public:
  OneRecord(int64_t offset, PartReader& reader) : offset_(offset), reader_(reader) {}

  std::optional<Message> message;
  bool done = false;

  void OnRecord(const kafka::RecordRef& record) override {
    if (!done && record.offset == offset_) {
      message = MakeMessage(record, reader_);
    }
    done = done || record.offset >= offset_;
  }

  void OnEnd(int32_t /*partition*/, int64_t /*offset*/) override { done = true; }

 private:
  const int64_t offset_;
  PartReader& reader_;
};

}  // namespace

Result<std::optional<Message>> ReadMessage(
    kafka::RecordStream& stream,
    Schemas& schemas,
    int32_t partition,
    int64_t offset,
    Deadline deadline
) {
  const auto ranges = ROWHOUSE_TRY(stream.Ranges(deadline));
  const auto range = std::find_if(ranges.begin(), ranges.end(), [&](const auto& r) {
    return r.partition == partition;
  });
  if (range == ranges.end()) {
    return Error(ErrorKind::kNotFound, fmt::format("there is no partition {}", partition));
  }
  if (offset < range->begin || offset >= range->end) {
    return Error(
        ErrorKind::kNotFound,
        fmt::format(
            "partition {} has no offset {}: it holds {} up to {}",
            partition,
            offset,
            range->begin,
            range->end - 1
        )
    );
  }
  PartReader reader(schemas);
  OneRecord one(offset, reader);
  ROWHOUSE_TRY(stream.Seek({{partition, offset}}));
  while (!one.done) {
    if (deadline.Passed()) {
      return Error(ErrorKind::kUnavailable, "no broker gave the record in time")
          .WithCode("E-KAFKA-001");
    }
    ROWHOUSE_TRY(stream.Read(one, 1, deadline));
  }
  return std::move(one.message);
}

}  // namespace rowhouse::browse
