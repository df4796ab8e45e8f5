#include "capture/encode_pool.h"

#include <map>
#include <set>

#include <fmt/format.h>

#include "capture/once_there.h"

namespace rowhouse::capture {

namespace {

constexpr size_t kUsedMax = 8;
constexpr size_t kKnownMax = 32768;  // schemas a worker remembers; beyond it starts anew

struct OpCounts {
  uint64_t n[5] = {};
};

void AddTo(TableCounters& t, const OpCounts& c) {
  t.reads += c.n[static_cast<size_t>(Op::kRead)];
  t.creates += c.n[static_cast<size_t>(Op::kCreate)];
  t.updates += c.n[static_cast<size_t>(Op::kUpdate)];
  t.deletes += c.n[static_cast<size_t>(Op::kDelete)];
}

}  // namespace

// A place in every worker's queue that they pass together.
class EncodePool::Barrier {
 public:
  Barrier(int workers, std::function<Status()> action)
      : missing_(workers), action_(std::move(action)) {}

  // Called by each worker once; the last one acts, the others wait for it.
  Status Pass(const std::stop_token& stop) {
    MutexLock lock(mu_);
    if (--missing_ == 0) {
      return Act();
    }
    const bool open = opened_.WaitFor(
        mu_, stop, Deadline::Never(), [&]() NO_THREAD_SAFETY_ANALYSIS { return open_; }
    );
    return open ? Ok() : Status(Error(ErrorKind::kCancelled, "stopped at a barrier"));
  }

 private:
  // All wait for this, so that the lock keeps nobody out.
  Status Act() REQUIRES(mu_) {
    ROWHOUSE_TRY(action_());
    open_ = true;
    opened_.NotifyAll();
    return Ok();
  }

  Mutex mu_;
  CondVar opened_;
  int missing_ GUARDED_BY(mu_);
  bool open_ GUARDED_BY(mu_) = false;
  const std::function<Status()> action_;
};

// One encode thread with its queue and its encoders.
class EncodePool::Worker {
 public:
  Worker(EncodePool& pool, int index)
      : pool_(pool),
        index_(index),
        queue_(pool.options_.queue_bytes),
        side_topics_(
            pool.options_.side_topics,
            pool.options_.encoder,
            pool.around_.log,
            pool.around_.schemas,
            pool.around_.tracker
        ) {}

  void Start() {
    thread_ = Thread(fmt::format("encode-{}", index_), [this](std::stop_token stop) { Run(stop); });
  }

  BoundedQueue<std::shared_ptr<InFlight>>& queue() { return queue_; }

  void Join() { thread_.Join(); }

 private:
  void Run(const std::stop_token& own_stop) {
    std::stop_source either;
    std::stop_callback on_own(own_stop, [&] { either.request_stop(); });
    std::stop_callback on_failure(pool_.around_.failure.token(), [&] { either.request_stop(); });
    stop_ = either.get_token();
    while (true) {
      auto item = queue_.Pop(stop_);
      if (!item || stop_.stop_requested()) {
        return;
      }
      const bool barrier = (*item)->barrier != nullptr;
      const Status done = barrier ? (*item)->barrier->Pass(stop_) : EncodeBatch(**item);
      if (!done) {
        pool_.around_.failure.Set(done.error());
        return;
      }
      if (barrier) {
        continue;
      }
      pool_.around_.tracker.Ack((*item)->token);
      pool_.GiveBack(**item);
    }
  }

  Status EncodeBatch(const InFlight& item) {
    types::EnvelopeContext context{Clock::Real().WallMicros(), {}};
    const TransactionPlace* const places =
        item.batch->places.empty() ? nullptr : item.batch->places.data();
    const TableSchema* current = nullptr;
    TableEncoder* encoder = nullptr;
    OpCounts counts;
    ROWHOUSE_TRY(DoExtras(item));
    for (const Change& change : item.batch->changes) {
      if (change.table != current) {
        Finish(current, encoder, counts);
        current = change.table;
        encoder = ROWHOUSE_TRY(EncoderOf(item, change));
      }
      if (encoder == nullptr) {
        continue;
      }
      if (places != nullptr) [[unlikely]] {
        context.transaction = places[&change - item.batch->changes.data()];
      }
      const Status encoded = encoder->Encode(change, context, item.token, pool_.around_.tracker);
      if (!encoded) {
        ROWHOUSE_TRY(ParkOrFail(*current, encoded.error()));
        encoder = nullptr;
        continue;
      }
      ++counts.n[static_cast<size_t>(change.op)];
    }
    Finish(current, encoder, counts);
    return Ok();
  }

  Status DoExtras(const InFlight& item) {
    for (const TableSchemaPtr& table : item.extras.opened) {
      const Known& known = *ROWHOUSE_TRY(KnownOf(*item.batch, table.get()));
      if (known.encoder != nullptr) {
        pool_.around_.gate.Want(known.schema);
      }
    }
    // All by one worker: each topic is in order.
    if (index_ != 0 || item.extras.side.empty()) {
      return Ok();
    }
    return side_topics_.Append(item.extras.side, item.token, stop_);
  }

  void Finish(const TableSchema* table, TableEncoder* encoder, OpCounts& counts) {
    if (table == nullptr || encoder == nullptr) {
      return;
    }
    pool_.around_.progress.UpdateTable(table->id, [&](TableCounters& t) { AddTo(t, counts); });
    const TableEncoder::Written written = encoder->TakeWritten();
    pool_.around_.progress.records_appended += written.records;
    pool_.around_.progress.bytes_encoded += written.bytes;
    counts = {};
  }

  // Null where the table is another worker's or parked. `first` is its first under its schema, or
  // the first after some of another table.
  Result<TableEncoder*> EncoderOf(const InFlight& item, const Change& first) {
    Known& known = *ROWHOUSE_TRY(KnownOf(*item.batch, first.table));
    if (known.encoder != nullptr && *known.serving != first.table) {
      ROWHOUSE_TRY(pool_.around_.gate.Pass(known.schema, first, item.token, stop_));
      *known.serving = first.table;
    }
    return known.encoder.get();
  }

  Result<Known*> KnownOf(const ChangeBatch& batch, const TableSchema* table) {
    const auto known = known_.find(table);
    if (known != known_.end()) {
      return &known->second;
    }
    if (known_.size() >= kKnownMax) {
      known_.clear();
      serving_.clear();
    }
    Known fresh;
    for (const TableSchemaPtr& held : batch.tables) {
      if (held.get() == table) {
        fresh.schema = held;
      }
    }
    CHECK(fresh.schema != nullptr);
    const size_t owner = std::hash<std::string>()(table->id.ToString()) % pool_.workers_.size();
    if (owner == static_cast<size_t>(index_) && !parked_.contains(table->id)) {
      fresh.encoder = ROWHOUSE_TRY(OpenEncoder(fresh.schema));
      fresh.serving = &serving_[table->id];
    }
    return &known_.emplace(table, std::move(fresh)).first->second;
  }

  Result<std::unique_ptr<TableEncoder>> OpenEncoder(const TableSchemaPtr& table) {
    // Known from before its first record on, which the topic may refuse.
    pool_.around_.progress.UpdateTable(table->id, [](TableCounters&) {});
    auto encoder = OnceThere(table->id.ToString(), stop_, [&] {
      return TableEncoder::Open(
          pool_.options_.encoder,
          table,
          pool_.around_.topics,
          pool_.around_.log,
          pool_.around_.schemas
      );
    });
    if (!encoder) {
      ROWHOUSE_TRY(ParkOrFail(*table, encoder.error()));
      return std::unique_ptr<TableEncoder>();
    }
    return encoder;
  }

  Status ParkOrFail(const TableSchema& table, const Error& error) {
    const bool only_this_table =
        error.kind() == ErrorKind::kBadRecord || error.kind() == ErrorKind::kUnsupported;
    if (!only_this_table) {
      return error;
    }
    pool_.around_.park(table.id, error);
    parked_.insert(table.id);
    for (auto& [schema, known] : known_) {
      if (schema->id == table.id) {
        known.encoder.reset();
      }
    }
    return Ok();
  }

  EncodePool& pool_;
  const int index_;
  BoundedQueue<std::shared_ptr<InFlight>> queue_;
  std::stop_token stop_;
  std::unordered_map<const TableSchema*, Known> known_;  // at most kKnownMax
  std::map<TableId, const TableSchema*> serving_;        // of tables in known_
  std::set<TableId> parked_;
  SideTopics side_topics_;  // worker 0's
  Thread thread_;
};

EncodePool::EncodePool(Options options, Around around)
    : options_(std::move(options)), around_(std::move(around)) {
  for (int i = 0; i < options_.workers; ++i) {
    workers_.push_back(std::make_unique<Worker>(*this, i));
  }
  for (const auto& worker : workers_) {
    worker->Start();
  }
}

EncodePool::~EncodePool() {
  Drain();
}

Status EncodePool::Submit(
    ChangeBatchPtr batch, AckToken token, const std::stop_token& stop, Extras extras
) {
  const size_t bytes = batch->bytes();
  auto item = std::make_shared<InFlight>();
  item->batch = std::move(batch);
  item->token = token;
  item->users = options_.workers;
  item->extras = std::move(extras);
  for (const auto& worker : workers_) {
    ROWHOUSE_TRY(worker->queue().Push(item, bytes, stop));
  }
  return Ok();
}

Status EncodePool::SubmitBarrier(std::function<Status()> action, const std::stop_token& stop) {
  auto item = std::make_shared<InFlight>();
  item->barrier = std::make_shared<Barrier>(options_.workers, std::move(action));
  for (const auto& worker : workers_) {
    ROWHOUSE_TRY(worker->queue().Push(item, 0, stop));
  }
  return Ok();
}

void EncodePool::GiveBack(InFlight& used) {
  if (used.users.fetch_sub(1, std::memory_order_acq_rel) != 1) {
    return;
  }
  MutexLock lock(used_mu_);
  if (used_.size() < kUsedMax) {
    used_.push_back(std::move(used.batch));
  }
}

std::vector<ChangeBatchPtr> EncodePool::TakeUsed() {
  MutexLock lock(used_mu_);
  return std::exchange(used_, {});
}

void EncodePool::Drain() {
  for (const auto& worker : workers_) {
    worker->queue().Close();
  }
  for (const auto& worker : workers_) {
    worker->Join();
  }
}

}  // namespace rowhouse::capture
