#include "model/checkpoint.h"

#include <gtest/gtest.h>

namespace rowhouse {
namespace {

Checkpoint Sample() {
  Checkpoint c;
  c.position = {3, {"binlog.000007", 4242}, "0-1-42", "server_id:1"};
  c.ledger[{"shop", "orders"}] = {TableProgress::State::kLoading, "[\"17\"]", 20000, ""};
  c.ledger[{"sh\"op", "x"}] = {TableProgress::State::kParked, "", 0, "column g: GEOMETRY"};
  return c;
}

TEST(Checkpoint, RoundTripsThroughJson) {
  const auto back = Checkpoint::FromJson(Sample().ToJson());
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, Sample());
}

TEST(Checkpoint, NamesTheMissingField) {
  const auto bad = Checkpoint::FromJson(R"({"version":1,"epoch":0})");
  ASSERT_FALSE(bad);
  EXPECT_NE(bad.error().message().find("server_uuid"), std::string::npos);
}

TEST(Checkpoint, RefusesANewerFormat) {
  const auto bad = Checkpoint::FromJson(R"({"version":2})");
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().kind(), ErrorKind::kConfig);
}

TEST(Checkpoint, GarbageIsAnErrorNotAThrow) {
  EXPECT_FALSE(Checkpoint::FromJson("{"));
  EXPECT_FALSE(Checkpoint::FromJson("[]"));
}

}  // namespace
}  // namespace rowhouse
