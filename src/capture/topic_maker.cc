#include "capture/topic_maker.h"

#include <algorithm>
#include <utility>

#include "base/backoff.h"
#include "base/log.h"
#include "model/topic.h"

namespace rowhouse::capture {

TopicMaker::TopicMaker(
    EventLog& log, const TableEncoderOptions& options, Failure& failure, OnMade on_made
)
    : log_(log), options_(options), failure_(failure), on_made_(std::move(on_made)) {}

Status TopicMaker::Start(std::vector<TopicSpec> first, std::vector<TableSchemaPtr> tables) {
  const size_t at_once = std::min(tables.size(), kBatch);
  const std::span<const TableSchemaPtr> all(tables);
  ROWHOUSE_TRY(MakeBatch(std::move(first), all.first(at_once)));
  if (at_once == tables.size()) {
    return Ok();
  }
  LogInfo("further topics are made in the background", {{"topics", tables.size() - at_once}});
  tables.erase(tables.begin(), tables.begin() + static_cast<ptrdiff_t>(at_once));
  {
    MutexLock lock(mu_);
    in_background_ = true;
  }
  thread_ = Thread("topics", [this, tables = std::move(tables)](const std::stop_token&) mutable {
    MakeRest(std::move(tables));
    MutexLock lock(mu_);
    in_background_ = false;
    changed_.NotifyAll();
  });
  return Ok();
}

void TopicMaker::MakeRest(std::vector<TableSchemaPtr> tables) {
  Backoff backoff(milliseconds(100), seconds(5));
  std::span<const TableSchemaPtr> left(tables);
  std::vector<TopicSpec> urgent;
  while (!left.empty() && !failure_.token().stop_requested()) {
    for (TopicSpec& topic : TakeUrgent()) {
      urgent.push_back(std::move(topic));
    }
    const auto batch = left.first(std::min(kBatch, left.size()));
    const Status made = MakeBatch(urgent, batch);
    if (made) {
      left = left.subspan(batch.size());
      urgent.clear();
      backoff.Reset();
    } else if (made.error().kind() == ErrorKind::kUnavailable) {
      LogWarn("waiting to make topics", made.error(), {{"left", left.size()}});
      WaitUnlessStopped(failure_.token(), backoff.Next());
    } else {
      failure_.Set(made.error());
    }
  }
  if (left.empty()) {
    LogInfo("all topics are made");
  }
}

std::vector<TopicSpec> TopicMaker::TakeUrgent() {
  MutexLock lock(mu_);
  return std::exchange(urgent_, {});
}

// All of them in one request, so that many start as fast as few.
Status TopicMaker::MakeBatch(
    std::vector<TopicSpec> topics, std::span<const TableSchemaPtr> tables
) {
  for (const TableSchemaPtr& table : tables) {
    const std::string name = DataTopic(options_.topics, table->id);
    topics.push_back({name, options_.partitions, options_.replication, {}});
  }
  ROWHOUSE_TRY(log_.EnsureTopics(topics));
  {
    MutexLock lock(mu_);
    for (TopicSpec& topic : topics) {
      made_.insert(std::move(topic.name));
    }
    changed_.NotifyAll();
  }
  for (const TableSchemaPtr& table : tables) {
    if (on_made_) {
      on_made_(table);
    }
  }
  return Ok();
}

Status TopicMaker::Ensure(const TopicSpec& topic) {
  {
    MutexLock lock(mu_);
    if (in_background_ && !made_.contains(topic.name)) {
      urgent_.push_back(topic);
      changed_.WaitFor(mu_, failure_.token(), Deadline::Never(), [&]() NO_THREAD_SAFETY_ANALYSIS {
        return made_.contains(topic.name) || !in_background_;
      });
    }
    if (made_.contains(topic.name)) {
      return Ok();
    }
  }
  if (failure_.token().stop_requested()) {
    return Error(ErrorKind::kCancelled, "stopped while a topic was to be made");
  }
  ROWHOUSE_TRY(log_.EnsureTopics({topic}));
  MutexLock lock(mu_);
  made_.insert(topic.name);
  return Ok();
}

void TopicMaker::Stop() {
  thread_.Join();
}

}  // namespace rowhouse::capture
