#pragma once

#include "base/clock.h"
#include "base/mutex.h"
#include "base/thread.h"
#include "capture/ack_tracker.h"
#include "capture/failure.h"
#include "capture/progress.h"
#include "model/ports.h"

namespace rowhouse::capture {

// Saves the tracker's frontier, once an interval and at the end.
//
// What is saved has been acknowledged: the position never runs ahead of the
// records. A store that is away is retried; the pipeline goes on meanwhile, and a crash
// then repeats more. One that another has taken over ends the run.
//
// Threads: the `checkpoint` thread inside; Stop from the owner.
class Checkpointer {
 public:
  Checkpointer(
      AckTracker& tracker,
      CheckpointStore& store,
      Progress& progress,
      Failure& failure,
      milliseconds interval
  );
  ~Checkpointer();

  // Waits until what the frontier was at `version` is saved. kCancelled at a stop request.
  Status WaitSaved(uint64_t version, const std::stop_token& stop);

  // Ends the thread and saves what is left.
  void Stop();

 private:
  // False where the store does not take it now.
  bool SaveIfMoved();

  AckTracker& tracker_;
  CheckpointStore& store_;
  Progress& progress_;
  Failure& failure_;
  const milliseconds interval_;
  Mutex mu_;
  CondVar changed_;
  uint64_t saved_version_ GUARDED_BY(mu_) = 0;
  uint64_t wanted_version_ GUARDED_BY(mu_) = 0;  // somebody waits for it
  Thread thread_;
};

}  // namespace rowhouse::capture
