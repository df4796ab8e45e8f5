#include "console/log_text.h"

#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/log.h"
#include "console/test_directory_test.h"

namespace rowhouse::console {
namespace {

using testing::ElementsAre;

// A log that counts what is read of it.
class FakeLog : public LogText {
 public:
  explicit FakeLog(std::string content) : text(std::move(content)) {}

  std::pair<uint64_t, uint64_t> Range() const override { return {begin, begin + text.size()}; }

  Result<std::string> Read(uint64_t from, size_t bytes) const override {
    bytes_most = std::max(bytes_most, bytes);
    return text.substr(static_cast<size_t>(from - begin), bytes);
  }

  std::string text;
  uint64_t begin = 0;
  mutable size_t bytes_most = 0;
};

std::vector<std::string> TextsOf(const std::vector<LogLine>& lines) {
  std::vector<std::string> texts;
  for (const LogLine& line : lines) {
    texts.push_back(line.text);
  }
  return texts;
}

std::string Shown(std::string_view line) {
  const LogLine read = ReadLogLine(0, line);
  return fmt::format(
      "{}|{}|{}", read.at_us ? FormatUtc(*read.at_us).substr(17) : "-", read.level, read.text
  );
}

TEST(ReadLogLine, KnowsTheFormsOfOurServers) {
  EXPECT_EQ(Shown("2026-01-31T10:00:07.123Z warn  slow table=a.b"), "07.123Z|warn|slow table=a.b");
  EXPECT_EQ(
      Shown(R"({"ts":"2026-01-31T10:00:07.123Z","level":"error","msg":"no","err":"x"})"),
      "07.123Z|error|no err=x"
  );
  EXPECT_EQ(
      Shown("[2026-01-31 10:00:07,123] INFO started (kafka.server)"),
      "07.123Z|info|started (kafka.server)"
  );
  EXPECT_EQ(Shown("2026-01-31 10:00:07 0 [Note] InnoDB: ready"), "07.000Z|info|InnoDB: ready");
  EXPECT_EQ(
      Shown("2026-01-31T10:00:07.123456Z 0 [System] [MY-1] [Server] up"),
      "07.123Z|info|[MY-1] [Server] up"
  );
  EXPECT_EQ(
      Shown("2026.01.31 10:00:07.123456 [ 12 ] {} <Error> Application: no"),
      "07.123Z|error|Application: no"
  );
  EXPECT_EQ(Shown("\tat java.lang.Thread.run"), "-||\tat java.lang.Thread.run");
  EXPECT_EQ(Shown("{not json"), "-||{not json");
  EXPECT_EQ(Shown(""), "-||");
}

TEST(ReadLogBefore, GivesTheLastLinesAndThenTheOnesBefore) {
  const FakeLog log("one\ntwo\nthree\nfour\nhalf a li");
  const LogPage last = *ReadLogBefore(log, 1 << 30, 2, {});
  EXPECT_THAT(TextsOf(last.lines), ElementsAre("three", "four"));
  EXPECT_EQ(last.lines[0].place, 8U);
  EXPECT_TRUE(last.more);
  const LogPage before = *ReadLogBefore(log, last.lines[0].place, 2, {});
  EXPECT_THAT(TextsOf(before.lines), ElementsAre("one", "two"));
  EXPECT_FALSE(before.more);
  EXPECT_TRUE(ReadLogBefore(FakeLog(""), 99, 2, {})->lines.empty());
}

TEST(ReadLogBefore, ReadsALargeLogInPiecesAndStopsLooking) {
  std::string text = "needle\n";
  while (text.size() < (size_t{40} << 20)) {
    text += std::string(99, 'x') + "\n";
  }
  const FakeLog log(text);
  const LogPage page = *ReadLogBefore(log, text.size(), 3, {.search = "NEEDLE", .level = ""});
  EXPECT_TRUE(page.lines.empty());
  EXPECT_TRUE(page.more);
  EXPECT_LE(log.bytes_most, size_t{64} << 10);
  const LogPage older = *ReadLogBefore(log, page.begin, 3, {.search = "NEEDLE", .level = ""});
  EXPECT_THAT(TextsOf(older.lines), ElementsAre("needle"));
  EXPECT_FALSE(older.more);
}

TEST(ReadLogBefore, FindsEveryLineAcrossPieces) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) {
    text += fmt::format("line {}\n", i);
  }
  const FakeLog log(text);
  uint64_t before = text.size();
  int expected = 19'999;
  while (before > 0) {
    const LogPage page = *ReadLogBefore(log, before, 777, {});
    for (auto line = page.lines.rbegin(); line != page.lines.rend(); ++line) {
      ASSERT_EQ(line->text, fmt::format("line {}", expected--));
    }
    before = page.begin;
  }
  EXPECT_EQ(expected, -1);
}

TEST(ReadLogBefore, ALineWithoutEndIsNoTrap) {
  const FakeLog log("a\n" + std::string(size_t{1} << 20, 'x') + "\nb\n");
  EXPECT_THAT(TextsOf(ReadLogBefore(log, 1 << 30, 1, {})->lines), ElementsAre("b"));
  const LogPage page = *ReadLogBefore(log, 1 << 30, 100, {});
  EXPECT_EQ(page.lines.front().text, "a");
  EXPECT_LE(page.lines[1].text.size(), 4000U);
}

TEST(LogFilter, WantsALevelAndWorseWithWhatBelongsToIt) {
  const FakeLog log(
      "[2026-01-31 10:00:00,000] INFO fine (x)\n[2026-01-31 10:00:01,000] ERROR broken (x)\n"
      "\tat somewhere\n[2026-01-31 10:00:02,000] WARN slow (x)\n"
  );
  EXPECT_THAT(
      TextsOf(ReadLogBefore(log, 1 << 30, 9, {.search = "", .level = "error"})->lines),
      ElementsAre("broken (x)", "\tat somewhere")
  );
  EXPECT_EQ(ReadLogBefore(log, 1 << 30, 9, {.search = "", .level = "warn"})->lines.size(), 3U);
}

TEST(LogTail, TellsWholeLinesOnceAndBeginsAnewWithTheLog) {
  const auto log = std::make_shared<FakeLog>("old\nnew");
  LogTail tail(log, {});
  EXPECT_THAT(TextsOf(tail.Next()), ElementsAre("old"));
  EXPECT_TRUE(tail.Next().empty());
  log->text += "er\nx\n";
  EXPECT_THAT(TextsOf(tail.Next()), ElementsAre("newer", "x"));
  log->text = "anew\n";
  EXPECT_THAT(TextsOf(tail.Next()), ElementsAre("anew"));
}

TEST(LogOfFile, FollowsTheFileThatHasTheName) {
  const TestDirectory directory;
  const std::string path = directory.path() + "/a.log";
  const auto log = LogOfFile(path);
  EXPECT_EQ(log->Range().second, 0U);
  EXPECT_EQ(log->Read(0, 1).error().kind(), ErrorKind::kNotFound);
  std::ofstream(path) << "abc\ndef\n";
  EXPECT_EQ(log->Range().second, 8U);
  EXPECT_EQ(*log->Read(4, 100), "def\n");
}

TEST(LogOfProcess, HasWhatThisProcessLogs) {
  LogWarn("a line of the test's own", {{"n", 7}});
  const LogPage page = *ReadLogBefore(
      *LogOfProcess(), uint64_t{1} << 50, 5, {.search = "the test's own", .level = "warn"}
  );
  ASSERT_EQ(page.lines.size(), 1U);
  EXPECT_EQ(page.lines[0].text, "a line of the test's own n=7");
  EXPECT_TRUE(page.lines[0].at_us.has_value());
}

}  // namespace
}  // namespace rowhouse::console
