#include "base/bytes.h"

#include <gtest/gtest.h>

namespace rowhouse {
namespace {

using namespace std::string_view_literals;

TEST(ByteCursor, ReadsLittleAndBigEndian) {
  ByteCursor c(AsBytes("\x01\x02\x03\x04\x05\x06\x07\x08\x09"sv));
  EXPECT_EQ(c.U16(), 0x0201);
  EXPECT_EQ(c.U24(), 0x050403u);
  EXPECT_EQ(c.BigEndian(3), 0x060708u);
  EXPECT_EQ(c.left(), 1u);
  EXPECT_TRUE(c.ok());
}

TEST(ByteCursor, AShortReadFailsForGoodAndNeverReadsBeyond) {
  ByteCursor c(AsBytes("\x01\x02"sv));
  EXPECT_EQ(c.U32(), 0u);
  EXPECT_FALSE(c.ok());
  EXPECT_EQ(c.U8(), 0u);
  EXPECT_TRUE(c.Bytes(1).empty());
}

TEST(ByteCursor, ReadsPackedIntegers) {
  ByteCursor c(AsBytes("\xFA\xFC\x01\x02\xFD\x01\x00\x01\xFE\x01\x00\x00\x00\x00\x00\x00\x01"sv));
  EXPECT_EQ(c.PackedInt(), 0xFAu);
  EXPECT_EQ(c.PackedInt(), 0x0201u);
  EXPECT_EQ(c.PackedInt(), 0x010001u);
  EXPECT_EQ(c.PackedInt(), 0x0100000000000001u);
  EXPECT_TRUE(c.ok());
}

TEST(ByteCursor, ZeroTerminatedWithoutZeroFails) {
  ByteCursor good(AsBytes("ab\0c"sv));
  EXPECT_EQ(good.ZeroTerminated(), "ab");
  EXPECT_EQ(good.left(), 1u);
  ByteCursor bad(AsBytes("ab"sv));
  EXPECT_EQ(bad.ZeroTerminated(), "");
  EXPECT_FALSE(bad.ok());
}

TEST(Hex, RoundTripsAndNamesTheBadDigit) {
  EXPECT_EQ(ToHex(AsBytes("\x00\xff\x1a"sv)), "00ff1a");
  EXPECT_EQ(*FromHex("00fF1a"), "\x00\xff\x1a"sv);
  EXPECT_FALSE(FromHex("0g"));
  EXPECT_FALSE(FromHex("abc"));
}

}  // namespace
}  // namespace rowhouse
