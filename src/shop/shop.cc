#include "shop/shop.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

namespace rowhouse::shop {

namespace {

constexpr uint64_t kOrdersATransaction = 4'000;
constexpr uint64_t kRowsAStatement = 1'000;

// Cascading foreign keys are left out on purpose: the database deletes such rows without a
// trace in its log, and no reader of the log could follow.
constexpr std::array<const char*, 3> kTables = {
    "CREATE TABLE IF NOT EXISTS products ("
    " id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,"
    " name VARCHAR(120) NOT NULL,"
    " description TEXT,"
    " price DECIMAL(10,2) NOT NULL,"
    " cost_price DECIMAL(10,2),"
    " created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,"
    " updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP)",
    "CREATE TABLE IF NOT EXISTS orders ("
    " id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,"
    " customer_name VARCHAR(100) NOT NULL,"
    " status ENUM('pending','paid','shipped','delivered','cancelled') NOT NULL DEFAULT 'pending',"
    " total_amount DECIMAL(10,2) NOT NULL DEFAULT 0,"
    " created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,"
    " updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP)",
    "CREATE TABLE IF NOT EXISTS order_items ("
    " id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,"
    " order_id BIGINT NOT NULL,"
    " product_id INT NOT NULL,"
    " quantity INT NOT NULL,"
    " unit_price DECIMAL(10,2) NOT NULL,"
    " KEY by_order (order_id))",
};

uint64_t Number(const std::string& text) {
  uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// Asks first: even an idle CREATE IF NOT EXISTS goes into the binary log.
Status MakeMissing(mysql::Connection& connection, const std::string& database) {
  const std::string there = ROWHOUSE_TRY(connection.Value(fmt::format(
      "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = {}"
      " AND table_name IN ('products', 'orders', 'order_items')",
      mysql::QuoteText(database)
  )));
  if (Number(there) == kTables.size()) {
    return Ok();
  }
  const std::string name = mysql::QuoteName(database);
  ROWHOUSE_TRY(
      connection.Execute("CREATE DATABASE IF NOT EXISTS " + name + " CHARACTER SET utf8mb4")
  );
  ROWHOUSE_TRY(connection.Execute("USE " + name));
  for (const char* table : kTables) {
    ROWHOUSE_TRY(connection.Execute(table));
  }
  return Ok();
}

}  // namespace

const std::vector<std::string>& TableNames() {
  static const std::vector<std::string> names = {"products", "orders", "order_items"};
  return names;
}

Result<std::unique_ptr<Shop>> Shop::Open(
    std::unique_ptr<mysql::Connection> connection, const std::string& database
) {
  ROWHOUSE_TRY(MakeMissing(*connection, database));
  ROWHOUSE_TRY(connection->Execute("USE " + mysql::QuoteName(database)));
  ROWHOUSE_TRY(connection->Execute("SET time_zone = '+00:00'"));
  return std::unique_ptr<Shop>(new Shop(std::move(connection)));
}

Status Shop::Load(
    ShopSize size,
    uint64_t seed,
    const std::stop_token& stop,
    const std::function<void(uint64_t done)>& done
) {
  ROWHOUSE_TRY(LoadProducts(size, seed));
  uint64_t loaded = Number(ROWHOUSE_TRY(connection_->Value("SELECT MAX(id) FROM orders")));
  while (loaded < size.orders) {
    if (stop.stop_requested()) {
      return Error(ErrorKind::kCancelled, "stopped while loading the shop");
    }
    const uint64_t next = std::min(size.orders, loaded + kOrdersATransaction);
    ROWHOUSE_TRY(LoadOrders(loaded + 1, next, size, seed));
    loaded = next;
    if (done) {
      done(loaded);
    }
  }
  return Ok();
}

Status Shop::LoadProducts(ShopSize size, uint64_t seed) {
  uint64_t id = Number(ROWHOUSE_TRY(connection_->Value("SELECT MAX(id) FROM products")));
  while (id < size.products()) {
    std::string sql =
        "INSERT INTO products (id,name,description,price,cost_price,created_at,updated_at) VALUES ";
    const uint64_t end = std::min(size.products(), id + kRowsAStatement);
    for (bool first = true; id < end; first = false) {
      sql += first ? "" : ",";
      AppendProduct(sql, seed, ++id);
    }
    ROWHOUSE_TRY(connection_->Execute(sql));
  }
  return Ok();
}

Status Shop::LoadOrders(uint64_t from, uint64_t to, ShopSize size, uint64_t seed) {
  ROWHOUSE_TRY(connection_->Execute("START TRANSACTION"));
  for (uint64_t id = from; id <= to;) {
    std::string orders =
        "INSERT INTO orders (id,customer_name,status,total_amount,created_at,updated_at) VALUES ";
    std::string items = "INSERT INTO order_items (order_id,product_id,quantity,unit_price) VALUES ";
    const uint64_t end = std::min(to + 1, id + kRowsAStatement);
    for (bool first = true; id < end; ++id, first = false) {
      orders += first ? "" : ",";
      items += first ? "" : ",";
      AppendOrder(orders, seed, id, size);
      AppendItems(items, seed, id, size);
    }
    ROWHOUSE_TRY(connection_->Execute(orders));
    ROWHOUSE_TRY(connection_->Execute(items));
  }
  return connection_->Execute("COMMIT");
}

Result<uint64_t> Shop::Change(Dice& dice) {
  // Out of 100.
  static constexpr std::array<std::pair<uint64_t, Step>, 6> kDay = {{
      {40, &Shop::NewOrder},
      {35, &Shop::MoveStatus},
      {10, &Shop::ChangePrice},
      {8, &Shop::ChangeQuantity},
      {5, &Shop::CancelOrder},
      {2, &Shop::NewProduct},
  }};
  uint64_t left = dice.Below(100);
  Step step = kDay.back().second;
  for (const auto& [share, candidate] : kDay) {
    if (left < share) {
      step = candidate;
      break;
    }
    left -= share;
  }
  ROWHOUSE_TRY(connection_->Execute("START TRANSACTION"));
  Result<uint64_t> changed = (this->*step)(dice);
  if (!changed) {
    // Where the link is gone the server rolls back by itself.
    (void)connection_->Execute("ROLLBACK").has_value();
    return changed;
  }
  ROWHOUSE_TRY(connection_->Execute("COMMIT"));
  return changed;
}

Result<uint64_t> Shop::NewOrder(Dice& dice) {
  ROWHOUSE_TRY(connection_->Execute(
      fmt::format("INSERT INTO orders (customer_name) VALUES ('{}')", CustomerName(dice))
  ));
  const std::string order = ROWHOUSE_TRY(connection_->Value("SELECT LAST_INSERT_ID()"));
  const uint64_t items = dice.Between(1, 4);
  for (uint64_t i = 0; i < items; ++i) {
    ROWHOUSE_TRY(AddItem(order, dice));
  }
  ROWHOUSE_TRY(connection_->Execute(fmt::format(
      "UPDATE orders SET total_amount = (SELECT COALESCE(SUM(quantity * unit_price), 0)"
      " FROM order_items WHERE order_id = {0}) WHERE id = {0}",
      order
  )));
  return items + 2;
}

Status Shop::AddItem(const std::string& order, Dice& dice) {
  const std::string product = ROWHOUSE_TRY(Pick("products", dice));
  return connection_->Execute(fmt::format(
      "INSERT INTO order_items (order_id, product_id, quantity, unit_price)"
      " SELECT {}, id, {}, price FROM products WHERE id = '{}'",
      order,
      dice.Between(1, 5),
      product
  ));
}

Result<uint64_t> Shop::MoveStatus(Dice& dice) {
  const std::string order = ROWHOUSE_TRY(Pick("orders", dice));
  return Affected(fmt::format(
      "UPDATE orders SET status = ELT(1 + status MOD 4, 'pending', 'paid', 'shipped', 'delivered')"
      " WHERE id = '{}'",
      order
  ));
}

Result<uint64_t> Shop::ChangePrice(Dice& dice) {
  const std::string product = ROWHOUSE_TRY(Pick("products", dice));
  return Affected(fmt::format(
      "UPDATE products SET price = GREATEST(1, ROUND(price * {} / 100, 2)) WHERE id = '{}'",
      dice.Between(85, 117),
      product
  ));
}

Result<uint64_t> Shop::ChangeQuantity(Dice& dice) {
  const std::string item = ROWHOUSE_TRY(Pick("order_items", dice));
  uint64_t changed = ROWHOUSE_TRY(Affected(
      fmt::format("UPDATE order_items SET quantity = 1 + quantity MOD 5 WHERE id = '{}'", item)
  ));
  changed += ROWHOUSE_TRY(Affected(fmt::format(
      "UPDATE orders SET total_amount = (SELECT COALESCE(SUM(quantity * unit_price), 0)"
      " FROM order_items WHERE order_id = orders.id)"
      " WHERE id = (SELECT order_id FROM order_items WHERE id = '{}')",
      item
  )));
  return changed;
}

Result<uint64_t> Shop::CancelOrder(Dice& dice) {
  const std::string order = ROWHOUSE_TRY(Pick("orders", dice));
  uint64_t changed = ROWHOUSE_TRY(
      Affected(fmt::format("UPDATE orders SET status = 'cancelled' WHERE id = '{}'", order))
  );
  changed +=
      ROWHOUSE_TRY(Affected(fmt::format("DELETE FROM order_items WHERE order_id = '{}'", order)));
  changed += ROWHOUSE_TRY(Affected(fmt::format("DELETE FROM orders WHERE id = '{}'", order)));
  return changed;
}

Result<uint64_t> Shop::NewProduct(Dice& dice) {
  return Affected(fmt::format(
      "INSERT INTO products (name, description, price, cost_price) VALUES ({})", ProductValues(dice)
  ));
}

Result<uint64_t> Shop::Affected(const std::string& sql) {
  ROWHOUSE_TRY(connection_->Execute(sql));
  return Number(ROWHOUSE_TRY(connection_->Value("SELECT ROW_COUNT()")));
}

Result<std::string> Shop::Pick(const char* table, Dice& dice) {
  const std::string most =
      ROWHOUSE_TRY(connection_->Value(fmt::format("SELECT MAX(id) FROM {}", table)));
  return connection_->Value(fmt::format(
      "SELECT id FROM {} WHERE id >= {} ORDER BY id LIMIT 1",
      table,
      dice.Between(1, std::max<uint64_t>(1, Number(most)))
  ));
}

}  // namespace rowhouse::shop
