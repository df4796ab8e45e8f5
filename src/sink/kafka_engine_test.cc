#include "sink/kafka_engine.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include <gtest/gtest.h>

namespace rowhouse::sink {
namespace {

using clickhouse::Evolution;
using clickhouse::HowFar;
constexpr auto kFirst = SchemaFollower::Told::kFirst;
constexpr auto kAgain = SchemaFollower::Told::kAgain;

TableSchemaPtr Table(const std::string& name, ColumnType type = ColumnType::kInt) {
  auto table = std::make_shared<TableSchema>();
  table->id = {"shop", name};
  table->columns.resize(1);
  table->columns[0].name = "id";
  table->columns[0].type = type;
  table->columns[0].nullable = false;
  table->primary_key = {0};
  return table;
}

SchemaChange Change(const std::string& name, ColumnType type) {
  return {Table(name, type), {}, {}, {}, {}};
}

// Notes which tables were applied; fails as told.
struct FakeClickHouse {
  Mutex mu;
  std::vector<std::string> applied GUARDED_BY(mu);
  std::string refuses GUARDED_BY(mu);
  int away GUARDED_BY(mu) = 0;
  bool needs_drain GUARDED_BY(mu) = false;
  std::vector<clickhouse::HowFar> planned GUARDED_BY(mu);
  std::vector<std::string> followed GUARDED_BY(mu);
  std::vector<std::string> halted GUARDED_BY(mu);
  std::vector<QueueSight> queues GUARDED_BY(mu);
  std::vector<clickhouse::DdlLogRow> logged GUARDED_BY(mu);
  std::vector<std::string> dropped GUARDED_BY(mu);

  std::vector<std::string> Applied() {
    MutexLock lock(mu);
    return applied;
  }
};

class FakeObjects : public Objects {
 public:
  explicit FakeObjects(FakeClickHouse& server) : server_(server) {}

  Status Adapt(clickhouse::PipelineOptions&) override { return Ok(); }

  Result<std::vector<Result<Evolution>>> Plan(
      const std::vector<clickhouse::PlannedChange>& changes,
      const clickhouse::PipelineOptions& options
  ) override {
    std::vector<Result<Evolution>> plans;
    for (const auto& planned : changes) {
      plans.push_back(
          clickhouse::Evolve(planned.change, options, clickhouse::Catalog(), planned.how_far)
      );
      if (plans.back()) {
        MutexLock lock(server_.mu);
        plans.back()->needs_drain = server_.needs_drain;
        server_.planned.push_back(planned.how_far);
      }
    }
    return plans;
  }

  Result<std::vector<clickhouse::SetupAction>> Apply(
      const std::vector<clickhouse::TablePipeline>& pipelines
  ) override {
    MutexLock lock(server_.mu);
    for (const auto& pipeline : pipelines) {
      if (pipeline.table.table == server_.refuses) {
        return Error(ErrorKind::kBadRecord, "refused");
      }
    }
    for (const auto& pipeline : pipelines) {
      server_.applied.push_back(pipeline.table.table + (pipeline.halted ? " halted" : ""));
    }
    return std::vector<clickhouse::SetupAction>();
  }

  Result<std::string> WhyReload(const Evolution&) override { return std::string(); }

  Result<std::vector<clickhouse::SetupAction>>
  Follow(const Evolution& evolution, RowVersion, const std::stop_token&) override {
    MutexLock lock(server_.mu);
    if (evolution.pipeline.table.table == server_.refuses) {
      return Error(ErrorKind::kBadRecord, "refused");
    }
    server_.followed.push_back(
        evolution.pipeline.table.table + (evolution.pipeline.halted ? " halted" : "")
    );
    return std::vector<clickhouse::SetupAction>();
  }

  std::vector<std::string> Rewrites() const override { return {"ALTER TABLE"}; }

  Status Log(const clickhouse::PipelineOptions&, const std::vector<clickhouse::DdlLogRow>& rows)
      override {
    MutexLock lock(server_.mu);
    server_.logged.insert(server_.logged.end(), rows.begin(), rows.end());
    return Ok();
  }

  Status Drop(const clickhouse::TablePipeline& pipeline) override {
    MutexLock lock(server_.mu);
    server_.dropped.push_back(pipeline.table.table);
    return Ok();
  }

  Status DropQueue(const clickhouse::PipelineOptions& options, const TableId& table) override {
    const std::string name = clickhouse::TableName(options, table) + "_queue";
    MutexLock lock(server_.mu);
    server_.halted.push_back(name);
    std::erase_if(server_.queues, [&name](const QueueSight& queue) { return queue.name == name; });
    return Ok();
  }

  Result<std::vector<QueueSight>> Queues(const std::string&) override {
    MutexLock lock(server_.mu);
    return server_.queues;
  }

 private:
  FakeClickHouse& server_;
};

KafkaEngineUpkeep::OpenObjects Open(FakeClickHouse& server) {
  return [&server]() -> Result<std::unique_ptr<Objects>> {
    MutexLock lock(server.mu);
    if (server.away > 0) {
      --server.away;
      return Error(ErrorKind::kUnavailable, "away");
    }
    return std::unique_ptr<Objects>(std::make_unique<FakeObjects>(server));
  };
}

Result<uint64_t> AllConsumed(const std::string&, const std::string&) {
  return uint64_t{0};
}

bool WaitReady(const KafkaEngineUpkeep& upkeep) {
  const Deadline deadline = Deadline::After(seconds(20));
  while (!deadline.Passed()) {
    if (upkeep.state().ready) {
      return true;
    }
    std::this_thread::yield();
  }
  return false;
}

TEST(KafkaEngineUpkeep, AppliesEachTableOnceAndKeepsWhatItKnows) {
  FakeClickHouse server;
  KafkaEngineUpkeep upkeep({}, Open(server), AllConsumed);
  upkeep.Want(Table("orders"), kFirst);
  ASSERT_TRUE(WaitReady(upkeep));
  upkeep.Want(Table("orders"), kFirst);
  EXPECT_TRUE(upkeep.state().ready);
  upkeep.Want(Table("items"), kAgain);
  ASSERT_TRUE(WaitReady(upkeep));
  EXPECT_EQ(server.Applied(), (std::vector<std::string>{"orders", "items"}));
  MutexLock lock(server.mu);
  EXPECT_EQ(server.planned, (std::vector{HowFar::kAdd, HowFar::kKeep}));
}

TEST(KafkaEngineUpkeep, MakesAQueueAnewWhoseConsumersHaveFailedForGood) {
  FakeClickHouse server;
  KafkaEngineUpkeep upkeep({}, Open(server), AllConsumed, milliseconds(1));
  upkeep.Want(Table("orders"), kFirst);
  upkeep.Want(Table("items"), kFirst);
  ASSERT_TRUE(WaitReady(upkeep));
  {
    MutexLock lock(server.mu);
    server.applied.clear();
    server.queues = {{"items_queue", true, ""}, {"of_somebody_else_queue", true, ""}};
  }
  const Deadline deadline = Deadline::After(seconds(20));
  while (server.Applied().empty() && !deadline.Passed()) {
    std::this_thread::yield();
  }
  ASSERT_TRUE(WaitReady(upkeep));
  EXPECT_EQ(upkeep.state().queue_restarts, 1U);
  MutexLock lock(server.mu);
  EXPECT_EQ(server.halted, std::vector<std::string>{"items_queue"});
  EXPECT_EQ(server.applied, std::vector<std::string>{"items"});
}

TEST(KafkaEngineUpkeep, TellsWhyATopicCantBeReadUntilItCan) {
  FakeClickHouse server;
  KafkaEngineUpkeep upkeep({}, Open(server), AllConsumed, milliseconds(1));
  upkeep.Want(Table("items"), kFirst);
  ASSERT_TRUE(WaitReady(upkeep));
  const auto see = [&](const std::string& trouble) {
    const size_t wanted = trouble.empty() ? 0 : 1;
    {
      MutexLock lock(server.mu);
      server.queues = {{"items_queue", false, trouble}, {"of_somebody_else_queue", false, "x"}};
    }
    const Deadline deadline = Deadline::After(seconds(20));
    while (upkeep.state().unread.size() != wanted && !deadline.Passed()) {
      std::this_thread::yield();
    }
    return upkeep.state().unread;
  };
  EXPECT_EQ(see("no login"), (std::map<TableId, std::string>{{Table("items")->id, "no login"}}));
  EXPECT_TRUE(see("").empty());
  EXPECT_EQ(upkeep.state().queue_restarts, 0U);
}

TEST(KafkaEngineUpkeep, FollowsANewSchemaAtOnceWhereOneQueueReadsBoth) {
  FakeClickHouse server;
  KafkaEngineUpkeep upkeep({}, Open(server), [](const std::string&, const std::string&) {
    return Result<uint64_t>(Error(ErrorKind::kInternal, "not to be asked"));
  });
  upkeep.Want(Table("orders"), kFirst);
  bool settled = false;
  const auto settle = [&settled] {
    settled = true;
    return Ok();
  };
  ASSERT_TRUE(upkeep.Follow(Change("orders", ColumnType::kBigInt), settle, {}));
  EXPECT_FALSE(settled);
  MutexLock lock(server.mu);
  EXPECT_EQ(server.applied, std::vector<std::string>{"orders"});
  EXPECT_EQ(server.followed, std::vector<std::string>{"orders"});
}

TEST(KafkaEngineUpkeep, ElseOnlyWhenAllOfBeforeIsConsumed) {
  FakeClickHouse server;
  server.needs_drain = true;
  std::vector<std::string> asked;
  uint64_t left = 3;
  KafkaEngineUpkeep upkeep({}, Open(server), [&](const std::string& topic, const std::string&) {
    asked.push_back(topic);
    return Result<uint64_t>(--left);
  });
  bool settled = false;
  const auto settle = [&] {
    EXPECT_TRUE(asked.empty());
    settled = true;
    return Ok();
  };
  ASSERT_TRUE(upkeep.Follow(Change("orders", ColumnType::kVarchar), settle, {}));
  EXPECT_TRUE(settled);
  EXPECT_EQ(asked, (std::vector<std::string>(3, "rowhouse.shop.orders")));
}

TEST(KafkaEngineUpkeep, ASchemaChangeWaitsForClickHouse) {
  FakeClickHouse server;
  server.away = 3;
  KafkaEngineUpkeep upkeep({}, Open(server), AllConsumed);
  ASSERT_TRUE(upkeep.Follow(Change("orders", ColumnType::kBigInt), [] { return Ok(); }, {}));
  MutexLock lock(server.mu);
  EXPECT_EQ(server.away, 0);
  EXPECT_EQ(server.followed.size(), 1U);
}

TEST(KafkaEngineUpkeep, AStopEndsTheWait) {
  FakeClickHouse server;
  server.away = 1'000'000;
  KafkaEngineUpkeep upkeep({}, Open(server), AllConsumed);
  std::stop_source stop;
  std::jthread stopper([&] {
    while (upkeep.state().problem.find("shop.orders waits: away") == std::string::npos) {
      std::this_thread::yield();
    }
    stop.request_stop();
  });
  const auto followed = upkeep.Follow(
      Change("orders", ColumnType::kBigInt), [] { return Ok(); }, stop.get_token()
  );
  ASSERT_FALSE(followed);
  EXPECT_EQ(followed.error().kind(), ErrorKind::kCancelled);
}

const std::set<TableId> kOrders = {{"shop", "orders"}};

bool WaitFitted(const KafkaEngineUpkeep& upkeep) {
  return upkeep.WaitFitted({"shop", "orders"}, Deadline::After(seconds(20)));
}

TEST(KafkaEngineUpkeep, AHeldTablesQueueIsTakenAwayAndMadeAgain) {
  FakeClickHouse server;
  KafkaEngineUpkeep upkeep({}, Open(server), AllConsumed);
  upkeep.Want(Table("orders"), kFirst);
  ASSERT_TRUE(WaitReady(upkeep));
  upkeep.Want(Table("items"), kFirst);
  ASSERT_TRUE(WaitReady(upkeep));
  upkeep.Hold(kOrders);
  ASSERT_TRUE(WaitFitted(upkeep));
  upkeep.Hold(kOrders);  // told again: nothing to do
  ASSERT_TRUE(WaitFitted(upkeep));
  upkeep.Hold({});
  ASSERT_TRUE(WaitFitted(upkeep));
  ASSERT_TRUE(WaitReady(upkeep));
  EXPECT_EQ(
      server.Applied(), (std::vector<std::string>{"orders", "items", "orders halted", "orders"})
  );
}

TEST(KafkaEngineUpkeep, ATableThatIsHeldFromTheStartGetsNoQueue) {
  FakeClickHouse server;
  server.away = 2;
  KafkaEngineUpkeep upkeep({}, Open(server), AllConsumed);
  upkeep.Hold(kOrders);
  upkeep.Want(Table("orders"), kAgain);
  ASSERT_TRUE(WaitReady(upkeep));
  EXPECT_EQ(server.Applied(), std::vector<std::string>{"orders halted"});
}

TEST(KafkaEngineUpkeep, AHeldTableFollowsASchemaWithoutAQueue) {
  FakeClickHouse server;
  KafkaEngineUpkeep upkeep({}, Open(server), AllConsumed);
  upkeep.Hold(kOrders);
  upkeep.Want(Table("orders"), kAgain);
  ASSERT_TRUE(WaitReady(upkeep));
  ASSERT_TRUE(upkeep.Follow(Change("orders", ColumnType::kBigInt), [] { return Ok(); }, {}));
  upkeep.Hold({});
  ASSERT_TRUE(WaitFitted(upkeep));
  EXPECT_EQ(
      server.Applied(), (std::vector<std::string>{"orders halted", "orders halted", "orders"})
  );
  MutexLock lock(server.mu);
  EXPECT_EQ(server.followed, std::vector<std::string>{"orders halted"});
}

// Else it would wait for the resume, and with it the tables of the same encode worker.
TEST(KafkaEngineUpkeep, WhatWaitsIsLetThroughBeforeASchemaThatNoQueueReadsBesideIt) {
  FakeClickHouse server;
  server.needs_drain = true;
  uint64_t left = 2;
  KafkaEngineUpkeep upkeep({}, Open(server), [&](const std::string&, const std::string&) {
    const auto applied = server.Applied();
    EXPECT_EQ(applied.back(), "orders");  // asked only once a queue consumes
    return Result<uint64_t>(--left);
  });
  upkeep.Hold(kOrders);
  upkeep.Want(Table("orders"), kAgain);
  ASSERT_TRUE(WaitReady(upkeep));
  ASSERT_TRUE(upkeep.Follow(Change("orders", ColumnType::kVarchar), [] { return Ok(); }, {}));
  EXPECT_EQ(left, 0U);
  MutexLock lock(server.mu);
  EXPECT_EQ(server.followed, std::vector<std::string>{"orders halted"});
}

ddl::DdlEvent Statement(ddl::TableEffect::Kind kind) {
  ddl::DdlEvent event;
  event.effects.emplace_back().kind = kind;
  event.effects.back().table = {"shop", "orders"};
  return event;
}

TEST(KafkaEngineUpkeep, ATableThatIsDroppedIsHeldNoLonger) {
  FakeClickHouse server;
  KafkaEngineUpkeep upkeep({}, Open(server), AllConsumed);
  upkeep.Hold(kOrders);
  upkeep.Want(Table("orders"), kAgain);
  ASSERT_TRUE(WaitReady(upkeep));
  upkeep.Tell(Statement(ddl::TableEffect::Kind::kDrop));
  ASSERT_TRUE(WaitFitted(upkeep));
  EXPECT_EQ(server.Applied(), (std::vector<std::string>{"orders halted", "orders"}));
  upkeep.Tell(Statement(ddl::TableEffect::Kind::kCreate));
  ASSERT_TRUE(WaitFitted(upkeep));
  EXPECT_EQ(server.Applied().back(), "orders halted") << "it is there again";
}

TEST(KafkaEngineUpkeep, AHeldTableIsConsumedBeforeItIsDropped) {
  FakeClickHouse server;
  clickhouse::PipelineOptions options;
  options.on_drop_table = clickhouse::DropPolicy::kDrop;
  KafkaEngineUpkeep upkeep(options, Open(server), [&](const std::string&, const std::string&) {
    EXPECT_EQ(server.Applied().back(), "orders") << "a queue consumes";
    return Result<uint64_t>(uint64_t{0});
  });
  upkeep.Hold(kOrders);
  upkeep.Want(Table("orders"), kAgain);
  ASSERT_TRUE(WaitReady(upkeep));
  upkeep.Tell(Statement(ddl::TableEffect::Kind::kDrop));
  const Deadline deadline = Deadline::After(seconds(20));
  const auto dropped = [&server] {
    MutexLock lock(server.mu);
    return server.dropped;
  };
  while (dropped().empty() && !deadline.Passed()) {
    std::this_thread::yield();
  }
  EXPECT_EQ(dropped(), std::vector<std::string>{"orders"});
}

TEST(KafkaEngineUpkeep, ASchemaThatIsRefusedHaltsItsQueue) {
  FakeClickHouse server;
  server.refuses = "orders";
  KafkaEngineUpkeep upkeep({}, Open(server), AllConsumed);
  ASSERT_TRUE(upkeep.Follow(Change("orders", ColumnType::kBigInt), [] { return Ok(); }, {}));
  EXPECT_TRUE(upkeep.state().refused.contains({"shop", "orders"}));
  MutexLock lock(server.mu);
  EXPECT_EQ(server.halted, std::vector<std::string>{"orders_queue"});
}

TEST(KafkaEngineUpkeep, GoesOnByItselfWhenClickHouseIsBack) {
  FakeClickHouse server;
  server.away = 2;
  KafkaEngineUpkeep upkeep({}, Open(server), AllConsumed);
  upkeep.Want(Table("orders"), kFirst);
  ASSERT_TRUE(WaitReady(upkeep));
  EXPECT_EQ(server.Applied().size(), 1u);
  EXPECT_TRUE(upkeep.state().problem.empty());
}

TEST(KafkaEngineUpkeep, OneRefusedTableDoesNotKeepTheOthersOut) {
  FakeClickHouse server;
  server.refuses = "bad";
  KafkaEngineUpkeep upkeep({}, Open(server), AllConsumed);
  upkeep.Want(Table("bad"), kFirst);
  upkeep.Want(Table("orders"), kFirst);
  upkeep.Want(Table("unreadable", ColumnType::kUnknown), kFirst);
  ASSERT_TRUE(WaitReady(upkeep));
  const auto applied = server.Applied();
  EXPECT_NE(std::find(applied.begin(), applied.end(), "orders"), applied.end());
  const auto refused = upkeep.state().refused;
  EXPECT_TRUE(refused.contains({"shop", "bad"}));
  EXPECT_TRUE(refused.contains({"shop", "unreadable"}));
}

ddl::DdlEvent Statement(ddl::TableEffect::Kind kind, const TableId& table) {
  ddl::DdlEvent event;
  event.at.binlog = {"binlog.000007", 4711};
  event.sql = "DROP TABLE " + table.table;
  ddl::TableEffect& effect = event.effects.emplace_back();
  effect.kind = kind;
  effect.table = table;
  return event;
}

ddl::DdlEvent Drop(const TableId& table) {
  return Statement(ddl::TableEffect::Kind::kDrop, table);
}

bool WaitDropped(FakeClickHouse& server, const std::vector<std::string>& tables) {
  const Deadline deadline = Deadline::After(seconds(20));
  while (!deadline.Passed()) {
    MutexLock lock(server.mu);
    if (server.dropped == tables) {
      return true;
    }
  }
  return false;
}

TEST(KafkaEngineUpkeep, StatementsAndWhatFollowedAreLogged) {
  FakeClickHouse server;
  KafkaEngineUpkeep upkeep({}, Open(server), AllConsumed);
  SchemaChange change = Change("orders", ColumnType::kBigInt);
  change.statements = {{RowVersion{}, {}, "ALTER TABLE orders MODIFY id BIGINT"}};
  ASSERT_TRUE(upkeep.Follow(change, [] { return Ok(); }, {}));
  upkeep.Tell(Drop({"shop", "orders"}));
  const auto two = [&server] {
    MutexLock lock(server.mu);
    return server.logged.size() == 2;
  };
  const Deadline deadline = Deadline::After(seconds(20));
  while (!two() && !deadline.Passed()) {
    std::this_thread::yield();
  }
  ASSERT_TRUE(two());
  MutexLock lock(server.mu);
  EXPECT_EQ(server.logged[0].sql, "ALTER TABLE orders MODIFY id BIGINT");
  EXPECT_EQ(server.logged[0].statements, std::vector<std::string>{"ALTER TABLE"});
  EXPECT_EQ(server.logged[1].position, "binlog.000007:4711");
  EXPECT_TRUE(server.dropped.empty());
}

TEST(KafkaEngineUpkeep, ADroppedTableIsDroppedByOption) {
  FakeClickHouse server;
  clickhouse::PipelineOptions options;
  options.on_drop_table = clickhouse::DropPolicy::kDrop;
  KafkaEngineUpkeep upkeep(options, Open(server), AllConsumed);
  upkeep.Want(Table("orders"), kFirst);
  ASSERT_TRUE(WaitReady(upkeep));
  upkeep.Tell(Drop({"shop", "orders"}));
  EXPECT_TRUE(WaitDropped(server, {"orders"}));
}

TEST(KafkaEngineUpkeep, ADroppedDatabasesTablesAreDroppedByOption) {
  FakeClickHouse server;
  clickhouse::PipelineOptions options;
  options.on_drop_table = clickhouse::DropPolicy::kDrop;
  KafkaEngineUpkeep upkeep(options, Open(server), AllConsumed);
  upkeep.Want(Table("items"), kFirst);
  upkeep.Want(Table("orders"), kFirst);
  ASSERT_TRUE(WaitReady(upkeep));
  upkeep.Tell(Statement(ddl::TableEffect::Kind::kDropDatabase, {"another", ""}));
  upkeep.Tell(Statement(ddl::TableEffect::Kind::kDropDatabase, {"shop", ""}));
  EXPECT_TRUE(WaitDropped(server, {"items", "orders"}));
}

TEST(KafkaEngineUpkeep, ATableThatIsMadeAgainIsNotDropped) {
  FakeClickHouse server;
  clickhouse::PipelineOptions options;
  options.on_drop_table = clickhouse::DropPolicy::kDrop;
  std::atomic<int> asked = 0;
  std::atomic<uint64_t> left = 1;
  const auto unconsumed = [&](const std::string&, const std::string&) -> Result<uint64_t> {
    ++asked;
    return left.load();
  };
  KafkaEngineUpkeep upkeep(options, Open(server), unconsumed);
  upkeep.Want(Table("again"), kFirst);
  upkeep.Want(Table("orders"), kFirst);
  ASSERT_TRUE(WaitReady(upkeep));
  upkeep.Tell(Drop({"shop", "again"}));
  while (asked == 0) {
    std::this_thread::yield();
  }
  upkeep.Tell(Statement(ddl::TableEffect::Kind::kCreate, {"shop", "again"}));
  left = 0;
  upkeep.Tell(Drop({"shop", "orders"}));
  EXPECT_TRUE(WaitDropped(server, {"orders"}));
}

}  // namespace
}  // namespace rowhouse::sink
