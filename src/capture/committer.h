#pragma once

#include <atomic>
#include <cstdint>
#include <stop_token>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "base/thread.h"
#include "capture/ack_tracker.h"
#include "capture/encode_pool.h"
#include "capture/failure.h"
#include "capture/progress.h"
#include "model/ports.h"

namespace rowhouse::capture {

// Ends the log's transactions, each with the checkpoint that belongs to it: exactly once.
//
// A transaction is cut off between two transactions of the source, and between two chunks of a
// load: the source thread asks for it there, a barrier carries it through the encode workers, and
// the last of them to come to it cuts the log while the others wait. What is cut off holds just the
// records before the barrier. The thread "commit" waits until they are acknowledged; then the
// tracker's frontier is at the barrier, for nothing behind it is acknowledged before the commit.
// Reading, encoding and making batches go on meanwhile, as far as the queues reach.
//
// A commit costs tens of milliseconds however small it is. So it is made at once while the stream
// has nothing more to read, and otherwise once an interval.
//
// Place:    one a run, beside the pool.
// Threads:  Note, AskIfDue, asked and wants_more of the source thread; the cut on a worker, the
// commit on
//           the thread "commit", from the constructor to Stop(); WaitCommitted from any.
// Blocking: AskIfDue as EncodePool::Submit; a cut waits for the commit before. Stop() ends when the
//           log's Commit does: close the log first.
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

  ~Committer();

  void Stop();

  void Note(Handed handed) { handed_ = std::max(handed_, handed); }

  // At a place where a commit may be: asks the pool for one where it is time.
  Status AskIfDue(Stream stream, EncodePool& pool);

  // Records are handed over that no commit has been asked for.
  bool wants_more() const { return handed_ == Handed::kRecords; }

  // Commits asked for so far.
  uint64_t asked() const { return asked_; }

  // Waits until what was cut off by now is committed. kCancelled at a stop request.
  Status WaitCommitted(const std::stop_token& stop);

 private:
  bool Due(Stream stream) const;
  Status Cut();
  Status Commit();
  void Run(const std::stop_token& stop);

  const Options options_;
  EventLog& log_;
  AckTracker& tracker_;
  Progress& progress_;
  Failure& failure_;

  Handed handed_ = Handed::kNothing;  // of the source thread
  uint64_t asked_ = 0;                // of the source thread
  std::atomic<uint64_t> done_{0};
  std::atomic<Clock::TimePoint> last_;  // end of the last commit

  Mutex mu_;
  CondVar changed_;
  bool cut_ GUARDED_BY(mu_) = false;  // and not committed yet

  Thread thread_;
};

}  // namespace rowhouse::capture
