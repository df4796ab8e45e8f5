#include <gtest/gtest.h>

#include "console/kafka_api.h"
#include "console/site_test.h"

namespace rowhouse::console {
namespace {

// A site whose Kafka is not there: what is refused before it is asked.
class ProduceSite : public testing::Test {
 protected:
  ProduceSite()
      : site({}, kAdmin, [](Console& console) {
          KafkaPagesOptions options;
          options.local = {{"id", kLocalCluster}, {"name", "Built in"}};
          options.local_options.kafka.bootstrap = "127.0.0.1:1";
          options.tables = [] { return std::map<std::string, std::string>(); };
          options.own_topic = [](const std::string& topic) {
            return topic == "p.shop.orders" ? "it carries the rows of shop.orders" : "";
          };
          AddKafkaPages(console, std::move(options));
        }) {
    site.SignIn(kAdmin, kPassword);
  }

  int Post(const std::string& topic, const Json& body) {
    said = site.Ask("POST", "/api/v1/clusters/local/topics/" + topic + "/messages", body.dump());
    return said.status;
  }

  static Json Text(const char* text) { return {{"format", "string"}, {"text", text}}; }

  http::Response said;
  Site site;
};

TEST_F(ProduceSite, RefusesWhatIsNoRecordAndNamesTheField) {
  const auto refused = [this](const Json& body, const std::string& word) {
    return Post("t", body) == 400 && said.body.find(word) != std::string::npos;
  };
  EXPECT_TRUE(refused(Json::object(), "value: is missing"));
  EXPECT_TRUE(refused({{"value", {{"format", "xml"}, {"text", ""}}}}, "value.format")) << said.body;
  EXPECT_TRUE(refused({{"value", {{"format", "json"}}}}, "value.text: is missing")) << said.body;
  EXPECT_TRUE(refused({{"value", {{"txt", "a"}}}}, "value.txt")) << said.body;
  EXPECT_TRUE(refused({{"value", Text("a")}, {"key", {{"text", 7}}}}, "key.text")) << said.body;
  EXPECT_TRUE(refused({{"value", {{"text", "a"}, {"schema_id", 0}}}}, "schema_id")) << said.body;
  EXPECT_TRUE(refused({{"value", Text("a")}, {"headers", {{{"name", "x"}}}}}, "headers"));
  EXPECT_TRUE(refused({{"value", Text("a")}, {"partition", -1}}, "partition")) << said.body;
  EXPECT_TRUE(refused({{"value", "a"}}, "value")) << said.body;
}

TEST_F(ProduceSite, APipelinesOwnTopicIsRefusedUnlessForced) {
  EXPECT_EQ(Post("p.shop.orders", {{"value", Text("a")}}), 409);
  EXPECT_EQ(CodeOf(said), "E-KAFKA-008");
  EXPECT_NE(said.body.find("shop.orders"), std::string::npos);
}

TEST_F(ProduceSite, IsForOperatorsAndInTheAuditLog) {
  const Json viewer = {{"email", "v@test.com"}, {"password", "long enough"}, {"role", "viewer"}};
  ASSERT_EQ(site.Ask("POST", "/api/v1/users", viewer.dump()).status, 201);
  site.SignIn("v@test.com", "long enough");
  EXPECT_EQ(Post("t", {{"value", Text("a")}}), 403);
  site.SignIn(kAdmin, kPassword);
  EXPECT_EQ(Post("p.shop.orders", {{"value", Text("a")}}), 409);
  const std::string audit = site.Ask("GET", "/api/v1/audit").body;
  EXPECT_NE(audit.find("POST /clusters/{c}/topics/{t}/messages"), std::string::npos);
  EXPECT_NE(audit.find("p.shop.orders"), std::string::npos);
}

}  // namespace
}  // namespace rowhouse::console
