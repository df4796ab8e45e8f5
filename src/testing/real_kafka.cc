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
  ROWHOUSE_TRY(WriteFileAtomically(conf, Properties(dir_.path(), port_, controller_port_)));
  java_ = {*java, "-Dlog4j2.configurationFile=" + InstalledPart("kafka_log4j").value_or("")};
  java_.insert(java_.end(), {"-Xmx512m", "-cp", *libs + "/*"});
  std::vector<std::string> format = java_;
  format.insert(format.end(), {"kafka.tools.StorageTool", "format", "-c", conf});
  format.insert(format.end(), {"-t", "MkU3OEVBNTcwNTJENDM2Qg"});
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
