#pragma once

#include <functional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/thread.h"
#include "capture/failure.h"
#include "capture/table_encoder.h"
#include "model/ports.h"

namespace rowhouse::capture {

// Sees to it that each table has its topic before its first record.
//
// The topics of the tables known at the start are made in requests of kBatch: the first at
// once, so that what is wrong with the broker or its settings shows before anything runs, the
// others in the background, so that ten thousand tables do not hold up the stream. A table whose
// record comes first goes to the head of that queue: a broker that is busy making topics is not
// asked for single ones besides.
//
// Place:   one a run, between EncodePool and the log.
// Owns:    the `topics` thread, while there are topics to be made; names already made.
// Threads: Start from one; Ensure from any.
// Errors:  of the background to Failure, but it waits for a broker that is away; Ensure as
//          EventLog::EnsureTopics.
// Blocking: Ensure until the topic is there.
class TopicMaker {
 public:
  static constexpr size_t kBatch = 200;

  using OnMade = std::function<void(const TableSchemaPtr&)>;

  // `on_made` hears of each table of Start once its topic is there; may be null.
  TopicMaker(EventLog& log, const TableEncoderOptions& options, Failure& failure, OnMade on_made);

  // Makes `first` and the topics of `tables`, in their order.
  Status Start(std::vector<TopicSpec> first, std::vector<TableSchemaPtr> tables);

  Status Ensure(const TopicSpec& topic);

  // Ends the background thread; after Failure has stopped.
  void Stop();

 private:
  void MakeRest(std::vector<TableSchemaPtr> tables);
  std::vector<TopicSpec> TakeUrgent();
  Status MakeBatch(std::vector<TopicSpec> topics, std::span<const TableSchemaPtr> tables);

  EventLog& log_;
  const TableEncoderOptions options_;
  Failure& failure_;
  const OnMade on_made_;

  Mutex mu_;
  CondVar changed_;
  std::set<std::string> made_ GUARDED_BY(mu_);     // one name a table
  std::vector<TopicSpec> urgent_ GUARDED_BY(mu_);  // one an encode worker
  bool in_background_ GUARDED_BY(mu_) = false;     // the thread has topics to make
  Thread thread_;
};

}  // namespace rowhouse::capture
