#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace rowhouse::kafka {

enum class Security { kPlaintext, kSsl, kSaslPlaintext, kSaslSsl };

std::string_view SecurityName(Security security);

// What a record on its way costs besides key and value: librdkafka's own memory, about.
inline constexpr size_t kRecordCost = 128;

// How to reach Kafka and how much memory to spend on it; a plain value that
// every part of this module is opened with.
//
// `properties` are handed to librdkafka as they are, for what has no field here.
// Those that carry our promises (acks, idempotence, isolation...) are refused.
struct KafkaOptions {
  std::string bootstrap = "127.0.0.1:9092";  // comma-separated host:port
  std::string client_id = "rowhouse";
  std::string software_version = "0";  // told to the brokers beside the name

  Security security = Security::kPlaintext;
  std::string mechanism;  // PLAIN, SCRAM-SHA-256, SCRAM-SHA-512
  std::string username;
  std::string password;
  std::string tls_ca;  // files, PEM; empty: the system's authorities
  std::string tls_cert;
  std::string tls_key;

  std::string compression = "lz4";  // none, gzip, snappy, lz4, zstd
  milliseconds linger{10};          // how long a record waits for company
  size_t batch_bytes = 1'000'000;   // below the broker's own default limit of 1 MiB
  int32_t batch_records = 10'000;
  size_t queue_bytes = size_t{64} << 20;  // records handed over, not yet acknowledged
  size_t record_bytes_max = 100'000'000;  // the broker's own limit may be lower
  milliseconds request_timeout{30'000};   // admin requests and reads of offsets
  // A producer's: not empty makes it a transactional one; see transaction.h.
  std::string transactional_id;
  // How long the broker keeps a transaction open; its own limit may be lower.
  milliseconds transaction_timeout{900'000};
  milliseconds topic_missing_wait{30'000};  // a new topic is not known to all brokers at once
  std::map<std::string, std::string> properties;
};

// What a client does; each has settings of its own.
enum class Role {
  kProducer,
  kReader,       // committed records only
  kOffsetAsker,  // ends of partitions, with what is not committed yet
  kAdmin,
};

using Properties = std::vector<std::pair<std::string, std::string>>;

// librdkafka's settings for the options, ours first and `properties` last.
//
// Errors: kConfig for a property that rowhouse sets by itself.
Result<Properties> MakeProperties(const KafkaOptions& options, Role role);

}  // namespace rowhouse::kafka
