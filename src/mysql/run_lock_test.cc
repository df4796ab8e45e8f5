#include "mysql/run_lock.h"

#include <gtest/gtest.h>

namespace rowhouse::mysql {
namespace {

TEST(RunLockName, DiffersByPipelineAndCluster) {
  EXPECT_EQ(RunLockName("shop", "c1"), RunLockName("shop", "c1"));
  EXPECT_NE(RunLockName("shop", "c1"), RunLockName("shop", "c2"));
  EXPECT_NE(RunLockName("shop", "c1"), RunLockName("Shop", "c1"));
  EXPECT_EQ(RunLockName("shop", "c1").substr(0, 14), "rowhouse.shop.");
}

TEST(RunLockName, IsAtMostAsLongAsServersTake) {
  const std::string longest(200, 'p');
  EXPECT_LE(RunLockName(longest, "c").size(), 64U);
  EXPECT_NE(RunLockName(longest, "c"), RunLockName(longest + "p", "c"));
}

}  // namespace
}  // namespace rowhouse::mysql
