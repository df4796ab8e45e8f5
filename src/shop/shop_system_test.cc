#include <cstdio>
#include <memory>
#include <unistd.h>

#include <gtest/gtest.h>

#include "shop/shop.h"
#include "shop/traffic.h"
#include "testing/real_server.h"

namespace rowhouse::shop {
namespace {

using rowhouse::testing::RealServer;

// One real MariaDB a run, a database a test.
class ShopTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto started = RealServer::Start(rowhouse::testing::Database::kMariaDb);
    if (started) {
      server_ = std::move(*started);
    } else {
      std::fprintf(stderr, "NO MARIADB: %s\n", started.error().ToString().c_str());
    }
  }

  static void TearDownTestSuite() { server_.reset(); }

  void SetUp() override {
    if (server_ == nullptr) {
      GTEST_SKIP() << "no MariaDB on this machine: run tools/bootstrap demo";
    }
    database_ = ::testing::UnitTest::GetInstance()->current_test_info()->name();
    shop_ = *Shop::Open(Connect(), database_);
    sql_ = Connect();
  }

  static mysql::SourceOptions Options() {
    mysql::SourceOptions options;
    options.port = server_->port();
    options.user = "root";
    return options;
  }

  static std::unique_ptr<mysql::Connection> Connect() {
    auto connection = mysql::Connection::Open(Options());
    EXPECT_TRUE(connection) << connection.error().ToString();
    return std::move(*connection);
  }

  uint64_t Count(const std::string& from) {
    const auto value = sql_->Value("SELECT COUNT(*) FROM " + database_ + "." + from);
    EXPECT_TRUE(value) << value.error().ToString();
    return std::stoull(*value);
  }

  std::string Sum(const std::string& table) {
    return *sql_->Value(
        "SELECT CONCAT(COUNT(*), ':', BIT_XOR(CRC32(CONCAT_WS('|', t.id, "
        "t.customer_name, t.total_amount, t.created_at)))) FROM " +
        database_ + "." + table + " t"
    );
  }

  static inline std::unique_ptr<RealServer> server_;
  std::string database_;
  std::unique_ptr<Shop> shop_;
  std::unique_ptr<mysql::Connection> sql_;
};

TEST_F(ShopTest, LoadsTheAskedNumberAndNoMoreASecondTime) {
  ASSERT_TRUE(shop_->Load({5'500}, kSeed, {}));
  EXPECT_EQ(Count("orders"), 5'500u);
  EXPECT_EQ(Count("products"), 275u);
  EXPECT_GT(Count("order_items"), 5'500u);
  const std::string before = Sum("orders");
  ASSERT_TRUE(shop_->Load({5'500}, kSeed, {}));
  EXPECT_EQ(Sum("orders"), before);
}

TEST_F(ShopTest, ASeedGivesTheSameShopAlsoAfterAStopInTheMiddle) {
  std::stop_source stop;
  const Status stopped =
      shop_->Load({9'000}, kSeed, stop.get_token(), [&](uint64_t) { stop.request_stop(); });
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().kind(), ErrorKind::kCancelled);
  EXPECT_EQ(Count("orders"), 4'000u);
  ASSERT_TRUE(shop_->Load({9'000}, kSeed, {}));
  const std::string in_two = Sum("orders");
  ASSERT_TRUE(sql_->Execute("DROP DATABASE " + database_));
  shop_ = *Shop::Open(Connect(), database_);
  ASSERT_TRUE(shop_->Load({9'000}, kSeed, {}));
  EXPECT_EQ(Sum("orders"), in_two);
}

TEST_F(ShopTest, EveryOrderCostsTheSumOfItsItemsAfterManyChanges) {
  ASSERT_TRUE(shop_->Load({500}, kSeed, {}));
  Dice dice(5);
  uint64_t changes = 0;
  for (int i = 0; i < 600; ++i) {
    const auto changed = shop_->Change(dice);
    ASSERT_TRUE(changed) << changed.error().ToString();
    changes += *changed;
  }
  EXPECT_GT(changes, 1'000u);
  EXPECT_GT(Count("orders WHERE id > 500"), 100u) << "no new orders";
  EXPECT_LT(Count("orders WHERE id <= 500"), 500u) << "none was deleted";
  EXPECT_GT(Count("products WHERE updated_at > created_at"), 10u) << "no changed prices";
  EXPECT_EQ(
      Count(
          "orders o WHERE total_amount <> (SELECT SUM(quantity * unit_price) FROM " + database_ +
          ".order_items i WHERE i.order_id = o.id)"
      ),
      0u
  );
  EXPECT_EQ(
      Count(
          "order_items i WHERE NOT EXISTS (SELECT 1 FROM " + database_ +
          ".orders o WHERE o.id = i.order_id)"
      ),
      0u
  );
}

TEST_F(ShopTest, OpeningAnExistingShopLeavesNoTraceInTheBinaryLog) {
  const std::string before = sql_->Query("SHOW MASTER STATUS")->First("Position");
  ASSERT_TRUE(Shop::Open(Connect(), database_));
  EXPECT_EQ(sql_->Query("SHOW MASTER STATUS")->First("Position"), before);
}

TEST_F(ShopTest, AnEmptyShopCanBeChanged) {
  Dice dice(1);
  for (int i = 0; i < 100; ++i) {
    const auto changed = shop_->Change(dice);
    ASSERT_TRUE(changed) << changed.error().ToString();
  }
}

TEST_F(ShopTest, TrafficKeepsItsRate) {
  ASSERT_TRUE(shop_->Load({200}, kSeed, {}));
  Traffic traffic({.server = Options(), .database = database_, .changes_per_second = 200});
  const auto began = Clock::Real().Now();
  traffic.Start();
  while (traffic.changes() < 200 && Clock::Real().Now() - began < seconds(20)) {
    ::usleep(2000);
  }
  traffic.Stop();
  const std::chrono::duration<double> took = Clock::Real().Now() - began;
  // The first transaction is free; an order brings at most six changes at once.
  EXPECT_GT(took.count(), 0.9);
  EXPECT_LT(took.count(), 10);
}

}  // namespace
}  // namespace rowhouse::shop
