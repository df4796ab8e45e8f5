#pragma once

#include <cstdint>

#include "base/result.h"
#include "bench/world.h"

namespace rowhouse::bench {

// Makes shop.orders anew with `rows` rows, ids from 1. Not in the binary log.
Status FillOrders(const World& world, uint64_t rows);

// Rows that a transaction of ChangeOrders touches, and Kafka records it becomes (a delete is
// followed by a tombstone): 4 inserts, 4 updates of older rows, 2 deletes; a statement each.
inline constexpr uint64_t kChangesATransaction = 10;
inline constexpr uint64_t kRecordsATransaction = 12;

// Writes that many transactions into the binary log. Needs 10,000 rows there.
Status ChangeOrders(const World& world, uint64_t transactions);

}  // namespace rowhouse::bench
