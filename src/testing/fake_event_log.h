#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "model/ports.h"
#include "testing/fake_transactions.h"

namespace rowhouse::testing {

// When the fake tells of a record.
enum class Acks {
  kAtOnce,  // inside Append
  kByHand,  // when the test says so
};

// EventLog in memory, with the faults that Kafka has, at a test's command.
//
// Differs from Kafka in one thing: the listener is called on the thread that
// appends (kAtOnce) or that calls a method below, always without a lock held.
//
// Threads: any method from any thread.
class FakeEventLog : public EventLog {
 public:
  explicit FakeEventLog(AckListener* listener, Acks acks = Acks::kAtOnce)
      : listener_(listener), acks_(acks) {}

  // A transactional log; shuts out the one opened on `transactions` before.
  FakeEventLog(AckListener* listener, FakeTransactions& transactions, Acks acks = Acks::kAtOnce)
      : listener_(listener),
        acks_(acks),
        transactions_(&transactions),
        epoch_(transactions.Open()) {}

  Status EnsureTopics(const std::vector<TopicSpec>& topics) override;

  // kNotFound unless the topic was made by EnsureTopics.
  Result<TopicWriter*> Writer(const std::string& topic) override;

  Status Flush(Deadline deadline) override;
  void Cut() override;
  Status Commit(const Checkpoint& checkpoint) override;
  void Close() override;

  // What a consumer would see, by partition and offset; acknowledged records only. Of a
  // transactional log: FakeTransactions has them, of all lives.
  std::vector<Record> Records(const std::string& topic) const;

  std::vector<std::string> Topics() const;

  // The spec a topic was made with.
  std::optional<TopicSpec> Topic(const std::string& topic) const;

  // Tokens handed over and not yet told of, in order of Append.
  std::vector<AckToken> Waiting() const;

  // kByHand: stores and acknowledges one, or all, of them.
  void Ack(AckToken token);
  void AckAll();

  // Gives one up for good.
  void Lose(AckToken token, const Error& error);

  // Append waits, as with a full buffer, until Resume() or Close().
  void Stall();
  void Resume();

  // How many callers wait in Append now; a test waits for it with WaitForStalled.
  bool WaitForStalled(int callers, Deadline deadline);

  // Every call fails with it from now on: the idempotent producer gave up. All that
  // waits is lost.
  void Fail(const Error& error);

  // The next `times` calls of EnsureTopics fail.
  void FailEnsureTopics(int times, const Error& error);

  // Records above it are lost with kBadRecord; as Kafka's max.message.bytes.
  void SetRecordBytesMax(size_t bytes);

 private:
  friend class FakeTopicWriter;

  struct TopicState {
    TopicSpec spec;
    std::unique_ptr<TopicWriter> writer;
    std::vector<int64_t> next_offset;
    std::vector<Record> records;
    uint32_t spread = 0;
  };

  struct Pending {
    AckToken token;
    Record record;
  };

  Status Append(const std::string& topic, const RecordView& view, AckToken token);
  Status WaitWhileStalled() REQUIRES(mu_);
  Record MakeRecord(TopicState& topic, const RecordView& view) REQUIRES(mu_);
  bool TakePending(AckToken token, Pending& out) REQUIRES(mu_);
  void Store(Record record) REQUIRES(mu_);

  AckListener* const listener_;
  const Acks acks_;
  FakeTransactions* const transactions_ = nullptr;  // null: not a transactional log
  const uint64_t epoch_ = 0;

  mutable Mutex mu_;
  CondVar changed_;
  std::map<std::string, TopicState> topics_ GUARDED_BY(mu_);
  std::vector<Pending> pending_ GUARDED_BY(mu_);
  std::vector<Record> uncommitted_ GUARDED_BY(mu_);
  std::vector<Pending> held_ GUARDED_BY(mu_);  // appended after the cut
  bool cut_ GUARDED_BY(mu_) = false;
  std::optional<Error> failure_ GUARDED_BY(mu_);
  std::vector<Error> ensure_failures_ GUARDED_BY(mu_);
  size_t record_bytes_max_ GUARDED_BY(mu_) = 1'000'000;
  int stalled_callers_ GUARDED_BY(mu_) = 0;
  bool stalled_ GUARDED_BY(mu_) = false;
  bool closed_ GUARDED_BY(mu_) = false;
};

}  // namespace rowhouse::testing
