#include "model/arena.h"

#include <cstring>

#include <gtest/gtest.h>

namespace rowhouse {
namespace {

TEST(Arena, PiecesAreAlignedAndDoNotOverlap) {
  Arena a;
  uint8_t* first = a.Allocate(3);
  uint8_t* second = a.Allocate(5);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(first) % 8, 0u);
  EXPECT_GE(second, first + 3);
  EXPECT_EQ(a.bytes(), 16u);
}

TEST(Arena, OutsizedRunsGetTheirOwnBlockAndAreFreedByClear) {
  Arena a;
  uint8_t* small = a.Allocate(8);
  uint8_t* big = a.Allocate(Arena::kBlockBytes * 3);
  std::memset(big, 1, Arena::kBlockBytes * 3);
  EXPECT_EQ(a.Allocate(8), small + 8);
  EXPECT_GE(a.capacity(), Arena::kBlockBytes * 4);
  a.Clear();
  EXPECT_EQ(a.capacity(), Arena::kBlockBytes);
  EXPECT_EQ(a.bytes(), 0u);
}

TEST(Arena, ClearKeepsBlocksForReuse) {
  Arena a;
  uint8_t* first = a.Allocate(100);
  a.Clear();
  EXPECT_EQ(a.Allocate(100), first);
}

TEST(Arena, ShrinkLastGivesBackTheTail) {
  Arena a;
  uint8_t* p = a.Allocate(1000);
  a.ShrinkLast(p, 10);
  EXPECT_EQ(a.Allocate(8), p + 16);
  EXPECT_EQ(a.bytes(), 24u);
}

TEST(Arena, DetachHandsOverAnOutsizedBlockOnly) {
  Arena a;
  const uint8_t* small = a.Allocate(100);
  uint8_t* large = a.Allocate(Arena::kBlockBytes);
  large[7] = 42;
  EXPECT_EQ(a.Detach(small), nullptr);
  const auto taken = a.Detach(large + 7);
  ASSERT_NE(taken, nullptr);
  EXPECT_EQ(a.Detach(large + 7), nullptr);
  EXPECT_EQ(a.bytes(), 104u);
  a.Clear();
  EXPECT_EQ(taken[7], 42);
}

}  // namespace
}  // namespace rowhouse
