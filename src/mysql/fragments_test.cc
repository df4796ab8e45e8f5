#include "mysql/fragments.h"

#include <gtest/gtest.h>

#include "mysql/binlog_fixture.h"
#include "mysql/event_bytes_test.h"

namespace rowhouse::mysql {
namespace {

std::string Little(uint64_t v, size_t bytes) {
  std::string out;
  for (size_t i = 0; i < bytes; ++i) {
    out += static_cast<char>(v >> (8 * i) & 0xFF);
  }
  return out;
}

enum class Order { kTotalFirst, kNumberFirst };

// A real rows event (header and body, its checksum off) cut into `total` fragments.
std::vector<std::string> Cut(std::string_view whole, uint32_t total, Order order) {
  std::vector<std::string> bodies;
  const size_t size = whole.size() / total + 1;
  for (uint32_t i = 0; i < total; ++i) {
    const std::string all = Little(total, 4);
    const std::string number = Little(i + 1, 4);
    std::string body = order == Order::kTotalFirst ? all + number : number + all;
    body += i == 0 ? '\1' : '\0';
    body += i == 0 ? Little(whole.size(), 8) : "";
    bodies.push_back(body.append(whole.substr(std::min(i * size, whole.size()), size)));
  }
  return bodies;
}

class FragmentsTest : public testing::TestWithParam<Order> {
 protected:
  void SetUp() override {
    events_ = ReadEvents("mariadb.hex");
    for (rows_at_ = 0; static_cast<EventType>(events_[rows_at_][4]) != EventType::kWriteRowsV1;) {
      ++rows_at_;
    }
    whole_ = events_[rows_at_].substr(0, events_[rows_at_].size() - EventHeader::kChecksumBytes);
    DecoderOptions options;
    options.flavor = Flavor::kMariaDb;
    options.wanted = [](const TableId& id) { return id.db == "shop"; };
    SourcePosition start;
    start.binlog = {"binlog.000001", 4};
    decoder_ = std::move(BinlogDecoder::Open(options, start, true)).value();
    for (size_t i = 0; i < rows_at_; ++i) {
      ASSERT_TRUE(FeedCopy(*decoder_, events_[i], batch_).has_value());
    }
  }

  Status Feed(std::string_view body) {
    return FeedCopy(*decoder_, Event(EventType::kPartialRowData, body), batch_);
  }

  std::vector<std::string> events_;
  size_t rows_at_ = 0;
  std::string whole_;
  std::unique_ptr<BinlogDecoder> decoder_;
  ChangeBatch batch_;
};

INSTANTIATE_TEST_SUITE_P(
    BothOrders, FragmentsTest, testing::Values(Order::kTotalFirst, Order::kNumberFirst)
);

TEST_P(FragmentsTest, TogetherAreTheEventThatWasCut) {
  ASSERT_TRUE(FeedCopy(*decoder_, events_[rows_at_], batch_).has_value());
  ASSERT_EQ(batch_.changes.size(), 1U);
  const std::string expected = ChangeText(batch_.changes[0]);
  for (const uint32_t total : {2U, 3U, 17U}) {
    SetUp();
    batch_.Clear();
    for (const std::string& body : Cut(whole_, total, GetParam())) {
      EXPECT_TRUE(batch_.changes.empty());
      const Status fed = Feed(body);
      ASSERT_TRUE(fed.has_value()) << fed.error().ToString();
    }
    ASSERT_EQ(batch_.changes.size(), 1U);
    EXPECT_EQ(ChangeText(batch_.changes[0]), expected);
  }
}

TEST_P(FragmentsTest, AMissingOneIsDamage) {
  const auto bodies = Cut(whole_, 3, GetParam());
  ASSERT_TRUE(Feed(bodies[0]).has_value());
  const Status skipped = Feed(bodies[2]);
  ASSERT_FALSE(skipped.has_value());
  EXPECT_EQ(skipped.error().kind(), ErrorKind::kBadRecord);
  EXPECT_NE(skipped.error().message().find("2 of 3 was due"), std::string::npos)
      << skipped.error().ToString();
}

TEST_P(FragmentsTest, TheTransactionMustNotEndBeforeTheLast) {
  ASSERT_TRUE(Feed(Cut(whole_, 2, GetParam())[0]).has_value());
  const Status ended = FeedCopy(*decoder_, Event(EventType::kXid, Little(1, 8)), batch_);
  ASSERT_FALSE(ended.has_value());
  EXPECT_EQ(ended.error().kind(), ErrorKind::kBadRecord);
}

TEST_P(FragmentsTest, MoreOrLessThanAnnouncedIsRefused) {
  auto bodies = Cut(whole_, 2, GetParam());
  ASSERT_TRUE(Feed(bodies[0]).has_value());
  EXPECT_FALSE(Feed(bodies[1] + "x").has_value());
  SetUp();
  ASSERT_TRUE(Feed(bodies[0]).has_value());
  const Status less = Feed(std::string_view(bodies[1]).substr(0, bodies[1].size() - 1));
  ASSERT_FALSE(less.has_value());
  EXPECT_EQ(less.error().kind(), ErrorKind::kUnsupported);
}

// Should the layout be another one than described, no row may come of it.
TEST_P(FragmentsTest, WhatIsNoRowsEventTogetherIsRefused) {
  const std::string no_header = whole_.substr(EventHeader::kBytes);
  const auto bodies = Cut(no_header, 2, GetParam());
  ASSERT_TRUE(Feed(bodies[0]).has_value());
  const Status fed = Feed(bodies[1]);
  ASSERT_FALSE(fed.has_value());
  EXPECT_NE(fed.error().hint(), "");
  EXPECT_TRUE(batch_.changes.empty());
}

}  // namespace
}  // namespace rowhouse::mysql
