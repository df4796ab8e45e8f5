#include "testing/fake_event_log.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "kafka/murmur2.h"

namespace rowhouse::testing {

namespace {

std::optional<std::string> CopyOf(const std::optional<std::string_view>& part) {
  return part ? std::optional<std::string>(*part) : std::nullopt;
}

size_t SizeOf(const RecordView& r) {
  return (r.key ? r.key->size() : 0) + (r.value ? r.value->size() : 0);
}

}  // namespace

// A topic of the fake.
class FakeTopicWriter : public TopicWriter {
 public:
  FakeTopicWriter(FakeEventLog& log, std::string topic) : log_(log), topic_(std::move(topic)) {}

  Status Append(const RecordView& record, AckToken token) override {
    return log_.Append(topic_, record, token);
  }

 private:
  FakeEventLog& log_;
  const std::string topic_;
};

Status FakeEventLog::EnsureTopics(const std::vector<TopicSpec>& topics) {
  MutexLock lock(mu_);
  if (failure_) {
    return *failure_;
  }
  if (!ensure_failures_.empty()) {
    Error error = std::move(ensure_failures_.back());
    ensure_failures_.pop_back();
    return error;
  }
  for (const TopicSpec& spec : topics) {
    if (spec.replication > 1) {
      return Error(
          ErrorKind::kConfig,
          fmt::format(
              "topic '{}' wants {} replicas, but the cluster has 1 broker",
              spec.name,
              spec.replication
          )
      );
    }
  }
  for (const TopicSpec& spec : topics) {
    if (!topics_.contains(spec.name)) {
      TopicState& made = topics_[spec.name];
      made.spec = spec;
      made.next_offset.resize(static_cast<size_t>(spec.partitions));
      made.writer = std::make_unique<FakeTopicWriter>(*this, spec.name);
    }
  }
  return Ok();
}

Result<TopicWriter*> FakeEventLog::Writer(const std::string& topic) {
  MutexLock lock(mu_);
  const auto found = topics_.find(topic);
  if (found == topics_.end()) {
    return Error(ErrorKind::kNotFound, fmt::format("no topic '{}': EnsureTopics first", topic));
  }
  return found->second.writer.get();
}

Status FakeEventLog::WaitWhileStalled() {
  ++stalled_callers_;
  changed_.NotifyAll();
  while (stalled_ && !closed_ && !failure_) {
    changed_.WaitUntil(mu_, Deadline::Never());
  }
  --stalled_callers_;
  if (closed_) {
    return Error(ErrorKind::kCancelled, "event log closed");
  }
  return failure_ ? Status(*failure_) : Ok();
}

Status FakeEventLog::Append(const std::string& topic, const RecordView& view, AckToken token) {
  bool too_large = false;
  {
    MutexLock lock(mu_);
    ROWHOUSE_TRY(WaitWhileStalled());
    too_large = SizeOf(view) > record_bytes_max_;
    if (!too_large) {
      Record record = MakeRecord(topics_.at(topic), view);
      if (cut_) {
        held_.push_back({token, std::move(record)});
        return Ok();
      }
      if (acks_ == Acks::kByHand) {
        pending_.push_back({token, std::move(record)});
        return Ok();
      }
      Store(std::move(record));
    }
  }
  if (too_large) {
    const auto what = fmt::format("record of {} bytes is too large for '{}'", SizeOf(view), topic);
    listener_->OnRefused({token, topic, view.key}, Error(ErrorKind::kBadRecord, what));
  } else {
    listener_->OnAck(token);
  }
  return Ok();
}

Record FakeEventLog::MakeRecord(TopicState& topic, const RecordView& view) {
  const int32_t partitions = topic.spec.partitions;
  Record record;
  record.topic = topic.spec.name;
  record.key = CopyOf(view.key);
  record.value = CopyOf(view.value);
  for (const HeaderView& header : view.headers) {
    record.headers.emplace_back(header.name, header.value);
  }
  record.partition = view.partition;
  if (record.partition < 0) {
    record.partition =
        view.key ? kafka::PartitionOf(*view.key, partitions)
                 : static_cast<int32_t>(topic.spread++ % static_cast<uint32_t>(partitions));
  }
  return record;
}

void FakeEventLog::Store(Record record) {
  if (transactions_ != nullptr) {
    uncommitted_.push_back(std::move(record));
    return;
  }
  TopicState& topic = topics_.at(record.topic);
  record.offset = topic.next_offset.at(static_cast<size_t>(record.partition))++;
  topic.records.push_back(std::move(record));
}

Status FakeEventLog::Flush(Deadline deadline) {
  MutexLock lock(mu_);
  while (!pending_.empty()) {
    if (failure_) {
      return *failure_;
    }
    if (closed_) {
      return Error(ErrorKind::kCancelled, "event log closed");
    }
    if (!changed_.WaitUntil(mu_, deadline) && !pending_.empty()) {
      return Error(
          ErrorKind::kUnavailable, fmt::format("{} records not acknowledged", pending_.size())
      );
    }
  }
  return Ok();
}

void FakeEventLog::Cut() {
  MutexLock lock(mu_);
  CHECK(transactions_ != nullptr && !cut_);
  cut_ = true;
}

Status FakeEventLog::Commit(const Checkpoint& checkpoint) {
  std::vector<Pending> next;
  {
    MutexLock lock(mu_);
    CHECK(transactions_ != nullptr);
    CHECK(pending_.empty());
    if (closed_) {
      return Error(ErrorKind::kCancelled, "event log closed");
    }
    if (failure_) {
      return *failure_;
    }
    ROWHOUSE_TRY(transactions_->Commit(epoch_, std::exchange(uncommitted_, {}), checkpoint));
    cut_ = false;
    next.swap(held_);
    for (Pending& p : next) {
      if (acks_ == Acks::kByHand) {
        pending_.push_back(std::move(p));
      } else {
        Store(std::move(p.record));
      }
    }
  }
  for (const Pending& p : next) {
    if (acks_ == Acks::kAtOnce) {
      listener_->OnAck(p.token);
    }
  }
  return Ok();
}

void FakeEventLog::Close() {
  MutexLock lock(mu_);
  closed_ = true;
  pending_.clear();
  changed_.NotifyAll();
}

std::vector<Record> FakeEventLog::Records(const std::string& topic) const {
  MutexLock lock(mu_);
  const auto found = topics_.find(topic);
  if (found == topics_.end()) {
    return {};
  }
  std::vector<Record> records = found->second.records;
  std::sort(records.begin(), records.end(), [](const Record& a, const Record& b) {
    return std::tie(a.partition, a.offset) < std::tie(b.partition, b.offset);
  });
  return records;
}

std::vector<std::string> FakeEventLog::Topics() const {
  MutexLock lock(mu_);
  std::vector<std::string> names;
  for (const auto& [name, state] : topics_) {
    names.push_back(name);
  }
  return names;
}

std::optional<TopicSpec> FakeEventLog::Topic(const std::string& topic) const {
  MutexLock lock(mu_);
  const auto found = topics_.find(topic);
  return found == topics_.end() ? std::nullopt : std::optional<TopicSpec>(found->second.spec);
}

std::vector<AckToken> FakeEventLog::Waiting() const {
  MutexLock lock(mu_);
  std::vector<AckToken> tokens;
  for (const Pending& p : pending_) {
    tokens.push_back(p.token);
  }
  return tokens;
}

bool FakeEventLog::TakePending(AckToken token, Pending& out) {
  const auto found = std::find_if(pending_.begin(), pending_.end(), [&](const Pending& p) {
    return p.token == token;
  });
  if (found == pending_.end()) {
    return false;
  }
  out = std::move(*found);
  pending_.erase(found);
  changed_.NotifyAll();
  return true;
}

void FakeEventLog::Ack(AckToken token) {
  {
    MutexLock lock(mu_);
    Pending taken;
    if (!TakePending(token, taken)) {
      return;
    }
    Store(std::move(taken.record));
  }
  listener_->OnAck(token);
}

void FakeEventLog::AckAll() {
  for (const AckToken token : Waiting()) {
    Ack(token);
  }
}

void FakeEventLog::Lose(AckToken token, const Error& error) {
  {
    MutexLock lock(mu_);
    Pending taken;
    if (!TakePending(token, taken)) {
      return;
    }
  }
  listener_->OnLost(token, error);
}

void FakeEventLog::Stall() {
  MutexLock lock(mu_);
  stalled_ = true;
}

void FakeEventLog::Resume() {
  MutexLock lock(mu_);
  stalled_ = false;
  changed_.NotifyAll();
}

bool FakeEventLog::WaitForStalled(int callers, Deadline deadline) {
  MutexLock lock(mu_);
  while (stalled_callers_ < callers) {
    if (!changed_.WaitUntil(mu_, deadline)) {
      return stalled_callers_ >= callers;
    }
  }
  return true;
}

void FakeEventLog::Fail(const Error& error) {
  std::vector<Pending> lost;
  {
    MutexLock lock(mu_);
    failure_ = error;
    lost.swap(pending_);
    changed_.NotifyAll();
  }
  for (const Pending& p : lost) {
    listener_->OnLost(p.token, error);
  }
}

void FakeEventLog::FailEnsureTopics(int times, const Error& error) {
  MutexLock lock(mu_);
  ensure_failures_.assign(static_cast<size_t>(times), error);
}

void FakeEventLog::SetRecordBytesMax(size_t bytes) {
  MutexLock lock(mu_);
  record_bytes_max_ = bytes;
}

}  // namespace rowhouse::testing
