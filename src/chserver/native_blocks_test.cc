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

// Blocks as ClickHouse 26.7 wrote them: 19, 37 and 150 bytes under the checksum.
TEST(NativeBlocks, TakeTheBlocksOfARealServer) {
  for (const char* const hex :
       {"3f882f9367d06c9b88dab726b0c874218213000000090000009095a580808080808040",
        "bd760309e46542dad7ce6f30be02ade982250000005c0400001f0001004913035d000f0800ffff"
        "cf3f6e65770300fc5065776e6577",
        "e9b254dfb666319ebe6432c6ac9705518296000000f00200003152020001001353080013540800"
        "1355080013560800135708001358080013590800135a0800135b0800135c0800135d0800135e08"
        "00135f080013600800136108001362080013630800136408001365080013660800136708001368"
        "080013690800136a0800136b0800136c0800136d0800136e0800136f0800137008000ff800e51f"
        "510001e7500000000000"}) {
    std::string plain;
    auto codec = MakeNativeDecompressor();
    const Status taken = codec->Add(FromHex(hex).value(), plain);
    ASSERT_TRUE(taken) << taken.error().ToString() << " in " << hex;
    ASSERT_TRUE(codec->Finish(plain));
    EXPECT_FALSE(plain.empty());
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
