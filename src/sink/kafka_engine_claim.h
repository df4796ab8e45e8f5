#pragma once

#include <memory>
#include <stop_token>
#include <utility>
#include <vector>

#include "sink/kafka_engine.h"

namespace rowhouse::sink {

// Keeps tables to whoever works on them: claimed from its making on, free again with its end.
class KafkaEngineUpkeep::Claim {
 public:
  Claim(KafkaEngineUpkeep& upkeep, std::vector<TableId> tables)
      : upkeep_(upkeep), tables_(std::move(tables)) {}

  // Waits until nobody else has the table; null at a stop.
  static std::unique_ptr<Claim> Wait(
      KafkaEngineUpkeep& upkeep, const TableId& table, const std::stop_token& stop
  ) {
    MutexLock lock(upkeep.mu_);
    const bool free =
        upkeep.told_.WaitFor(upkeep.mu_, stop, Deadline::Never(), [&]() NO_THREAD_SAFETY_ANALYSIS {
          return !upkeep.claimed_.contains(table);
        });
    if (!free) {
      return nullptr;
    }
    upkeep.claimed_.insert(table);
    return std::make_unique<Claim>(upkeep, std::vector{table});
  }

  ~Claim() {
    MutexLock lock(upkeep_.mu_);
    for (const TableId& table : tables_) {
      upkeep_.claimed_.erase(table);
    }
    upkeep_.told_.NotifyAll();
  }

  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;

 private:
  KafkaEngineUpkeep& upkeep_;
  const std::vector<TableId> tables_;
};

}  // namespace rowhouse::sink
