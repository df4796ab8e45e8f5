#include "browse/scan_lanes.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace rowhouse::browse {

namespace {

constexpr size_t kBatch = 1000;
constexpr milliseconds kSlice{100};
constexpr seconds kAnswer{10};

double SecondsOf(Clock::TimePoint from, Clock::TimePoint to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

ScanLanes::ScanLanes(
    const ScanRequest& request,
    kafka::RecordStream& stream,
    Schemas& schemas,
    ScanWatcher& watcher,
    std::stop_token stop,
    const Clock& clock
)
    : request_(request),
      stream_(stream),
      watcher_(watcher),
      stop_(std::move(stop)),
      clock_(clock),
      parts_(schemas),
      match_(request.filter, request.text, parts_),
      started_(clock.Now()),
      told_(started_),
      heard_(started_) {}

Status ScanLanes::AddLanes(const std::vector<kafka::PartitionRange>& ranges) {
  for (const int32_t wanted : request_.partitions) {
    const bool there = std::any_of(ranges.begin(), ranges.end(), [&](const auto& range) {
      return range.partition == wanted;
    });
    if (!there) {
      return Error(
          ErrorKind::kNotFound,
          fmt::format("there is no partition {}; the topic has {}", wanted, ranges.size())
      );
    }
  }
  for (const kafka::PartitionRange& range : ranges) {
    const auto& only = request_.partitions;
    if (!only.empty() && std::find(only.begin(), only.end(), range.partition) == only.end()) {
      continue;
    }
    ScanLane& lane = lanes_.emplace_back();
    lane.partition = range.partition;
    lane.begin = range.begin;
    lane.end = range.end;
  }
  return Ok();
}

// Lanes are in the order of partitions, and mostly all of them.
ScanLane* ScanLanes::Find(int32_t partition) {
  const auto index = static_cast<size_t>(partition);
  if (index < lanes_.size() && lanes_[index].partition == partition) {
    return &lanes_[index];
  }
  const auto at = std::find_if(lanes_.begin(), lanes_.end(), [&](const ScanLane& lane) {
    return lane.partition == partition;
  });
  return at == lanes_.end() ? nullptr : &*at;
}

void ScanLanes::Finish(ScanLane& lane) {
  lane.reading = false;
  --reading_;
  finished_.push_back(lane.partition);
}

void ScanLanes::OnRecord(const kafka::RecordRef& record) {
  ScanLane* lane = Find(record.partition);
  if (lane == nullptr || !lane->reading || enough_) {
    return;
  }
  if (record.offset >= lane->stop) {
    Finish(*lane);
    return;
  }
  lane->next = record.offset + 1;
  if (!lane->first_time) {
    lane->first_time = record.timestamp_ms;
  }
  ++progress_.scanned;
  progress_.bytes += record.key.value_or("").size() + record.value.value_or("").size();
  const Verdict verdict = match_.wants_all() ? Verdict::kYes : match_.Matches(record);
  progress_.undecided += verdict == Verdict::kTooLong ? 1 : 0;
  progress_.undecodable += match_.undecodable() ? 1 : 0;
  if (verdict == Verdict::kYes) {
    Match match{MakeRow(record, parts_), nullptr};
    if (request_.detail == ScanRequest::Detail::kMessage) {
      match.message = std::make_shared<const Message>(MakeMessage(record, parts_));
    }
    enough_ = !on_match(std::move(match));
  }
  if (lane->next >= lane->stop) {
    Finish(*lane);
  }
}

void ScanLanes::OnEnd(int32_t partition, int64_t offset) {
  ScanLane* lane = Find(partition);
  if (lane == nullptr || !lane->reading) {
    return;
  }
  lane->next = std::max(lane->next, offset);
  heard_ = clock_.Now();
  if (at_end_ == AtEnd::kDone || lane->next >= lane->stop) {
    Finish(*lane);
  }
}

Status ScanLanes::SeekAll() {
  std::map<int32_t, int64_t> starts;
  for (const ScanLane& lane : lanes_) {
    if (lane.reading) {
      starts[lane.partition] = lane.next;
    }
  }
  reading_ = starts.size();
  return starts.empty() ? Ok() : stream_.Seek(starts);
}

std::optional<ScanReason> ScanLanes::WhyStop() const {
  if (stop_.stop_requested()) {
    return ScanReason::kCancelled;
  }
  if (request_.time_max.count() > 0 && clock_.Now() >= started_ + request_.time_max) {
    return ScanReason::kTime;
  }
  return enough_ ? std::optional(ScanReason::kLimit) : std::nullopt;
}

// Retention may take records away while they are on their way to be read: the scan goes on with
// the first that there is. Anything else that is not found is an error.
Result<bool> ScanLanes::PassOverLost(Error error) {
  constexpr int kResumesMax = 20;
  if (error.kind() != ErrorKind::kNotFound || ++resumed_ > kResumesMax) {
    return error;
  }
  const auto ranges = ROWHOUSE_TRY(stream_.Ranges(Deadline::After(kAnswer)));
  bool moved = false;
  for (const kafka::PartitionRange& range : ranges) {
    ScanLane* lane = Find(range.partition);
    if (lane == nullptr || !lane->reading || lane->next >= range.begin) {
      continue;
    }
    moved = true;
    lane->next = range.begin;
    if (lane->next >= lane->stop && at_end_ == AtEnd::kDone) {
      lane->reading = false;
    }
  }
  if (!moved) {
    return error;
  }
  ROWHOUSE_TRY(SeekAll());
  return true;
}

Result<std::optional<ScanReason>> ScanLanes::ReadAll(AtEnd at_end) {
  at_end_ = at_end;
  enough_ = false;
  ROWHOUSE_TRY(SeekAll());
  heard_ = clock_.Now();
  while (reading_ > 0) {
    if (const auto reason = WhyStop()) {
      return reason;
    }
    const uint64_t before = progress_.scanned;
    Status read = stream_.Read(*this, kBatch, Deadline::After(kSlice));
    if (!read) {
      (void)ROWHOUSE_TRY(PassOverLost(std::move(read).error()));
    }
    for (const int32_t partition : std::exchange(finished_, {})) {
      stream_.Stop(partition);
    }
    on_batch();
    if (progress_.scanned != before) {
      heard_ = clock_.Now();
    }
    if (at_end == AtEnd::kDone && clock_.Now() > heard_ + request_.silence_max) {
      return Error(
                 ErrorKind::kUnavailable,
                 fmt::format(
                     "no broker gave a record for {} s", request_.silence_max.count() / 1000
                 )
      )
          .WithCode("E-KAFKA-001");
    }
    if (clock_.Now() >= told_ + request_.progress_every) {
      TellProgress();
    }
  }
  return WhyStop();
}

void ScanLanes::TellProgress() {
  told_ = clock_.Now();
  FillProgress();
  watcher_.OnProgress(progress_);
}

void ScanLanes::FillProgress() {
  const bool newest = request_.from.kind == ScanFrom::Kind::kNewest;
  uint64_t all = 0;
  uint64_t passed = 0;
  progress_.lanes.clear();
  for (const ScanLane& lane : lanes_) {
    const int64_t at = newest && at_end_ == AtEnd::kDone ? lane.low : lane.next;
    progress_.lanes.push_back({lane.partition, at, lane.begin, lane.end});
    const int64_t whole = std::max<int64_t>(lane.end - lane.begin, 0);
    const int64_t now =
        lane.reading ? lane.next - (newest ? lane.low - lane.block : lane.begin) : 0;
    all += static_cast<uint64_t>(whole);
    const int64_t before = newest ? lane.end - lane.low : (lane.reading ? 0 : whole);
    passed +=
        static_cast<uint64_t>(std::clamp<int64_t>(before + std::max<int64_t>(now, 0), 0, whole));
  }
  progress_.percent =
      all == 0 ? 100 : 100.0 * static_cast<double>(passed) / static_cast<double>(all);
  const double took = SecondsOf(started_, clock_.Now());
  progress_.rate = took > 0 ? static_cast<double>(progress_.scanned) / took : 0;
}

ScanEnd ScanLanes::End(ScanReason reason) {
  FillProgress();
  if (reason == ScanReason::kEnd) {
    progress_.percent = 100;
  }
  return {reason, progress_};
}

}  // namespace rowhouse::browse
