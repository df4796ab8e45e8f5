#include "base/result.h"

#include <memory>

#include <gtest/gtest.h>

namespace rowhouse {
namespace {

Result<int> Half(int n) {
  if (n % 2 != 0) {
    return Error(ErrorKind::kBadRecord, "odd");
  }
  return n / 2;
}

Result<int> Quarter(int n) {
  const int half = ROWHOUSE_TRY(Half(n));
  return ROWHOUSE_TRY(Half(half));
}

Status Even(int n) {
  ROWHOUSE_TRY(Half(n));
  return Ok();
}

Status BothEven(int a, int b) {
  ROWHOUSE_TRY(Even(a));
  ROWHOUSE_TRY(Even(b));
  return Ok();
}

TEST(Result, TryGivesTheValueOrReturnsTheError) {
  EXPECT_EQ(*Quarter(8), 2);
  ASSERT_FALSE(Quarter(6).has_value());
  EXPECT_EQ(Quarter(6).error().kind(), ErrorKind::kBadRecord);
  EXPECT_TRUE(BothEven(2, 4).has_value());
  EXPECT_FALSE(BothEven(2, 3).has_value());
}

TEST(Result, HoldsMoveOnlyValuesAndConvertsThem) {
  Result<std::unique_ptr<const int>> r = std::make_unique<int>(7);
  ASSERT_TRUE(r.has_value());
  EXPECT_EQ(**r, 7);
}

TEST(Error, ContextIsPrependedOutermostFirst) {
  Error e = Error(ErrorKind::kUnavailable, "refused").Context("connecting").Context("source");
  EXPECT_EQ(e.message(), "source: connecting: refused");
}

TEST(Error, TextNamesCodeAndFix) {
  Error e =
      Error(ErrorKind::kConfig, "binary log is off").WithCode("E-MYSQL-001").WithHint("log_bin=ON");
  EXPECT_EQ(e.ToString(), "E-MYSQL-001 binary log is off (fix: log_bin=ON)");
}

}  // namespace
}  // namespace rowhouse
