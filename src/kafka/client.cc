#include "kafka/client.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "base/log.h"
#include "kafka/errors.h"

namespace rowhouse::kafka {

namespace {

constexpr seconds kTroubleStays{60};

struct ConfDelete {
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
};

using Conf = std::unique_ptr<rd_kafka_conf_t, ConfDelete>;

// Runs on librdkafka's threads.
void OnLog(const rd_kafka_t* handle, int level, const char* facility, const char* text) {
  static_cast<void>(handle);
  if (level <= 2) {
    LogError("librdkafka", {{"facility", facility}, {"text", text}});
  } else if (std::strcmp(facility, "CONFWARN") == 0) {
    LogWarn("librdkafka", {{"facility", facility}, {"text", text}});
  } else {
    LogDebug("librdkafka", {{"facility", facility}, {"text", text}});
  }
}

// Runs in rd_kafka_poll, so on one of our threads.
void OnError(rd_kafka_t* handle, int code, const char* reason, void* opaque) {
  static_cast<void>(handle);
  static_cast<Client*>(opaque)->NoteTrouble(code, reason);
}

Result<Conf> MakeConf(const KafkaOptions& options, Role role) {
  const Properties properties = ROWHOUSE_TRY(MakeProperties(options, role));
  Conf conf(rd_kafka_conf_new());
  for (const auto& [name, value] : properties) {
    std::array<char, 512> why{};
    const rd_kafka_conf_res_t result =
        rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), why.data(), why.size());
    if (result == RD_KAFKA_CONF_OK) {
      continue;
    }
    return Error(ErrorKind::kConfig, fmt::format("kafka property '{}': {}", name, why.data()))
        .WithHint(
            result == RD_KAFKA_CONF_UNKNOWN ? "see librdkafka's CONFIGURATION.md for the names"
                                            : "see librdkafka's CONFIGURATION.md for its values"
        );
  }
  return conf;
}

// librdkafka's own message on a missing file names OpenSSL's code, not the file.
Status CheckReadable(std::string_view option, const std::string& path) {
  if (path.empty() || access(path.c_str(), R_OK) == 0) {
    return Ok();
  }
  const int code = errno;
  const auto what =
      fmt::format("{}: can't read {}: {}", option, path, std::generic_category().message(code));
  return Error(ErrorKind::kConfig, what).WithNative(code);
}

bool OnlyLate(int code) {
  return code == RD_KAFKA_RESP_ERR__TIMED_OUT || code == RD_KAFKA_RESP_ERR__TRANSPORT ||
         code == RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE || code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN;
}

}  // namespace

Result<std::shared_ptr<Client>> Client::Open(const KafkaOptions& options, Role role) {
  ROWHOUSE_TRY(CheckReadable("kafka.security.ca", options.tls_ca));
  ROWHOUSE_TRY(CheckReadable("kafka.security.cert", options.tls_cert));
  ROWHOUSE_TRY(CheckReadable("kafka.security.key", options.tls_key));
  Conf conf = ROWHOUSE_TRY(MakeConf(options, role));
  const std::shared_ptr<Client> client(new Client(options));
  rd_kafka_conf_set_opaque(conf.get(), client.get());
  rd_kafka_conf_set_log_cb(conf.get(), OnLog);
  if (role == Role::kProducer) {
    rd_kafka_conf_set_events(conf.get(), RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR);
  } else {
    rd_kafka_conf_set_error_cb(conf.get(), OnError);
  }
  std::array<char, 512> why{};
  client->native_ = rd_kafka_new(
      role == Role::kReader || role == Role::kOffsetAsker ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER,
      conf.get(),
      why.data(),
      why.size()
  );
  if (client->native_ == nullptr) {
    return Error(ErrorKind::kConfig, fmt::format("{}: {}", ServerName(options), why.data()));
  }
  static_cast<void>(conf.release());  // now librdkafka's
  return client;
}

Client::~Client() {
  if (native_ != nullptr) {
    rd_kafka_destroy(native_);
  }
}

void Client::NoteTrouble(int code, std::string_view reason) {
  MutexLock lock(mu_);
  // "all brokers are down" follows the reason and says less.
  if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && trouble_.has_value()) {
    return;
  }
  trouble_ = Trouble{code, std::string(reason), Clock::Real().Now()};
}

Error Client::Explain(int code, std::string_view what) const {
  const std::string full = fmt::format("{}: {}", ServerName(options_), what);
  MutexLock lock(mu_);
  if (!OnlyLate(code) || !trouble_ || Clock::Real().Now() - trouble_->at > kTroubleStays) {
    return NativeError(code, full);
  }
  const ErrorKind kind = KindOf(trouble_->code);
  const bool told = kind == ErrorKind::kAuth || kind == ErrorKind::kConfig;
  return NativeError(told ? trouble_->code : code, full, trouble_->reason);
}

std::string ServerName(const KafkaOptions& options) {
  return "kafka " + options.bootstrap;
}

}  // namespace rowhouse::kafka
