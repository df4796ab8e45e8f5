#include "base/json_text.h"

#include <gtest/gtest.h>

#include "base/buffer.h"
#include "base/varint.h"

namespace rowhouse {
namespace {

TEST(JsonText, EscapesAsJacksonDoes) {
  std::string out;
  AppendJsonString(out, std::string_view("a\"\\\n\x1f\0é", 8));
  EXPECT_EQ(out, "\"a\\\"\\\\\\n\\u001F\\u0000é\"");
}

TEST(JsonText, PrintsDoublesAsJavaDoes) {
  EXPECT_EQ(JsonDouble(0), "0.0");
  EXPECT_EQ(JsonDouble(-1.5), "-1.5");
  EXPECT_EQ(JsonDouble(100), "100.0");
  EXPECT_EQ(JsonDouble(1e7), "1.0E7");
  EXPECT_EQ(JsonDouble(12345678.5), "1.23456785E7");
  EXPECT_EQ(JsonDouble(0.001), "0.001");
  EXPECT_EQ(JsonDouble(0.0001), "1.0E-4");
  EXPECT_EQ(JsonFloat(1.1F), "1.1");
}

TEST(Buffer, KeepsItsBytesWhileItGrows) {
  Buffer buffer;
  std::string expected;
  for (int i = 0; i < 3000; ++i) {
    const std::string piece = std::to_string(i);
    buffer.Append(piece);
    expected += piece;
  }
  EXPECT_EQ(buffer.view(), expected);
}

TEST(Varint, ZigZagComesBackForTheEdges) {
  for (const int64_t v : {int64_t{0}, int64_t{-1}, int64_t{63}, INT64_MIN, INT64_MAX}) {
    EXPECT_EQ(UnZigZag(ZigZag(v)), v);
  }
  uint8_t out[kVarintBytesMax];
  EXPECT_EQ(PutZigZag(out, INT64_MIN) - out, 10);
  EXPECT_EQ(PutZigZag(out, -64) - out, 1);
}

}  // namespace
}  // namespace rowhouse
