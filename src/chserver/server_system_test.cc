#include <algorithm>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "http/client.h"
#include "testing/embedded_clickhouse.h"

namespace rowhouse::chserver {
namespace {

using testing::EmbeddedClickHouse;
using testing::TempDir;

constexpr size_t kMillion = 1'000'000;

http::Response Ask(
    const EmbeddedClickHouse& server,
    const std::string& parameters,
    std::string_view body = {},
    const std::vector<http::Headers::Field>& headers = {},
    const std::string& method = "POST"
) {
  http::ClientOptions options;
  options.url = server.url();
  auto client = http::Client::Open(options).value();
  http::ClientRequest request;
  request.method = method;
  request.target = parameters;
  request.body = body;
  for (const auto& [name, value] : headers) {
    request.headers.Add(name, value);
  }
  auto response = client->Send(request);
  if (!response) {
    http::Response failed;
    failed.status = response.error().native();
    failed.body = response.error().ToString();
    return failed;
  }
  return *response;
}

std::string Query(const EmbeddedClickHouse& server, std::string_view sql) {
  return Ask(server, "/", sql).body;
}

std::string Url(const std::string& sql, const std::string& more = "") {
  return "/?query=" + http::PercentEncode(sql) + more;
}

// One server for the tests that only ask.
class ServerTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    dir_ = new TempDir;
    auto started = EmbeddedClickHouse::Start(dir_->path() + "/data", dir_->path() + "/log");
    if (started) {
      server_ = std::move(started).value().release();
    } else {
      why_ = new std::string(started.error().ToString());
      skip_ = started.error().kind() == ErrorKind::kNotFound;
    }
  }

  static void TearDownTestSuite() {
    delete server_;
    delete dir_;
    delete why_;
  }

  void SetUp() override {
    if (skip_) {
      GTEST_SKIP() << "SKIPPED: " << *why_;
    }
    ASSERT_NE(server_, nullptr) << *why_;
  }

  static EmbeddedClickHouse& server() { return *server_; }

 private:
  static inline TempDir* dir_ = nullptr;
  static inline EmbeddedClickHouse* server_ = nullptr;
  static inline std::string* why_ = nullptr;
  static inline bool skip_ = false;
};

TEST_F(ServerTest, AnswersHealthChecks) {
  EXPECT_EQ(Ask(server(), "/ping", {}, {}, "GET").body, "Ok.\n");
  EXPECT_EQ(Ask(server(), "/replicas_status", {}, {}, "GET").body, "Ok.\n");
  EXPECT_EQ(Ask(server(), "/", {}, {}, "GET").body, "Ok.\n");
  EXPECT_EQ(Ask(server(), "/nowhere", {}, {}, "GET").status, 404);
}

TEST_F(ServerTest, TakesTheStatementFromUrlAndBody) {
  EXPECT_EQ(Ask(server(), Url("SELECT 1"), {}, {}, "GET").body, "1\n");
  EXPECT_EQ(Query(server(), "SELECT 2"), "2\n");
  EXPECT_EQ(Ask(server(), Url("SELECT 3 +"), "4").body, "7\n");
  EXPECT_EQ(Ask(server(), "/?database=system", "SELECT count() FROM one").body, "1\n");
  EXPECT_EQ(Ask(server(), "/?default_format=JSONEachRow", "SELECT 1 AS a").body, "{\"a\":1}\n");
  const auto by_header =
      Ask(server(), "/", "SELECT 1 AS a", {{"X-ClickHouse-Format", "CSVWithNames"}});
  EXPECT_EQ(by_header.body, "\"a\"\n1\n");
  EXPECT_EQ(by_header.headers.Get("Content-Type"), "text/csv; charset=UTF-8; header=present");
}

TEST_F(ServerTest, BindsParametersAndSettingsToOneRequest) {
  EXPECT_EQ(
      Ask(server(), Url("SELECT {a:UInt8} + 1, {s:String}", "&param_a=4&param_s=it's")).body,
      "5\tit\\'s\n"
  );
  const std::string threads = "SELECT getSetting('max_threads')";
  EXPECT_EQ(Ask(server(), Url(threads, "&max_threads=3")).body, "3\n");
  EXPECT_NE(Ask(server(), Url(threads)).body, "3\n");
  EXPECT_EQ(Ask(server(), Url("SELECT 1", "&no_such_setting=1")).status, 404);
  EXPECT_EQ(Ask(server(), Url("SELECT 1", "&a%20b=1")).status, 404);
}

TEST_F(ServerTest, RemembersSetAndUseOfASession) {
  EXPECT_EQ(Ask(server(), "/?session_id=s1", "SET max_threads = 3").status, 200);
  EXPECT_EQ(Ask(server(), "/?session_id=s1", "USE system").status, 200);
  EXPECT_EQ(
      Ask(server(), "/?session_id=s1", "SELECT getSetting('max_threads'), currentDatabase()").body,
      "3\tsystem\n"
  );
  EXPECT_EQ(Ask(server(), "/?session_id=s2", "SELECT currentDatabase()").body, "default\n");
}

TEST_F(ServerTest, GivesErrorsAsClickHouseDoes) {
  const auto table = Ask(server(), "/", "SELECT * FROM nosuch");
  EXPECT_EQ(table.status, 404);
  EXPECT_EQ(table.headers.Get("X-ClickHouse-Exception-Code"), "60");
  EXPECT_EQ(table.body.find("Code: 60. DB::Exception: "), 0U);
  EXPECT_EQ(Ask(server(), "/", "SELEC 1").status, 400);
  EXPECT_EQ(Ask(server(), "/", "SELECT 1; SELECT 2").status, 400);
  EXPECT_EQ(Ask(server(), "/?database=nosuch", "SELECT 1").status, 404);
  EXPECT_EQ(Ask(server(), "/", "SELECT throwIf(1)").status, 500);
  EXPECT_EQ(
      Ask(server(), Url("CREATE DATABASE x"), {}, {}, "GET")
          .headers.Get("X-ClickHouse-Exception-Code"),
      "164"
  );
}

TEST_F(ServerTest, CutsAnAnswerThatFailsAfterItsStart) {
  const auto answer = Ask(server(), "/", "SELECT throwIf(number = 900000) FROM numbers(1000000)");
  EXPECT_NE(answer.status, 200);
  EXPECT_NE(answer.body.find("transfer"), std::string::npos) << answer.body;
}

TEST_F(ServerTest, InsertsFromEveryPlaceRowsCanBe) {
  Query(server(), "CREATE TABLE ins (a Int32, s String) ENGINE = MergeTree ORDER BY a");
  EXPECT_EQ(Query(server(), "INSERT INTO ins VALUES (1, 'a;b'), (2, 'c')"), "");
  EXPECT_EQ(Ask(server(), Url("INSERT INTO ins FORMAT CSV"), "3,\"x\n\ny\"\n").status, 200);
  EXPECT_EQ(Query(server(), "INSERT INTO ins FORMAT JSONEachRow\n{\"a\":4,\"s\":\"\"}"), "");
  const std::string binary("\x05\0\0\0\x01z", 6);
  EXPECT_EQ(Ask(server(), Url("INSERT INTO ins (a, s) FORMAT RowBinary"), binary).status, 200);
  const auto summary = Ask(server(), "/", "INSERT INTO ins SELECT number + 6, 's' FROM numbers(4)")
                           .headers.Get("X-ClickHouse-Summary");
  EXPECT_NE(summary.find("\"written_rows\":\"4\""), std::string::npos) << summary;
  EXPECT_EQ(Query(server(), "SELECT count(), sum(a), sum(length(s)) FROM ins"), "9\t45\t13\n");
  const auto bad = Ask(server(), Url("INSERT INTO ins FORMAT CSV"), "x,y\n");
  EXPECT_EQ(bad.status, 400) << bad.body;
  // The engine would take these rows and leave them out.
  const auto input =
      Ask(server(), Url("INSERT INTO ins SELECT a, 'x' FROM input('a Int32') FORMAT CSV"), "7\n");
  EXPECT_NE(input.status, 200);
  EXPECT_NE(input.body.find("input()"), std::string::npos) << input.body;
}

TEST_F(ServerTest, CompressesAsTheClientAsks) {
  const std::string on = "&enable_http_compression=1";
  for (const auto* const encoding : {"gzip", "zstd", "lz4", "deflate"}) {
    const auto answer = Ask(
        server(), Url("SELECT number FROM numbers(100000)", on), {}, {{"Accept-Encoding", encoding}}
    );
    EXPECT_EQ(answer.headers.Get("Content-Encoding"), encoding);
    EXPECT_LT(answer.body.size(), 500'000U);
  }
  EXPECT_EQ(Ask(server(), Url("SELECT 1", on), {}, {{"Accept-Encoding", "br"}}).body, "1\n");
  EXPECT_EQ(Ask(server(), "/", "SELECT 1", {{"Content-Encoding", "br"}}).status, 501);
  EXPECT_EQ(Ask(server(), "/", "SELECT 1", {{"Content-Encoding", "gzip"}}).status, 400);
}

TEST_F(ServerTest, TakesBackTheCompressedBlocksItGave) {
  Query(server(), "CREATE TABLE blocks (number UInt64) ENGINE = MergeTree ORDER BY number");
  const auto blocks =
      Ask(server(), "/?compress=1", "SELECT number FROM numbers(200000) FORMAT Native");
  EXPECT_LT(blocks.body.size(), 1'200'000U);
  const std::string insert = Url("INSERT INTO blocks FORMAT Native", "&decompress=1");
  EXPECT_EQ(Ask(server(), insert, blocks.body).status, 200);
  EXPECT_EQ(Query(server(), "SELECT count(), sum(number) FROM blocks"), "200000\t19999900000\n");
  EXPECT_EQ(Ask(server(), insert, std::string(100, 'x')).status, 400);
}

TEST_F(ServerTest, StreamsAMillionRowsBothWaysInBoundedMemory) {
  Query(server(), "CREATE TABLE big (n UInt64, s String) ENGINE = MergeTree ORDER BY n");
  http::ClientOptions options;
  options.url = server().url();
  auto client = http::Client::Open(options).value();
  http::ClientRequest insert;
  insert.method = "POST";
  insert.target = Url("INSERT INTO big FORMAT RowBinary");
  const std::string filler(100, 'x');
  uint64_t next = 0;
  insert.source = [&](char* into, size_t size) -> Result<size_t> {
    size_t used = 0;
    while (next < kMillion && used + 109 <= size) {
      std::memcpy(into + used, &next, 8);
      into[used + 8] = 100;
      std::memcpy(into + used + 9, filler.data(), filler.size());
      used += 109;
      ++next;
    }
    return used;
  };
  insert.deadline = Deadline::After(seconds(120));
  const auto inserted = client->Send(insert);
  ASSERT_TRUE(inserted) << inserted.error().ToString();
  EXPECT_EQ(inserted->status, 200) << inserted->body;

  const size_t before = server().MemoryKib("VmRSS");
  http::ClientRequest select;
  select.method = "POST";
  select.target = "/";
  select.body = "SELECT n, s, s, s FROM big FORMAT RowBinary";
  size_t bytes = 0;
  size_t most = 0;
  select.sink = [&](std::string_view piece) {
    bytes += piece.size();
    most = std::max(most, server().MemoryKib("VmRSS"));
    return Ok();
  };
  select.deadline = Deadline::After(seconds(120));
  const auto selected = client->Send(select);
  ASSERT_TRUE(selected) << selected.error().ToString();
  EXPECT_EQ(bytes, kMillion * (8 + 3 * 101));
  EXPECT_LT(most, before + 200 * 1024);
  EXPECT_LT(server().MemoryKib("VmHWM"), size_t{900} * 1024);
}

TEST_F(ServerTest, AnswersSeveralClientsAtOnce) {
  std::vector<std::thread> clients;
  std::vector<std::string> sums(8);
  for (size_t i = 0; i < sums.size(); ++i) {
    clients.emplace_back([&, i] {
      for (int round = 0; round < 10; ++round) {
        sums[i] = Query(server(), fmt::format("SELECT sum(number) + {} FROM numbers(100000)", i));
      }
    });
  }
  for (auto& client : clients) {
    client.join();
  }
  for (size_t i = 0; i < sums.size(); ++i) {
    EXPECT_EQ(sums[i], fmt::format("{}\n", 4'999'950'000 + i));
  }
}

TEST(ServerProcess, KeepsItsRowsOverARestartAndAKill) {
  const TempDir dir;
  const std::string data = dir.path() + "/data";
  {
    ROWHOUSE_START_CLICKHOUSE(server, data, dir.path() + "/log1");
    Query(server, "CREATE TABLE t (a Int32) ENGINE = MergeTree ORDER BY a");
    Query(server, "INSERT INTO t VALUES (1), (2)");
    const auto start = Clock::Real().Now();
    EXPECT_EQ(server.Stop(), 0);
    EXPECT_LT(Clock::Real().Now() - start, seconds(3));
  }
  {
    ROWHOUSE_START_CLICKHOUSE(server, data, dir.path() + "/log2");
    EXPECT_EQ(Query(server, "SELECT sum(a) FROM t"), "3\n");
    Query(server, "INSERT INTO t VALUES (3)");
    server.Kill();
  }
  ROWHOUSE_START_CLICKHOUSE(server, data, dir.path() + "/log3");
  EXPECT_EQ(Query(server, "SELECT sum(a) FROM t"), "6\n");
  EXPECT_LT(server.MemoryKib("VmRSS"), size_t{350} * 1024);
}

TEST(ServerProcess, RefusesADirectoryThatIsInUse) {
  const TempDir dir;
  ROWHOUSE_START_CLICKHOUSE(server, dir.path() + "/data", dir.path() + "/log1");
  const auto second = EmbeddedClickHouse::Start(dir.path() + "/data", dir.path() + "/log2");
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message().find("is in use by pid"), std::string::npos)
      << second.error().message();
  EXPECT_EQ(Query(server, "SELECT 1"), "1\n");
}

TEST(ServerProcess, AsksForThePassword) {
  const TempDir dir;
  auto server = EmbeddedClickHouse::Start(dir.path() + "/data", dir.path() + "/log", "secret");
  if (!server && server.error().kind() == ErrorKind::kNotFound) {
    GTEST_SKIP() << "SKIPPED: " << server.error().ToString();
  }
  ASSERT_TRUE(server) << server.error().ToString();
  EXPECT_EQ(Ask(**server, Url("SELECT 1")).status, 403);
  EXPECT_EQ(Ask(**server, Url("SELECT 1", "&password=secret")).status, 200);
  EXPECT_EQ(Ask(**server, Url("SELECT 1", "&user=eve&password=secret")).status, 403);
  EXPECT_EQ(Ask(**server, Url("SELECT 1"), {}, {{"X-ClickHouse-Key", "secret"}}).status, 200);
  EXPECT_EQ(
      Ask(**server, Url("SELECT 1"), {}, {{"Authorization", "Basic ZGVmYXVsdDpzZWNyZXQ="}}).status,
      200
  );
  EXPECT_EQ(Ask(**server, "/ping", {}, {}, "GET").status, 200);
}

}  // namespace
}  // namespace rowhouse::chserver
