#pragma once

#include <atomic>

#include "base/clock.h"
#include "base/result.h"
#include "capture/ack_tracker.h"
#include "capture/encode_pool.h"
#include "capture/failure.h"
#include "capture/progress.h"
#include "model/ports.h"

namespace rowhouse::capture {

// Ends the log's transactions, each with the checkpoint that belongs to it: exactly once.
//
// A commit takes place between two transactions of the source, and between two chunks of a load:
// the source thread asks for it there, a barrier carries it through the encode workers, and the
// last of them to come to it commits while the others wait. So a commit holds just the
// records before the barrier, and the tracker's frontier, once they are acknowledged, is just its
// place. Reading and decoding go on meanwhile, as far as the queues reach.
//
// A commit costs tens of milliseconds however small it is. So it is made at once while the stream
// has nothing more to read, and otherwise once an interval.
//
// Place:    one a run, beside the pool.
// Threads:  Note, AskIfDue and wants_more of the source thread; the commit itself runs on a worker.
// Blocking: AskIfDue as EncodePool::Submit.
// Errors:   a commit that failed ends the run: its outcome is not known.
class Committer {
 public:
  struct Options {
    milliseconds interval{500};            // between commits while changes keep coming
    milliseconds position_interval{1000};  // where only the position has moved
  };

  // What has been handed over since the last commit was asked for.
  enum class Handed { kNothing, kPosition, kRecords };

  // Whether more is to be expected at once. After a statement rows of another schema may come,
  // which wait until the log's readers have all before them: that has to be committed first.
  enum class Stream { kQuiet, kBusy, kStatement };

  Committer(
      Options options, EventLog& log, AckTracker& tracker, Progress& progress, Failure& failure
  );

  void Note(Handed handed) { handed_ = std::max(handed_, handed); }

  // At a place where a commit may be: asks the pool for one where it is time.
  Status AskIfDue(Stream stream, EncodePool& pool);

  // Records are handed over that no commit has been asked for.
  bool wants_more() const { return handed_ == Handed::kRecords; }

 private:
  bool Due(Stream stream) const;
  Status Commit();

  const Options options_;
  EventLog& log_;
  AckTracker& tracker_;
  Progress& progress_;
  Failure& failure_;

  Handed handed_ = Handed::kNothing;  // of the source thread
  std::atomic<bool> under_way_{false};
  std::atomic<Clock::TimePoint> last_;  // end of the last commit
};

}  // namespace rowhouse::capture
