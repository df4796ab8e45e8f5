#include "testing/real_kafka.h"

#include <csignal>
#include <utility>

#include <fmt/format.h>

#include "base/file.h"
#include "kafka/admin.h"

namespace rowhouse::testing {

namespace {

constexpr seconds kUpWithin{60};
constexpr size_t kTailBytes = 2000;

std::string Properties(const std::string& dir, int port, int controller) {
  return fmt::format(
      "process.roles=broker,controller\n"
      "node.id=1\n"
      "controller.quorum.voters=1@127.0.0.1:{1}\n"
      "listeners=PLAINTEXT://127.0.0.1:{0},CONTROLLER://127.0.0.1:{1}\n"
      "advertised.listeners=PLAINTEXT://127.0.0.1:{0}\n"
      "controller.listener.names=CONTROLLER\n"
      "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT\n"
      "inter.broker.listener.name=PLAINTEXT\n"
      "log.dirs={2}/data\n"
      "num.partitions=1\n"
      "offsets.topic.num.partitions=4\n"
      "offsets.topic.replication.factor=1\n"
      "transaction.state.log.num.partitions=4\n"
      "transaction.state.log.replication.factor=1\n"
      "transaction.state.log.min.isr=1\n"
      "share.coordinator.state.topic.replication.factor=1\n"
      "share.coordinator.state.topic.min.isr=1\n"
      // After kill -9 the node's old registration holds it up this long.
      "broker.session.timeout.ms=1500\n"
      "broker.heartbeat.interval.ms=300\n"
      "group.initial.rebalance.delay.ms=0\n"
      "auto.create.topics.enable=false\n"
      "message.max.bytes=20971520\n"
      "replica.fetch.max.bytes=20971520\n",
      port,
      controller,
      dir
  );
}

}  // namespace

Result<RealKafka*> RealKafka::Shared() {
  static const Result<std::unique_ptr<RealKafka>> shared = Start();
  if (!shared) {
    return shared.error();
  }
  return shared->get();
}

Result<std::unique_ptr<RealKafka>> RealKafka::Start() {
  std::unique_ptr<RealKafka> kafka(new RealKafka);
  ROWHOUSE_TRY(kafka->Prepare());
  ROWHOUSE_TRY(kafka->Launch());
  return kafka;
}

Result<std::unique_ptr<RealKafka>> RealKafka::StartSecured(
    const std::string& certificate_file, const std::string& key_file
) {
  std::unique_ptr<RealKafka> kafka(new RealKafka);
  kafka->certificate_file_ = certificate_file;
  kafka->key_file_ = key_file;
  kafka->secured_ports_ = {FreePort(), FreePort(), FreePort()};
  ROWHOUSE_TRY(kafka->Prepare());
  ROWHOUSE_TRY(kafka->Launch());
  return kafka;
}

Result<std::unique_ptr<RealKafka>> RealKafka::StartBehindRelay() {
  std::unique_ptr<RealKafka> kafka(new RealKafka);
  kafka->relayed_port_ = FreePort();
  kafka->relay_ = std::make_unique<Relay>(kafka->relayed_port_);
  ROWHOUSE_TRY(kafka->Prepare());
  ROWHOUSE_TRY(kafka->Launch());
  return kafka;
}

// A listener for clients alone: the broker talks to itself too, and not through the relay.
std::string RealKafka::Relayed() const {
  if (relay_ == nullptr) {
    return "";
  }
  return fmt::format(
      "listeners=PLAINTEXT://127.0.0.1:{0},CONTROLLER://127.0.0.1:{1},RELAYED://127.0.0.1:{2}\n"
      "advertised.listeners=PLAINTEXT://127.0.0.1:{0},RELAYED://127.0.0.1:{3}\n"
      "listener.security.protocol.map="
      "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,RELAYED:PLAINTEXT\n",
      port_,
      controller_port_,
      relayed_port_,
      relay_->port()
  );
}

// The settings of the further listeners; they replace those of the plain one alone.
Result<std::string> RealKafka::Secured() const {
  if (secured_ports_.empty()) {
    return std::string();
  }
  const std::string store = dir_.path() + "/store.pem";
  const std::string key = ROWHOUSE_TRY(ReadFile(key_file_));
  const std::string certificate = ROWHOUSE_TRY(ReadFile(certificate_file_));
  ROWHOUSE_TRY(WriteFileAtomically(store, key + certificate));
  const std::string listeners = fmt::format(
      "PLAINTEXT://127.0.0.1:{},SSL://127.0.0.1:{},SASL_PLAINTEXT://127.0.0.1:{},"
      "SASL_SSL://127.0.0.1:{}",
      port_,
      secured_ports_[0],
      secured_ports_[1],
      secured_ports_[2]
  );
  std::string out = fmt::format(
      "listeners={0},CONTROLLER://127.0.0.1:{1}\n"
      "advertised.listeners={0}\n"
      "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SSL:SSL,"
      "SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL\n"
      "ssl.keystore.type=PEM\nssl.keystore.location={2}\n"
      "ssl.truststore.type=PEM\nssl.truststore.location={3}\n"
      "ssl.client.auth=required\n"
      "sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512\n",
      listeners,
      controller_port_,
      store,
      certificate_file_
  );
  for (const char* listener : {"sasl_plaintext", "sasl_ssl"}) {
    out += fmt::format(
        "listener.name.{0}.plain.sasl.jaas.config=org.apache.kafka.common.security.plain."
        "PlainLoginModule required user_alice=\"wonderland\";\n"
        "listener.name.{0}.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram."
        "ScramLoginModule required;\n"
        "listener.name.{0}.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram."
        "ScramLoginModule required;\n",
        listener
    );
  }
  return out;
}

kafka::KafkaOptions RealKafka::SecuredOptions(
    kafka::Security security, const std::string& mechanism
) const {
  kafka::KafkaOptions options;
  const size_t which = security == kafka::Security::kSsl             ? 0
                       : security == kafka::Security::kSaslPlaintext ? 1
                                                                     : 2;
  options.bootstrap = "127.0.0.1:" + std::to_string(secured_ports_.at(which));
  options.security = security;
  options.mechanism = mechanism;
  options.username = mechanism.empty() ? "" : "alice";
  options.password = mechanism.empty() ? "" : "wonderland";
  if (security != kafka::Security::kSaslPlaintext) {
    options.tls_ca = certificate_file_;
    options.tls_cert = certificate_file_;
    options.tls_key = key_file_;
  }
  return options;
}

RealKafka::~RealKafka() {
  Kill();
}

Status RealKafka::Prepare() {
  const auto java = InstalledPart("java");
  const auto libs = InstalledPart("kafka_libs");
  if (!java || !libs) {
    return Error(ErrorKind::kNotFound, "Kafka is not installed")
        .WithHint("run tools/bootstrap test");
  }
  const std::string conf = dir_.path() + "/server.properties";
  const std::string secured = ROWHOUSE_TRY(Secured());
  // Of a setting that is there twice the later counts.
  const std::string properties =
      Properties(dir_.path(), port_, controller_port_) + secured + Relayed();
  ROWHOUSE_TRY(WriteFileAtomically(conf, properties));
  java_ = {*java, "-Dlog4j2.configurationFile=" + InstalledPart("kafka_log4j").value_or("")};
  java_.insert(java_.end(), {"-Xmx512m", "-cp", *libs + "/*"});
  std::vector<std::string> format = java_;
  format.insert(format.end(), {"kafka.tools.StorageTool", "format", "-c", conf});
  format.insert(format.end(), {"-t", "MkU3OEVBNTcwNTJENDM2Qg"});
  if (!secured_ports_.empty()) {
    for (const char* mechanism : {"SCRAM-SHA-256", "SCRAM-SHA-512"}) {
      const std::string user = "=[name=alice,password=wonderland]";
      format.insert(format.end(), {"--add-scram", mechanism + user});
    }
  }
  const auto formatting = ROWHOUSE_TRY(ChildProcess::Start(format, LogFile()));
  return formatting->Wait() == 0 ? Ok() : Status(Failure("formatting failed"));
}

Status RealKafka::Launch() {
  std::vector<std::string> command = java_;
  command.insert(command.end(), {"kafka.Kafka", dir_.path() + "/server.properties"});
  process_ = ROWHOUSE_TRY(ChildProcess::Start(command, LogFile()));
  return WaitUntilReady(Deadline::After(kUpWithin));
}

Status RealKafka::WaitUntilReady(Deadline deadline) {
  const std::unique_ptr<kafka::Admin> admin = ROWHOUSE_TRY(kafka::Admin::Open(options()));
  while (true) {
    const auto brokers = admin->Ping(Deadline::After(seconds{1}));
    if (brokers && !brokers->empty()) {
      return Ok();
    }
    if (process_->Ended()) {
      return Failure("the broker ended");
    }
    if (deadline.Passed()) {
      return Failure("the broker does not answer");
    }
  }
}

kafka::KafkaOptions RealKafka::options() const {
  kafka::KafkaOptions options;
  options.bootstrap = bootstrap();
  return options;
}

std::string RealKafka::bootstrap() const {
  return "127.0.0.1:" + std::to_string(relay_ == nullptr ? port_ : relay_->port());
}

std::string RealKafka::NewTopic() {
  return fmt::format("test.t{}", ++topics_);
}

void RealKafka::Kill() {
  if (process_ != nullptr) {
    process_->Signal(SIGKILL);
    process_->Wait();
    process_.reset();
  }
}

Status RealKafka::Restart() {
  Kill();
  return Launch();
}

Error RealKafka::Failure(const std::string& what) const {
  const Result<std::string> log = ReadFile(LogFile());
  const std::string text = log ? *log : "no log";
  const size_t from = text.size() > kTailBytes ? text.size() - kTailBytes : 0;
  return Error(ErrorKind::kInternal, what + "; its log ends:\n" + text.substr(from));
}

}  // namespace rowhouse::testing
