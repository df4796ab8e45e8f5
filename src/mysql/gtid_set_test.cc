#include "mysql/gtid_set.h"

#include <gtest/gtest.h>

namespace rowhouse::mysql {
namespace {

constexpr std::string_view kA = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
constexpr std::string_view kB = "4e11fa47-71ca-11e1-9e33-c80aa9429562";

GtidSet My(std::string text) {
  for (size_t at = 0; (at = text.find_first_of("AB")) != std::string::npos;) {
    text.replace(at, 1, text[at] == 'A' ? kA : kB);
  }
  return Result<GtidSet>(GtidSet::Parse(Flavor::kMySql, text)).value();
}

GtidSet Maria(std::string_view text) {
  return GtidSet::Parse(Flavor::kMariaDb, text).value();
}

TEST(GtidSet, PrintsWhatItParsesWithIntervalsMergedAndSorted) {
  EXPECT_EQ(My("A:7:1-3:4-5,\n B:2").ToString(), My("B:2,A:1-5:7").ToString());
  EXPECT_EQ(My("A:7:1-3:4-5").ToString(), std::string(kA) + ":1-5:7");
  EXPECT_EQ(
      GtidSet::Parse(Flavor::kMySql, "3E11FA47-71CA-11E1-9E33-C80AA9429562:1")->ToString(),
      std::string(kA) + ":1"
  );
  EXPECT_EQ(Maria("1-7-3, 0-1-42").ToString(), "0-1-42,1-7-3");
  EXPECT_TRUE(My("").empty());
}

TEST(GtidSet, KeepsTagsApart) {
  const GtidSet set = My("A:1-5:blue:2-3:green_1:9");
  EXPECT_EQ(set.ToString(), std::string(kA) + ":1-5:blue:2-3:green_1:9");
  EXPECT_FALSE(set.Contains(My("A:blue:1")));
  EXPECT_TRUE(set.Contains(My("A:blue:2")));
}

TEST(GtidSet, RefusesWhatIsNoSet) {
  for (const std::string_view bad :
       {"x:1",
        "3e11fa47-71ca-11e1-9e33-c80aa94295:1",
        "3e11fa47-71ca-11e1-9e33-c80aa9429562:0",
        "3e11fa47-71ca-11e1-9e33-c80aa9429562:5-4",
        "3e11fa47-71ca-11e1-9e33-c80aa9429562:Tag:1"}) {
    const auto set = GtidSet::Parse(Flavor::kMySql, bad);
    ASSERT_FALSE(set.has_value()) << bad;
    EXPECT_EQ(set.error().kind(), ErrorKind::kBadRecord);
  }
  for (const std::string_view bad : {"0-1", "a-1-1", "0-1-2-3", "0-1-"}) {
    EXPECT_FALSE(GtidSet::Parse(Flavor::kMariaDb, bad).has_value()) << bad;
  }
}

TEST(GtidSet, AddExtendsFillsGapsAndIsIdempotent) {
  GtidSet set = My("A:1-3:5");
  GtidSource a;
  const std::string bytes = FromHex("3e11fa4771ca11e19e33c80aa9429562").value();
  std::copy(bytes.begin(), bytes.end(), a.uuid.begin());
  set.Add(a, 6);
  EXPECT_EQ(set, My("A:1-3:5-6"));
  set.Add(a, 4);
  EXPECT_EQ(set, My("A:1-6"));
  set.Add(a, 4);
  EXPECT_EQ(set, My("A:1-6"));
  EXPECT_TRUE(set.Contains(a, 6));
  EXPECT_FALSE(set.Contains(a, 7));
}

TEST(GtidSet, ContainmentSeesHoles) {
  EXPECT_TRUE(My("A:1-10,B:1-2").Contains(My("A:3-4:9")));
  EXPECT_FALSE(My("A:1-5:7-10").Contains(My("A:5-7")));
  EXPECT_FALSE(My("A:1-5").Contains(My("B:1")));
  EXPECT_TRUE(Maria("0-1-42").Contains(Maria("0-2-41")));
  EXPECT_FALSE(Maria("0-1-42").Contains(Maria("0-2-43")));
  EXPECT_FALSE(Maria("0-1-42").Contains(Maria("1-1-1")));
}

TEST(GtidSet, MinusNamesExactlyWhatIsMissing) {
  EXPECT_EQ(My("A:1-10,B:1-3").Minus(My("A:2-3:5:9-20")), My("A:1:4:6-8,B:1-3"));
  EXPECT_TRUE(My("A:1-10").Minus(My("A:1-10")).empty());
  EXPECT_EQ(My("A:1-3:7-9").Minus(My("A:3-7")), My("A:1-2:8-9"));
  EXPECT_EQ(Maria("0-1-42,1-1-5").Minus(Maria("0-1-42,1-1-4")), Maria("1-1-5"));
}

TEST(GtidSet, CountsTheTransactionsThatAreBeyond) {
  EXPECT_EQ(My("A:1-10,B:1-3").CountBeyond(My("A:2-3:5:9-20")), 8);  // 1, 4, 6-8 and three of B
  EXPECT_EQ(My("A:1-10").CountBeyond(My("A:1-10,B:1-99")), 0);
  EXPECT_EQ(Maria("0-1-42,1-1-5").CountBeyond(Maria("0-2-40,1-1-9")), 2);
  EXPECT_EQ(Maria("0-1-42,1-1-5").CountBeyond(Maria("0-1-42")), 5);
}

TEST(GtidSet, UnionKeepsTheHigherSequenceOfADomain) {
  GtidSet set = Maria("0-1-42,1-1-5");
  set.Add(Maria("0-2-40,1-3-9,2-1-1"));
  EXPECT_EQ(set, Maria("0-1-42,1-3-9,2-1-1"));
  GtidSet mine = My("A:1-3");
  mine.Add(My("A:2-7,B:4"));
  EXPECT_EQ(mine, My("A:1-7,B:4"));
}

TEST(GtidSet, BinaryFormIsTheServers) {
  const GtidSet plain = My("A:1-5:9,B:1");
  EXPECT_EQ(
      ToHex(AsBytes(plain.Encode())),
      "0200000000000000"
      "3e11fa4771ca11e19e33c80aa94295620200000000000000"
      "010000000000000006000000000000000900000000000000"
      "0a000000000000004e11fa4771ca11e19e33c80aa9429562"
      "010000000000000001000000000000000200000000000000"
  );
  EXPECT_EQ(GtidSet::Decode(AsBytes(plain.Encode())).value(), plain);
  const GtidSet tagged = My("A:1-5:blue:2");
  EXPECT_EQ(
      ToHex(AsBytes(tagged.Encode())).substr(0, 16 + 32 + 2),
      "0102000000000001" + ToHex(AsBytes(FromHex("3e11fa4771ca11e19e33c80aa9429562").value())) +
          "00"
  );
  EXPECT_EQ(GtidSet::Decode(AsBytes(tagged.Encode())).value(), tagged);
}

TEST(GtidSet, DecodeRefusesEveryTruncation) {
  const std::string whole = My("A:1-5:blue:2,B:7").Encode();
  for (size_t n = 0; n < whole.size(); ++n) {
    EXPECT_FALSE(GtidSet::Decode(AsBytes(std::string_view(whole).substr(0, n))).has_value()) << n;
  }
}

}  // namespace
}  // namespace rowhouse::mysql
