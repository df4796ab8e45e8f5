// The registry and its topic: restarts, compaction, a broker that is away, a second writer.

#include "registry/store.h"

#include <gtest/gtest.h>

#include "testing/registry_fixture.h"

namespace rowhouse::registry {
namespace {

using StoreTest = RegistryTest;

const Error kAway(ErrorKind::kUnavailable, "127.0.0.1:9092 refuses connections");

TEST_F(StoreTest, EverythingSurvivesARestartAndCompaction) {
  ASSERT_EQ(Register("s", Fields(1)).status, 200);
  ASSERT_EQ(Register("s", Fields(1, kOptional)).status, 200);
  ASSERT_EQ(Register("gone", Fields(3)).status, 200);
  ASSERT_EQ(Ask("DELETE", "/subjects/gone").status, 200);
  ASSERT_EQ(Ask("DELETE", "/subjects/gone?permanent=true").status, 200);
  ASSERT_EQ(Register("hidden", Fields(4)).status, 200);
  ASSERT_EQ(Ask("DELETE", "/subjects/hidden").status, 200);
  ASSERT_EQ(Ask("PUT", "/config/s", R"({"compatibility":"FULL"})").status, 200);
  ASSERT_EQ(Ask("PUT", "/mode/s", R"({"mode":"READONLY"})").status, 200);
  for (const bool compact : {false, true}) {
    if (compact) {
      topic_->Compact();
    }
    Restart();
    EXPECT_EQ(Ask("GET", "/subjects").body, R"(["s"])");
    EXPECT_EQ(Ask("GET", "/subjects?deleted=true").body, R"(["hidden","s"])");
    EXPECT_EQ(Ask("GET", "/subjects/s/versions").body, "[1,2]");
    EXPECT_EQ(Ask("GET", "/schemas/ids/4/schema").body, Fields(4));
    EXPECT_EQ(Ask("GET", "/config/s").body, R"({"compatibilityLevel":"FULL"})");
    EXPECT_EQ(Ask("GET", "/mode/s").body, R"({"mode":"READONLY"})");
  }
  EXPECT_EQ(Register("new", Fields(5)).body, R"({"id":5})");
}

TEST_F(StoreTest, ReadsWhatConfluentsRegistryWrote) {
  topic_->Add(R"({"keytype":"NOOP","magic":0})", "");
  topic_->Add(
      R"({"keytype":"SCHEMA","subject":"t-value","version":1,"magic":1})",
      R"({"subject":"t-value","version":1,"id":11,"md5":"x","schema":"\"string\"","deleted":false})"
  );
  topic_->Add(
      R"({"keytype":"SCHEMA","subject":"p-value","version":1,"magic":1})",
      R"({"subject":"p-value","version":1,"id":12,"schemaType":"PROTOBUF","schema":"x","deleted":false})"
  );
  EXPECT_EQ(Ask("GET", "/schemas/ids/11").body, R"({"schema":"\"string\""})");
  EXPECT_EQ(Register("t-value", R"("string")").body, R"({"id":11})");
  EXPECT_EQ(Ask("GET", "/subjects").body, R"(["p-value","t-value"])");
  EXPECT_EQ(Ask("GET", "/schemas/ids/12").body, R"({"schema":"x","schemaType":"PROTOBUF"})");
  EXPECT_EQ(Register("p-value", R"("string")").code(), 40901);
  ASSERT_EQ(Ask("PUT", "/config", R"({"compatibility":"NONE"})").status, 200);
  EXPECT_EQ(Register("p-value", R"("int")").body, R"({"id":13})");
  EXPECT_EQ(Ask("GET", "/subjects/p-value/versions").body, "[1,2]");
  Restart();
  EXPECT_EQ(Ask("GET", "/schemas/ids/12").body, R"({"schema":"x","schemaType":"PROTOBUF"})");
}

TEST_F(StoreTest, SaysThatKafkaIsAwayAndGoesOnWhenItIsBack) {
  topic_->SetAway(kAway);
  const Answer first = Ask("GET", "/subjects");
  EXPECT_EQ(first.status, 500);
  EXPECT_EQ(first.code(), 50003);
  EXPECT_NE(first.message().find("127.0.0.1:9092 refuses connections"), std::string::npos);
  topic_->SetAway(std::nullopt);
  ASSERT_TRUE(server_->store().Refresh().has_value());
  ASSERT_EQ(Register("s", Fields(1)).status, 200);
  topic_->SetAway(kAway);
  EXPECT_EQ(Register("s", Fields(1, kOptional)).code(), 50003);
  EXPECT_EQ(Ask("GET", "/schemas/ids/1").status, 200) << "reads are answered from memory";
  EXPECT_EQ(Ask("GET", "/schemas/ids/2").code(), 50003) << "not known: it may be in the topic";
  EXPECT_EQ(Register("s", Fields(1)).body, R"({"id":1})");
  topic_->SetAway(std::nullopt);
  EXPECT_EQ(Register("s", Fields(1, kOptional)).code(), 50003) << "not tried twice within a second";
  ASSERT_TRUE(server_->store().Refresh().has_value());
  EXPECT_EQ(Register("s", Fields(1, kOptional)).body, R"({"id":2})");
}

TEST_F(StoreTest, WriteWhoseAcknowledgementIsLostIsFoundByTheRetry) {
  ASSERT_EQ(Register("s", Fields(1)).status, 200);
  topic_->TearNextWrite();
  EXPECT_EQ(Register("s", Fields(1, kOptional)).code(), 50003);
  EXPECT_EQ(Register("s", Fields(1, kOptional)).body, R"({"id":2})");
  EXPECT_EQ(Ask("GET", "/subjects/s/versions").body, "[1,2]");
}

TEST_F(StoreTest, SecondRegistryOnTheTopicIsSeenBeforeAWrite) {
  Store other([topic = topic_]() -> Result<std::unique_ptr<CompactedLog>> {
    return std::make_unique<rowhouse::testing::FakeCompactedLog>(topic);
  });
  ASSERT_EQ(Register("s", Fields(1)).body, R"({"id":1})");
  SchemaRequest second;
  second.schema = Fields(2);
  EXPECT_EQ(other.Register("t", second).value(), 2);
  EXPECT_EQ(Register("u", Fields(3)).body, R"({"id":3})");
  SchemaRequest third;
  third.schema = Fields(3);
  EXPECT_EQ(other.Register("t2", third).value(), 3);
}

TEST_F(StoreTest, OfTwoWritersOfOneIdTheSecondIsRefused) {
  ASSERT_EQ(Register("s", Fields(1)).body, R"({"id":1})");
  topic_->Add(
      R"({"keytype":"SCHEMA","subject":"other","version":1,"magic":1})",
      R"({"subject":"other","version":1,"id":1,"schema":"\"int\"","deleted":false})"
  );
  ASSERT_TRUE(server_->store().Refresh().has_value());
  EXPECT_EQ(Ask("GET", "/schemas/ids/1/schema").body, Fields(1));
  EXPECT_EQ(Ask("GET", "/subjects").body, R"(["s"])");
}

}  // namespace
}  // namespace rowhouse::registry
