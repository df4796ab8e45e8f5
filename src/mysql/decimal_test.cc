#include "mysql/decimal.h"

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace rowhouse::mysql {
namespace {

class DecimalTest : public testing::Test {
 protected:
  Cell Image(std::string_view hex, unsigned precision, unsigned scale) {
    const std::string raw = FromHex(hex).value();
    EXPECT_EQ(raw.size(), DecimalBytes(precision, scale));
    Cell cell;
    ok_ = DecimalFromImage(AsBytes(raw).data(), precision, scale, arena_, cell);
    return cell;
  }

  Cell Text(std::string_view text, unsigned scale) {
    Cell cell;
    ok_ = DecimalFromText(text, scale, arena_, cell);
    return cell;
  }

  Arena arena_;
  bool ok_ = false;
};

TEST_F(DecimalTest, SizesAreThoseOfTheManual) {
  EXPECT_EQ(DecimalBytes(10, 2), 5U);
  EXPECT_EQ(DecimalBytes(14, 4), 7U);
  EXPECT_EQ(DecimalBytes(18, 9), 8U);
  EXPECT_EQ(DecimalBytes(20, 6), 10U);
  EXPECT_EQ(DecimalBytes(65, 30), 30U);
  EXPECT_EQ(DecimalBytes(1, 1), 1U);
}

// 1234567890.1234 and its negative: the example of the server's own decimal code.
TEST_F(DecimalTest, ReadsBothSigns) {
  EXPECT_EQ(Image("810dfb38d204d2", 14, 4).i, 12345678901234);
  EXPECT_TRUE(ok_);
  EXPECT_EQ(Image("7ef204c72dfb2d", 14, 4).i, -12345678901234);
  EXPECT_TRUE(ok_);
  EXPECT_EQ(Image("80", 1, 1).i, 0);
}

TEST_F(DecimalTest, GroupsOutOfRangeAreRefused) {
  Image("bfffffff", 9, 0);
  EXPECT_FALSE(ok_);
}

TEST_F(DecimalTest, OneValueHasOneForm) {
  const Cell small = Text("9223372036854775807", 0);
  EXPECT_EQ(small.size, 0U);
  EXPECT_EQ(small.i, INT64_MAX);
  const Cell large = Text("9223372036854775808", 0);
  EXPECT_EQ(ToHex(AsBytes(large.bytes())), "008000000000000000");
  EXPECT_EQ(Text("-9223372036854775808", 0).i, INT64_MIN);
  EXPECT_EQ(ToHex(AsBytes(Text("-9223372036854775809", 0).bytes())), "ff7fffffffffffffff");
  EXPECT_EQ(ToHex(AsBytes(Text("18446744073709551616", 0).bytes())), "010000000000000000");
}

TEST_F(DecimalTest, TextIsScaled) {
  EXPECT_EQ(Text("-0.05", 2).i, -5);
  EXPECT_EQ(Text("7", 3).i, 7000);
  EXPECT_EQ(Text(".5", 1).i, 5);
  for (const std::string_view bad : {"", "-", "1.234", "1e5", "1..2", "abc"}) {
    Text(bad, 2);
    EXPECT_FALSE(ok_) << bad;
  }
  Text("99999999999999999999999999999999999999999999999999999999999999999", 0);
  EXPECT_TRUE(ok_);
}

}  // namespace
}  // namespace rowhouse::mysql
