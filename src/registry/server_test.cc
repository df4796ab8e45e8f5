#include "registry/server.h"

#include <gtest/gtest.h>

#include "testing/registry_fixture.h"

namespace rowhouse::registry {
namespace {

using ServerTest = RegistryTest;

TEST_F(ServerTest, RegistersAndFindsByIdVersionAndText) {
  const Answer registered = Register("shop.orders-value", Fields(1));
  EXPECT_EQ(registered.status, 200) << registered.body;
  EXPECT_EQ(registered.body, R"({"id":1})");
  EXPECT_EQ(registered.type, "application/vnd.schemaregistry.v1+json");
  const std::string text = nlohmann::json(Fields(1)).dump();
  const std::string version =
      R"({"subject":"shop.orders-value","version":1,"id":1,"schema":)" + text + "}";
  EXPECT_EQ(Ask("GET", "/").body, "{}");
  EXPECT_EQ(Ask("GET", "/subjects").body, R"(["shop.orders-value"])");
  EXPECT_EQ(Ask("GET", "/subjects?subjectPrefix=shop").body, R"(["shop.orders-value"])");
  EXPECT_EQ(Ask("GET", "/subjects?subjectPrefix=:*:").body, R"(["shop.orders-value"])");
  EXPECT_EQ(Ask("GET", "/subjects?subjectPrefix=x").body, "[]");
  EXPECT_EQ(Ask("GET", "/subjects/shop.orders-value/versions").body, "[1]");
  for (const char* number : {"1", "latest", "-1"}) {
    const std::string path = std::string("/subjects/shop.orders-value/versions/") + number;
    EXPECT_EQ(Ask("GET", path).body, version);
    EXPECT_EQ(Ask("GET", path + "/schema").body, Fields(1));
  }
  EXPECT_EQ(Ask("POST", "/subjects/shop.orders-value", Body(Fields(1))).body, version);
  EXPECT_EQ(Ask("GET", "/schemas/ids/1").body, R"({"schema":)" + text + "}");
  EXPECT_EQ(
      Ask("GET", "/schemas/ids/1?fetchMaxId=true").body, R"({"schema":)" + text + R"(,"maxId":1})"
  );
  EXPECT_EQ(Ask("GET", "/schemas/ids/1/schema").body, Fields(1));
  EXPECT_EQ(
      Ask("GET", "/schemas/ids/1/versions").body, R"([{"subject":"shop.orders-value","version":1}])"
  );
  EXPECT_EQ(Ask("GET", "/schemas/ids/1/subjects").body, R"(["shop.orders-value"])");
  EXPECT_EQ(Ask("GET", "/schemas/types").body, R"(["AVRO"])");
}

TEST_F(ServerTest, SameSchemaHasOneIdOverSubjectsAndSpellings) {
  EXPECT_EQ(Register("a", R"({"type":"string"})").body, R"({"id":1})");
  EXPECT_EQ(Register("a", R"( {"type" : "string"} )").body, R"({"id":1})");
  EXPECT_EQ(Register("b", R"("string")").body, R"({"id":1})");
  EXPECT_EQ(Register("b", R"("int")").status, 409);
  EXPECT_EQ(Register("c", R"("int")").body, R"({"id":2})");
  EXPECT_EQ(Ask("GET", "/subjects/a/versions").body, "[1]");
}

TEST_F(ServerTest, SubjectsMayHaveSlashesAndSpaces) {
  EXPECT_EQ(Register("a%2Fb%20c", R"("int")").status, 200);
  EXPECT_EQ(Ask("GET", "/subjects").body, R"(["a/b c"])");
  EXPECT_EQ(Ask("GET", "/subjects/a%2Fb%20c/versions").body, "[1]");
}

TEST_F(ServerTest, ErrorsHaveConfluentsNumbers) {
  ASSERT_EQ(Register("s", Fields(1)).status, 200);

  struct Case {
    const char* method;
    std::string target;
    std::string body;
    int status;
    int code;
  };

  const std::string not_avro = R"({"schemaType":"PROTOBUF","schema":"x"})";
  const std::vector<Case> cases = {
      {"GET", "/subjects/none/versions", "", 404, 40401},
      {"GET", "/subjects/none/versions/1", "", 404, 40401},
      {"POST", "/subjects/none", Body(Fields(1)), 404, 40401},
      {"DELETE", "/subjects/none", "", 404, 40401},
      {"DELETE", "/subjects/none/versions/1", "", 404, 40401},
      {"DELETE", "/config/none", "", 404, 40401},
      {"DELETE", "/mode/none", "", 404, 40401},
      {"GET", "/subjects/s/versions/2", "", 404, 40402},
      {"DELETE", "/subjects/s/versions/2", "", 404, 40402},
      {"POST", "/compatibility/subjects/s/versions/2", Body(Fields(1)), 404, 40402},
      {"GET", "/schemas/ids/9", "", 404, 40403},
      {"GET", "/schemas/ids/9/versions", "", 404, 40403},
      {"POST", "/subjects/s", Body(Fields(2)), 404, 40403},
      {"DELETE", "/subjects/s?permanent=true", "", 404, 40405},
      {"DELETE", "/subjects/s/versions/1?permanent=true", "", 404, 40407},
      {"GET", "/config/s", "", 404, 40408},
      {"GET", "/mode/s", "", 404, 40409},
      {"POST", "/subjects/s/versions", Body(Fields(2)), 409, 40901},
      {"POST", "/subjects/s/versions", Body("{"), 422, 42201},
      {"POST", "/subjects/s/versions", Body(""), 422, 42201},
      {"POST", "/subjects/s/versions", not_avro, 422, 42201},
      {"POST", "/compatibility/subjects/s/versions", Body("{"), 422, 42201},
      {"GET", "/subjects/s/versions/0", "", 422, 42202},
      {"GET", "/subjects/s/versions/x", "", 422, 42202},
      {"PUT", "/config", R"({"compatibility":"SOME"})", 422, 42203},
      {"PUT", "/config", "{}", 422, 42203},
      {"PUT", "/mode", R"({"mode":"SOME"})", 422, 42204},
      {"POST", "/subjects/s/versions", R"({"schema":"\"int\"","id":7})", 422, 42205},
      {"PUT", "/mode/s", R"({"mode":"IMPORT"})", 422, 42205},
      {"GET", "/subjects/a%01b/versions", "", 422, 42208},
      {"PUT", "/config", R"({"compatibility":"FULL","alias":"x"})", 422, 422},
      {"POST", "/subjects/s/versions", "not json", 400, 400},
      {"GET", "/schemas/ids/x", "", 404, 404},
      {"GET", "/nothing", "", 404, 404},
      {"PUT", "/subjects", "{}", 405, 405},
  };
  for (const Case& c : cases) {
    const Answer answer = Ask(c.method, c.target, c.body);
    EXPECT_EQ(answer.status, c.status) << c.method << " " << c.target << " -> " << answer.body;
    EXPECT_EQ(answer.code(), c.code) << c.method << " " << c.target << " -> " << answer.body;
    EXPECT_FALSE(answer.message().empty()) << answer.body;
    EXPECT_EQ(answer.type, "application/vnd.schemaregistry.v1+json");
  }
  EXPECT_NE(
      Ask("POST", "/subjects/s/versions", not_avro).message().find("AVRO only"), std::string::npos
  );
  EXPECT_EQ(Ask("GET", "/subjects/s/versions").body, "[1]") << "no refused call changed anything";
}

TEST_F(ServerTest, SoftThenPermanentDelete) {
  ASSERT_EQ(Register("s", Fields(1)).body, R"({"id":1})");
  ASSERT_EQ(Register("s", Fields(1, kOptional)).body, R"({"id":2})");
  EXPECT_EQ(Ask("DELETE", "/subjects/s/versions/latest").body, "2");
  EXPECT_EQ(Ask("GET", "/subjects/s/versions").body, "[1]");
  EXPECT_EQ(Ask("GET", "/subjects/s/versions?deleted=true").body, "[1,2]");
  EXPECT_EQ(Ask("GET", "/schemas/ids/2").status, 200) << "consumers still need it";
  EXPECT_EQ(Ask("DELETE", "/subjects/s/versions/2").code(), 40406);
  EXPECT_EQ(Ask("DELETE", "/subjects/s").body, "[1]");
  EXPECT_EQ(Ask("DELETE", "/subjects/s").code(), 40404);
  EXPECT_EQ(Ask("GET", "/subjects").body, "[]");
  EXPECT_EQ(Ask("GET", "/subjects?deleted=true").body, R"(["s"])");
  EXPECT_EQ(Ask("DELETE", "/subjects/s/versions/2?permanent=true").body, "2");
  EXPECT_EQ(Ask("GET", "/schemas/ids/2").code(), 40403);
  EXPECT_EQ(Ask("DELETE", "/subjects/s?permanent=true").body, "[1]");
  EXPECT_EQ(Ask("GET", "/subjects?deleted=true").body, "[]");
  EXPECT_EQ(Register("s", Fields(3)).body, R"({"id":3})") << "an id is not given again";
}

TEST_F(ServerTest, SchemaRegisteredAgainAfterASoftDeleteKeepsItsId) {
  ASSERT_EQ(Register("s", Fields(1)).body, R"({"id":1})");
  ASSERT_EQ(Ask("DELETE", "/subjects/s").body, "[1]");
  EXPECT_EQ(Register("s", Fields(1)).body, R"({"id":1})");
  EXPECT_EQ(Ask("GET", "/subjects/s/versions").body, "[2]");
  EXPECT_EQ(Ask("GET", "/subjects/s/versions?deleted=true").body, "[2]");
}

TEST_F(ServerTest, LevelDecidesWhatMayFollow) {
  EXPECT_EQ(Ask("GET", "/config").body, R"({"compatibilityLevel":"BACKWARD"})");
  ASSERT_EQ(Register("s", Fields(1)).status, 200);
  const Answer refused = Register("s", Fields(2));
  EXPECT_EQ(refused.code(), 40901);
  EXPECT_NE(refused.message().find("READER_FIELD_MISSING_DEFAULT_VALUE"), std::string::npos)
      << refused.message();
  const std::string check = "/compatibility/subjects/s/versions";
  EXPECT_EQ(Ask("POST", check, Body(Fields(2))).body, R"({"is_compatible":false})");
  EXPECT_EQ(Ask("POST", check + "/latest", Body(Fields(2))).body, R"({"is_compatible":false})");
  EXPECT_NE(
      Ask("POST", check + "?verbose=true", Body(Fields(2))).body.find("\"messages\":[\""),
      std::string::npos
  );
  EXPECT_EQ(
      Ask("POST", check + "/1?verbose=true", Body(Fields(1, kOptional))).body,
      R"({"is_compatible":true,"messages":[]})"
  );
  EXPECT_EQ(
      Ask("POST", "/compatibility/subjects/new/versions/latest", Body(Fields(2))).body,
      R"({"is_compatible":true})"
  );
  EXPECT_EQ(
      Ask("PUT", "/config/s", R"({"compatibility":"none"})").body, R"({"compatibility":"NONE"})"
  );
  EXPECT_EQ(Ask("GET", "/config/s").body, R"({"compatibilityLevel":"NONE"})");
  EXPECT_EQ(Register("s", Fields(2)).status, 200);
  EXPECT_EQ(Ask("DELETE", "/config/s").body, R"({"compatibilityLevel":"NONE"})");
  EXPECT_EQ(
      Ask("GET", "/config/s?defaultToGlobal=true").body, R"({"compatibilityLevel":"BACKWARD"})"
  );
  EXPECT_EQ(Register("s", Fields(3)).code(), 40901);
  EXPECT_EQ(
      Ask("PUT", "/config", R"({"compatibility":"FORWARD"})").body, R"({"compatibility":"FORWARD"})"
  );
  EXPECT_EQ(Register("s", Fields(3)).status, 200);
}

TEST_F(ServerTest, ReadOnlySubjectsRefuseWrites) {
  ASSERT_EQ(Register("s", Fields(1)).status, 200);
  EXPECT_EQ(Ask("PUT", "/mode/s", R"({"mode":"READONLY"})").body, R"({"mode":"READONLY"})");
  EXPECT_EQ(Ask("GET", "/mode/s").body, R"({"mode":"READONLY"})");
  EXPECT_EQ(Register("s", Fields(1)).status, 200) << "what is known is found";
  EXPECT_EQ(Register("s", Fields(1, kOptional)).code(), 42205);
  EXPECT_EQ(Ask("DELETE", "/subjects/s").code(), 42205);
  EXPECT_EQ(Ask("PUT", "/config/s", R"({"compatibility":"NONE"})").code(), 42205);
  EXPECT_EQ(Register("t", Fields(1)).status, 200);
  EXPECT_EQ(Ask("DELETE", "/mode/s").body, R"({"mode":"READONLY"})");
  EXPECT_EQ(Register("s", Fields(1, kOptional)).status, 200);
  EXPECT_EQ(Ask("GET", "/mode").body, R"({"mode":"READWRITE"})");
}

TEST_F(ServerTest, ImportTakesIdsAndVersionsAsGiven) {
  ASSERT_EQ(Ask("PUT", "/mode/s", R"({"mode":"IMPORT"})").status, 200);
  const std::string target = "/subjects/s/versions";
  EXPECT_EQ(
      Ask("POST", target, R"({"schema":"\"int\"","id":40,"version":7})").body, R"({"id":40})"
  );
  EXPECT_EQ(Ask("GET", target).body, "[7]");
  EXPECT_EQ(Ask("POST", target, R"({"schema":"\"long\"","id":40,"version":8})").code(), 42205);
  EXPECT_EQ(Ask("POST", target, R"({"schema":"\"int\"","id":41})").code(), 42207);
  EXPECT_EQ(Ask("POST", target, R"({"schema":"\"long\""})").code(), 42205);
  EXPECT_EQ(Register("t", R"("long")").body, R"({"id":41})");
}

TEST_F(ServerTest, SchemasMayUseNamesOfOtherSubjects) {
  ASSERT_EQ(Register("a", R"({"type":"enum","name":"x.A","symbols":["P"]})").status, 200);
  const std::string body =
      R"({"schema":"{\"type\":\"array\",\"items\":\"x.A\"}","references":[{"name":"x.A","subject":"a","version":1}]})";
  EXPECT_EQ(Ask("POST", "/subjects/b/versions", body).body, R"({"id":2})");
  EXPECT_EQ(Ask("POST", "/subjects/b/versions", body).body, R"({"id":2})");
  EXPECT_NE(
      Ask("GET", "/schemas/ids/2").body.find(R"("references":[{"name":"x.A")"), std::string::npos
  );
  EXPECT_EQ(Ask("GET", "/subjects/a/versions/1/referencedby").body, "[2]");
  EXPECT_EQ(Ask("DELETE", "/subjects/a").code(), 42206);
  EXPECT_EQ(Ask("DELETE", "/subjects/a/versions/1").code(), 42206);
  EXPECT_EQ(Register("c", R"({"type":"array","items":"x.A"})").code(), 42201);
}

TEST_F(ServerTest, CredentialsAreAskedForWhereSet) {
  ServerOptions options;
  options.credentials = http::Credentials{"me", "secret"};
  Restart(options);
  EXPECT_EQ(Ask("GET", "/subjects").status, 401);
  http::ClientOptions client;
  client.url = server_->url();
  client.credentials = http::Credentials{"me", "secret"};
  client_ = http::Client::Open(client).value();
  EXPECT_EQ(Ask("GET", "/subjects").body, "[]");
}

}  // namespace
}  // namespace rowhouse::registry
