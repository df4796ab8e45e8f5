#include "cli/backfill_orders.h"

#include <map>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace rowhouse::cli {
namespace {

using backfill::RunEntry;
using State = RunEntry::State;

// A ledger in memory, and copies that last until the test lets them end.
class Orders : public testing::Test {
 protected:
  Orders() : orders(World()) { orders.Start(); }

  ~Orders() override { End(); }

  OrdersWorld World() {
    OrdersWorld world;
    world.find = [this](const std::string& id) -> Result<RunEntry> {
      MutexLock lock(mu);
      const auto at = ledger.find(id);
      return at == ledger.end() ? Result<RunEntry>(NoSuchRun(id)) : Result<RunEntry>(at->second);
    };
    world.save = [this](const RunEntry& entry) -> Status {
      MutexLock lock(mu);
      if (save_fails) {
        return Error(ErrorKind::kUnavailable, "away");
      }
      ledger[entry.id] = entry;
      return Ok();
    };
    world.cancel = [this](RunEntry entry) -> Result<std::string_view> {
      MutexLock lock(mu);
      ledger[entry.id].state = State::kCancelled;
      return "cancelled";
    };
    world.plan_resume = [](RunEntry entry) -> Result<CopyPlan> {
      CopyPlan plan = PlanFor(entry.table.table);
      plan.tables.front().earlier = std::move(entry);
      return plan;
    };
    world.copy = [this](const CopyPlan& plan, const CopyControl& control) {
      return Copy(plan, control);
    };
    return world;
  }

  Status Copy(const CopyPlan& plan, const CopyControl& control) {
    CopySight sight;
    sight.totals.read = 7;
    sight.rows_estimated = 14;
    control.show(sight);
    std::stop_source either;
    const std::stop_callback stopped(control.stop, [&] { either.request_stop(); });
    const std::stop_callback gone(control.cancel, [&] { either.request_stop(); });
    MutexLock lock(mu);
    began.push_back(plan.tables.front().schema.id.table);
    changed.NotifyAll();
    const bool over = changed.WaitFor(
        mu, either.get_token(), Deadline::Never(), [this]() REQUIRES(mu) { return may_end; }
    );
    if (!plan.options.dry_run) {
      ledger[plan.tables.front().earlier->id].state = over ? State::kDone
                                                      : control.cancel.stop_requested()
                                                          ? State::kCancelled
                                                          : State::kStopped;
    }
    return over ? Ok() : Status(Error(ErrorKind::kCancelled, "stopped"));
  }

  static CopyPlan PlanFor(const std::string& table) {
    CopyPlan plan;
    CopyPlan::Table& one = plan.tables.emplace_back();
    one.schema.id = {"shop", table};
    return plan;
  }

  void End() {
    MutexLock lock(mu);
    may_end = true;
    changed.NotifyAll();
  }

  void AwaitBegan(size_t count) {
    MutexLock lock(mu);
    const bool came = changed.WaitFor(mu, {}, Deadline::After(seconds(30)), [&]() REQUIRES(mu) {
      return began.size() >= count;
    });
    ASSERT_TRUE(came);
  }

  // Until nothing runs or waits.
  void AwaitQuiet() {
    const Deadline end = Deadline::After(seconds(30));
    while (!orders.UnderWay().empty() && !end.Passed()) {
      std::this_thread::yield();
    }
    ASSERT_TRUE(orders.UnderWay().empty());
  }

  State StateOf(const std::string& id) {
    MutexLock lock(mu);
    return ledger.at(id).state;
  }

  Mutex mu;
  CondVar changed;
  std::map<std::string, RunEntry> ledger;
  std::vector<std::string> began;
  bool may_end = false;
  bool save_fails = false;
  BackfillOrders orders;
};

TEST_F(Orders, OneRunsAndAFewWait) {
  std::vector<std::string> ids = {orders.Order(PlanFor("t0")).value()};
  AwaitBegan(1);
  for (size_t i = 1; i <= BackfillOrders::kWaitingMax; ++i) {
    ids.push_back(orders.Order(PlanFor(fmt::format("t{}", i))).value());
    EXPECT_EQ(StateOf(ids.back()), State::kWaiting);
  }
  const auto refused = orders.Order(PlanFor("one_more"));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), "E-FILL-006");
  EXPECT_EQ(refused.error().kind(), ErrorKind::kConfig);
  const auto shown = orders.UnderWay();
  ASSERT_EQ(shown.size(), 1 + BackfillOrders::kWaitingMax);
  EXPECT_EQ(shown[0].entry.state, State::kRunning);
  EXPECT_EQ(shown[0].sight.percent(), 50);
  EXPECT_EQ(shown[1].entry.state, State::kWaiting);
  End();
  AwaitQuiet();
  EXPECT_EQ(began, (std::vector<std::string>{"t0", "t1", "t2", "t3", "t4"}));
  for (const std::string& id : ids) {
    EXPECT_EQ(StateOf(id), State::kDone);
  }
}

TEST_F(Orders, ATableIsThereOnce) {
  (void)orders.Order(PlanFor("a")).value();
  const auto again = orders.Order(PlanFor("a"));
  ASSERT_FALSE(again.has_value());
  EXPECT_NE(again.error().message().find("shop.a"), std::string::npos);
}

TEST_F(Orders, OneThatIsNotInTheLedgerIsNotTaken) {
  {
    MutexLock lock(mu);
    save_fails = true;
  }
  EXPECT_FALSE(orders.Order(PlanFor("a")).has_value());
  EXPECT_TRUE(orders.UnderWay().empty());
}

TEST_F(Orders, OneThatRunsIsCancelledAndTheNextBegins) {
  const std::string first = orders.Order(PlanFor("a")).value();
  const std::string second = orders.Order(PlanFor("b")).value();
  AwaitBegan(1);
  EXPECT_EQ(orders.Cancel(first).value(), "ends at its next chunk");
  AwaitBegan(2);
  EXPECT_EQ(StateOf(first), State::kCancelled);
  End();
  AwaitQuiet();
  EXPECT_EQ(StateOf(second), State::kDone);
}

TEST_F(Orders, OneThatWaitsAndIsCancelledNeverBegins) {
  (void)orders.Order(PlanFor("a")).value();
  AwaitBegan(1);
  const std::string here = orders.Order(PlanFor("b")).value();
  const std::string elsewhere = orders.Order(PlanFor("c")).value();
  EXPECT_EQ(orders.Cancel(here).value(), "cancelled");
  {
    MutexLock lock(mu);
    ledger[elsewhere].state = State::kCancelled;  // by a command in another process
  }
  End();
  AwaitQuiet();
  EXPECT_EQ(began, std::vector<std::string>{"a"});
  EXPECT_FALSE(orders.Cancel("b0").has_value());
}

TEST_F(Orders, OneThatWasStoppedIsGoneOnWithUnderItsName) {
  RunEntry entry;
  entry.id = "b77";
  entry.table = {"shop", "a"};
  entry.state = State::kStopped;
  entry.totals.read = 100;
  {
    MutexLock lock(mu);
    ledger["b77"] = entry;
    may_end = true;
  }
  ASSERT_TRUE(orders.Resume("b77").has_value());
  AwaitQuiet();
  EXPECT_EQ(StateOf("b77"), State::kDone);
  EXPECT_EQ(orders.Resume("b78").error().code(), "E-FILL-004");
}

TEST_F(Orders, ADryRunIsNotInTheLedgerAndSaysWhetherItSawAll) {
  End();
  const auto seen = orders.Look(PlanFor("a")).value();
  EXPECT_TRUE(seen.complete);
  EXPECT_EQ(seen.sight.totals.read, 7U);
  EXPECT_TRUE(ledger.empty());
}

}  // namespace
}  // namespace rowhouse::cli
