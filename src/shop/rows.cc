#include "shop/rows.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>

#include <fmt/format.h>

namespace rowhouse::shop {

namespace {

constexpr std::array<std::string_view, 12> kQualities = {
    "Oak",
    "Walnut",
    "Linen",
    "Copper",
    "Slate",
    "Woollen",
    "Glass",
    "Cotton",
    "Ceramic",
    "Brass",
    "Birch",
    "Leather"};
constexpr std::array<std::string_view, 16> kThings = {
    "table",
    "chair",
    "lamp",
    "shelf",
    "rug",
    "vase",
    "clock",
    "mirror",
    "bench",
    "bowl",
    "quilt",
    "stool",
    "chest",
    "curtain",
    "candle",
    "basket"};
constexpr std::array<std::string_view, 5> kStatuses = {
    "pending", "paid", "shipped", "delivered", "cancelled"};

// A year of orders lies behind us: 2025-01-01 00:00:00 UTC and the seconds of 2025.
constexpr uint64_t kFirstSecond = 1'735'689'600;
constexpr uint64_t kSpanSeconds = 365ULL * 86'400;

// Products before their orders, in numbers of different streams.
constexpr uint64_t kProductStream = 0x70726F64;
constexpr uint64_t kItemStream = 0x6974656D;

uint64_t PriceCents(uint64_t seed, uint64_t product) {
  return Dice(seed ^ kProductStream, product).Between(199, 49'999);
}

std::string Money(uint64_t cents) {
  return fmt::format("{}.{:02}", cents / 100, cents % 100);
}

// One item of a loaded order.
struct Item {
  uint64_t product;
  uint64_t quantity;
  uint64_t cents;
};

uint32_t ItemsOf(uint64_t seed, uint64_t order, ShopSize size, std::array<Item, 4>& items) {
  Dice dice(seed ^ kItemStream, order);
  const auto count = static_cast<uint32_t>(dice.Between(1, 4));
  for (uint32_t i = 0; i < count; ++i) {
    const uint64_t product = dice.Between(1, size.products());
    items[i] = {product, dice.Between(1, 5), PriceCents(seed, product)};
  }
  return count;
}

}  // namespace

uint64_t Dice::Next() {
  state_ += 0x9E3779B97F4A7C15ULL;
  uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

uint64_t ShopSize::products() const {
  return std::clamp<uint64_t>(orders / 20, 20, 50'000);
}

std::string ProductValues(Dice& dice) {
  const uint64_t cents = dice.Between(199, 49'999);  // first, so that PriceCents agrees
  const auto quality = kQualities[dice.Below(kQualities.size())];
  const auto thing = kThings[dice.Below(kThings.size())];
  const uint64_t number = dice.Between(100, 999);
  return fmt::format(
      "'{} {} {}','A {} of {}, number {} of the {} line.',{},{}",
      quality,
      thing,
      number,
      thing,
      quality,
      number,
      dice.Below(2) == 0 ? "summer" : "winter",
      Money(cents),
      Money(cents * dice.Between(40, 80) / 100)
  );
}

std::string CustomerName(Dice& dice) {
  return fmt::format("Customer {:04}", dice.Below(10'000));
}

void AppendProduct(std::string& sql, uint64_t seed, uint64_t id) {
  Dice dice(seed ^ kProductStream, id);
  fmt::format_to(
      std::back_inserter(sql),
      "({},{},FROM_UNIXTIME({}),FROM_UNIXTIME({}))",
      id,
      ProductValues(dice),
      kFirstSecond,
      kFirstSecond
  );
}

void AppendOrder(std::string& sql, uint64_t seed, uint64_t id, ShopSize size) {
  std::array<Item, 4> items;
  const uint32_t count = ItemsOf(seed, id, size, items);
  uint64_t total = 0;
  for (uint32_t i = 0; i < count; ++i) {
    total += items[i].quantity * items[i].cents;
  }
  Dice dice(seed, id);
  const uint64_t created = kFirstSecond + (id - 1) * kSpanSeconds / std::max(size.orders, id);
  fmt::format_to(
      std::back_inserter(sql),
      "({},'{}','{}',{},FROM_UNIXTIME({}),FROM_UNIXTIME({}))",
      id,
      CustomerName(dice),
      kStatuses[dice.Below(kStatuses.size())],
      Money(total),
      created,
      created + dice.Below(86'400)
  );
}

uint32_t AppendItems(std::string& sql, uint64_t seed, uint64_t order_id, ShopSize size) {
  std::array<Item, 4> items;
  const uint32_t count = ItemsOf(seed, order_id, size, items);
  for (uint32_t i = 0; i < count; ++i) {
    fmt::format_to(
        std::back_inserter(sql),
        "{}({},{},{},{})",
        i == 0 ? "" : ",",
        order_id,
        items[i].product,
        items[i].quantity,
        Money(items[i].cents)
    );
  }
  return count;
}

}  // namespace rowhouse::shop
