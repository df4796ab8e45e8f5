#include "capture/checkpointer.h"

#include "base/backoff.h"
#include "base/log.h"

namespace rowhouse::capture {

Checkpointer::Checkpointer(
    AckTracker& tracker, CheckpointStore& store, Progress& progress, milliseconds interval
)
    : tracker_(tracker), store_(store), progress_(progress), interval_(interval) {
  thread_ = Thread("checkpoint", [this](const std::stop_token& stop) {
    while (WaitUnlessStopped(stop, interval_)) {
      SaveIfMoved();
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

void Checkpointer::SaveIfMoved() {
  const uint64_t version = tracker_.frontier_version();
  if (version == saved_version_) {
    return;
  }
  const Status saved = store_.Save(tracker_.Frontier());
  if (!saved) {
    LogWarn("checkpoint not saved; a crash now would repeat more", saved.error());
    return;
  }
  saved_version_ = version;
  tracker_.NoteSaved(version);
  progress_.checkpoint_saved_us = Clock::Real().WallMicros();
}

}  // namespace rowhouse::capture
