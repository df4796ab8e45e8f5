// The part of Sender that a transactional log has.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "base/log.h"
#include "kafka/client.h"
#include "kafka/sender.h"

namespace rowhouse::kafka {

namespace {

constexpr seconds kAbortLimit{2};

}  // namespace

Status Sender::AwaitProducer(Deadline deadline) {
  MutexLock lock(mu_);
  while (!has_producer_) {
    ROWHOUSE_TRY(around_.budget.Ended());
    if (deadline.Passed()) {
      return cluster_->Explain(fmt::format("taking over '{}'", options_.transactional_id));
    }
    known_.WaitUntil(mu_, deadline);
  }
  return Ok();
}

Status Sender::Commit() {
  CHECK(transactor_ != nullptr);
  const uint64_t wanted = around_.window.sending();
  MutexLock lock(mu_);
  commit_wanted_ = true;
  Wake();
  while (around_.window.sending() == wanted) {
    ROWHOUSE_TRY(around_.budget.Ended());
    known_.WaitUntil(mu_, Deadline::Never());
  }
  return Ok();
}

// After SendDue(), which says what lanes are to join.
void Sender::MaintainTransaction(Clock::TimePoint now) {
  if (transactor_ == nullptr || failed_) {
    return;
  }
  bool commit = false;
  {
    MutexLock lock(mu_);
    commit = std::exchange(commit_wanted_, false);
  }
  if (commit) {
    transactor_->End(wire::Outcome::kCommit);
  }
  transactor_->Maintain(now);
  if (producer_.id < 0 && transactor_->producer().id >= 0) {
    producer_ = transactor_->producer();
    MutexLock lock(mu_);
    has_producer_ = true;
    known_.NotifyAll();
    Wake();
  }
}

void Sender::OnCommitted() {
  around_.window.Next();
  MutexLock lock(mu_);
  known_.NotifyAll();
  Wake();  // what has gathered meanwhile is due
}

bool Sender::Busy() const {
  return std::any_of(traffic_.begin(), traffic_.end(), [](const auto& t) {
    return t.second.requests > 0;
  });
}

// So that consumers need not wait for the next log of the id, or the transaction's timeout. Not
// while a batch is on its way: in a broker that gets it behind the abort it would stay open. The
// next log's new epoch keeps such a one out.
void Sender::AbortOpen() {
  if (transactor_ == nullptr || failed_ || !transactor_->open()) {
    return;
  }
  const Deadline deadline = Deadline::After(kAbortLimit);
  while (Busy() && !failed_ && !deadline.Passed()) {
    cluster_->Poll(Clock::Real().Now() + deadline.Left(), wake_fd_);
  }
  if (Busy() || failed_) {
    return;
  }
  transactor_->End(wire::Outcome::kAbort);
  while (transactor_->ending() && !failed_ && !deadline.Passed()) {
    const Clock::TimePoint now = Clock::Real().Now();
    cluster_->Maintain(now);
    transactor_->Maintain(now);
    cluster_->Poll(std::min(transactor_->due(), now + deadline.Left()), wake_fd_);
  }
  if (transactor_->ending()) {
    LogDebug("transaction not aborted; the next log of the pipeline ends it");
  }
}

}  // namespace rowhouse::kafka
