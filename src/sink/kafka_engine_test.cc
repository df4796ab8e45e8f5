#include "sink/kafka_engine.h"

#include <algorithm>
#include <thread>

#include <gtest/gtest.h>

namespace rowhouse::sink {
namespace {

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

// Notes which tables were applied; fails as told.
struct FakeClickHouse {
  Mutex mu;
  std::vector<std::string> applied GUARDED_BY(mu);
  std::string refuses GUARDED_BY(mu);
  int away GUARDED_BY(mu) = 0;

  std::vector<std::string> Applied() {
    MutexLock lock(mu);
    return applied;
  }
};

class FakeObjects : public Objects {
 public:
  explicit FakeObjects(FakeClickHouse& server) : server_(server) {}

  Status Adapt(clickhouse::PipelineOptions&) override { return Ok(); }

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
      server_.applied.push_back(pipeline.table.table);
    }
    return std::vector<clickhouse::SetupAction>();
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

TEST(KafkaEngineUpkeep, AppliesEachTableOnceAndANewSchemaAgain) {
  FakeClickHouse server;
  KafkaEngineUpkeep upkeep({}, Open(server));
  const TableSchemaPtr first = Table("orders");
  upkeep.Want(first);
  ASSERT_TRUE(WaitReady(upkeep));
  upkeep.Want(first);
  EXPECT_TRUE(upkeep.state().ready);
  upkeep.Want(Table("orders", ColumnType::kBigInt));
  ASSERT_TRUE(WaitReady(upkeep));
  EXPECT_EQ(server.Applied(), (std::vector<std::string>{"orders", "orders"}));
}

TEST(KafkaEngineUpkeep, AnOlderSchemaReadAgainChangesNothing) {
  FakeClickHouse server;
  KafkaEngineUpkeep upkeep({}, Open(server));
  auto grown = std::make_shared<TableSchema>(*Table("orders"));
  grown->columns.push_back(grown->columns[0]);
  grown->columns[1].name = "note";
  upkeep.Want(grown);
  ASSERT_TRUE(WaitReady(upkeep));
  upkeep.Want(Table("orders"));
  EXPECT_TRUE(upkeep.state().ready);
  EXPECT_EQ(server.Applied().size(), 1u);
}

TEST(KafkaEngineUpkeep, GoesOnByItselfWhenClickHouseIsBack) {
  FakeClickHouse server;
  server.away = 2;
  KafkaEngineUpkeep upkeep({}, Open(server));
  upkeep.Want(Table("orders"));
  ASSERT_TRUE(WaitReady(upkeep));
  EXPECT_EQ(server.Applied().size(), 1u);
  EXPECT_TRUE(upkeep.state().problem.empty());
}

TEST(KafkaEngineUpkeep, OneRefusedTableDoesNotKeepTheOthersOut) {
  FakeClickHouse server;
  server.refuses = "bad";
  KafkaEngineUpkeep upkeep({}, Open(server));
  upkeep.Want(Table("bad"));
  upkeep.Want(Table("orders"));
  upkeep.Want(Table("unreadable", ColumnType::kUnknown));
  ASSERT_TRUE(WaitReady(upkeep));
  const auto applied = server.Applied();
  EXPECT_NE(std::find(applied.begin(), applied.end(), "orders"), applied.end());
  const auto refused = upkeep.state().refused;
  EXPECT_TRUE(refused.contains({"shop", "bad"}));
  EXPECT_TRUE(refused.contains({"shop", "unreadable"}));
}

}  // namespace
}  // namespace rowhouse::sink
