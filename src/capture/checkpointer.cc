#include "capture/checkpointer.h"

#include <algorithm>

#include "base/backoff.h"
#include "base/log.h"

namespace rowhouse::capture {

Checkpointer::Checkpointer(
    AckTracker& tracker,
    CheckpointStore& store,
    Progress& progress,
    Failure& failure,
    milliseconds interval
)
    : tracker_(tracker),
      store_(store),
      progress_(progress),
      failure_(failure),
      interval_(interval) {
  thread_ = Thread("checkpoint", [this](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      {
        MutexLock lock(mu_);
        changed_.WaitFor(mu_, stop, Deadline::After(interval_), [&]() NO_THREAD_SAFETY_ANALYSIS {
          return wanted_version_ > saved_version_;
        });
      }
      if (!SaveIfMoved()) {
        WaitUnlessStopped(stop, interval_);  // a store that is away is not asked in a loop
      }
    }
  });
}

Checkpointer::~Checkpointer() {
  Stop();
}

void Checkpointer::Stop() {
  if (!thread_.Running()) {
    return;
  }
  thread_.RequestStop();
  thread_.Join();
  SaveIfMoved();
}

Status Checkpointer::WaitSaved(uint64_t version, const std::stop_token& stop) {
  MutexLock lock(mu_);
  wanted_version_ = std::max(wanted_version_, version);
  changed_.NotifyAll();
  const bool saved =
      changed_.WaitFor(mu_, stop, Deadline::Never(), [&]() NO_THREAD_SAFETY_ANALYSIS {
        return saved_version_ >= version;
      });
  return saved ? Ok() : Status(Error(ErrorKind::kCancelled, "stopped while saving a checkpoint"));
}

bool Checkpointer::SaveIfMoved() {
  const uint64_t version = tracker_.frontier_version();
  {
    MutexLock lock(mu_);
    if (version == saved_version_) {
      return true;
    }
  }
  const Checkpoint frontier = tracker_.Frontier();
  const Status saved = store_.Save(frontier);
  if (!saved && saved.error().code() == kShutOutCode) {
    failure_.Set(saved.error());
    return false;
  }
  if (!saved) {
    LogWarn("checkpoint not saved; a crash now would repeat more", saved.error());
    return false;
  }
  MutexLock lock(mu_);
  saved_version_ = version;
  tracker_.NoteSaved(version);
  changed_.NotifyAll();
  progress_.checkpoint_saved_us = Clock::Real().WallMicros();
  progress_.SetSavedPosition(frontier.position);
  return true;
}

}  // namespace rowhouse::capture
