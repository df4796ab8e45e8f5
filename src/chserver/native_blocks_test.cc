#include "chserver/native_blocks.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "chserver/city_hash.h"

namespace rowhouse::chserver {
namespace {

std::string Sample(size_t size) {
  std::string text;
  for (size_t i = 0; text.size() < size; ++i) {
    text += std::to_string(i * 7919 % 10007);
  }
  text.resize(size);
  return text;
}

TEST(NativeBlocks, GiveBackWhatTheyTookInPiecesOfAnySize) {
  for (const size_t size :
       {size_t{0}, size_t{1}, size_t{100}, size_t{1} << 20, size_t{3'000'001}}) {
    const std::string text = Sample(size);
    std::string packed;
    auto codec = MakeNativeCompressor();
    ASSERT_TRUE(codec->Add(text, packed));
    ASSERT_TRUE(codec->Finish(packed));
    std::string plain;
    codec = MakeNativeDecompressor();
    for (size_t at = 0; at < packed.size(); at += 1013) {
      ASSERT_TRUE(codec->Add(std::string_view(packed).substr(at, 1013), plain));
    }
    ASSERT_TRUE(codec->Finish(plain));
    EXPECT_EQ(plain, text);
  }
}

TEST(NativeBlocks, RefuseAFlippedBitACutAndGarbage) {
  std::string packed;
  auto codec = MakeNativeCompressor();
  ASSERT_TRUE(codec->Add(Sample(1000), packed));
  ASSERT_TRUE(codec->Finish(packed));
  std::string out;
  std::string flipped = packed;
  flipped[60] = static_cast<char>(flipped[60] ^ 1);
  EXPECT_FALSE(MakeNativeDecompressor()->Add(flipped, out));
  codec = MakeNativeDecompressor();
  ASSERT_TRUE(codec->Add(packed.substr(0, packed.size() - 1), out));
  EXPECT_FALSE(codec->Finish(out));
  EXPECT_FALSE(MakeNativeDecompressor()->Add(std::string(100, '\xff'), out));
}

}  // namespace
}  // namespace rowhouse::chserver
