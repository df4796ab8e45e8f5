#pragma once

#include <cstdint>
#include <string>

namespace rowhouse::shop {

// A stream of pseudo-random numbers (splitmix64): the same seed gives the same numbers
// on every machine, which the standard library's distributions don't promise.
class Dice {
 public:
  explicit Dice(uint64_t seed) : state_(seed) {}

  // The numbers of one row: independent of those of its neighbours.
  Dice(uint64_t seed, uint64_t row) : state_(seed ^ (row * 0x9E3779B97F4A7C15ULL)) {}

  uint64_t Next();

  // 0 .. n-1; n > 0.
  uint64_t Below(uint64_t n) { return Next() % n; }

  // from .. to, both included.
  uint64_t Between(uint64_t from, uint64_t to) { return from + Below(to - from + 1); }

 private:
  uint64_t state_;
};

// How much of each table belongs to a number of orders.
struct ShopSize {
  uint64_t orders = 0;

  // One product to 20 orders, 20 to 50,000 of them.
  uint64_t products() const;
};

// Appends "(id,'name',…)" of one row to a multi-row INSERT. The same seed and id give the same
// row, so that an interrupted load goes on as if it had never stopped.
void AppendProduct(std::string& sql, uint64_t seed, uint64_t id);
void AppendOrder(std::string& sql, uint64_t seed, uint64_t id, ShopSize size);

// Appends an order's 1 to 4 items; gives how many.
uint32_t AppendItems(std::string& sql, uint64_t seed, uint64_t order_id, ShopSize size);

// "'name','description',price,cost_price" of a product that `dice` makes up.
std::string ProductValues(Dice& dice);

// "Customer 0042".
std::string CustomerName(Dice& dice);

}  // namespace rowhouse::shop
