#include "http/event_reader.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace rowhouse::http {
namespace {

using Told = std::vector<std::string>;

// Gives `text` to a reader in pieces of `step` bytes; "name|data|id" of each event.
Told Read(std::string_view text, size_t step) {
  Told told;
  EventReader reader([&told](const Event& event) {
    told.push_back(
        std::string(event.name) + "|" + std::string(event.data) + "|" + std::string(event.id)
    );
    return Ok();
  });
  for (; !text.empty(); text.remove_prefix(std::min(step, text.size()))) {
    EXPECT_TRUE(reader.Feed(text.substr(0, step)));
  }
  return told;
}

TEST(EventReader, ReadsWhatFormatEventWritesHoweverItIsCut) {
  const std::string text =
      FormatEvent({"lines", "[1]", "7"}) + ": still here\n\n" + FormatEvent({"", "a\nb", ""});
  for (size_t step = 1; step <= text.size(); ++step) {
    EXPECT_EQ(Read(text, step), (Told{"lines|[1]|7", "|a\nb|7"})) << step;
  }
}

TEST(EventReader, TellsNoEventWithoutDataOrWithoutItsEnd) {
  EXPECT_EQ(Read("event: x\n\ndata: whole\n\ndata: half\n", 4), Told{"|whole|"});
}

TEST(EventReader, TakesWindowsLinesAndUnknownFields) {
  EXPECT_EQ(Read("retry: 5\r\ndata:tight\r\n\r\n", 3), Told{"|tight|"});
}

TEST(EventReader, AnEndlessEventIsRefused) {
  EventReader reader([](const Event&) { return Ok(); }, 100);
  EXPECT_TRUE(reader.Feed("data: " + std::string(60, 'x') + "\n"));
  const Status fed = reader.Feed("data: " + std::string(60, 'x'));
  ASSERT_FALSE(fed);
  EXPECT_EQ(fed.error().kind(), ErrorKind::kBadRecord);
}

TEST(EventReader, StopsAtTheHearersError) {
  int heard = 0;
  EventReader reader([&heard](const Event&) -> Status {
    ++heard;
    return Error(ErrorKind::kCancelled, "enough");
  });
  EXPECT_FALSE(reader.Feed("data: 1\n\ndata: 2\n\n"));
  EXPECT_EQ(heard, 1);
}

}  // namespace
}  // namespace rowhouse::http
