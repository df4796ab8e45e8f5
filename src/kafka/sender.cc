#include "kafka/sender.h"

#include <algorithm>
#include <sys/eventfd.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/check.h"
#include "base/log.h"
#include "kafka/client.h"
#include "kafka/errors.h"

namespace rowhouse::kafka {

namespace {

constexpr size_t kRequestsMost = 5;          // on their way to one broker
constexpr size_t kRequestBytes = 4'000'000;  // of records before compression, about
constexpr size_t kBulkBytes = 65'536;
constexpr milliseconds kAckTimeout{30'000};  // of the broker's wait for its replicas
constexpr milliseconds kAnswerTimeout{45'000};
constexpr milliseconds kProducerIdTimeout{20'000};
constexpr milliseconds kAskAgain{100};
constexpr seconds kSleepMost{1};

}  // namespace

Sender::Sender(const KafkaOptions& options, Around around, std::unique_ptr<Cluster> cluster)
    : options_(options),
      around_(around),
      cluster_(std::move(cluster)),
      compressor_(
          wire::Compressor::Make(wire::ParseCodec(options.compression).value_or(wire::Codec::kNone))
      ),
      wake_fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (!options_.transactional_id.empty()) {
    transactor_ = std::make_unique<Transactor>(
        options_,
        *cluster_,
        [this](Error error) { Fail(std::move(error)); },
        [this] { OnCommitted(); }
    );
  }
  cluster_->set_on_metadata([this](const wire::MetadataAnswer& answer) { OnMetadata(answer); });
}

Result<std::unique_ptr<Sender>> Sender::Open(const KafkaOptions& options, Around around) {
  if (!wire::ParseCodec(options.compression)) {
    return Error(ErrorKind::kConfig, fmt::format("kafka.compression: no '{}'", options.compression))
        .WithHint("none, gzip, snappy, lz4 or zstd");
  }
  std::unique_ptr<Cluster> cluster = ROWHOUSE_TRY(Cluster::Open(options));
  std::unique_ptr<Sender> sender(new Sender(options, around, std::move(cluster)));
  if (sender->wake_fd_ < 0) {
    return Error(ErrorKind::kInternal, "no eventfd: too many open files");
  }
  return sender;
}

Sender::~Sender() {
  Stop();
  thread_.Join();
  ::close(wake_fd_);
}

void Sender::Start(const LaneShared& lanes) {
  lanes_ = &lanes;
  thread_ = Thread("kafka-sender", [this](const std::stop_token& stop) { Run(stop); });
}

void Sender::Stop() {
  stopped_.store(true);
  thread_.RequestStop();
  Wake();
  MutexLock lock(mu_);
  known_.NotifyAll();
}

Result<LaneTopic*> Sender::Topic(const std::string& name, Deadline deadline) {
  MutexLock lock(mu_);
  std::unique_ptr<LaneTopic>& topic = topics_[name];
  if (topic == nullptr) {
    topic = std::make_unique<LaneTopic>();
    topic->name = name;
    wanted_.push_back(name);
    Wake();
  }
  LaneTopic* const found = topic.get();
  while (found->lanes.empty()) {
    if (found->gone) {
      return *found->gone;
    }
    if (!around_.budget.open()) {
      return std::move(around_.budget.Ended()).error();
    }
    if (deadline.Passed()) {
      return cluster_->Explain(fmt::format("looking for topic '{}'", name));
    }
    known_.WaitUntil(mu_, deadline);
  }
  return found;
}

void Sender::Refuse(const RefusedRecord& record, Error error) {
  Refusal refusal{record.token, std::string(record.topic), std::nullopt, std::move(error)};
  if (record.key) {
    refusal.key.emplace(*record.key);
  }
  {
    MutexLock lock(mu_);
    refusal.transaction = around_.window.gathering();
    refused_.push_back(std::move(refusal));
    around_.window.Opened(refused_.back().transaction);
  }
  Wake();
}

void Sender::Post(PartitionLane& lane) {
  {
    MutexLock lock(mu_);
    posted_.push_back(&lane);
  }
  Wake();
}

void Sender::Wake() {
  signals_.fetch_add(1);
  if (asleep_.exchange(false)) {
    const uint64_t one = 1;
    // Full only with 2^64 - 1 wake-ups unread: then it wakes anyway.
    [[maybe_unused]] const ssize_t written = ::write(wake_fd_, &one, sizeof one);
  }
}

// --- the loop ---------------------------------------------------------------------

void Sender::Run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const uint64_t seen = signals_.load();
    Clock::TimePoint now = Clock::Real().Now();
    TakePosted(now);
    TellRefused();
    cluster_->Maintain(now);
    LoseGone();
    WatchAway(now);
    if (transactor_ == nullptr) {
      AskProducerId(now);
    }
    const Clock::TimePoint send_due = SendDue(now);
    MaintainTransaction(now);
    const Clock::TimePoint due =
        transactor_ == nullptr ? send_due : std::min(send_due, transactor_->due());
    asleep_.store(true);
    const bool busy = signals_.load() != seen || stop.stop_requested();
    cluster_->Poll(busy ? now : std::min(due, now + kSleepMost), wake_fd_);
    asleep_.store(false);
    uint64_t wakes = 0;
    [[maybe_unused]] const ssize_t read = ::read(wake_fd_, &wakes, sizeof wakes);
  }
  AbortOpen();
}

void Sender::TakePosted(Clock::TimePoint now) {
  std::vector<std::string> wanted;
  std::vector<PartitionLane*> posted;
  {
    MutexLock lock(mu_);
    wanted.swap(wanted_);
    posted.swap(posted_);
  }
  for (const std::string& topic : wanted) {
    cluster_->Want(topic);
  }
  for (PartitionLane* lane : posted) {
    if (!lane->active) {
      lane->active = true;
      active_.push_back(lane);
    }
    lane->since = now;
  }
}

void Sender::TellRefused() {
  std::vector<Refusal> refused;
  {
    MutexLock lock(mu_);
    refused.swap(refused_);
  }
  for (const Refusal& r : refused) {
    if (!stopped_.load()) {
      around_.listener.OnRefused({r.token, r.topic, r.key}, r.error);
    }
    around_.budget.Give(1);
    around_.window.Done(r.transaction);
  }
}

void Sender::AskProducerId(Clock::TimePoint now) {
  if (producer_.id >= 0 || asking_producer_ || failed_ || now < ask_producer_at_) {
    return;
  }
  wire::BrokerConnection* connection = cluster_->AnyReady();
  if (connection == nullptr) {
    return;
  }
  auto request = connection->NewRequest(wire::ApiKey::kInitProducerId);
  EncodeInitProducerId(*request, "", kProducerIdTimeout);
  asking_producer_ = true;
  connection->Send(std::move(request), kProducerIdTimeout, [this](Result<ByteView> body) {
    OnProducerId(std::move(body));
  });
  connection->Push();
}

void Sender::OnProducerId(Result<ByteView> body) {
  asking_producer_ = false;
  ask_producer_at_ = Clock::Real().Now() + kAskAgain;
  if (!body) {
    return;  // the connection broke; another will be asked
  }
  const auto answer = wire::DecodeInitProducerId(*body);
  if (!answer) {
    Fail(answer.error());
  } else if (answer->code == wire::kNoError) {
    producer_ = answer->producer;
  } else if (KindOf(answer->code) != ErrorKind::kUnavailable) {
    Fail(
        NativeError(answer->code, fmt::format("{}: asking for a producer id", ServerName(options_)))
    );
  }
}

// --- sending ----------------------------------------------------------------------

// When a lane's oldest record is to be sent; a past time for now.
Clock::TimePoint Sender::DueOf(const PartitionLane& lane, const Traffic& traffic) const {
  const bool quiet = traffic.requests == 0 && traffic.last_bytes < kBulkBytes;
  const bool wanted = around_.budget.wanted() || around_.window.cut();
  if (quiet || lane.pressing() || wanted) {
    return {};
  }
  return lane.since + options_.linger;
}

// Sends what is due; gives the time at which something else will be.
Clock::TimePoint Sender::SendDue(Clock::TimePoint now) {
  Clock::TimePoint next = Clock::TimePoint::max();
  if (producer_.id < 0 || failed_) {
    const bool ask = transactor_ == nullptr && !asking_producer_ && !failed_;
    return ask ? now + kAskAgain : next;
  }
  std::erase_if(active_, [](PartitionLane* lane) {
    lane->active = !lane->idle();
    return !lane->active;
  });
  std::vector<int32_t> due_brokers;
  for (PartitionLane* lane : active_) {
    if (lane->doubt == PartitionLane::Doubt::kToAsk) {
      AskStored(*lane, now);
    }
    if (lane->leader < 0 || !lane->can_send(now)) {
      next = lane->waits_until() > now ? std::min(next, lane->waits_until()) : next;
      continue;
    }
    if (transactor_ != nullptr && !transactor_->Takes(*lane)) {
      transactor_->Join(*lane);  // its answer wakes us
      continue;
    }
    const Traffic& traffic = traffic_[lane->leader];
    if (traffic.requests >= kRequestsMost) {
      continue;  // an answer wakes us
    }
    const Clock::TimePoint due = DueOf(*lane, traffic);
    if (due > now) {
      next = std::min(next, due);
    } else if (std::find(due_brokers.begin(), due_brokers.end(), lane->leader) == due_brokers.end()) {
      due_brokers.push_back(lane->leader);
    }
  }
  for (const int32_t broker : due_brokers) {
    wire::BrokerConnection* connection = cluster_->Ready(broker);
    if (connection != nullptr) {
      SendTo(broker, *connection, now);
      next = now;  // perhaps there is more
    }
  }
  return next;
}

// The next batch of each lane of this broker, up to a request's bytes. Lanes that gave one
// go to the end, so that all get their turn.
Sender::Parts Sender::Collect(int32_t broker, Clock::TimePoint now) {
  Parts parts;
  size_t bytes = 0;
  std::vector<PartitionLane*> served;
  std::vector<PartitionLane*> others;
  for (PartitionLane* lane : active_) {
    const bool takes = transactor_ == nullptr || transactor_->Takes(*lane);
    wire::RecordBatch* batch =
        takes && lane->leader == broker && bytes < kRequestBytes ? lane->Next(now) : nullptr;
    if (batch == nullptr) {
      others.push_back(lane);
      continue;
    }
    lane->since = now;
    bytes += batch->bytes();
    parts.push_back({lane, batch});
    served.push_back(lane);
  }
  active_.swap(others);
  active_.insert(active_.end(), served.begin(), served.end());
  std::stable_sort(parts.begin(), parts.end(), [](const Part& a, const Part& b) {
    return &a.lane->topic() < &b.lane->topic();
  });
  traffic_[broker].last_bytes = bytes;
  return parts;
}

void Sender::SendTo(int32_t broker, wire::BrokerConnection& connection, Clock::TimePoint now) {
  Parts parts = Collect(broker, now);
  if (parts.empty()) {
    return;
  }
  std::vector<wire::ProducePart> stamped;
  stamped.reserve(parts.size());
  for (const Part& part : parts) {
    if (!part.batch->sealed()) {
      Status sealed = part.batch->Seal(*compressor_);
      if (!sealed) {
        Fail(std::move(sealed).error());
        return;
      }
    }
    stamped.push_back({part.lane->topic(), part.lane->partition(), part.batch->Stamp(producer_)});
  }
  auto request = connection.NewRequest(wire::ApiKey::kProduce);
  EncodeProduce(
      *request, options_.transactional_id, stamped, static_cast<int32_t>(kAckTimeout.count())
  );
  Traffic& traffic = traffic_[broker];
  ++traffic.requests;
  const int16_t version = request->version();
  connection.Send(
      std::move(request),
      kAnswerTimeout,
      [this, broker, version, parts = std::move(parts)](Result<ByteView> body) {
        OnAnswered(broker, version, parts, std::move(body));
      }
  );
  connection.Push();
}

void Sender::WatchAway(Clock::TimePoint now) {
  const auto since = cluster_->away_since();
  if (!since) {
    if (was_away_) {
      const auto away = std::chrono::duration_cast<milliseconds>(now - away_since_);
      LogInfo(ServerName(options_) + " is back", {{"away_ms", away.count()}});
    }
    was_away_ = false;
    return;
  }
  constexpr seconds kTellAgain{30};
  if (!was_away_) {
    was_away_ = true;
    away_since_ = *since;
    away_at_ = FormatUtc(Clock::Real().WallMicros());
    away_told_ = now - kTellAgain;
  }
  if (now - away_told_ >= kTellAgain) {
    away_told_ = now;
    LogWarn(
        ServerName(options_) + " is away since " + away_at_,
        cluster_->Explain("connecting"),
        {{"bytes_waiting", around_.budget.used()}}
    );
  }
}

}  // namespace rowhouse::kafka
