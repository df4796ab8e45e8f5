#pragma once

#include <functional>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "model/ports.h"

// What every CheckpointStore promises. Include it in one file of a test program
// and instantiate CheckpointStoreContract with a maker of worlds.
namespace rowhouse::testing {

// One implementation as the contract sees it.
class CheckpointStoreWorld {
 public:
  virtual ~CheckpointStoreWorld() = default;

  // The store of a pipeline; a second call with the name is a restart.
  virtual std::unique_ptr<CheckpointStore> Open(const std::string& pipeline) = 0;
};

using MakeCheckpointStoreWorld = std::function<std::unique_ptr<CheckpointStoreWorld>()>;

// The fixture: one world.
class CheckpointStoreContract : public ::testing::TestWithParam<MakeCheckpointStoreWorld> {
 protected:
  void SetUp() override {
    world_ = GetParam()();
    if (world_ == nullptr) {
      GTEST_SKIP() << "this implementation can't run here";
    }
  }

  static Checkpoint At(uint64_t pos) {
    Checkpoint c;
    c.position.binlog = {"binlog.000007", pos};
    c.position.gtid_set = "0-1-42";
    c.position.server_uuid = "server_id:1";
    c.ledger[{"shop", "orders"}] = {TableProgress::State::kLoading, "\"17\"", 17, ""};
    return c;
  }

  std::unique_ptr<CheckpointStoreWorld> world_;
};

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(CheckpointStoreContract);

TEST_P(CheckpointStoreContract, NothingSavedIsNothingLoaded) {
  auto loaded = world_->Open("fresh")->Load();
  ASSERT_TRUE(loaded) << loaded.error().ToString();
  EXPECT_FALSE(loaded->has_value());
}

TEST_P(CheckpointStoreContract, TheLastSavedIsLoaded) {
  const auto store = world_->Open("one");
  for (uint64_t pos = 1; pos <= 3; ++pos) {
    ASSERT_TRUE(store->Save(At(pos)));
    auto loaded = store->Load();
    ASSERT_TRUE(loaded) << loaded.error().ToString();
    EXPECT_EQ(*loaded, At(pos));
  }
}

TEST_P(CheckpointStoreContract, ARestartLoadsWhatWasSaved) {
  ASSERT_TRUE(world_->Open("again")->Save(At(5)));
  const auto loaded = world_->Open("again")->Load();
  ASSERT_TRUE(loaded) << loaded.error().ToString();
  EXPECT_EQ(*loaded, At(5));
}

TEST_P(CheckpointStoreContract, PipelinesDoNotSeeEachOther) {
  const auto a = world_->Open("a");
  const auto b = world_->Open("b");
  ASSERT_TRUE(a->Save(At(1)));
  ASSERT_TRUE(b->Save(At(2)));
  EXPECT_EQ(*a->Load(), At(1));
  EXPECT_EQ(*b->Load(), At(2));
}

TEST_P(CheckpointStoreContract, ALedgerAboveAMegabyteIsKept) {
  Checkpoint large = At(9);
  for (int i = 0; i < 10'000; ++i) {
    large.ledger[{"shop", "table_with_quite_a_long_name_" + std::to_string(i)}] = {
        TableProgress::State::kLoading, std::string(100, 'k'), 1, ""};
  }
  ASSERT_GT(large.ToJson().size(), 1'100'000U);
  const auto store = world_->Open("large");
  const Status saved = store->Save(large);
  ASSERT_TRUE(saved) << saved.error().ToString();
  const auto loaded = store->Load();
  ASSERT_TRUE(loaded) << loaded.error().ToString();
  EXPECT_TRUE(*loaded == large);
}

}  // namespace rowhouse::testing
