#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "console/kafka_api.h"
#include "console/site_test.h"
#include "http/server.h"

namespace rowhouse::console {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kConnectors = R"({
  "archive": {
    "info": {"name": "archive", "type": "sink",
             "config": {"connector.class": "S3", "aws.secret.access.key": "hush", "topics": "a"}},
    "status": {"name": "archive", "type": "sink",
               "connector": {"state": "RUNNING", "worker_id": "w1:8083"},
               "tasks": [{"id": 0, "state": "RUNNING", "worker_id": "w1:8083"},
                         {"id": 1, "state": "FAILED", "worker_id": "w2:8083",
                          "trace": "ConnectException: AccessDenied"}]}},
  "odd": {}
})";

// A Kafka Connect that answers as a real one does, and keeps what it was asked.
class FakeConnect {
 public:
  FakeConnect()
      : server_(http::Server::Start({}, [this](const auto& request, auto&, auto& response) {
                  asked.push_back(request.method + " " + request.target);
                  response.SetStatus(StatusOf(request));
                  response.SetHeader("Content-Type", "application/json");
                  (void)response.Send(BodyOf(request));
                }).value()) {}

  std::string url() const { return fmt::format("http://127.0.0.1:{}", server_->port()); }

  std::vector<std::string> asked;

 private:
  static int StatusOf(const http::Request& request) {
    if (request.path == "/connectors/none/pause") {
      return 404;
    }
    return request.method == "GET" ? 200 : 202;
  }

  static std::string BodyOf(const http::Request& request) {
    if (request.path == "/connectors") {
      return kConnectors;
    }
    if (request.path == "/connectors/archive/topics") {
      return R"({"archive": {"topics": ["shop.orders"]}})";
    }
    if (request.path == "/connectors/none/pause") {
      return R"({"error_code": 404, "message": "Unknown connector none"})";
    }
    return request.method == "GET" ? "{}" : "";
  }

  std::unique_ptr<http::Server> server_;
};

class ConnectorsSite : public testing::Test {
 protected:
  ConnectorsSite()
      : site({}, kAdmin, [](Console& console) {
          AddKafkaPages(
              console,
              {.local = {{"id", "local"}, {"connect", nullptr}},
               .local_options = {},
               .tables = [] { return std::map<std::string, std::string>(); }}
          );
        }) {
    site.SignIn(kAdmin, kPassword);
    const Json cluster = {
        {"id", "other"}, {"bootstrap", "127.0.0.1:1"}, {"connect", {{"url", connect.url()}}}};
    EXPECT_LT(site.Ask("POST", "/api/v1/clusters", cluster.dump()).status, 300);
  }

  http::Response Order(const std::string& what) {
    return site.Ask("POST", "/api/v1/clusters/other/connectors/" + what, "{}");
  }

  FakeConnect connect;
  Site site;
};

TEST_F(ConnectorsSite, ListsThemWithWhatFailedAndWithoutSecrets) {
  const http::Response answer = site.Ask("GET", "/api/v1/clusters/other/connectors");
  ASSERT_EQ(answer.status, 200) << answer.body;
  const Json page = Json::parse(answer.body);
  ASSERT_EQ(page["items"].size(), 2U);
  const Json& archive = page["items"][0];
  EXPECT_EQ(archive["name"], "archive");
  EXPECT_EQ(archive["type"], "sink");
  EXPECT_EQ(archive["state"], "FAILED") << "one of its tasks has";
  EXPECT_EQ(archive["tasks"][0]["trace"], nullptr);
  EXPECT_EQ(archive["tasks"][1]["trace"], "ConnectException: AccessDenied");
  EXPECT_EQ(archive["topics"], Json::parse(R"(["shop.orders"])"));
  EXPECT_EQ(archive["config"]["connector.class"], "S3");
  EXPECT_EQ(archive["config"]["aws.secret.access.key"], "***");
  EXPECT_THAT(answer.body, Not(HasSubstr("hush")));
  EXPECT_EQ(page["items"][1]["state"], "") << "what it does not tell is no error";
}

TEST_F(ConnectorsSite, OrdersGoToConnectAndIntoTheAudit) {
  EXPECT_EQ(Order("archive/pause").status, 202);
  EXPECT_EQ(Order("archive/resume").status, 202);
  EXPECT_EQ(Order("a%20b/restart").status, 202);
  EXPECT_THAT(
      connect.asked,
      ElementsAre(
          "PUT /connectors/archive/pause",
          "PUT /connectors/archive/resume",
          "POST /connectors/a%20b/restart?includeTasks=true&onlyFailed=false"
      )
  );
  EXPECT_THAT(site.Ask("GET", "/api/v1/audit").body, HasSubstr("other/archive"));
}

TEST_F(ConnectorsSite, ARefusalKeepsItsReason) {
  const http::Response refused = Order("none/pause");
  EXPECT_EQ(refused.status, 404);
  EXPECT_THAT(refused.body, HasSubstr("Unknown connector none"));
  EXPECT_EQ(site.Ask("GET", "/api/v1/clusters/nowhere/connectors").status, 404);
}

TEST_F(ConnectorsSite, AClusterWithoutConnectHasNoConnectors) {
  const http::Response answer = site.Ask("GET", "/api/v1/clusters/local/connectors");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(Json::parse(answer.body)["items"], Json::array());
  EXPECT_EQ(site.Ask("POST", "/api/v1/clusters/local/connectors/x/pause", "{}").status, 404);
}

}  // namespace
}  // namespace rowhouse::console
