#include "kafka/options.h"

#include <algorithm>
#include <optional>

#include <gtest/gtest.h>

#include "kafka/client.h"

namespace rowhouse::kafka {
namespace {

std::optional<std::string> ValueOf(const Properties& all, std::string_view name) {
  std::optional<std::string> value;
  for (const auto& [key, v] : all) {
    value = key == name ? v : value;
  }
  return value;
}

TEST(Options, ProducerNeverGivesUpAndKeepsOrder) {
  const Properties p = MakeProperties({}, Role::kProducer).value();
  EXPECT_EQ(ValueOf(p, "enable.idempotence"), "true");
  EXPECT_EQ(ValueOf(p, "acks"), "all");
  EXPECT_EQ(ValueOf(p, "message.timeout.ms"), "0");
  EXPECT_EQ(ValueOf(p, "partitioner"), "murmur2_random");
}

TEST(Options, ReaderSeesCommittedRecordsAndTellsOfLostOffsets) {
  const Properties p = MakeProperties({}, Role::kReader).value();
  EXPECT_EQ(ValueOf(p, "isolation.level"), "read_committed");
  EXPECT_EQ(ValueOf(p, "auto.offset.reset"), "error");
}

TEST(Options, EveryRoleOpensWithTheDefaults) {
  for (const Role role : {Role::kProducer, Role::kReader, Role::kAdmin}) {
    const auto client = Client::Open({}, role);
    EXPECT_TRUE(client) << client.error().ToString();
  }
}

TEST(Options, SaslOverTlsIsTakenByLibrdkafka) {
  KafkaOptions options;
  options.security = Security::kSaslSsl;
  options.mechanism = "SCRAM-SHA-512";
  options.username = "u";
  options.password = "p";
  const auto client = Client::Open(options, Role::kProducer);
  EXPECT_TRUE(client) << client.error().ToString();
}

TEST(Options, MissingCaFileIsAConfigErrorThatNamesIt) {
  KafkaOptions options;
  options.security = Security::kSsl;
  options.tls_ca = "/nonexistent/ca.pem";
  const auto client = Client::Open(options, Role::kProducer);
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().kind(), ErrorKind::kConfig);
  EXPECT_NE(client.error().message().find("/nonexistent/ca.pem"), std::string::npos)
      << client.error().ToString();
}

TEST(Options, OwnPropertiesComeLastAndWin) {
  KafkaOptions options;
  options.properties["linger.ms"] = "77";
  const Properties p = MakeProperties(options, Role::kProducer).value();
  EXPECT_EQ(ValueOf(p, "linger.ms"), "77");
}

TEST(Options, UnknownPropertyIsNamed) {
  KafkaOptions options;
  options.properties["linger.msec"] = "5";
  const auto client = Client::Open(options, Role::kProducer);
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().kind(), ErrorKind::kConfig);
  EXPECT_NE(client.error().message().find("linger.msec"), std::string::npos);
}

TEST(Options, BadValueIsNamed) {
  KafkaOptions options;
  options.properties["linger.ms"] = "soon";
  const auto client = Client::Open(options, Role::kProducer);
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().kind(), ErrorKind::kConfig);
  EXPECT_NE(client.error().message().find("linger.ms"), std::string::npos);
}

TEST(Options, APropertyThatCarriesAPromiseIsRefused) {
  for (const char* name : {"acks", "enable.idempotence", "partitioner", "message.timeout.ms"}) {
    KafkaOptions options;
    options.properties[name] = "1";
    const auto made = MakeProperties(options, Role::kProducer);
    ASSERT_FALSE(made) << name;
    EXPECT_EQ(made.error().kind(), ErrorKind::kConfig);
    EXPECT_NE(made.error().message().find(name), std::string::npos);
  }
}

}  // namespace
}  // namespace rowhouse::kafka
