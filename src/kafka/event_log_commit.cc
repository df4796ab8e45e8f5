// The half of KafkaEventLog that a transactional log has.
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "kafka/event_log.h"
#include "kafka/transaction.h"

namespace rowhouse::kafka {

namespace {

constexpr seconds kTakeOverLimit{10};
constexpr seconds kAbortLimit{2};

int64_t NowNs() {
  return Clock::Real().Now().time_since_epoch().count();
}

}  // namespace

Status KafkaEventLog::TakeOver() {
  ROWHOUSE_TRY(InitTransactions(*client_, Deadline::After(kTakeOverLimit)));
  return BeginTransaction(*client_);
}

Status KafkaEventLog::Commit(const Checkpoint& checkpoint) {
  CHECK(transactional());
  ROWHOUSE_TRY(StateError());
  TopicWriter* const positions = ROWHOUSE_TRY(Writer(checkpoint_->topic));
  const std::string value = checkpoint.ToJson();
  ROWHOUSE_TRY(positions->Append({checkpoint_->pipeline, value}, kOwnToken));
  Status committed = CommitOpen();
  if (committed || committed.error().kind() == ErrorKind::kCancelled) {
    return committed;
  }
  FailWith(std::move(committed).error());
  return StateError();
}

Status KafkaEventLog::CommitOpen() {
  const auto closed = [this] { return state_.load() == State::kClosed; };
  Status committed = CommitTransaction(*client_, closed);
  if (!committed && IsFenced(committed.error().native())) {
    return ShutOut(client_->options(), committed.error().native(), OpenFor());
  }
  ROWHOUSE_TRY(std::move(committed));
  open_since_ns_ = 0;
  return BeginTransaction(*client_);
}

void KafkaEventLog::AbortOpen() {
  const Status aborted = AbortTransaction(*client_, Deadline::After(kAbortLimit));
  if (!aborted) {
    // The next log of the pipeline ends it, or its timeout does.
    LogDebug("transaction not aborted", {{"error", aborted.error().ToString()}});
  }
}

void KafkaEventLog::NoteOpen() {
  int64_t none = 0;
  open_since_ns_.compare_exchange_strong(none, NowNs());
}

milliseconds KafkaEventLog::OpenFor() const {
  const int64_t since = open_since_ns_.load();
  const std::chrono::nanoseconds open(since == 0 ? 0 : NowNs() - since);
  return std::chrono::duration_cast<milliseconds>(open);
}

}  // namespace rowhouse::kafka
