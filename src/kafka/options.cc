#include "kafka/options.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace rowhouse::kafka {

namespace {

// Changing one of these would break a promise (order, no loss, murmur2 as Java).
constexpr std::array<std::string_view, 16> kOurs = {
    "acks",
    "auto.offset.reset",
    "delivery.timeout.ms",
    "enable.auto.commit",
    "enable.gapless.guarantee",
    "enable.idempotence",
    "enable.partition.eof",
    "isolation.level",
    "max.in.flight",
    "max.in.flight.requests.per.connection",
    "message.timeout.ms",
    "partitioner",
    "request.required.acks",
    "retries",
    "transaction.timeout.ms",
    "transactional.id",
};

void AddSecurity(const KafkaOptions& o, Properties& out) {
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) {
      out.emplace_back(name, value);
    }
  };
  out.emplace_back("security.protocol", SecurityName(o.security));
  add("sasl.mechanism", o.mechanism);
  add("sasl.username", o.username);
  add("sasl.password", o.password);
  add("ssl.ca.location", o.tls_ca);
  add("ssl.certificate.location", o.tls_cert);
  add("ssl.key.location", o.tls_key);
}

void AddProducer(const KafkaOptions& o, Properties& out) {
  if (o.transactional_id.empty()) {
    // Never gives a record up by itself: what is late stays queued, in order.
    out.emplace_back("message.timeout.ms", "0");
  } else {
    // A record can't be later than its transaction.
    const std::string timeout = std::to_string(o.transaction_timeout.count());
    out.emplace_back("transactional.id", o.transactional_id);
    out.emplace_back("transaction.timeout.ms", timeout);
    out.emplace_back("message.timeout.ms", timeout);
  }
  out.emplace_back("enable.idempotence", "true");
  out.emplace_back("acks", "all");
  out.emplace_back("partitioner", "murmur2_random");
  out.emplace_back("compression.codec", o.compression);
  out.emplace_back("linger.ms", std::to_string(o.linger.count()));
  out.emplace_back("batch.size", std::to_string(o.batch_bytes));
  out.emplace_back("batch.num.messages", std::to_string(o.batch_records));
  // One record above our own bound is let in alone, so librdkafka's is wider.
  const size_t queue_kb = (o.queue_bytes + o.record_bytes_max) / 1024 + 1;
  // Our own bound, in records of no bytes: librdkafka counts payload and key only.
  const size_t records = std::clamp(o.queue_bytes / kRecordCost, size_t{1000}, size_t{2'000'000});
  out.emplace_back("queue.buffering.max.kbytes", std::to_string(queue_kb));
  out.emplace_back("queue.buffering.max.messages", std::to_string(records));
}

void AddReader(const KafkaOptions& o, Properties& out) {
  out.emplace_back("enable.partition.eof", "true");
  out.emplace_back("isolation.level", "read_committed");
  // An offset that is gone is told, never jumped over.
  out.emplace_back("auto.offset.reset", "error");
  out.emplace_back("fetch.wait.max.ms", "100");
  out.emplace_back("fetch.error.backoff.ms", "100");
  out.emplace_back("receive.message.max.bytes", std::to_string(2 * o.record_bytes_max + 1'000'000));
}

}  // namespace

std::string_view SecurityName(Security security) {
  switch (security) {
    case Security::kPlaintext:
      return "PLAINTEXT";
    case Security::kSsl:
      return "SSL";
    case Security::kSaslPlaintext:
      return "SASL_PLAINTEXT";
    case Security::kSaslSsl:
      return "SASL_SSL";
  }
  return "?";
}

Result<Properties> MakeProperties(const KafkaOptions& options, Role role) {
  Properties out = {
      {"bootstrap.servers", options.bootstrap},
      {"client.id", options.client_id},
      {"message.max.bytes", std::to_string(options.record_bytes_max)},
      {"socket.nagle.disable", "true"},
      {"socket.keepalive.enable", "true"},
      {"reconnect.backoff.max.ms", "1000"},
      {"log.connection.close", "false"},
  };
  AddSecurity(options, out);
  if (role == Role::kProducer) {
    AddProducer(options, out);
  } else if (role == Role::kReader) {
    AddReader(options, out);
  } else if (role == Role::kOffsetAsker) {
    out.emplace_back("isolation.level", "read_uncommitted");
  }
  for (const auto& [name, value] : options.properties) {
    if (std::find(kOurs.begin(), kOurs.end(), name) != kOurs.end()) {
      return Error(
                 ErrorKind::kConfig,
                 fmt::format(
                     "kafka property '{}' is set by rowhouse itself: its promises rest on it", name
                 )
      )
          .WithHint(fmt::format("remove '{}' from kafka.properties", name));
    }
    out.emplace_back(name, value);
  }
  return out;
}

}  // namespace rowhouse::kafka
