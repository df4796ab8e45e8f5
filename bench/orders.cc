#include "bench/orders.h"

#include <fmt/format.h>

namespace rowhouse::bench {

namespace {

constexpr const char* kTable =
    "CREATE TABLE shop.orders ("
    " id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,"
    " customer_name VARCHAR(100) NOT NULL,"
    " status ENUM('pending','paid','shipped','delivered','cancelled') NOT NULL DEFAULT 'pending',"
    " total_amount DECIMAL(10,2) NOT NULL DEFAULT 0,"
    " created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,"
    " updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP)";

constexpr const char* kFill =
    "INSERT INTO shop.orders SELECT seq, CONCAT('customer ', LPAD(seq * 7919 % 1000003, 7, '0')),"
    " 1 + seq % 5, seq * 37 % 1000000 / 100, FROM_UNIXTIME(1735689600 + seq * 13 % 31536000),"
    " FROM_UNIXTIME(1735689600 + seq * 17 % 31536000) FROM shop.seq_1_to_{}";

// Each update changes its row's status: an update without a change is not logged.
// In the server, since a client's round trip a statement would take minutes.
constexpr const char* kProcedure = R"(
CREATE PROCEDURE shop.change_orders(first_id BIGINT, transactions BIGINT)
BEGIN
  DECLARE t BIGINT DEFAULT 0;
  DECLARE i INT;
  DECLARE new_id BIGINT;
  WHILE t < transactions DO
    START TRANSACTION;
    SET i = 0;
    WHILE i < 4 DO
      SET new_id = first_id + t * 4 + i;
      INSERT INTO shop.orders (id, customer_name, status, total_amount) VALUES
        (new_id, CONCAT('customer ', LPAD(new_id * 7919 % 1000003, 7, '0')), 1 + i, new_id % 1000);
      UPDATE shop.orders SET status = 1 + (status + i) % 5, total_amount = (t + i) % 100000
        WHERE id = 1 + (new_id * 7919) % 10000;
      SET i = i + 1;
    END WHILE;
    DELETE FROM shop.orders WHERE id = new_id;
    DELETE FROM shop.orders WHERE id = new_id - 1;
    COMMIT;
    SET t = t + 1;
  END WHILE;
END)";

}  // namespace

Status FillOrders(const World& world, uint64_t rows) {
  const auto connection = ROWHOUSE_TRY(world.Connect());
  ROWHOUSE_TRY(connection->Execute("SET SESSION sql_log_bin = 0"));
  ROWHOUSE_TRY(connection->Execute("SET GLOBAL innodb_flush_log_at_trx_commit = 2"));
  ROWHOUSE_TRY(connection->Execute("CREATE DATABASE IF NOT EXISTS shop"));
  ROWHOUSE_TRY(connection->Execute("DROP TABLE IF EXISTS shop.orders"));
  ROWHOUSE_TRY(connection->Execute(kTable));
  if (rows > 0) {
    ROWHOUSE_TRY(connection->Execute(fmt::format(fmt::runtime(kFill), rows)));
  }
  ROWHOUSE_TRY(connection->Execute("DROP PROCEDURE IF EXISTS shop.change_orders"));
  return connection->Execute(kProcedure);
}

Status ChangeOrders(const World& world, uint64_t transactions) {
  const auto connection = ROWHOUSE_TRY(world.Connect());
  const std::string next =
      ROWHOUSE_TRY(connection->Value("SELECT COALESCE(MAX(id), 0) + 1 FROM shop.orders"));
  return connection->Execute(fmt::format("CALL shop.change_orders({}, {})", next, transactions));
}

}  // namespace rowhouse::bench
