#include "model/position.h"

#include <gtest/gtest.h>

namespace rowhouse {
namespace {

TEST(BinlogPosition, OrdersByFileNumberNotByName) {
  EXPECT_LT(Compare({"b.999999", 9}, {"b.1000000", 4}), 0);
  EXPECT_GT(Compare({"b.000002", 4}, {"b.000001", 900}), 0);
  EXPECT_EQ(Compare({"b.000002", 4}, {"b.000002", 4}), 0);
}

TEST(BinlogFileNumber, IsTheNumberAfterTheLastDot) {
  EXPECT_EQ(*BinlogFileNumber("my.host-bin.000042"), 42u);
  EXPECT_FALSE(BinlogFileNumber("binlog"));
  EXPECT_FALSE(BinlogFileNumber("binlog."));
  EXPECT_FALSE(BinlogFileNumber("binlog.12x"));
}

TEST(RowVersion, GrowsWithEpochFilePositionAndOrdinalInThatOrder) {
  const RowVersion base = RowVersion::Make(1, 2, 3, 4);
  EXPECT_LT(base, RowVersion::Make(1, 2, 3, 5));
  EXPECT_LT(RowVersion::Make(1, 2, 3, 0xFFFFFFFF), RowVersion::Make(1, 2, 4, 0));
  EXPECT_LT(RowVersion::Make(1, 2, 0xFFFFFFFFFFFF, 9), RowVersion::Make(1, 3, 4, 1));
  EXPECT_LT(RowVersion::Make(1, 0xFFFFFFFF, 9, 9), RowVersion::Make(2, 1, 4, 0));
}

TEST(RowVersion, HexKeepsOrderAndRoundTrips) {
  const RowVersion v = RowVersion::Make(0xABCD, 0x12345678, 0x9ABCDEF01234, 0x56789ABC);
  EXPECT_EQ(v.ToHex(), "abcd123456789abcdef0123456789abc");
  EXPECT_EQ(*RowVersion::FromHex(v.ToHex()), v);
  EXPECT_FALSE(RowVersion::FromHex("12"));
  EXPECT_FALSE(RowVersion::FromHex(std::string(31, '0') + "g"));
}

}  // namespace
}  // namespace rowhouse
