#include "shop/rows.h"

#include <cstdio>
#include <cstring>
#include <string>

#include <gtest/gtest.h>

namespace rowhouse::shop {
namespace {

TEST(Rows, TheSameSeedAndIdGiveTheSameRow) {
  std::string one;
  std::string again;
  AppendOrder(one, 1, 17, {1000});
  AppendItems(one, 1, 17, {1000});
  AppendOrder(again, 1, 17, {1000});
  AppendItems(again, 1, 17, {1000});
  EXPECT_EQ(one, again);
  std::string other;
  AppendOrder(other, 2, 17, {1000});
  EXPECT_NE(one.substr(0, other.size()), other);
}

TEST(Rows, AnOrderCostsWhatItsItemsCost) {
  for (uint64_t id = 1; id <= 200; ++id) {
    std::string items;
    const uint32_t count = AppendItems(items, 7, id, {200});
    uint64_t cents = 0;
    uint32_t seen = 0;
    const char* at = items.c_str();
    while (at != nullptr && *at != '\0') {
      unsigned long order = 0, product = 0, quantity = 0, whole = 0, part = 0;
      ASSERT_EQ(
          std::sscanf(at, "(%lu,%lu,%lu,%lu.%lu)", &order, &product, &quantity, &whole, &part), 5
      );
      EXPECT_EQ(order, id);
      EXPECT_GE(product, 1u);
      EXPECT_LE(product, ShopSize{200}.products());
      cents += quantity * (whole * 100 + part);
      ++seen;
      at = std::strchr(at, ')');
      at = at == nullptr || at[1] == '\0' ? nullptr : at + 2;
    }
    EXPECT_EQ(seen, count);
    std::string order;
    AppendOrder(order, 7, id, {200});
    const std::string total = "'," + std::to_string(cents / 100) + "." +
                              std::to_string(cents % 100 / 10) + std::to_string(cents % 10) + ",";
    EXPECT_NE(order.find(total), std::string::npos) << order << " has not " << total;
  }
}

TEST(Rows, AnItemHasThePriceOfItsProduct) {
  std::string items;
  AppendItems(items, 7, 1, {200});
  unsigned long order = 0, product = 0, quantity = 0;
  char price[32] = "";
  ASSERT_EQ(
      std::sscanf(items.c_str(), "(%lu,%lu,%lu,%31[0-9.]", &order, &product, &quantity, price), 4
  );
  std::string row;
  AppendProduct(row, 7, product);
  EXPECT_NE(row.find("'," + std::string(price) + ","), std::string::npos) << row << items;
}

TEST(Dice, StaysWithinItsBoundsAndReachesThem) {
  Dice dice(3);
  bool low = false;
  bool high = false;
  for (int i = 0; i < 1000; ++i) {
    const uint64_t n = dice.Between(5, 8);
    ASSERT_GE(n, 5u);
    ASSERT_LE(n, 8u);
    low = low || n == 5;
    high = high || n == 8;
  }
  EXPECT_TRUE(low && high);
}

}  // namespace
}  // namespace rowhouse::shop
