#include "kafka/errors.h"

#include <set>

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

namespace rowhouse::kafka {
namespace {

struct Expected {
  int code;
  ErrorKind kind;
};

// Written down a second time by reaction, so that a slip in the table shows.
constexpr ErrorKind kAway = ErrorKind::kUnavailable;
constexpr ErrorKind kBad = ErrorKind::kBadRecord;
constexpr ErrorKind kAuth = ErrorKind::kAuth;
constexpr ErrorKind kGone = ErrorKind::kNotFound;
constexpr ErrorKind kConf = ErrorKind::kConfig;
constexpr ErrorKind kStop = ErrorKind::kCancelled;

constexpr Expected kExpected[] = {
    {-195, kAway}, {-187, kAway}, {-193, kAway}, {-185, kAway}, {-192, kAway}, {-166, kAway},
    {-184, kAway}, {-180, kAway}, {-164, kAway}, {-178, kAway}, {-177, kAway}, {-153, kAway},
    {-183, kAway}, {-158, kAway}, {-146, kAway}, {-150, kAway}, {-148, kAway}, {-142, kAway},
    {-147, kAway}, {-1, kAway},   {5, kAway},    {6, kAway},    {7, kAway},    {8, kAway},
    {9, kAway},    {13, kAway},   {14, kAway},   {15, kAway},   {16, kAway},   {19, kAway},
    {20, kAway},   {27, kAway},   {41, kAway},   {56, kAway},   {45, kAway},   {59, kAway},
    {51, kAway},   {74, kAway},   {75, kAway},   {78, kAway},   {80, kAway},   {88, kAway},
    {89, kAway},   {-144, kAway}, {90, kAway},   {47, kAway},   {48, kAway},   {49, kAway},
    {52, kAway},   {-199, kBad},  {-198, kBad},  {2, kBad},     {4, kBad},     {87, kBad},
    {32, kBad},    {10, kBad},    {18, kBad},    {-169, kAuth}, {58, kAuth},   {29, kAuth},
    {30, kAuth},   {31, kAuth},   {53, kAuth},   {-188, kGone}, {-190, kGone}, {-140, kGone},
    {-168, kGone}, {1, kGone},    {3, kGone},    {69, kGone},   {-181, kConf}, {-186, kConf},
    {-165, kConf}, {-145, kConf}, {17, kConf},   {33, kConf},   {34, kConf},   {54, kConf},
    {37, kConf},   {38, kConf},   {40, kConf},   {44, kConf},   {35, kConf},   {76, kConf},
    {50, kConf},   {-197, kStop}, {-163, kStop}, {-152, kStop}, {-151, kStop},
};

TEST(Errors, EveryRowGivesTheReactionThatIsWrittenDown) {
  for (const Expected& e : kExpected) {
    EXPECT_EQ(KindOf(e.code), e.kind)
        << rd_kafka_err2name(static_cast<rd_kafka_resp_err_t>(e.code));
  }
}

TEST(Errors, TheTableHasNoOtherRowsAndNoneTwice) {
  std::set<int> expected;
  for (const Expected& e : kExpected) {
    expected.insert(e.code);
  }
  std::set<int> rows;
  for (const ErrorRow& row : ErrorTable()) {
    EXPECT_TRUE(rows.insert(row.code).second) << row.code;
  }
  EXPECT_EQ(rows, expected);
}

TEST(Errors, UnknownCodeIsOurBug) {
  EXPECT_EQ(KindOf(12345), ErrorKind::kInternal);
}

TEST(Errors, MessageHasWhatWhyAndTheFix) {
  const Error e = NativeError(RD_KAFKA_RESP_ERR__TRANSPORT, "kafka h:1", "Connection refused");
  EXPECT_EQ(e.native(), -195);
  EXPECT_EQ(e.message(), "kafka h:1: Local: Broker transport failure: Connection refused");
  EXPECT_EQ(e.code(), "E-KAFKA-001");
  EXPECT_NE(e.hint().find("kafka.bootstrap"), std::string::npos);
}

TEST(Errors, TooLargeNamesTopicSizeAndSettings) {
  const Error e = RecordTooLarge(
      {.topic = "shop.orders", .bytes = 1234567, .native = 10, .partition = 3}, KafkaOptions{}
  );
  EXPECT_EQ(e.kind(), ErrorKind::kBadRecord);
  EXPECT_NE(e.message().find("shop.orders"), std::string::npos);
  EXPECT_NE(e.message().find("1234567"), std::string::npos);
  EXPECT_NE(e.message().find("partition 3"), std::string::npos);
  EXPECT_NE(e.hint().find("max.message.bytes"), std::string::npos);
}

}  // namespace
}  // namespace rowhouse::kafka
