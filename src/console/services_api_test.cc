#include "console/services_api.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/log.h"
#include "console/site_test.h"
#include "console/sql_api.h"

namespace rowhouse::console {
namespace {

using testing::HasSubstr;

// A site with a server of ours, one of somebody else's and this process.
class ServicesSite : public testing::Test {
 protected:
  ServicesSite()
      : site({}, kAdmin, [this](Console& console) {
          AddServices(
              console,
              {[this] { return services; },
               [this](const std::string& name) {
                 restarted.push_back(name);
                 return Ok();
               }}
          );
          AddSql(
              console.routes(),
              {[this](const clickhouse::Question& question) {
                 asked = question;
                 return answer;
               },
               [] {
                 return Result<clickhouse::Rows>(clickhouse::Rows{
                     {"a", "t", "x", "Int8"}, {"a", "t", "y", "String"}, {"b", "t", "x", "Int8"}});
               }}
          );
        }) {
    std::ofstream(directory.path() + "/kafka.log")
        << "[2026-01-31 10:00:00,000] INFO one (x)\n[2026-01-31 10:00:01,000] ERROR two (x)\n";
    services[0].log_file = directory.path() + "/kafka.log";
    site.SignIn(kAdmin, kPassword);
  }

  Json Get(const std::string& target) {
    return Json::parse(site.Ask("GET", "/api/v1" + target).body);
  }

  const TestDirectory directory;
  std::vector<ServiceFacts> services = {
      {.name = "kafka", .kind = "broker", .state = "ready", .managed = true, .pid = ::getpid()},
      {.name = "mysql",
       .kind = "database",
       .state = "failed",
       .note = "refused",
       .code = "E-CH-001"},
      {.name = "capture", .kind = "capture", .state = "ready", .log_of_process = true}};
  std::vector<std::string> restarted;
  clickhouse::Question asked;
  Result<clickhouse::Answered> answer = clickhouse::Answered{};
  Site site;
};

TEST_F(ServicesSite, ListsEveryPartWithWhatIsKnownOfIt) {
  const Json items = Get("/services")["items"];
  ASSERT_EQ(items.size(), 3U);
  EXPECT_GT(items[0]["rss_bytes"].get<int64_t>(), 0);
  EXPECT_EQ(items[0]["since"], nullptr);
  EXPECT_EQ(items[1]["note"], "refused");
  EXPECT_EQ(items[1]["pid"], nullptr);
  EXPECT_FALSE(items[1]["has_log"]);
  EXPECT_TRUE(items[2]["has_log"]);
}

TEST_F(ServicesSite, ShowsALogByPagesLevelsAndWords) {
  const Json page = Get("/services/kafka/log?lines=1");
  EXPECT_EQ(page["lines"][0]["text"], "two (x)");
  EXPECT_EQ(page["lines"][0]["level"], "error");
  EXPECT_TRUE(page["more"]);
  const auto before = page["lines"][0]["n"].get<int64_t>();
  EXPECT_EQ(
      Get(fmt::format("/services/kafka/log?before={}", before))["lines"][0]["text"], "one (x)"
  );
  EXPECT_EQ(Get("/services/kafka/log?level=error")["lines"].size(), 1U);
  EXPECT_EQ(Get("/services/kafka/log?search=ONE")["lines"].size(), 1U);
  EXPECT_EQ(site.Ask("GET", "/api/v1/services/kafka/log?level=loud").status, 400);
  EXPECT_EQ(site.Ask("GET", "/api/v1/services/mysql/log").status, 404);
  EXPECT_EQ(site.Ask("GET", "/api/v1/services/none/log").status, 404);
  LogWarn("said by the process itself");
  EXPECT_EQ(Get("/services/capture/log?search=process%20itself")["lines"].size(), 1U);
}

TEST_F(ServicesSite, GivesTheLogAsAFile) {
  const http::Response file = site.Ask("GET", "/api/v1/services/kafka/log/download");
  EXPECT_EQ(file.status, 200);
  EXPECT_THAT(file.body, HasSubstr("INFO one (x)\n[2026"));
  EXPECT_THAT(std::string(file.headers.Get("Content-Disposition")), HasSubstr("kafka.log"));
}

TEST_F(ServicesSite, ALiveLogTellsWhatIsWritten) {
  http::WireClient viewer(site.port());
  viewer.Send(fmt::format(
      "GET /api/v1/services/kafka/log/live?search=three HTTP/1.1\r\nCookie: {}\r\n\r\n", site.cookie
  ));
  EXPECT_THAT(viewer.ReadTo("text/event-stream"), HasSubstr("200"));
  std::ofstream(services[0].log_file, std::ios::app)
      << "[2026-01-31 10:00:02,000] WARN three (x)\n[2026-01-31 10:00:02,000] WARN four (x)\n";
  const std::string told = viewer.ReadTo("three (x)\"}]");
  EXPECT_THAT(told, HasSubstr("event: lines"));
  EXPECT_THAT(told, testing::Not(HasSubstr("four")));
}

TEST_F(ServicesSite, RestartsOnlyWhatIsOursAndConfirmed) {
  const std::string kafka = "/api/v1/services/kafka/restart";
  EXPECT_EQ(CodeOf(site.Ask("POST", kafka, "{}")), "E-CON-011");
  EXPECT_EQ(site.Ask("POST", kafka, R"({"confirm":"kafka"})").status, 202);
  EXPECT_EQ(
      site.Ask("POST", "/api/v1/services/mysql/restart", R"({"confirm":"mysql"})").status, 409
  );
  EXPECT_EQ(site.Ask("POST", "/api/v1/services/x/restart", R"({"confirm":"x"})").status, 404);
  EXPECT_THAT(restarted, testing::ElementsAre("kafka"));
}

TEST_F(ServicesSite, AnswersSqlAsText) {
  answer->columns = {{"a", "UInt64"}};
  answer->rows = {{"18446744073709551615"}, {std::nullopt}};
  answer->rows_read = 2;
  const http::Response response =
      site.Ask("POST", "/api/v1/sql", R"({"sql":"SELECT a FROM t","limit":7})");
  ASSERT_EQ(response.status, 200) << response.body;
  const Json json = Json::parse(response.body);
  EXPECT_EQ(json["rows"], Json::parse(R"([["18446744073709551615"],[null]])"));
  EXPECT_EQ(json["columns"][0]["type"], "UInt64");
  EXPECT_EQ(json["rows_read"], "2");
  EXPECT_EQ(json["bytes_read"], nullptr);
  EXPECT_EQ(asked.sql, "SELECT a FROM t");
  EXPECT_EQ(asked.rows_max, 7U);
  const Json tables = Get("/sql/tables");
  ASSERT_EQ(tables.size(), 2U);
  EXPECT_EQ(tables[0]["columns"].size(), 2U);
}

TEST_F(ServicesSite, TheAuditHasWhatWasAsked) {
  (void)site.Ask("POST", "/api/v1/sql", R"({"sql":"SELECT secret FROM t"})");
  const Json trail = Get("/audit")["items"];
  ASSERT_FALSE(trail.empty());
  EXPECT_EQ(trail[0]["target"], "SELECT secret FROM t");
}

TEST_F(ServicesSite, TellsWhereAQuestionIsWrong) {
  answer = Error(ErrorKind::kBadRecord, "Code: 62. Syntax error: failed at position 7")
               .WithCode("E-CON-017")
               .WithNative(7);
  const http::Response response = site.Ask("POST", "/api/v1/sql", R"({"sql":"SELECT"})");
  EXPECT_EQ(response.status, 422);
  EXPECT_EQ(Json::parse(response.body)["error"]["position"], 7);
  EXPECT_EQ(site.Ask("POST", "/api/v1/sql", R"({"sql":"x","limit":10001})").status, 400);
}

}  // namespace
}  // namespace rowhouse::console
