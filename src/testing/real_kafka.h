#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "kafka/options.h"
#include "testing/real_server.h"
#include "testing/relay.h"

namespace rowhouse::testing {

// A real broker (KRaft, one node) for system tests: its own directory, free ports,
// ended with the test program.
//
// Place:  one a test program, by Shared(); a test that kills the broker starts its own.
// Owns:   the process (SIGKILLed at the end, or when this process dies) and its directory.
// Errors: kNotFound where Kafka is not installed: such a test skips aloud
//         (ROWHOUSE_SKIP_WITHOUT_KAFKA); kInternal with the end of its log when it
//         does not come up.
class RealKafka {
 public:
  static Result<RealKafka*> Shared();

  static Result<std::unique_ptr<RealKafka>> Start();

  // With listeners of every kind beside the plain one: user "alice", password "wonderland",
  // for PLAIN and both SCRAMs; TLS with this certificate, asked of clients too.
  static Result<std::unique_ptr<RealKafka>> StartSecured(
      const std::string& certificate_file, const std::string& key_file
  );

  // Reached by clients through a relay only.
  static Result<std::unique_ptr<RealKafka>> StartBehindRelay();

  ~RealKafka();

  RealKafka(const RealKafka&) = delete;
  RealKafka& operator=(const RealKafka&) = delete;

  std::string bootstrap() const;

  // Of one behind a relay.
  Relay& relay() { return *relay_; }

  kafka::KafkaOptions options() const;

  // Of a secured one: the listener of this kind, with all that it asks for.
  kafka::KafkaOptions SecuredOptions(kafka::Security security, const std::string& mechanism) const;

  // A topic name that no other test has.
  std::string NewTopic();

  // kill -9; the data stays.
  void Kill();

  // Brings it back on the same port with the same data, and waits until it answers.
  Status Restart();

 private:
  RealKafka() = default;

  Status Prepare();
  Result<std::string> Secured() const;
  std::string Relayed() const;
  Status Launch();
  Status WaitUntilReady(Deadline deadline);

  std::string LogFile() const { return dir_.path() + "/kafka.log"; }

  Error Failure(const std::string& what) const;

  const uint16_t port_ = FreePort();
  const uint16_t controller_port_ = FreePort();
  TempDir dir_;
  std::unique_ptr<Relay> relay_;  // null: none
  uint16_t relayed_port_ = 0;
  // Of a secured one: ports of SSL, SASL_PLAINTEXT and SASL_SSL, and the files.
  std::vector<uint16_t> secured_ports_;
  std::string certificate_file_;
  std::string key_file_;
  std::vector<std::string> java_;  // the program and its options
  int topics_ = 0;
  std::unique_ptr<ChildProcess> process_;
};

}  // namespace rowhouse::testing

// At the start of a test or SetUp: skips, saying why, where Kafka is not installed;
// fails where it does not come up.
#define ROWHOUSE_SKIP_WITHOUT_KAFKA()                                                           \
  do {                                                                                          \
    const auto rowhouse_kafka = ::rowhouse::testing::RealKafka::Shared();                       \
    if (!rowhouse_kafka && rowhouse_kafka.error().kind() == ::rowhouse::ErrorKind::kNotFound) { \
      GTEST_SKIP() << "SKIPPED: " << rowhouse_kafka.error().ToString();                         \
    }                                                                                           \
    ASSERT_TRUE(rowhouse_kafka) << rowhouse_kafka.error().ToString();                           \
  } while (false)
