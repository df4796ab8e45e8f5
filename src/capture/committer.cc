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
      last_(Clock::Real().Now()) {
  thread_ = Thread("commit", [this](const std::stop_token& stop) { Run(stop); });
}

Committer::~Committer() {
  Stop();
}

void Committer::Stop() {
  thread_.RequestStop();
  thread_.Join();
}

bool Committer::Due(Stream stream) const {
  if (stream == Stream::kStatement) {
    return true;  // also behind one that is under way: that holds less
  }
  if (asked_ != done_.load() || handed_ == Handed::kNothing) {
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
  ++asked_;
  return pool.SubmitBarrier([this] { return Cut(); }, failure_.token());
}

// All workers are here, so nothing is appended, and every batch before this place has been encoded.
Status Committer::Cut() {
  ROWHOUSE_TRY(WaitCommitted(failure_.token()));
  log_.Cut();
  MutexLock lock(mu_);
  cut_ = true;
  changed_.NotifyAll();
  return Ok();
}

Status Committer::WaitCommitted(const std::stop_token& stop) {
  MutexLock lock(mu_);
  const bool committed = changed_.WaitFor(
      mu_, stop, Deadline::Never(), [&]() NO_THREAD_SAFETY_ANALYSIS { return !cut_; }
  );
  return committed ? Ok() : Status(Error(ErrorKind::kCancelled, "stopped before a commit"));
}

void Committer::Run(const std::stop_token& stop) {
  while (true) {
    {
      MutexLock lock(mu_);
      const bool wanted = changed_.WaitFor(
          mu_, stop, Deadline::Never(), [&]() NO_THREAD_SAFETY_ANALYSIS { return cut_; }
      );
      if (!wanted) {
        return;
      }
    }
    Status committed = Commit();
    if (!committed) {
      failure_.Set(std::move(committed).error());
      return;
    }
    MutexLock lock(mu_);
    cut_ = false;
    changed_.NotifyAll();
  }
}

Status Committer::Commit() {
  const Clock::TimePoint began = Clock::Real().Now();
  // A record that is lost sets the failure before Flush comes back.
  ROWHOUSE_TRY(log_.Flush(Deadline::Never()));
  if (failure_.token().stop_requested()) {
    return Error(ErrorKind::kCancelled, "stopped before a commit");
  }
  const uint64_t version = tracker_.frontier_version();
  const Checkpoint frontier = tracker_.Frontier();
  ROWHOUSE_TRY(log_.Commit(frontier));
  tracker_.NoteSaved(version);
  const Clock::TimePoint now = Clock::Real().Now();
  progress_.checkpoint_saved_us = Clock::Real().WallMicros();
  progress_.SetSavedPosition(frontier.position);
  progress_.commit_us += std::chrono::duration_cast<microseconds>(now - began).count();
  ++progress_.commits;
  last_ = now;
  ++done_;
  return Ok();
}

}  // namespace rowhouse::capture
