// Logins and TLS of our own producer, on a real broker with a listener of every kind.
#include <gtest/gtest.h>

#include "http/tls_files_test.h"
#include "kafka/wire_event_log.h"
#include "testing/ack_recorder.h"
#include "testing/real_kafka.h"

namespace rowhouse::kafka {
namespace {

using testing::RealKafka;

Deadline Soon() {
  return Deadline::After(seconds{60});
}

// One broker for all tests.
class SecuredKafka : public ::testing::Test {
 protected:
  void SetUp() override {
    static const http::TestCertificate certificate = http::TestCertificate::Make();
    static const auto kafka =
        RealKafka::StartSecured(certificate.certificate_file, certificate.key_file);
    if (!kafka && kafka.error().kind() == ErrorKind::kNotFound) {
      GTEST_SKIP() << "SKIPPED: " << kafka.error().ToString();
    }
    ASSERT_TRUE(kafka) << kafka.error().ToString();
    kafka_ = kafka->get();
  }

  Status Send(const KafkaOptions& options) {
    testing::AckRecorder acks;
    const std::string topic = kafka_->NewTopic();
    // By the plain listener: making topics is librdkafka's, sending is what is tested.
    const auto admin = ROWHOUSE_TRY(Admin::Open(kafka_->options()));
    ROWHOUSE_TRY(admin->EnsureTopics({{topic, 2, 1, {}}}, Soon()));
    const auto log = ROWHOUSE_TRY(WireEventLog::Open({options, {}}, &acks));
    TopicWriter* writer = ROWHOUSE_TRY(log->Writer(topic));
    for (AckToken token = 0; token < 1000; ++token) {
      ROWHOUSE_TRY(writer->Append({"k" + std::to_string(token), std::string(2000, 'v')}, token));
    }
    ROWHOUSE_TRY(log->Flush(Soon()));
    EXPECT_EQ(acks.acks().size(), 1000U);
    return Ok();
  }

  // How a log ends that has no topic to make, which librdkafka would be asked for.
  Error Refused(KafkaOptions options) {
    testing::AckRecorder acks;
    options.request_timeout = milliseconds{3000};
    const auto log = WireEventLog::Open({options, {}}, &acks).value();
    const auto writer = log->Writer("t");
    EXPECT_FALSE(writer);
    return writer ? Error(ErrorKind::kInternal, "let in") : writer.error();
  }

  RealKafka* kafka_ = nullptr;
};

TEST_F(SecuredKafka, EveryLoginIsLetIn) {
  for (const Security security : {Security::kSaslPlaintext, Security::kSaslSsl}) {
    for (const char* mechanism : {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"}) {
      const Status sent = Send(kafka_->SecuredOptions(security, mechanism));
      EXPECT_TRUE(sent) << mechanism << ": " << sent.error().ToString();
    }
  }
}

// Topics are made, and positions read, through librdkafka. SCRAM is its own affair: version 2.0.2
// is refused by brokers of Kafka 4.1.1, and the error says so.
TEST_F(SecuredKafka, LibrdkafkaIsLetInToo) {
  for (const Security security : {Security::kSsl, Security::kSaslPlaintext, Security::kSaslSsl}) {
    const auto admin = Admin::Open(kafka_->SecuredOptions(security, "PLAIN"));
    ASSERT_TRUE(admin) << admin.error().ToString();
    const Status made = (*admin)->EnsureTopics({{kafka_->NewTopic(), 2, 1, {}}}, Soon());
    EXPECT_TRUE(made) << made.error().ToString();
  }
}

// Debian 12's librdkafka 2.0.2 is refused: it repeats the client's nonce.
TEST_F(SecuredKafka, ScramThroughLibrdkafkaWorks) {
  for (const char* mechanism : {"SCRAM-SHA-256", "SCRAM-SHA-512"}) {
    const auto admin = Admin::Open(kafka_->SecuredOptions(Security::kSaslPlaintext, mechanism));
    ASSERT_TRUE(admin) << admin.error().ToString();
    const Status made = (*admin)->EnsureTopics({{kafka_->NewTopic(), 2, 1, {}}}, Soon());
    EXPECT_TRUE(made) << made.error().ToString();
  }
}

TEST_F(SecuredKafka, TlsWithACertificateOfOurOwn) {
  const Status sent = Send(kafka_->SecuredOptions(Security::kSsl, ""));
  EXPECT_TRUE(sent) << sent.error().ToString();
}

TEST_F(SecuredKafka, AWrongPasswordIsNamed) {
  for (const char* mechanism : {"PLAIN", "SCRAM-SHA-256"}) {
    KafkaOptions options = kafka_->SecuredOptions(Security::kSaslPlaintext, mechanism);
    options.password = "looking-glass";
    const Error error = Refused(options);
    EXPECT_EQ(error.kind(), ErrorKind::kAuth) << error.ToString();
    EXPECT_NE(error.message().find("alice"), std::string::npos) << error.ToString();
  }
}

TEST_F(SecuredKafka, AMechanismTheBrokerHasNotIsNamed) {
  KafkaOptions options = kafka_->SecuredOptions(Security::kSaslPlaintext, "OAUTHBEARER");
  const Error error = Refused(options);
  EXPECT_EQ(error.kind(), ErrorKind::kConfig) << error.ToString();
  EXPECT_NE(error.message().find("SCRAM-SHA-512"), std::string::npos) << error.ToString();
}

TEST_F(SecuredKafka, AnUnknownAuthorityIsRefused) {
  KafkaOptions options = kafka_->SecuredOptions(Security::kSsl, "");
  options.tls_ca = http::TestCertificate::Make().certificate_file;
  const Error error = Refused(options);
  EXPECT_EQ(error.kind(), ErrorKind::kConfig) << error.ToString();
}

TEST_F(SecuredKafka, APlainClientAtATlsListenerEndsWithAReason) {
  KafkaOptions options = kafka_->SecuredOptions(Security::kSsl, "");
  options.security = Security::kPlaintext;
  const Error error = Refused(options);
  EXPECT_EQ(error.kind(), ErrorKind::kUnavailable) << error.ToString();
}

}  // namespace
}  // namespace rowhouse::kafka
