#include "mysql/charset.h"

#include <gtest/gtest.h>

namespace rowhouse::mysql {
namespace {

std::string Convert(uint32_t collation, std::string_view raw, uint64_t damaged = 0) {
  TextConverter converter = std::move(TextConverter::Open(*CharsetOfCollation(collation))).value();
  Arena arena;
  const std::string out(converter.ToUtf8(AsBytes(raw), arena));
  EXPECT_EQ(converter.damaged(), damaged) << raw;
  EXPECT_TRUE(IsUtf8(AsBytes(out)));
  return out;
}

constexpr uint32_t kLatin1 = 8;
constexpr uint32_t kAscii = 11;
constexpr uint32_t kSjis = 13;
constexpr uint32_t kGreek = 25;
constexpr uint32_t kUtf8 = 45;
constexpr uint32_t kUtf16 = 54;

TEST(Charset, CollationsOfBothServersHaveTheirSet) {
  EXPECT_EQ(CharsetOfCollation(255)->name, "utf8mb4");   // MySQL's utf8mb4_0900_ai_ci
  EXPECT_EQ(CharsetOfCollation(2304)->name, "utf8mb4");  // MariaDB's uca1400
  EXPECT_EQ(CharsetOfCollation(1071)->name, "latin1");   // MariaDB's latin1_nopad_bin
  EXPECT_EQ(CharsetOfCollation(63)->name, "binary");
  EXPECT_EQ(CharsetOfCollation(0), nullptr);
  EXPECT_EQ(CharsetOfCollation(17), nullptr);
  EXPECT_EQ(CharsetOfCollation(60000), nullptr);
}

TEST(Charset, Latin1IsTheServersCp1252) {
  EXPECT_EQ(Convert(kLatin1, "na\xEFve \x80"), "naïve €");
  EXPECT_EQ(Convert(kLatin1, "\x81\x9D"), "\u0081\u009D");
}

TEST(Charset, TextAlreadyRightIsNotCopied) {
  Arena arena;
  TextConverter converter = std::move(TextConverter::Open(*CharsetOfCollation(kUtf8))).value();
  const std::string text = "Grüße";
  EXPECT_EQ(converter.ToUtf8(AsBytes(text), arena).data(), text.data());
  EXPECT_EQ(arena.bytes(), 0U);
}

TEST(Charset, DamagedBytesAreReplacedAndCounted) {
  EXPECT_EQ(
      Convert(
          kUtf8,
          "a\xFF"
          "b\xC3",
          2
      ),
      "a\uFFFDb\uFFFD"
  );
  EXPECT_EQ(Convert(kUtf8, "\xED\xA0\x80", 3), "\uFFFD\uFFFD\uFFFD");  // a surrogate
  EXPECT_EQ(Convert(kAscii, "a\xE4", 1), "a\uFFFD");
  EXPECT_EQ(Convert(kGreek, "\xE1\xFF", 1), "α\uFFFD");
  EXPECT_EQ(Convert(kSjis, "a\x81", 1), "a\uFFFD");
}

TEST(Charset, MultiByteSetsAndTheirDifferences) {
  EXPECT_EQ(Convert(kUtf16, std::string_view("\0a\xD8\x3C\xDF\x89", 6)), "a🎉");
  EXPECT_EQ(Convert(kSjis, "\x93\xFA\x81\x7C"), "日\u2212");  // iconv's CP932 says U+FF0D
  EXPECT_EQ(Convert(28, "\xC4\xE3"), "你");                   // gbk
  EXPECT_EQ(Convert(19, "\xB0\xA1"), "가");                   // euckr
}

TEST(Charset, AsciiThatIsNoAsciiIsConverted) {
  EXPECT_EQ(Convert(kUtf16, std::string_view("\0a\0b", 4)), "ab");
}

TEST(Charset, Utf8CheckKnowsTheEdges) {
  for (const std::string_view good :
       {"", "a", "\u07FF\u0800\uFFFF", "\U00010000\U0010FFFF", "12345678ü"}) {
    EXPECT_TRUE(IsUtf8(AsBytes(good))) << good;
  }
  for (const std::string_view bad :
       {"\x80",
        "\xC0\x80",
        "\xC1\xBF",
        "\xE0\x80\x80",
        "\xF0\x80\x80\x80",
        "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80",
        "\xE2\x82",
        "12345678\xE2\x82",
        "\xED\xBF\xBF"}) {
    EXPECT_FALSE(IsUtf8(AsBytes(bad)));
  }
}

TEST(Charset, CharactersThatIconvTakesForOthersAreTheServers) {
  constexpr uint32_t kBig5 = 1;
  EXPECT_EQ(Convert(kBig5, "a\xA4\x51\xA2\xCC\xA4\x51z"), "a十\uFFFD十z");
  EXPECT_EQ(Convert(kBig5, "\xC6\xA1\xC6\xE7\xC7\x40\xC7\xFC"), "ヾゃエ⑽");
  EXPECT_EQ(Convert(kBig5, "\xA4\x51\xA4", 1), "十\uFFFD");
  constexpr uint32_t kGb18030 = 248;
  EXPECT_EQ(Convert(kGb18030, "\xA6\xDA\xC4\xE3\x84\x31\x83\x30"), "\uE78E你\uFE14");
  constexpr uint32_t kUjis = 12;
  EXPECT_EQ(Convert(kUjis, "\x8F\xA2\xB7\xA1\xC1"), "~\u301C");
}

TEST(Charset, SwedishLettersStandWhereAsciiHasSigns) {
  constexpr uint32_t kSwe7 = 10;
  EXPECT_EQ(Convert(kSwe7, "[\\]{|} @^`~ a_?"), "ÄÖÅäöå ÉÜéü a_?");
  EXPECT_EQ(Convert(kSwe7, "a\xE4", 1), "a\uFFFD");
}

TEST(Charset, EverySetOfBothServersHasAConverter) {
  for (uint32_t collation = 1; collation < 4000; ++collation) {
    const Charset* const charset = CharsetOfCollation(collation);
    if (charset != nullptr && !charset->binary()) {
      EXPECT_TRUE(TextConverter::Open(*charset).has_value()) << charset->name;
    }
  }
}

}  // namespace
}  // namespace rowhouse::mysql
