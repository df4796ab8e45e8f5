#include "kafka/partition_lane.h"

#include <algorithm>
#include <ctime>

#include "base/check.h"

namespace rowhouse::kafka {

namespace {

constexpr size_t kBytesLeast = 1024;  // no batch is split below this

// A broker forgets a producer after a day of silence, and then takes any sequence: long before
// that the first batch goes alone again, so that a failure of it can't let a later one pass.
constexpr auto kKnownFor = std::chrono::minutes(10);

// The wall clock at the kernel's last tick, some milliseconds ago: several times cheaper
// than the exact one, and records are stamped in milliseconds.
int64_t NowMs() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return now.tv_sec * int64_t{1000} + now.tv_nsec / 1'000'000;
}

// Of two sequences that are near each other.
bool Precedes(int32_t a, int32_t b) {
  const uint32_t ahead = (static_cast<uint32_t>(b) - static_cast<uint32_t>(a)) & 0x7FFFFFFFU;
  return ahead != 0 && ahead < 0x40000000U;
}

}  // namespace

int32_t SequenceAfter(int32_t sequence, int32_t records) {
  const auto sum = static_cast<uint32_t>(sequence) + static_cast<uint32_t>(records);
  return static_cast<int32_t>(sum & 0x7FFFFFFFU);
}

// --- appending --------------------------------------------------------------------

Status PartitionLane::Append(const RecordView& record, AckToken token) {
  if (!shared_.budget.open()) [[unlikely]] {
    return shared_.budget.Ended();
  }
  const size_t bytes = wire::FramedBound(record, shared_.headers.size());
  while (!TryAppend(record, token, bytes)) {
    const size_t credit = std::max(bytes, shared_.credit_bytes);
    ROWHOUSE_TRY(shared_.budget.Take(credit));
    MutexLock lock(mu_);
    credit_ += credit;
  }
  return Ok();
}

bool PartitionLane::TryAppend(const RecordView& record, AckToken token, size_t bytes) {
  bool first = false;
  bool full = false;
  const uint64_t transaction = shared_.window.gathering();
  {
    MutexLock lock(mu_);
    if (credit_ < bytes) {
      return false;
    }
    const size_t bytes_max =
        std::min(shared_.batch_bytes, bytes_max_.load(std::memory_order_relaxed));
    if (open_ != nullptr &&
        (open_->bytes() + bytes > bytes_max || open_->records() >= shared_.batch_records ||
         open_->transaction != transaction)) {
      waiting_.push_back(std::move(open_));
      full_.fetch_add(1, std::memory_order_relaxed);
      full = true;
    }
    if (open_ == nullptr) {
      open_ = NewBatch(transaction);
    }
    const size_t before = open_->bytes();
    open_->Append(record, shared_.headers, NowMs(), token);
    const size_t used = open_->bytes() - before;
    open_->charged += used;
    credit_ -= used;
    first = !listed_.exchange(true, std::memory_order_acq_rel);
  }
  if (first) [[unlikely]] {
    shared_.on_first(*this);
  } else if (full) [[unlikely]] {
    shared_.on_full();
  }
  return true;
}

wire::RecordBatchPtr PartitionLane::NewBatch(uint64_t transaction) {
  if (waiting_.empty()) {
    oldest_.store(transaction, std::memory_order_relaxed);  // seen with listed_
  }
  shared_.window.Opened(transaction);
  wire::RecordBatchPtr batch = shared_.pool.Take();
  batch->transaction = transaction;
  return batch;
}

void PartitionLane::AppendLast(const RecordView& record, AckToken token) {
  bool first = false;
  {
    MutexLock lock(mu_);
    CHECK(open_ == nullptr && waiting_.empty());
    open_ = NewBatch(shared_.window.sending());
    open_->Append(record, shared_.headers, NowMs(), token);
    open_->charged = open_->bytes();
    shared_.budget.TakeAnyway(open_->charged);
    first = !listed_.exchange(true, std::memory_order_acq_rel);
  }
  if (first) {
    shared_.on_first(*this);
  }
}

// The oldest batch never sent; null when there is none.
wire::RecordBatchPtr PartitionLane::TakeWaiting() {
  wire::RecordBatchPtr batch;
  size_t spare = 0;
  {
    MutexLock lock(mu_);
    if (!waiting_.empty()) {
      batch = std::move(waiting_.front());
      waiting_.erase(waiting_.begin());
      full_.fetch_sub(1, std::memory_order_relaxed);
    } else {
      batch = std::move(open_);
    }
    if (!waiting_.empty()) {
      oldest_.store(waiting_.front()->transaction, std::memory_order_relaxed);
    } else if (open_ != nullptr) {
      oldest_.store(open_->transaction, std::memory_order_relaxed);
    } else {
      listed_.store(false, std::memory_order_release);
      spare = std::exchange(credit_, 0);
    }
  }
  if (spare > 0) {
    shared_.budget.Give(spare);
  }
  return batch;
}

// --- sending ----------------------------------------------------------------------

// What is sent again is of the transaction that is sent, always.
bool PartitionLane::something() const {
  return again_ > 0 || (listed_.load(std::memory_order_acquire) &&
                        oldest_.load(std::memory_order_relaxed) <= shared_.window.sending());
}

bool PartitionLane::can_send(Clock::TimePoint now) const {
  if (!something() || draining_ || doubt != Doubt::kNone || on_their_way_ >= kWindow ||
      now < not_before_) {
    return false;
  }
  const bool known = known_ && now - last_stored_ < kKnownFor;
  return on_their_way_ == 0 || (known && sent_to_ == leader);
}

wire::RecordBatch* PartitionLane::Next(Clock::TimePoint now) {
  if (!can_send(now)) {
    return nullptr;
  }
  sent_to_ = leader;
  const auto failed =
      std::find_if(sent_.begin(), sent_.end(), [](const Sent& s) { return !s.on_its_way; });
  if (failed != sent_.end()) {
    failed->on_its_way = true;
    --again_;
    ++on_their_way_;
    return failed->batch.get();
  }
  wire::RecordBatchPtr batch = TakeWaiting();
  if (batch == nullptr) {
    return nullptr;
  }
  batch->sequence = next_sequence_;
  next_sequence_ = SequenceAfter(next_sequence_, batch->records());
  ++on_their_way_;
  sent_.push_back({std::move(batch), true, false});
  return sent_.back().batch.get();
}

std::vector<PartitionLane::Sent>::iterator PartitionLane::Find(const wire::RecordBatch* batch) {
  const auto found = std::find_if(sent_.begin(), sent_.end(), [&](const Sent& s) {
    return s.batch.get() == batch;
  });
  CHECK(found != sent_.end() && found->on_its_way);
  return found;
}

void PartitionLane::Arrived(Sent& sent) {
  sent.on_its_way = false;
  --on_their_way_;
}

wire::RecordBatchPtr PartitionLane::OnStored(const wire::RecordBatch* batch, Clock::TimePoint now) {
  const auto at = Find(batch);
  Arrived(*at);
  wire::RecordBatchPtr stored = std::move(at->batch);
  sent_.erase(at);
  known_ = true;
  last_stored_ = now;
  gap_from_ = -1;  // the broker went on behind it, so it does not wait for those sequences
  EndDraining();
  return stored;
}

void PartitionLane::OnAgain(const wire::RecordBatch* batch, Clock::TimePoint not_before) {
  const auto at = Find(batch);
  Arrived(*at);
  at->again = true;
  ++again_;
  draining_ = true;
  known_ = false;  // it may have lost its memory with what failed
  Delay(not_before);
  EndDraining();
}

void PartitionLane::Delay(Clock::TimePoint not_before) {
  not_before_ = std::max(not_before_, not_before);
}

bool PartitionLane::MayBeStored(const wire::RecordBatch* batch) const {
  return sent_.front().batch.get() == batch && sent_.front().again;
}

std::vector<wire::RecordBatchPtr> PartitionLane::OnLastStored(
    int32_t sequence, Clock::TimePoint now
) {
  CHECK(on_their_way_ == 0);
  const int32_t next = SequenceAfter(sequence, 1);
  const auto last = std::find_if(sent_.begin(), sent_.end(), [next](const Sent& s) {
    return SequenceAfter(s.batch->sequence, s.batch->records()) == next;
  });
  std::vector<wire::RecordBatchPtr> stored;
  if (last == sent_.end()) {
    return stored;
  }
  for (auto it = sent_.begin(); it <= last; ++it) {
    stored.push_back(std::move(it->batch));
  }
  sent_.erase(sent_.begin(), last + 1);
  again_ -= stored.size();
  known_ = true;
  last_stored_ = now;
  return stored;
}

wire::RecordBatchPtr PartitionLane::OnRefused(const wire::RecordBatch* batch) {
  const auto at = Find(batch);
  Arrived(*at);
  wire::RecordBatchPtr refused = std::move(at->batch);
  sent_.erase(at);
  gap_from_ = gap_from_ < 0 ? refused->sequence : gap_from_;
  draining_ = true;
  EndDraining();
  return refused;
}

void PartitionLane::OnTooLarge(const wire::RecordBatch* batch) {
  const auto at = Find(batch);
  Arrived(*at);
  wire::RecordBatch& first = *at->batch;
  wire::RecordBatchPtr second = shared_.pool.Take();
  second->transaction = first.transaction;
  shared_.window.Opened(second->transaction);
  const size_t before = first.bytes();
  first.SplitInto(*second);
  bytes_max_.store(std::max(before / 2, kBytesLeast), std::memory_order_relaxed);
  second->charged = first.charged / 2;
  first.charged -= second->charged;
  second->sequence = SequenceAfter(first.sequence, first.records());
  sent_.insert(at + 1, Sent{std::move(second), false, false});
  again_ += 2;
  draining_ = true;
  EndDraining();
}

void PartitionLane::EndDraining() {
  if (!draining_ || on_their_way_ > 0) {
    return;
  }
  draining_ = false;
  if (gap_from_ < 0) {
    return;
  }
  const int32_t gap = std::exchange(gap_from_, -1);
  int32_t sequence = gap;
  for (Sent& sent : sent_) {
    if (!Precedes(sent.batch->sequence, gap)) {
      sent.batch->sequence = sequence;
      sequence = SequenceAfter(sequence, sent.batch->records());
    }
  }
  next_sequence_ = sequence;
}

std::vector<wire::RecordBatchPtr> PartitionLane::TakeUnsent() {
  std::vector<wire::RecordBatchPtr> all;
  for (Sent& sent : sent_) {
    if (!sent.on_its_way) {
      all.push_back(std::move(sent.batch));
    }
  }
  std::erase_if(sent_, [](const Sent& sent) { return sent.batch == nullptr; });
  again_ = 0;
  while (wire::RecordBatchPtr batch = TakeWaiting()) {
    all.push_back(std::move(batch));
  }
  return all;
}

std::vector<wire::RecordBatchPtr> PartitionLane::TakeAll() {
  for (Sent& sent : sent_) {
    sent.on_its_way = false;
  }
  on_their_way_ = 0;
  draining_ = false;
  return TakeUnsent();
}

size_t PartitionLane::Records() {
  size_t records = 0;
  for (const Sent& sent : sent_) {
    records += static_cast<size_t>(sent.batch->records());
  }
  MutexLock lock(mu_);
  for (const wire::RecordBatchPtr& batch : waiting_) {
    records += static_cast<size_t>(batch->records());
  }
  return records + (open_ == nullptr ? 0 : static_cast<size_t>(open_->records()));
}

}  // namespace rowhouse::kafka
