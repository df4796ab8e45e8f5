#include "chserver/codec.h"

#include <gtest/gtest.h>

namespace rowhouse::chserver {
namespace {

std::string Sample() {
  std::string text;
  for (int i = 0; i < 60'000; ++i) {
    text += std::to_string(i * 7919 % 10007) + "\t";
  }
  return text;
}

std::string Through(Codec& codec, std::string_view in, size_t step) {
  std::string out;
  for (size_t at = 0; at < in.size(); at += step) {
    EXPECT_TRUE(codec.Add(in.substr(at, step), out));
  }
  EXPECT_TRUE(codec.Finish(out));
  return out;
}

class CodecOf : public testing::TestWithParam<const char*> {};

TEST_P(CodecOf, GivesBackWhatItTookInPiecesOfAnySize) {
  const std::string text = Sample();
  for (const size_t step : {size_t{1'000'000}, size_t{4097}}) {
    const std::string packed = Through(*MakeCompressor(GetParam()), text, step);
    EXPECT_LT(packed.size(), text.size() * 3 / 4);
    EXPECT_EQ(Through(*MakeDecompressor(GetParam()), packed, step), text);
  }
  const std::string empty = Through(*MakeCompressor(GetParam()), "", 1);
  EXPECT_EQ(Through(*MakeDecompressor(GetParam()), empty, 3), "");
}

TEST_P(CodecOf, RefusesGarbageAndAStreamCutShort) {
  std::string out;
  auto codec = MakeDecompressor(GetParam());
  const bool refused = !codec->Add(std::string(100, 'x'), out) || !codec->Finish(out);
  EXPECT_TRUE(refused);
  const std::string packed = Through(*MakeCompressor(GetParam()), Sample(), 1'000'000);
  codec = MakeDecompressor(GetParam());
  EXPECT_TRUE(codec->Add(packed.substr(0, packed.size() / 2), out));
  EXPECT_FALSE(codec->Finish(out));
}

INSTANTIATE_TEST_SUITE_P(All, CodecOf, testing::Values("gzip", "deflate", "zstd", "lz4"));

TEST(ChooseEncoding, TakesTheCheapestTheClientKnows) {
  EXPECT_EQ(ChooseEncoding("gzip, deflate, br"), "gzip");
  EXPECT_EQ(ChooseEncoding("lz4,zstd;q=0.5"), "zstd");
  EXPECT_EQ(ChooseEncoding("x-gzip, identity"), "");
  EXPECT_EQ(ChooseEncoding(""), "");
  EXPECT_EQ(MakeCompressor("br"), nullptr);
}

}  // namespace
}  // namespace rowhouse::chserver
