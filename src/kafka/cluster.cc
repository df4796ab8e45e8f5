#include "kafka/cluster.h"

#include <algorithm>
#include <charconv>
#include <poll.h>

#include <fmt/format.h>

#include "base/log.h"
#include "kafka/client.h"
#include "kafka/errors.h"

namespace rowhouse::kafka {

namespace {

constexpr milliseconds kAskAgain{100};  // while something about a topic is wrong
constexpr std::chrono::minutes kAskAnyway{5};
constexpr milliseconds kAskTimeout{10'000};
constexpr seconds kTroubleStays{60};
constexpr seconds kTellAgain{30};
constexpr uint16_t kDefaultPort = 9092;

Result<std::pair<std::string, uint16_t>> ParseAddress(std::string_view text) {
  const auto bad = [&] {
    return Error(ErrorKind::kConfig, fmt::format("kafka.bootstrap: '{}' is no host:port", text));
  };
  if (const size_t scheme = text.find("://"); scheme != std::string_view::npos) {
    text.remove_prefix(scheme + 3);
  }
  const size_t colon = text.rfind(':');
  const size_t bracket = text.rfind(']');
  const bool has_port =
      colon != std::string_view::npos &&
      (bracket == std::string_view::npos ? text.find(':') == colon : bracket < colon);
  std::string_view host = has_port ? text.substr(0, colon) : text;
  uint16_t port = kDefaultPort;
  if (has_port) {
    const std::string_view digits = text.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.begin(), digits.end(), port);
    if (error != std::errc() || end != digits.end() || port == 0) {
      return bad();
    }
  }
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  if (host.empty()) {
    return bad();
  }
  return std::pair(std::string(host), port);
}

}  // namespace

Result<std::vector<std::pair<std::string, uint16_t>>> ParseBootstrap(std::string_view text) {
  std::vector<std::pair<std::string, uint16_t>> out;
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    std::string_view one = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    while (one.starts_with(' ')) {
      one.remove_prefix(1);
    }
    while (one.ends_with(' ')) {
      one.remove_suffix(1);
    }
    if (!one.empty()) {
      out.push_back(ROWHOUSE_TRY(ParseAddress(one)));
    }
  }
  if (out.empty()) {
    return Error(ErrorKind::kConfig, "kafka.bootstrap names no broker");
  }
  return out;
}

Cluster::Cluster(const KafkaOptions& options) : options_(options) {
  settings_.client_id = options.client_id;
  settings_.software_version = options.software_version;
  settings_.transactions = !options.transactional_id.empty();
}

Result<std::unique_ptr<Cluster>> Cluster::Open(const KafkaOptions& options) {
  std::unique_ptr<Cluster> cluster(new Cluster(options));
  cluster->bootstrap_ = ROWHOUSE_TRY(ParseBootstrap(options.bootstrap));
  if (options.security == Security::kSsl || options.security == Security::kSaslSsl) {
    cluster->tls_ =
        ROWHOUSE_TRY(wire::TlsClient::Open({options.tls_ca, options.tls_cert, options.tls_key}));
    cluster->settings_.tls = cluster->tls_.get();
  }
  if (options.security == Security::kSaslPlaintext || options.security == Security::kSaslSsl) {
    cluster->settings_.mechanism = options.mechanism;
    cluster->settings_.user = options.username;
    cluster->settings_.password = options.password;
  }
  return cluster;
}

template <typename Each>
void Cluster::ForEachNode(Each each) {
  for (auto& [id, node] : nodes_) {
    each(node);
  }
  each(seed_);
}

// --- topics -----------------------------------------------------------------------

void Cluster::Want(const std::string& topic) {
  topics_.insert(topic);
  doubted_.insert(topic);
  ask_at_ = Clock::Real().Now();
}

void Cluster::Doubt(const std::string& topic) {
  if (topics_.contains(topic) && doubted_.insert(topic).second) {
    AskAgain();
  }
}

void Cluster::AskAgain() {
  ask_at_ = std::min(ask_at_, std::max(Clock::Real().Now(), asked_at_ + kAskAgain));
}

void Cluster::AskMetadata(Clock::TimePoint now) {
  if (asking_ || now < ask_at_) {
    return;
  }
  wire::BrokerConnection* connection = AnyReady();
  if (connection == nullptr) {
    return;
  }
  const std::set<std::string>& about = doubted_.empty() ? topics_ : doubted_;
  auto request = connection->NewRequest(wire::ApiKey::kMetadata);
  EncodeMetadata(*request, std::vector<std::string>(about.begin(), about.end()));
  asking_ = true;
  asked_at_ = now;
  ask_at_ = now + kAskAnyway;
  const int16_t version = request->version();
  connection->Send(std::move(request), kAskTimeout, [this, version](Result<ByteView> body) {
    OnMetadataAnswer(version, std::move(body));
  });
  connection->Push();
}

// Only notes it: connections can't be dropped while one of them calls us.
void Cluster::OnMetadataAnswer(int16_t version, Result<ByteView> body) {
  asking_ = false;
  ask_at_ = asked_at_ + kAskAgain;
  if (!body) {
    return;
  }
  auto answer = wire::DecodeMetadata(version, *body);
  if (!answer) {
    NoteTrouble(answer.error());
    return;
  }
  answered_ = *std::move(answer);
}

void Cluster::Apply(const wire::MetadataAnswer& answer, Clock::TimePoint now) {
  LearnBrokers(answer);
  for (const wire::TopicPlace& topic : answer.topics) {
    const bool complete =
        topic.code == wire::kNoError &&
        std::all_of(topic.partitions.begin(), topic.partitions.end(), [](const auto& p) {
          return p.leader >= 0;
        });
    if (complete) {
      doubted_.erase(topic.topic);
    }
  }
  ask_at_ = doubted_.empty() ? now + kAskAnyway : std::max(now, asked_at_ + kAskAgain);
  // A topic wanted after the question was sent is not in this answer.
  for (const std::string& topic : doubted_) {
    const bool asked = std::any_of(answer.topics.begin(), answer.topics.end(), [&](const auto& t) {
      return t.topic == topic;
    });
    if (!asked) {
      ask_at_ = now;
      break;
    }
  }
  on_metadata_(answer);
}

void Cluster::LearnBrokers(const wire::MetadataAnswer& answer) {
  for (auto it = nodes_.begin(); it != nodes_.end();) {
    const bool there =
        std::any_of(answer.brokers.begin(), answer.brokers.end(), [&](const auto& b) {
          return b.id == it->first && b.host == it->second.host && b.port == it->second.port;
        });
    if (!there && it->second.connection != nullptr) {
      it->second.connection->Break(Unreachable(it->second.host, "no longer in the cluster"));
    }
    it = there ? std::next(it) : nodes_.erase(it);
  }
  for (const wire::BrokerAddress& broker : answer.brokers) {
    const auto [at, fresh] = nodes_.try_emplace(broker.id);
    Node& node = at->second;
    if (!fresh) {
      continue;
    }
    node.host = broker.host;
    node.port = broker.port;
    const bool same = seed_.connection != nullptr && !seed_.connection->broken() &&
                      seed_.host == node.host && seed_.port == node.port;
    if (same) {
      node.connection = std::move(seed_.connection);
      node.was_ready = true;
      node.needed = true;
    }
  }
  if (!nodes_.empty() && seed_.connection != nullptr && seed_.connection->waiting() == 0) {
    seed_.connection.reset();
  }
}

// --- connections ------------------------------------------------------------------

void Cluster::Maintain(Clock::TimePoint now) {
  if (answered_) {
    Apply(*std::exchange(answered_, std::nullopt), now);
  }
  for (auto& [id, node] : nodes_) {
    Tend(node, now);
  }
  MaintainSeed(now);
  WatchAway(now);
  AskMetadata(now);
}

// Drops a broken connection; true where there was one.
bool Cluster::Buried(Node& node, Clock::TimePoint now) {
  if (node.connection == nullptr) {
    return false;
  }
  if (node.connection->ready()) {
    node.was_ready = true;
    node.backoff.Reset();
  }
  if (!node.connection->broken()) {
    return false;
  }
  NoteTrouble(node.connection->trouble());
  // A broker ends idle connections by itself; only one that takes no new ones is away.
  attempt_failed_ = attempt_failed_ || !node.was_ready;
  node.was_ready = false;
  node.connection.reset();
  node.retry_at = now + node.backoff.Next();
  return true;
}

void Cluster::Tend(Node& node, Clock::TimePoint now) {
  if (Buried(node, now)) {
    for (const std::string& topic : topics_) {
      Doubt(topic);  // its leaders may have moved
    }
  }
  if (node.connection == nullptr && node.needed && now >= node.retry_at) {
    node.connection = std::make_unique<wire::BrokerConnection>(settings_, node.host, node.port);
  }
}

// While there is no broker to ask, the bootstrap addresses are tried one after the other.
void Cluster::MaintainSeed(Clock::TimePoint now) {
  const bool usable = std::any_of(nodes_.begin(), nodes_.end(), [](const auto& n) {
    return n.second.connection != nullptr && !n.second.connection->broken();
  });
  seed_.needed = !usable && now >= ask_at_;
  if (seed_.connection == nullptr && seed_.needed && now >= seed_.retry_at) {
    const auto& [host, port] = bootstrap_[next_bootstrap_++ % bootstrap_.size()];
    seed_.host = host;
    seed_.port = port;
    seed_.connection = std::make_unique<wire::BrokerConnection>(settings_, host, port);
  }
  Buried(seed_, now);
}

wire::BrokerConnection* Cluster::Ready(int32_t broker) {
  const auto found = nodes_.find(broker);
  if (found == nodes_.end()) {
    return nullptr;
  }
  Node& node = found->second;
  if (!node.needed) {
    node.needed = true;
    Tend(node, Clock::Real().Now());
  }
  return node.connection != nullptr && node.connection->ready() ? node.connection.get() : nullptr;
}

wire::BrokerConnection* Cluster::AnyReady() {
  wire::BrokerConnection* found = nullptr;
  ForEachNode([&](Node& node) {
    if (node.connection != nullptr && node.connection->ready()) {
      found = found == nullptr ? node.connection.get() : found;
    }
  });
  return found;
}

void Cluster::BreakAll(const Error& why) {
  ForEachNode([&](Node& node) {
    if (node.connection != nullptr) {
      node.connection->Break(why);
    }
  });
}

void Cluster::Poll(Clock::TimePoint until, int wake_fd) {
  std::vector<pollfd> fds = {{wake_fd, POLLIN, 0}};
  std::vector<wire::BrokerConnection*> connections;
  ForEachNode([&](Node& node) {
    if (node.connection != nullptr && !node.connection->broken()) {
      connections.push_back(node.connection.get());
      fds.push_back({node.connection->fd(), node.connection->events(), 0});
    }
  });
  const auto left = std::max(std::min(until, Due()) - Clock::Real().Now(), {});
  const auto whole = std::chrono::duration_cast<seconds>(left);
  const timespec wait{whole.count(), std::chrono::nanoseconds(left - whole).count()};
  ::ppoll(fds.data(), fds.size(), &wait, nullptr);
  const Clock::TimePoint now = Clock::Real().Now();
  for (size_t i = 0; i < connections.size(); ++i) {
    if (fds[i + 1].revents != 0) {
      connections[i]->Step();
    }
    connections[i]->OnTime(now);
  }
}

Clock::TimePoint Cluster::Due() const {
  Clock::TimePoint due = Clock::TimePoint::max();
  bool somebody = false;
  const auto look = [&](const Node& node) {
    if (node.connection != nullptr) {
      due = std::min(due, node.connection->broken() ? Clock::TimePoint() : node.connection->due());
      somebody = somebody || node.connection->ready();
    } else if (node.needed) {
      due = std::min(due, node.retry_at);
    }
  };
  for (const auto& [id, node] : nodes_) {
    look(node);
  }
  look(seed_);
  // Where nobody can be asked, the next attempt to connect is what is due.
  const bool ask = !asking_ && (somebody || ask_at_ > Clock::Real().Now());
  return ask ? std::min(due, ask_at_) : due;
}

// --- trouble ----------------------------------------------------------------------

void Cluster::NoteTrouble(const Error& trouble) {
  const Clock::TimePoint now = Clock::Real().Now();
  {
    MutexLock lock(mu_);
    trouble_ = trouble;
    trouble_at_ = now;
  }
  if (trouble.kind() == ErrorKind::kUnavailable) {
    LogDebug("kafka trouble", {{"reason", trouble.message()}});
    return;
  }
  const auto [told, fresh] = told_.try_emplace(trouble.message(), now);
  if (fresh || now - told->second > kTellAgain) {
    told->second = now;
    LogError("kafka refuses us", trouble);
  }
}

void Cluster::WatchAway(Clock::TimePoint now) {
  if (AnyReady() != nullptr) {
    away_since_.reset();
    attempt_failed_ = false;
  } else if (attempt_failed_ && !away_since_) {
    away_since_ = now;
  }
}

Error Cluster::Explain(std::string_view what) const {
  const std::string full = fmt::format("{}: {}", ServerName(options_), what);
  MutexLock lock(mu_);
  if (!trouble_ || Clock::Real().Now() - trouble_at_ > kTroubleStays) {
    return TooLate(full);
  }
  return Error(trouble_->kind(), fmt::format("{}: {}", full, trouble_->message()))
      .WithNative(trouble_->native())
      .WithCode(trouble_->code())
      .WithHint(trouble_->hint());
}

}  // namespace rowhouse::kafka
