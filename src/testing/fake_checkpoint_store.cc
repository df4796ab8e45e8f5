#include "testing/fake_checkpoint_store.h"

namespace rowhouse::testing {

namespace {

// The next planned failure, or none.
Status TakeFailure(std::vector<Error>& plan) {
  if (plan.empty()) {
    return Ok();
  }
  Error error = std::move(plan.back());
  plan.pop_back();
  return error;
}

}  // namespace

Result<std::optional<Checkpoint>> FakeCheckpointStore::Load() {
  MutexLock lock(mu_);
  ROWHOUSE_TRY(TakeFailure(load_failures_));
  if (saved_.empty()) {
    return std::optional<Checkpoint>{};
  }
  return std::optional<Checkpoint>(ROWHOUSE_TRY(Checkpoint::FromJson(saved_.back())));
}

Status FakeCheckpointStore::Save(const Checkpoint& checkpoint) {
  MutexLock lock(mu_);
  ROWHOUSE_TRY(TakeFailure(save_failures_));
  saved_.push_back(checkpoint.ToJson());
  changed_.NotifyAll();
  return Ok();
}

std::vector<Checkpoint> FakeCheckpointStore::saved() const {
  MutexLock lock(mu_);
  std::vector<Checkpoint> out;
  for (const std::string& json : saved_) {
    out.push_back(Checkpoint::FromJson(json).value());
  }
  return out;
}

bool FakeCheckpointStore::WaitForSaved(size_t count, Deadline deadline) {
  MutexLock lock(mu_);
  while (saved_.size() < count) {
    if (!changed_.WaitUntil(mu_, deadline)) {
      return saved_.size() >= count;
    }
  }
  return true;
}

void FakeCheckpointStore::FailSave(int times, const Error& error) {
  MutexLock lock(mu_);
  save_failures_.assign(static_cast<size_t>(times), error);
}

void FakeCheckpointStore::FailLoad(int times, const Error& error) {
  MutexLock lock(mu_);
  load_failures_.assign(static_cast<size_t>(times), error);
}

}  // namespace rowhouse::testing
