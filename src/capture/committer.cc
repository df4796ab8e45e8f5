#include "capture/committer.h"

namespace rowhouse::capture {

Committer::Committer(
    Options options, EventLog& log, AckTracker& tracker, Progress& progress, Failure& failure
)
    : options_(options),
      log_(log),
      tracker_(tracker),
      progress_(progress),
      failure_(failure),
      last_(Clock::Real().Now()) {}

bool Committer::Due(Stream stream) const {
  if (stream == Stream::kStatement) {
    return true;  // also behind one that is under way: that holds less
  }
  if (under_way_.load() || handed_ == Handed::kNothing) {
    return false;
  }
  if (handed_ == Handed::kRecords && stream == Stream::kQuiet) {
    return true;
  }
  const bool records = handed_ == Handed::kRecords;
  const milliseconds interval = records ? options_.interval : options_.position_interval;
  return Clock::Real().Now() - last_.load() >= interval;
}

Status Committer::AskIfDue(Stream stream, EncodePool& pool) {
  if (!Due(stream)) {
    return Ok();
  }
  handed_ = Handed::kNothing;
  under_way_ = true;
  return pool.SubmitBarrier([this] { return Commit(); }, failure_.token());
}

Status Committer::Commit() {
  const Clock::TimePoint began = Clock::Real().Now();
  // All workers are here, so nothing is appended, and every batch before this place has been
  // encoded. A record that is lost sets the failure before Flush comes back.
  ROWHOUSE_TRY(log_.Flush(Deadline::Never()));
  if (failure_.token().stop_requested()) {
    return Error(ErrorKind::kCancelled, "stopped before a commit");
  }
  const uint64_t version = tracker_.frontier_version();
  ROWHOUSE_TRY(log_.Commit(tracker_.Frontier()));
  tracker_.NoteSaved(version);
  const Clock::TimePoint now = Clock::Real().Now();
  progress_.checkpoint_saved_us = Clock::Real().WallMicros();
  progress_.commit_us += std::chrono::duration_cast<microseconds>(now - began).count();
  ++progress_.commits;
  last_ = now;
  under_way_ = false;
  return Ok();
}

}  // namespace rowhouse::capture
