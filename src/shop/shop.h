#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "mysql/connection.h"
#include "shop/rows.h"

namespace rowhouse::shop {

inline constexpr uint64_t kSeed = 20'250'101;

// The shop's tables, in the order in which they are loaded.
const std::vector<std::string>& TableNames();

// A small shop in a MySQL or MariaDB database, to have rows that mean something:
// `products`, `orders` and `order_items`.
//
// Place:    made by the demo, the benches and tests; one session each.
// Owns:     its connection.
// Threads:  one owner.
// Blocking: each call for as long as its statements take.
// Errors:   those of the connection; a transaction that failed has changed nothing, and
//           the shop can go on with a new connection.
class Shop {
 public:
  // Makes database and tables where they are missing.
  static Result<std::unique_ptr<Shop>> Open(
      std::unique_ptr<mysql::Connection> connection, const std::string& database = "shop"
  );

  // Loads orders up to the given number with their products and items, in transactions of
  // some 10,000 rows; what an earlier call loaded stays. `done` hears how many orders are there.
  Status Load(
      ShopSize size,
      uint64_t seed,
      const std::stop_token& stop,
      const std::function<void(uint64_t done)>& done = {}
  );

  // One transaction as a shop's day brings it: a new order with its items, a status that moves on,
  // another price, another quantity, a cancelled order that is deleted, a new product.
  // Gives the number of row changes it made.
  Result<uint64_t> Change(Dice& dice);

 private:
  using Step = Result<uint64_t> (Shop::*)(Dice&);

  explicit Shop(std::unique_ptr<mysql::Connection> connection)
      : connection_(std::move(connection)) {}

  Status LoadProducts(ShopSize size, uint64_t seed);
  Status LoadOrders(uint64_t from, uint64_t to, ShopSize size, uint64_t seed);

  Result<uint64_t> NewOrder(Dice& dice);
  Result<uint64_t> MoveStatus(Dice& dice);
  Result<uint64_t> ChangePrice(Dice& dice);
  Result<uint64_t> ChangeQuantity(Dice& dice);
  Result<uint64_t> CancelOrder(Dice& dice);
  Result<uint64_t> NewProduct(Dice& dice);

  Status AddItem(const std::string& order, Dice& dice);

  // Rows that the statement changed.
  Result<uint64_t> Affected(const std::string& sql);

  // The key of a row picked at random, "" where the table is empty.
  Result<std::string> Pick(const char* table, Dice& dice);

  std::unique_ptr<mysql::Connection> connection_;
};

}  // namespace rowhouse::shop
