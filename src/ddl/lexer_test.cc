#include "ddl/lexer.h"

#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace rowhouse::ddl {
namespace {

std::string Cut(std::string_view sql, Dialect dialect = {}) {
  Lexer lexer(sql, dialect);
  std::string out;
  for (Token token = lexer.Next(); token.kind != Token::Kind::kEnd; token = lexer.Next()) {
    constexpr std::string_view kLetters = "wnts";
    out += kLetters[static_cast<size_t>(token.kind)];
    out += '<' + token.text + '>';
  }
  return out;
}

TEST(Lexer, CutsWordsNamesTextsAndSymbols) {
  EXPECT_EQ(
      Cut("ALTER TABLE `my``t`.b ADD c1 INT(11) DEFAULT 'it''s'"),
      "w<ALTER>w<TABLE>n<my`t>s<.>w<b>w<ADD>w<c1>w<INT>s<(>w<11>s<)>w<DEFAULT>t<it's>"
  );
}

TEST(Lexer, LeavesCommentsOutAndOpensExecutableOnes) {
  EXPECT_EQ(Cut("a /* b */ c -- d\n e # f\n g"), "w<a>w<c>w<e>w<g>");
  EXPECT_EQ(Cut("/*!50503 a */ /*!b*/c"), "w<a>w<b>w<c>");
  EXPECT_EQ(Cut("/*M!100100 a */ b"), "w<b>");
  EXPECT_EQ(Cut("/*M!100100 a */ b", {.mariadb = true}), "w<a>w<b>");
  EXPECT_EQ(Cut("a/*/ b */c"), "w<a>w<c>");
  EXPECT_EQ(Cut("5--3"), "w<5>s<->s<->w<3>") << "no blank behind it: two minus signs";
}

TEST(Lexer, DoubleQuotesAreATextUnlessTheModeSaysNames) {
  EXPECT_EQ(Cut("\"a\"\"b\""), "t<a\"b>");
  EXPECT_EQ(Cut("\"a\"\"b\"", {.ansi_quotes = true}), "n<a\"b>");
}

TEST(Lexer, ABackslashTakesTheNextCharacterUnlessTheModeForbidsIt) {
  EXPECT_EQ(Cut(R"('a\'b' c)"), R"(t<a\'b>w<c>)");
  EXPECT_EQ(Cut(R"('a\' b)", {.no_backslash_escapes = true}), R"(t<a\>w<b>)");
  EXPECT_EQ(Cut(R"(`a\` b)"), R"(n<a\>w<b>)") << "never in names";
}

TEST(Lexer, WhatNeverEndsEndsWithTheStatement) {
  EXPECT_EQ(Cut("a 'b"), "w<a>t<b>");
  EXPECT_EQ(Cut("a `b"), "w<a>n<b>");
  EXPECT_EQ(Cut("a /* b"), "w<a>");
  EXPECT_EQ(Cut("a '\\"), "w<a>t<\\>");
  EXPECT_EQ(Cut("/*!"), "");
}

TEST(Lexer, TheModeBitsAreThoseOfTheServers) {
  EXPECT_TRUE(Dialect::Of(false, 0x4).ansi_quotes);
  EXPECT_TRUE(Dialect::Of(false, 0x100000).no_backslash_escapes);
  EXPECT_FALSE(Dialect::Of(true, 0x400000).ansi_quotes);
}

TEST(Lexer, TakesAnyBytes) {
  std::mt19937 random(1);
  constexpr std::string_view kLikely = "'\"`/*!M-#\\\n ().,a1\xC3";
  for (int round = 0; round < 20'000; ++round) {
    std::string sql;
    for (size_t n = random() % 30; n > 0; --n) {
      sql += random() % 8 == 0 ? static_cast<char>(random()) : kLikely[random() % kLikely.size()];
    }
    Lexer lexer(sql, {.mariadb = round % 2 == 0, .ansi_quotes = round % 3 == 0});
    size_t tokens = 0;
    while (lexer.Next().kind != Token::Kind::kEnd) {
      ASSERT_LE(++tokens, sql.size());
    }
  }
}

}  // namespace
}  // namespace rowhouse::ddl
