#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "model/ports.h"

namespace rowhouse::testing {

// CheckpointStore in memory, kept as JSON as the real one keeps it.
//
// Threads: any.
class FakeCheckpointStore : public CheckpointStore {
 public:
  Result<std::optional<Checkpoint>> Load() override;
  Status Save(const Checkpoint& checkpoint) override;

  // Everything saved, oldest first.
  std::vector<Checkpoint> saved() const;

  // Waits until at least `count` were saved.
  bool WaitForSaved(size_t count, Deadline deadline);

  // The next `times` calls of Save (Load) fail and change nothing.
  void FailSave(int times, const Error& error);
  void FailLoad(int times, const Error& error);

 private:
  mutable Mutex mu_;
  CondVar changed_;
  std::vector<std::string> saved_ GUARDED_BY(mu_);
  std::vector<Error> save_failures_ GUARDED_BY(mu_);
  std::vector<Error> load_failures_ GUARDED_BY(mu_);
};

}  // namespace rowhouse::testing
