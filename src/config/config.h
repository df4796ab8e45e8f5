#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace rowhouse::config {

// A password: kept apart from text so that it can't be printed by accident.
class Secret {
 public:
  Secret() = default;

  explicit Secret(std::string value) : value_(std::move(value)) {}

  // Only for the call that needs it.
  const std::string& Reveal() const { return value_; }

  bool empty() const { return value_.empty(); }

  friend bool operator==(const Secret&, const Secret&) = default;

 private:
  std::string value_;
};

// A number of bytes, written with a unit: "64MiB".
struct Size {
  uint64_t bytes = 0;

  friend bool operator==(const Size&, const Size&) = default;
};

using Millis = std::chrono::milliseconds;
using Texts = std::vector<std::string>;
using TextMap = std::map<std::string, std::string>;

// The three ways to give a password; Load() leaves the result in `value`,
// wherever it came from.
struct Password {
  Secret value;
  std::string file;
  std::string env;
};

// Certificates of one connection.
struct Tls {
  std::string mode;  // source only
  std::string ca;
  std::string cert;
  std::string key;
};

// The MySQL or MariaDB server whose changes are followed.
struct Source {
  std::string host;
  uint32_t port = 0;
  std::string socket;
  std::string user;
  Password password;
  Tls tls;
  uint32_t server_id = 0;
  Texts tables;
  Texts exclude_tables;
  Texts columns;
  Texts exclude_columns;
  bool exclude_helper_tables = true;
  Millis heartbeat{};
  Millis connect_timeout{};
  std::string read_endpoint;
  Millis read_wait{};
};

// From rows to records.
struct Capture {
  std::string topic_prefix;
  std::string topic_delimiter;
  std::string snapshot;  // initial, direct, never
  uint32_t chunk_rows = 0;
  Size chunk_bytes;
  uint32_t snapshot_readers = 0;  // 0: by the number of cores
  uint32_t encode_workers = 0;
  Size queue_bytes;
  Millis checkpoint_interval{};
  std::string delivery;  // at-least-once, exactly-once
  Millis commit_interval{};
  Millis transaction_timeout{};
  bool schema_changes = true;
  bool transaction_metadata = false;
  std::string transaction_topic;
  Millis heartbeat_topic_every{};
  std::string heartbeat_topic_prefix;
  std::string reload;  // automatic, manual
};

// How rows are written, where Debezium leaves a choice.
struct Format {
  std::string decimal;
  std::string time;
  std::string bigint_unsigned;
  std::string binary;
  bool tombstones = true;
  Texts skip_operations;
  TextMap key_columns;  // table → "c1,c2"
  TextMap columns;      // column → what is done to it
  std::string schema_names;
  std::string field_names;
  bool null_as_default = false;
  bool query = false;
};

// How to speak to the brokers.
struct KafkaSecurity {
  std::string protocol;
  std::string mechanism;
  std::string username;
  Password password;
  Tls tls;
};

// The brokers and what is made there.
struct Kafka {
  std::string bootstrap;
  uint32_t partitions = 0;
  uint32_t replication = 0;
  std::string compression;
  Millis linger{};
  Size queue_bytes;
  KafkaSecurity security;
  bool headers = false;
  TextMap properties;  // handed to librdkafka as they are
};

// The schema registry: as a client, and where `listen` is set as the server.
struct Registry {
  std::string url;
  std::string username;
  Password password;
  std::string ca;
  std::string listen;
  std::string schemas_topic;
  std::string compatibility;
  std::string on_incompatible;  // accept, park
  std::string auth_username;
  Password auth_password;
  Tls tls;
};

// ClickHouse as the target.
struct Sink {
  std::string mode;  // kafka-engine
  std::string url;
  std::string user;
  Password password;
  std::string ca;
  std::string history_database;
  std::string current_database;
  std::string kafka_bootstrap;
  std::string registry_url;
  std::string on_type_change;  // widen, new_column
  std::string on_drop_column;  // keep, drop
  std::string on_drop_table;   // keep, drop
  uint32_t consumers = 0;
  Millis flush_interval{};
  uint32_t max_block_rows = 0;
};

// Comparing both sides while `run` runs.
struct Verify {
  Millis every{};    // 0: never
  std::string mode;  // count, checksum, rows
  uint32_t rate = 0;
};

// The console, with health and metrics.
struct Console {
  std::string listen;
  std::string url;
  std::string data;
  Tls tls;
  std::string admin_email;
  Password admin_password;
  bool allow_export = true;
  uint32_t live_views = 0;
  std::string pages;
};

// Who is told of alerts, besides those whom the console names.
struct Alerts {
  Password webhook;
  Password slack;
  Texts mail_to;
  std::string mail_from;
  std::string mail_server;
  std::string mail_user;
  Password mail_password;
  std::string min_severity;
  Millis repeat{0};
};

// How the log looks.
struct Log {
  std::string level;
  std::string format;  // auto, text, json
};

// The embedded server of `rowhouse clickhouse`.
struct ClickHouse {
  std::string listen;
  std::string data;
  std::string library;
  std::string user;
  Password password;
};

// Everything a user can set, in the types the program works with.
//
// Made by Load(); each field belongs to one line of the table of options
// (options.cc), where its default, unit, range and meaning stand.
struct Config {
  uint32_t version = 1;
  std::string pipeline;
  TextMap debezium;  // as written; what they mean is in the others
  Source source;
  Capture capture;
  Format format;
  Kafka kafka;
  Registry registry;
  Sink sink;
  Verify verify;
  Console console;
  Log log;
  ClickHouse clickhouse;
  Alerts alerts;
};

}  // namespace rowhouse::config
