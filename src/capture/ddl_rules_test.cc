#include "capture/ddl_rules.h"

#include <gtest/gtest.h>

namespace rowhouse::capture {
namespace {

const TableId kOrders{"shop", "orders"};
const TableId kItems{"shop", "items"};

class Rules : public testing::Test {
 protected:
  Rules()
      : rules_(
            [](const TableId& id) { return id.db == "shop" && !id.table.starts_with('_'); }, false
        ) {
    rules_.Know(kOrders, true);
    rules_.Know(kItems, true);
  }

  DdlOrders Read(const std::string& sql) {
    SourceNotice notice;
    notice.kind = SourceNotice::Kind::kDdl;
    notice.table.db = "shop";
    notice.text = sql;
    notice.at = {"binlog.000001", 100};
    notice.gtid = "g:1";
    return rules_.Read(notice, 3);
  }

  DdlRules rules_;
};

TEST_F(Rules, AStatementAboutOtherTablesIsNoEvent) {
  EXPECT_FALSE(Read("TRUNCATE other.orders").event);
  EXPECT_FALSE(Read("CREATE USER a").event);
  EXPECT_FALSE(Read("DROP DATABASE other").event);
}

TEST_F(Rules, AnEventNamesPlaceAndEffects) {
  const DdlOrders orders = Read("ALTER TABLE orders ADD note INT");
  ASSERT_TRUE(orders.event);
  EXPECT_EQ(orders.event->at.epoch, 3);
  EXPECT_EQ(orders.event->at.binlog.pos, 100u);
  EXPECT_EQ(orders.event->gtid, "g:1");
  ASSERT_EQ(orders.event->effects.size(), 1u);
  EXPECT_EQ(orders.altered, orders.event->effects);
}

TEST_F(Rules, TruncateEmptiesATable) {
  EXPECT_EQ(Read("TRUNCATE orders").emptied, std::vector{kOrders});
}

TEST_F(Rules, ATableMadeAnewStartsEmpty) {
  EXPECT_EQ(Read("DROP TABLE orders, _x, nothing").gone, std::vector{kOrders});
  EXPECT_TRUE(Read("DROP TABLE IF EXISTS orders").gone.empty()) << "it was gone";
  const DdlOrders created = Read("CREATE TABLE IF NOT EXISTS orders (id INT)");
  EXPECT_EQ(created.emptied, std::vector{kOrders});
  EXPECT_EQ(created.started, std::vector{kOrders});
}

TEST_F(Rules, ANewTableHasNothingToEmpty) {
  const DdlOrders created = Read("CREATE TABLE fresh (id INT)");
  EXPECT_TRUE(created.emptied.empty());
  EXPECT_EQ(created.started, (std::vector{TableId{"shop", "fresh"}}));
}

TEST_F(Rules, CreateIfNotExistsOfATableThereDoesNothing) {
  const DdlOrders orders = Read("CREATE TABLE IF NOT EXISTS orders (id INT)");
  EXPECT_TRUE(orders.emptied.empty());
  EXPECT_TRUE(orders.started.empty());
}

TEST_F(Rules, CreateOrReplaceEmpties) {
  EXPECT_EQ(Read("CREATE OR REPLACE TABLE orders (id INT)").emptied, std::vector{kOrders});
}

TEST_F(Rules, DropDatabaseTakesAllItsTables) {
  const DdlOrders orders = Read("DROP DATABASE shop");
  EXPECT_EQ(orders.gone, (std::vector{kItems, kOrders}));
  EXPECT_TRUE(orders.event);
}

TEST_F(Rules, ARenamedTableIsLoadedUnderItsNewName) {
  const DdlOrders orders = Read("RENAME TABLE orders TO orders2");
  EXPECT_EQ(orders.gone, std::vector{kOrders});
  ASSERT_EQ(orders.reload.size(), 1u);
  EXPECT_EQ(orders.reload[0].first, (TableId{"shop", "orders2"}));
  EXPECT_NE(Outcome(orders).find("its rows were those of shop.orders"), std::string::npos);
}

TEST_F(Rules, TwoTablesThatChangeNamesAreBothLoaded) {
  const DdlOrders orders = Read("RENAME TABLE orders TO _t, items TO orders, _t TO items");
  ASSERT_EQ(orders.reload.size(), 2u);
  EXPECT_TRUE(orders.gone.empty());
  EXPECT_NE(orders.reload[0].second.find("shop.orders"), std::string::npos);
}

TEST_F(Rules, ACutOverIsAnAlterWithTheColumnsOfItsShadow) {
  EXPECT_FALSE(Read("CREATE TABLE _orders_gho LIKE orders").event);
  EXPECT_FALSE(Read("ALTER /* gh-ost */ TABLE shop._orders_gho ADD note INT").event);
  const DdlOrders orders = Read(
      "RENAME /* gh-ost */ TABLE `shop`.`orders` TO `shop`.`_orders_del`, "
      "`shop`.`_orders_gho` TO `shop`.`orders`"
  );
  EXPECT_TRUE(orders.reload.empty());
  EXPECT_TRUE(orders.gone.empty());
  ASSERT_EQ(orders.altered.size(), 1u);
  EXPECT_EQ(orders.altered[0].table, kOrders);
  ASSERT_EQ(orders.altered[0].columns.size(), 1u);
  EXPECT_EQ(orders.altered[0].columns[0].column, "note");
}

TEST_F(Rules, AShadowIsKnownByItsName) {
  EXPECT_TRUE(IsShadowOf({"shop", "_orders_gho"}, kOrders));
  EXPECT_TRUE(IsShadowOf({"shop", "_orders_new"}, kOrders));
  EXPECT_TRUE(IsShadowOf({"shop", "__orders_new"}, kOrders));
  EXPECT_FALSE(IsShadowOf({"shop", "orders_new"}, kOrders));
  EXPECT_FALSE(IsShadowOf({"other", "_orders_gho"}, kOrders));
  EXPECT_FALSE(IsShadowOf({"shop", "_items_gho"}, kOrders));
}

TEST_F(Rules, ARenameInTwoStepsLoadsTheTable) {
  EXPECT_EQ(Read("RENAME TABLE orders TO _orders_old").gone, std::vector{kOrders});
  EXPECT_EQ(Read("RENAME TABLE _orders_new TO orders").reload.size(), 1u);
}

TEST_F(Rules, PartitionsThatMoveRowsLoadTheTablesAgain) {
  EXPECT_EQ(Read("ALTER TABLE orders DROP PARTITION p0").reload.size(), 1u);
  EXPECT_EQ(Read("ALTER TABLE orders EXCHANGE PARTITION p0 WITH TABLE items").reload.size(), 2u);
  EXPECT_TRUE(Read("ALTER TABLE orders ADD PARTITION (PARTITION p VALUES IN (1))").reload.empty());
}

TEST_F(Rules, RightsAskForALook) {
  EXPECT_TRUE(Read("GRANT SELECT ON shop.* TO rowhouse").look);
  EXPECT_FALSE(Read("TRUNCATE orders").look);
}

}  // namespace
}  // namespace rowhouse::capture
