#include "browse/look.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "browse/fake_stream_test.h"

namespace rowhouse::browse {
namespace {

using testing::HasSubstr;

class LookTest : public testing::Test {
 protected:
  Result<std::optional<Look>> At(int64_t offset, int32_t partition = 0) {
    return LookAt(stream_, schemas_, partition, offset, Deadline::After(seconds(5)));
  }

  FakeStream stream_;
  Schemas schemas_{nullptr};
};

TEST_F(LookTest, NeighboursAreRecordsBeyondGapsOfAnyWidth) {
  stream_.Add(0, 1, "first");
  stream_.partitions[0].end = 5000;  // compaction took what was between
  stream_.Add(0, 2, "second", "key");
  stream_.partitions[0].end = 5010;
  stream_.Add(0, 3, "third");

  const auto look = At(5000);
  ASSERT_TRUE(look && look->has_value());
  EXPECT_EQ((*look)->neighbours.previous, 0);
  EXPECT_EQ((*look)->neighbours.next, 5010);
  EXPECT_EQ((*look)->key, "key");
  EXPECT_EQ((*look)->value, "second");
}

TEST_F(LookTest, TheFirstAndTheLastHaveOneNeighbour) {
  stream_.Add(0, 1, "first");
  stream_.Add(0, 2, "last");
  EXPECT_EQ(At(0).value()->neighbours.previous, std::nullopt);
  EXPECT_EQ(At(0).value()->neighbours.next, 1);
  EXPECT_EQ(At(1).value()->neighbours.previous, 0);
  EXPECT_EQ(At(1).value()->neighbours.next, std::nullopt);
}

TEST_F(LookTest, AnOffsetInAGapHoldsNothing) {
  stream_.Add(0, 1, "first");
  stream_.partitions[0].end = 10;
  stream_.Add(0, 2, "second");
  const auto look = At(4);
  ASSERT_TRUE(look);
  EXPECT_FALSE(look->has_value());
}

TEST_F(LookTest, OutsideSaysWhatThereIs) {
  stream_.Add(0, 1, "first");
  EXPECT_EQ(At(1).error().kind(), ErrorKind::kNotFound);
  EXPECT_THAT(At(7).error().message(), HasSubstr("it holds 0 up to 0"));
  EXPECT_THAT(At(0, 3).error().message(), HasSubstr("no partition 3"));
}

}  // namespace
}  // namespace rowhouse::browse
