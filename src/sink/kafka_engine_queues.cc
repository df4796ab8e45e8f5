// The part of the upkeep that stops queues and starts them: of paused tables, and those whose
// consumers have failed.

#include "base/log.h"
#include "sink/kafka_engine_claim.h"

namespace rowhouse::sink {

using clickhouse::HowFar;
using clickhouse::PlannedChange;

// A queue is stopped by being dropped: its group's offsets say where it goes on. Stopping the
// history's view alone would lose what is read meanwhile, for the view of errors goes on.
void KafkaEngineUpkeep::Hold(const std::set<TableId>& tables) {
  MutexLock lock(mu_);
  for (const auto& [id, schema] : wanted_) {
    const bool changes = held_.contains(id) != tables.contains(id);
    if (schema != nullptr && changes && !gone_.contains(id)) {
      refit_.insert(id);
      state_.ready = false;
    }
  }
  held_ = tables;
  told_.NotifyAll();
}

bool KafkaEngineUpkeep::WaitFitted(const TableId& table, Deadline deadline) const {
  MutexLock lock(mu_);
  return told_.WaitFor(mu_, {}, deadline, [&]() NO_THREAD_SAFETY_ANALYSIS {
    return !refit_.contains(table) && !pending_.contains(table) && !claimed_.contains(table);
  });
}

// Makes work of those that nobody works on.
void KafkaEngineUpkeep::PlanRefits() {
  for (auto at = refit_.begin(); at != refit_.end();) {
    if (claimed_.contains(*at)) {
      ++at;
      continue;
    }
    const auto known = wanted_.find(*at);
    if (known != wanted_.end() && known->second != nullptr) {
      pending_.try_emplace(*at, PlannedChange{{known->second, {}, {}, {}, {}}, HowFar::kKeep});
    }
    at = refit_.erase(at);
  }
}

// A table that is gone gets no more messages. What waits of it is let through now: after a restart
// nobody would know its schema any more. Made again under its name it is held again.
void KafkaEngineUpkeep::NoteGone(const ddl::TableEffect& effect) {
  using Kind = ddl::TableEffect::Kind;
  const auto refit = [this](const TableId& table) NO_THREAD_SAFETY_ANALYSIS {
    if (held_.contains(table)) {
      refit_.insert(table);
      UpdateReady();
    }
  };
  for (const auto& [table, schema] : wanted_) {
    const bool it = table == effect.table;
    const bool lost = (it && (effect.kind == Kind::kDrop || effect.kind == Kind::kRename)) ||
                      (effect.kind == Kind::kDropDatabase && table.db == effect.table.db);
    if (lost && gone_.insert(table).second) {
      refit(table);
    }
  }
  const TableId& made = effect.kind == Kind::kRename ? effect.other : effect.table;
  const bool is_made = effect.kind == Kind::kCreate || effect.kind == Kind::kRename;
  if (is_made && gone_.erase(made) > 0) {
    refit(made);
  }
}

bool KafkaEngineUpkeep::IsHeld(const TableId& table) const {
  return held_.contains(table) && !gone_.contains(table);
}

bool KafkaEngineUpkeep::Held(const TableId& table) const {
  MutexLock lock(mu_);
  return IsHeld(table);
}

// Where nothing else is to be done. What fails is looked at again.
void KafkaEngineUpkeep::LookAtQueues() {
  const auto objects = open_();
  const auto queues = objects ? (*objects)->Queues(options_.history_database)
                              : Result<std::vector<QueueSight>>(objects.error());
  if (!queues) {
    LogDebug("queues were not looked at", {{"err", queues.error().ToString()}});
    return;
  }
  NoteTroubles(*queues);
  for (const QueueSight& queue : *queues) {
    const TableSchemaPtr table = queue.dead ? ClaimTableOf(queue.name) : nullptr;
    if (table == nullptr) {
      continue;
    }
    const Claim claim(*this, {table->id});
    const Status restarted = RestartQueue(table);
    if (!restarted) {
      LogWarn("a queue could not be made anew", restarted.error(), {{"queue", queue.name}});
    }
  }
}

// Said once for each reason, and once more when it is over.
void KafkaEngineUpkeep::NoteTroubles(const std::vector<QueueSight>& queues) {
  std::map<std::string, std::string> troubles;
  for (const QueueSight& queue : queues) {
    troubles[queue.name] = queue.trouble;
  }
  MutexLock lock(mu_);
  for (const auto& [id, schema] : wanted_) {
    const std::string& trouble = troubles[clickhouse::TableName(options_, id) + "_queue"];
    const auto before = state_.unread.find(id);
    if (trouble.empty() && before != state_.unread.end()) {
      if (!held_.contains(id)) {
        LogInfo("ClickHouse reads the topic again", {{"table", id.ToString()}});
      }
      state_.unread.erase(before);
    } else if (!trouble.empty() && (before == state_.unread.end() || before->second != trouble)) {
      LogWarn(
          "ClickHouse can't read the table's topic; the messages wait in Kafka",
          {{"table", id.ToString()}, {"why", trouble}}
      );
      state_.unread[id] = trouble;
    }
  }
}

// Null where it is none of ours, or somebody works on it, who makes its queue anew as well.
TableSchemaPtr KafkaEngineUpkeep::ClaimTableOf(const std::string& queue) {
  MutexLock lock(mu_);
  for (const auto& [id, schema] : wanted_) {
    if (clickhouse::TableName(options_, id) + "_queue" == queue) {
      return claimed_.insert(id).second ? schema : nullptr;
    }
  }
  return nullptr;
}

// A crash between the two leaves a queue that is missing, which the next start makes.
Status KafkaEngineUpkeep::RestartQueue(const TableSchemaPtr& table) {
  LogWarn(
      "ClickHouse's consumer has failed for good; its queue is made anew",
      {{"table", table->id.ToString()}}
  );
  ROWHOUSE_TRY(HaltQueue(table));
  MutexLock lock(mu_);
  pending_.try_emplace(table->id, PlannedChange{{table, {}, {}, {}, {}}, HowFar::kKeep});
  ++state_.queue_restarts;
  UpdateReady();
  return Ok();
}

Status KafkaEngineUpkeep::HaltQueue(const TableSchemaPtr& table) {
  const std::unique_ptr<Objects> objects = ROWHOUSE_TRY(open_());
  return objects->DropQueue(options_, table->id);
}

}  // namespace rowhouse::sink
