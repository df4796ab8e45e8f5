#include <gtest/gtest.h>

#include "mysql/run_lock.h"
#include "testing/database_fixture.h"

namespace rowhouse::mysql {
namespace {

using rowhouse::testing::BothDatabases;
using rowhouse::testing::DatabaseName;

class RunLockTest : public rowhouse::testing::DatabaseTest {
 protected:
  std::unique_ptr<Leadership> Open() {
    auto lock = RunLock::Open(options_, RunLockName(db_, "cluster"));
    EXPECT_TRUE(lock) << lock.error().ToString();
    return *std::move(lock);
  }
};

INSTANTIATE_TEST_SUITE_P(Real, RunLockTest, BothDatabases(), DatabaseName);

TEST_P(RunLockTest, OneHasItAndTheNextGetsItWhenTheLinkEnds) {
  auto first = Open();
  const auto second = Open();
  EXPECT_EQ(second->Holder().value(), "nobody");
  EXPECT_TRUE(first->Take(milliseconds{0}).value());
  EXPECT_FALSE(second->Take(milliseconds{100}).value());
  EXPECT_NE(second->Holder().value().find("connection"), std::string::npos);
  EXPECT_TRUE(first->Renew());
  EXPECT_FALSE(second->Renew());
  first.reset();
  EXPECT_TRUE(second->Take(seconds{20}).value());
  EXPECT_TRUE(second->Renew());
}

TEST_P(RunLockTest, AnEndedLinkIsToldByRenew) {
  const auto lock = Open();
  ASSERT_TRUE(lock->Take(milliseconds{0}).value());
  const auto admin = Connection::Open(options_).value();
  const std::string id =
      admin->Value("SELECT IS_USED_LOCK(" + QuoteText(RunLockName(db_, "cluster")) + ")").value();
  ASSERT_TRUE(admin->Execute("KILL " + id));
  const Status renewed = lock->Renew();
  ASSERT_FALSE(renewed);
  EXPECT_EQ(renewed.error().kind(), ErrorKind::kUnavailable) << renewed.error().ToString();
}

// The one that is frozen, or cut off, keeps it no longer than kIdleLimit.
TEST_P(RunLockTest, OneThatIsSilentLosesIt) {
  const auto silent = Open();
  ASSERT_TRUE(silent->Take(milliseconds{0}).value());
  const auto next = Open();
  const Deadline deadline = Deadline::After(seconds{60});
  bool taken = false;
  while (!taken && !deadline.Passed()) {
    const auto tried = next->Take(seconds{1});
    ASSERT_TRUE(tried) << tried.error().ToString();
    taken = *tried;
  }
  EXPECT_TRUE(taken);
  EXPECT_FALSE(silent->Renew());
}

}  // namespace
}  // namespace rowhouse::mysql
