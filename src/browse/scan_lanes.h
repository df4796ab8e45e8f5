#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <vector>

#include "browse/record_match.h"
#include "browse/scan.h"

namespace rowhouse::browse {

// A partition on its way through a scan.
struct ScanLane {
  int32_t partition = 0;
  int64_t begin = 0;  // the whole range of the scan
  int64_t end = 0;

  // The part that is read at the moment: from next up to, and without, stop.
  int64_t next = 0;
  int64_t stop = 0;
  bool reading = false;

  // Newest first: all from `low` on was read, and this is the time of its first record.
  int64_t low = 0;
  int64_t low_time = INT64_MAX;
  int64_t block = 0;                  // records of the next block
  std::optional<int64_t> first_time;  // of the running block

  uint64_t done_before = 0;  // offsets passed in blocks before this one
};

// Reads parts of partitions, decides what matches, and tells of progress: what both directions
// of a scan have in common.
//
// Threads: one owner.
class ScanLanes : public kafka::StreamEvents {
 public:
  ScanLanes(
      const ScanRequest& request,
      kafka::RecordStream& stream,
      Schemas& schemas,
      ScanWatcher& watcher,
      std::stop_token stop,
      const Clock& clock
  );

  // What is done with a record that matches; false: no more are wanted.
  std::function<bool(Match)> on_match;
  // After each batch of records.
  std::function<void()> on_batch;

  std::vector<ScanLane>& lanes() { return lanes_; }

  Status AddLanes(const std::vector<kafka::PartitionRange>& ranges);

  // Reads all lanes with `reading` from next to stop. A reason: it ended before that.
  enum class AtEnd : uint8_t { kDone, kWait };
  Result<std::optional<ScanReason>> ReadAll(AtEnd at_end);

  void CountMatches(size_t told) { progress_.matched += told; }

  ScanEnd End(ScanReason reason);

  const Clock& clock() const { return clock_; }

  void OnRecord(const kafka::RecordRef& record) override;
  void OnEnd(int32_t partition, int64_t offset) override;

 private:
  ScanLane* Find(int32_t partition);
  void Finish(ScanLane& lane);
  Status SeekAll();
  Result<bool> PassOverLost(Error error);
  std::optional<ScanReason> WhyStop() const;
  void TellProgress();
  void FillProgress();

  const ScanRequest& request_;
  kafka::RecordStream& stream_;
  ScanWatcher& watcher_;
  const std::stop_token stop_;
  const Clock& clock_;
  PartReader parts_;
  RecordMatch match_;

  std::vector<ScanLane> lanes_;
  std::vector<int32_t> finished_;
  size_t reading_ = 0;
  int resumed_ = 0;  // times that lost records were passed over
  bool enough_ = false;
  AtEnd at_end_ = AtEnd::kDone;
  ScanProgress progress_;
  const Clock::TimePoint started_;
  Clock::TimePoint told_;
  Clock::TimePoint heard_;
};

}  // namespace rowhouse::browse
