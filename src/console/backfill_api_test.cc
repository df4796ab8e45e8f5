#include "console/backfill_api.h"

#include <gtest/gtest.h>

#include "console/site_test.h"

namespace rowhouse::console {
namespace {

Error Full() {
  return Error(ErrorKind::kConfig, "4 backfills wait already").WithCode("E-FILL-006");
}

// A site whose backfills are noted and answered as the test says.
class BackfillSite : public testing::Test {
 protected:
  BackfillSite() : site({}, kAdmin, [this](Console& console) { AddBackfills(console, Work()); }) {
    site.SignIn(kAdmin, kPassword);
  }

  BackfillWork Work() {
    BackfillWork work;
    work.wanted = [](const TableId& table) { return table.db == "shop"; };
    work.look = [this](const BackfillOrder& order) -> Result<Json> {
      looked.push_back(order);
      return Json{{"complete", true}, {"read", "7"}};
    };
    work.order = [this](const BackfillOrder& order) {
      ordered.push_back(order);
      return answer;
    };
    work.cancel = [this](const std::string& id) -> Result<Json> {
      cancelled.push_back(id);
      return Json{{"id", id}, {"state", "cancelled"}};
    };
    work.resume = [](const std::string& id) -> Result<Json> {
      return Error(ErrorKind::kNotFound, "there is no backfill " + id).WithCode("E-FILL-004");
    };
    work.list = [](const std::string& id) -> Result<std::vector<Json>> {
      return std::vector<Json>{
          {{"id", id.empty() ? "b1" : id}, {"table", "shop.a"}, {"state", "done"}}};
    };
    work.under_way = [] { return std::vector<Json>{{{"id", "b2"}}}; };
    return work;
  }

  int Post(const std::string& target, const Json& body) {
    said = site.Ask("POST", "/api/v1" + target, body.dump());
    return said.status;
  }

  std::vector<BackfillOrder> ordered;
  std::vector<BackfillOrder> looked;
  std::vector<std::string> cancelled;
  Result<std::string> answer = std::string("b9");
  http::Response said;
  Site site;
};

TEST_F(BackfillSite, TakesAnOrderWithAllItsOptions) {
  const Json body = {
      {"from", "2026-01-01"},
      {"to", "2026-02-01"},
      {"column", "created_at"},
      {"where", "region = 7"},
      {"mode", "changed"},
      {"chunk", 500},
      {"readers", 3},
      {"rate", 20000},
      {"max_threads_running", 40},
      {"max_replica_lag", 5}};
  ASSERT_EQ(Post("/tables/shop.orders/backfill", body), 202) << said.body;
  EXPECT_EQ(Json::parse(said.body)["id"], "b9");
  ASSERT_EQ(ordered.size(), 1U);
  const BackfillOrder& order = ordered.front();
  EXPECT_EQ(order.table, (TableId{"shop", "orders"}));
  EXPECT_EQ(order.from + order.to + order.column, "2026-01-012026-02-01created_at");
  EXPECT_EQ(order.where, "region = 7");
  EXPECT_EQ(order.mode, "changed");
  EXPECT_EQ(order.chunk_rows, 500U);
  EXPECT_EQ(order.readers, 3);
  EXPECT_EQ(order.rows_per_second, 20000U);
  EXPECT_EQ(order.threads_running_max, 40U);
  EXPECT_EQ(order.replica_lag_s_max, 5U);
}

TEST_F(BackfillSite, ADryRunOrdersNothing) {
  ASSERT_EQ(Post("/tables/shop.orders/backfill", {{"where", "1"}, {"dry_run", true}}), 200);
  EXPECT_EQ(Json::parse(said.body)["read"], "7");
  EXPECT_EQ(looked.size(), 1U);
  EXPECT_EQ(looked.front().mode, "missing");
  EXPECT_TRUE(ordered.empty());
}

TEST_F(BackfillSite, RefusesWhatIsNoOrder) {
  EXPECT_EQ(Post("/tables/shop.orders/backfill", Json::object()), 400);
  EXPECT_EQ(Post("/tables/shop.orders/backfill", {{"where", "1"}, {"mode", "some"}}), 400);
  EXPECT_EQ(Post("/tables/shop.orders/backfill", {{"where", "1"}, {"readers", 9}}), 400);
  EXPECT_EQ(Post("/tables/shop.orders/backfill", {{"where", "1"}, {"chunk", 0}}), 400);
  EXPECT_EQ(Post("/tables/shop.orders/backfill", {{"where", "1"}, {"fro", "2026-01-01"}}), 400);
  EXPECT_EQ(Post("/tables/other.orders/backfill", {{"where", "1"}}), 404);
  EXPECT_EQ(Post("/tables/orders/backfill", {{"where", "1"}}), 404);
  EXPECT_TRUE(ordered.empty());
}

TEST_F(BackfillSite, SaysWhyAnOrderIsNotTaken) {
  answer = Full();
  EXPECT_EQ(Post("/tables/shop.orders/backfill", {{"where", "1"}}), 409);
  EXPECT_EQ(CodeOf(said), "E-FILL-006");
  EXPECT_EQ(Post("/backfills/b1/resume", Json::object()), 404);
  EXPECT_EQ(CodeOf(said), "E-FILL-004");
}

TEST_F(BackfillSite, CancelsAndLists) {
  EXPECT_EQ(Post("/backfills/b1/cancel", Json::object()), 200);
  EXPECT_EQ(cancelled, std::vector<std::string>{"b1"});
  EXPECT_EQ(Json::parse(site.Ask("GET", "/api/v1/backfills").body)["items"][0]["id"], "b1");
  EXPECT_EQ(Json::parse(site.Ask("GET", "/api/v1/backfills/b7").body)["id"], "b7");
}

TEST_F(BackfillSite, IsForOperatorsAndInTheAuditLog) {
  const Json viewer = {{"email", "v@test.com"}, {"password", "long enough"}, {"role", "viewer"}};
  ASSERT_EQ(Post("/users", viewer), 201) << said.body;
  ASSERT_EQ(Post("/tables/shop.orders/backfill", {{"where", "1"}}), 202);
  site.SignIn("v@test.com", "long enough");
  EXPECT_EQ(site.Ask("GET", "/api/v1/backfills").status, 200);
  EXPECT_EQ(Post("/tables/shop.orders/backfill", {{"where", "1"}}), 403);
  EXPECT_EQ(Post("/tables/shop.orders/backfill", {{"where", "1"}, {"dry_run", true}}), 403);
  EXPECT_EQ(Post("/backfills/b1/cancel", Json::object()), 403);
  EXPECT_EQ(Post("/backfills/b1/resume", Json::object()), 403);
  EXPECT_EQ(ordered.size(), 1U);
  site.SignIn(kAdmin, kPassword);
  const std::string audit = site.Ask("GET", "/api/v1/audit").body;
  EXPECT_NE(audit.find("POST /tables/{table}/backfill"), std::string::npos);
  EXPECT_NE(audit.find("shop.orders"), std::string::npos);
  EXPECT_NE(audit.find("refused"), std::string::npos);
}

}  // namespace
}  // namespace rowhouse::console
