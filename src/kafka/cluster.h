#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "kafka/options.h"
#include "kafka/wire/connection.h"

namespace rowhouse::kafka {

// The brokers of one cluster: connections to those that are needed, and where the topics'
// partitions lie.
//
// It starts from kafka.bootstrap, asks for metadata on whatever connection there is, and asks
// again after a trouble, after some minutes, and for topics that are new.
//
// Place:    of the sender's thread, which calls Maintain() and Poll() in turns.
// Threads:  one owner; Explain from any.
// Blocking: Poll up to its deadline or until the given descriptor can be read; connecting
//           resolves names (see Stream).
class Cluster {
 public:
  using OnMetadata = std::function<void(const wire::MetadataAnswer&)>;

  // Errors: kConfig for bootstrap addresses or TLS files that can't be used.
  static Result<std::unique_ptr<Cluster>> Open(const KafkaOptions& options);

  void set_on_metadata(OnMetadata on_metadata) { on_metadata_ = std::move(on_metadata); }

  // Asks where the topic is, now and from now on.
  void Want(const std::string& topic);

  // What is known of the topic seems to be wrong.
  void Doubt(const std::string& topic);

  // Asks once more where brokers and topics are.
  void AskAgain();

  // Opens what is missing, asks what is due, applies what was answered.
  void Maintain(Clock::TimePoint now);

  // Until something happened, the time came or `wake_fd` can be read.
  void Poll(Clock::TimePoint until, int wake_fd);

  // The connection to this broker; null while there is none. Asking makes one.
  wire::BrokerConnection* Ready(int32_t broker);

  // Any that is ready; null: none.
  wire::BrokerConnection* AnyReady();

  // Every request that is out ends with `why`; new connections follow.
  void BreakAll(const Error& why);

  // Since when no broker could be reached; nullopt: one can.
  std::optional<Clock::TimePoint> away_since() const { return away_since_; }

  // Why nothing came in time: `what`, and the last trouble behind it.
  Error Explain(std::string_view what) const;

 private:
  // One address and the connection to it.
  struct Node {
    std::string host;
    uint16_t port = 0;
    std::unique_ptr<wire::BrokerConnection> connection;
    Clock::TimePoint retry_at;
    Backoff backoff{milliseconds{50}, milliseconds{1000}};
    bool needed = false;
    bool was_ready = false;  // the connection there is
  };

  explicit Cluster(const KafkaOptions& options);

  bool Buried(Node& node, Clock::TimePoint now);
  void Tend(Node& node, Clock::TimePoint now);
  void MaintainSeed(Clock::TimePoint now);
  void AskMetadata(Clock::TimePoint now);
  void OnMetadataAnswer(int16_t version, Result<ByteView> body);
  void Apply(const wire::MetadataAnswer& answer, Clock::TimePoint now);
  void LearnBrokers(const wire::MetadataAnswer& answer);
  void NoteTrouble(const Error& trouble);
  void WatchAway(Clock::TimePoint now);
  Clock::TimePoint Due() const;

  template <typename Each>
  void ForEachNode(Each each);

  const KafkaOptions options_;
  std::unique_ptr<wire::TlsClient> tls_;
  wire::ConnectionSettings settings_;
  std::vector<std::pair<std::string, uint16_t>> bootstrap_;
  OnMetadata on_metadata_;

  std::map<int32_t, Node> nodes_;
  Node seed_;  // to one bootstrap address, while no broker is known or can be reached
  size_t next_bootstrap_ = 0;

  std::set<std::string> topics_;  // all that were wanted
  std::set<std::string> doubted_;
  bool asking_ = false;
  std::optional<wire::MetadataAnswer> answered_;
  Clock::TimePoint ask_at_;
  Clock::TimePoint asked_at_;
  bool attempt_failed_ = false;  // to connect, and none is ready since
  std::optional<Clock::TimePoint> away_since_;
  std::map<std::string, Clock::TimePoint> told_;  // refusals logged, by message: a few

  mutable Mutex mu_;
  std::optional<Error> trouble_ GUARDED_BY(mu_);
  Clock::TimePoint trouble_at_ GUARDED_BY(mu_);
};

// "a:9092,[::1]:9093" as hosts and ports; without a port 9092. A leading "PLAINTEXT://" is passed
// over. kConfig where it is no list of addresses.
Result<std::vector<std::pair<std::string, uint16_t>>> ParseBootstrap(std::string_view text);

}  // namespace rowhouse::kafka
