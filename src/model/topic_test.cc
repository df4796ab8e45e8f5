#include "model/topic.h"

#include <gtest/gtest.h>

namespace rowhouse {
namespace {

TEST(DataTopic, JoinsAndReplacesIllegalCharacters) {
  EXPECT_EQ(DataTopic({"rh"}, {"shop", "orders"}), "rh.shop.orders");
  EXPECT_EQ(DataTopic({"rh"}, {"sh op", "o$x"}), "rh.sh_op.o_x");
}

TEST(DataTopic, IsCutAtKafkasLimit) {
  EXPECT_EQ(DataTopic({"rh"}, {"shop", std::string(300, 'x')}).size(), 249u);
}

}  // namespace
}  // namespace rowhouse
