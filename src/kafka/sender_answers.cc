// The half of Sender that hears what brokers answer.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "base/log.h"
#include "kafka/client.h"
#include "kafka/errors.h"
#include "kafka/sender.h"
#include "kafka/transaction.h"

namespace rowhouse::kafka {

namespace {

constexpr milliseconds kRetryAfter{100};
constexpr milliseconds kStoredTimeout{20'000};

// Kafka counts these among what may pass, though our table does not: a batch damaged on
// its way, and a topic whose leader does not know of it yet.
bool MayPass(int16_t code) {
  return code == wire::kCorruptMessage || code == wire::kUnknownTopicOrPartition ||
         KindOf(code) == ErrorKind::kUnavailable;
}

// What was sent before is forgotten or not ours any more: nothing can follow it in order.
bool BreaksTheProducer(int16_t code) {
  return code == wire::kOutOfOrderSequence || code == wire::kUnknownProducerId ||
         code == wire::kInvalidProducerEpoch || code == wire::kInvalidTransactionState ||
         code == wire::kInvalidProducerIdMapping;
}

bool TooLarge(int16_t code) {
  return code == wire::kMessageTooLarge || code == wire::kRecordListTooLarge;
}

}  // namespace

// --- metadata ---------------------------------------------------------------------

void Sender::OnMetadata(const wire::MetadataAnswer& answer) {
  const Clock::TimePoint now = Clock::Real().Now();
  MutexLock lock(mu_);
  for (const wire::TopicPlace& place : answer.topics) {
    std::unique_ptr<LaneTopic>& topic = topics_[place.topic];
    if (topic == nullptr) {
      topic = std::make_unique<LaneTopic>();
      topic->name = place.topic;
    }
    if (place.code != wire::kNoError) {
      OnMissing(place, *topic, now);
      continue;
    }
    missing_since_.erase(place.topic);
    topic->gone.reset();
    std::erase(gone_, topic.get());
    if (topic->lanes.empty()) {
      MakeLanes(*topic, place.partitions.size());
    }
    for (const wire::PartitionPlace& p : place.partitions) {
      if (p.partition >= 0 && static_cast<size_t>(p.partition) < topic->lanes.size()) {
        topic->lanes[static_cast<size_t>(p.partition)]->leader = p.leader;
      }
    }
  }
  known_.NotifyAll();
}

// As many as the topic had when it was first seen: partitions added later would move keys.
void Sender::MakeLanes(LaneTopic& topic, size_t partitions) {
  for (size_t p = 0; p < partitions; ++p) {
    topic.lanes.push_back(
        std::make_unique<PartitionLane>(*lanes_, topic.name, static_cast<int32_t>(p))
    );
  }
}

// A new topic is not known to all brokers at once; one that stays away was deleted.
void Sender::OnMissing(const wire::TopicPlace& place, LaneTopic& topic, Clock::TimePoint now) {
  const auto since = missing_since_.try_emplace(place.topic, now).first->second;
  if (topic.gone || (MayPass(place.code) && now - since < options_.topic_missing_wait)) {
    return;
  }
  const std::string what = fmt::format("{}: topic '{}'", ServerName(options_), place.topic);
  if (place.code == wire::kUnknownTopicOrPartition) {
    // It was there when the log was opened: opening it anew makes it again.
    topic.gone = Error(ErrorKind::kUnavailable, what + ": the topic is no longer there")
                     .WithNative(place.code);
  } else if (!MayPass(place.code)) {
    topic.gone = NativeError(place.code, what);
  } else {
    return;  // leaders are being elected, however long it takes
  }
  gone_.push_back(&topic);
}

void Sender::LoseGone() {
  for (const LaneTopic* topic : gone_) {
    for (const auto& lane : topic->lanes) {
      for (wire::RecordBatchPtr& batch : lane->TakeUnsent()) {
        Lose(std::move(batch), *topic->gone);
      }
      lane->doubt = PartitionLane::Doubt::kNone;
    }
  }
}

// --- answers ----------------------------------------------------------------------

void Sender::OnAnswered(
    int32_t broker, int16_t version, const Parts& parts, Result<ByteView> body
) {
  --traffic_[broker].requests;
  const Clock::TimePoint now = Clock::Real().Now();
  std::vector<wire::ProduceResult> results;
  if (body) {
    auto decoded = wire::DecodeProduce(version, *body);
    if (!decoded) {
      Fail(decoded.error());
      return;
    }
    results = *std::move(decoded);
  }
  for (const Part& part : parts) {
    const auto result = std::find_if(results.begin(), results.end(), [&](const auto& r) {
      return r.partition == part.lane->partition() && r.topic == part.lane->topic();
    });
    if (failed_) {
      return;  // the lanes are empty
    }
    if (result == results.end()) {
      part.lane->OnAgain(part.batch, now);  // no answer: it may be stored or not
    } else {
      OnResult(part, *result, now);
    }
  }
}

void Sender::OnResult(const Part& part, const wire::ProduceResult& result, Clock::TimePoint now) {
  PartitionLane& lane = *part.lane;
  const int16_t code = result.code;
  if (code == wire::kNoError || code == wire::kDuplicateSequence) [[likely]] {
    Stored(lane.OnStored(part.batch, now));
  } else if (code == wire::kOutOfOrderSequence && lane.draining()) {
    lane.OnAgain(part.batch, now);
  } else if (code == wire::kOutOfOrderSequence && lane.MayBeStored(part.batch)) {
    lane.OnAgain(part.batch, now);
    lane.doubt = PartitionLane::Doubt::kToAsk;
  } else if (TooLarge(code) && part.batch->records() > 1) {
    lane.OnTooLarge(part.batch);
  } else if (transactor_ != nullptr && ReactionTo(code) == TxnReaction::kShutOut) {
    Fail(ShutOut(options_, code, transactor_->open_for()));
  } else if (BreaksTheProducer(code)) {
    Fail(NativeError(code, fmt::format("{}[{}]", lane.topic(), lane.partition()), result.message));
  } else if (MayPass(code)) {
    TellDelay(lane, result);
    cluster_->Doubt(lane.topic());
    lane.OnAgain(part.batch, now + kRetryAfter);
  } else {
    OnRefusedBatch(part, result);
  }
}

// --- what a restarted broker has ----------------------------------------------------

void Sender::AskStored(PartitionLane& lane, Clock::TimePoint now) {
  wire::BrokerConnection* const broker =
      lane.leader >= 0 && now >= lane.waits_until() ? cluster_->Ready(lane.leader) : nullptr;
  if (broker == nullptr) {
    return;  // its connection, or the time, wakes us
  }
  if (!broker->Speaks(wire::ApiKey::kDescribeProducers)) {
    OutOfOrder(lane, "and the broker can't say what it has stored");
    return;
  }
  auto request = broker->NewRequest(wire::ApiKey::kDescribeProducers);
  EncodeDescribeProducers(*request, {lane.topic(), lane.partition()});
  lane.doubt = PartitionLane::Doubt::kAsked;
  broker->Send(std::move(request), kStoredTimeout, [this, &lane](Result<ByteView> body) {
    OnStoredAnswer(lane, std::move(body));
  });
  broker->Push();
}

void Sender::OnStoredAnswer(PartitionLane& lane, Result<ByteView> body) {
  if (failed_ || lane.doubt != PartitionLane::Doubt::kAsked) {
    return;  // there is nothing left to be in doubt of
  }
  const Clock::TimePoint now = Clock::Real().Now();
  lane.doubt = PartitionLane::Doubt::kToAsk;
  if (!body) {
    return;  // the connection broke
  }
  const auto answer = wire::DecodeDescribeProducers(*body);
  if (!answer) {
    Fail(answer.error());
    return;
  }
  if (MayPass(answer->code)) {
    cluster_->Doubt(lane.topic());
    lane.Delay(now + kRetryAfter);
    return;
  }
  if (answer->code != wire::kNoError) {
    const std::string what = "and asking what is stored";
    OutOfOrder(lane, NativeError(answer->code, what, answer->message).message());
    return;
  }
  const auto us = std::find_if(
      answer->producers.begin(),
      answer->producers.end(),
      [this](const wire::ActiveProducer& p) {
        return p.id == producer_.id && p.epoch == producer_.epoch;
      }
  );
  if (us == answer->producers.end()) {
    OutOfOrder(lane, "and the broker knows nothing of us");
    return;
  }
  std::vector<wire::RecordBatchPtr> stored = lane.OnLastStored(us->last_sequence, now);
  if (stored.empty()) {
    OutOfOrder(
        lane,
        fmt::format("and the last sequence it has, {}, ends no batch in doubt", us->last_sequence)
    );
    return;
  }
  lane.doubt = PartitionLane::Doubt::kNone;
  LogInfo(
      "kafka had stored batches whose answer was lost",
      {{"at", fmt::format("{}[{}]", lane.topic(), lane.partition())}, {"batches", stored.size()}}
  );
  for (wire::RecordBatchPtr& batch : stored) {
    Stored(std::move(batch));
  }
}

// Acknowledged records are gone from the broker, or nobody can say whether ours are there.
void Sender::OutOfOrder(const PartitionLane& lane, std::string_view reason) {
  const std::string at = fmt::format("{}[{}]", lane.topic(), lane.partition());
  Fail(NativeError(wire::kOutOfOrderSequence, at, reason));
}

void Sender::TellDelay(const PartitionLane& lane, const wire::ProduceResult& result) const {
  const std::string place = fmt::format("{}[{}]", lane.topic(), lane.partition());
  const Error error = NativeError(result.code, ServerName(options_), result.message);
  // Leaders move when brokers come and go; anything else an operator wants to know.
  if (result.code == wire::kNotLeader || result.code == wire::kUnknownTopicOrPartition) {
    LogDebug("kafka stores a batch later", {{"at", place}, {"error", error.message()}});
  } else {
    LogWarn("kafka can't store a batch now; it is sent again", error, {{"at", place}});
  }
}

void Sender::OnRefusedBatch(const Part& part, const wire::ProduceResult& result) {
  PartitionLane& lane = *part.lane;
  wire::RecordBatchPtr batch = lane.OnRefused(part.batch);
  if (TooLarge(result.code)) {
    const Error error = RecordTooLarge(
        {.topic = lane.topic(),
         .bytes = batch->bytes() - wire::kBatchHeaderBytes,
         .native = result.code,
         .limit = LimitOf(lane.topic()),
         .partition = lane.partition()},
        options_
    );
    Lose(std::move(batch), error, &lane);
    return;
  }
  const std::string what = fmt::format(
      "{}: {} records for {}[{}]",
      ServerName(options_),
      batch->records(),
      lane.topic(),
      lane.partition()
  );
  const Error error = NativeError(result.code, what, result.message);
  Lose(std::move(batch), error, error.kind() == ErrorKind::kBadRecord ? &lane : nullptr);
}

// Asked once a topic: it refuses seldom, and then many.
size_t Sender::LimitOf(const std::string& topic) {
  const auto known = limits_.find(topic);
  return known != limits_.end() ? known->second : limits_[topic] = around_.limit_of(topic);
}

void Sender::Stored(wire::RecordBatchPtr batch) {
  if (!stopped_.load()) {
    for (const wire::TokenRun& run : batch->tokens()) {
      if (run.token != kOwnToken) {
        around_.listener.OnAcks(run.token, run.records);
      }
    }
  }
  Finish(std::move(batch));
}

void Sender::Finish(wire::RecordBatchPtr batch) {
  const uint64_t transaction = batch->transaction;
  around_.budget.Give(batch->charged);
  around_.pool.Put(std::move(batch));
  around_.window.Done(transaction);
}

// `refused`: the lane whose topic does not take the batch.
void Sender::Lose(wire::RecordBatchPtr batch, const Error& error, const PartitionLane* refused) {
  bool own = false;
  const std::vector<std::optional<std::string_view>> keys = batch->Keys();
  auto key = keys.begin();
  for (const wire::TokenRun& run : batch->tokens()) {
    own = own || run.token == kOwnToken;
    for (size_t i = 0; i < run.records; ++i, ++key) {
      if (run.token == kOwnToken || stopped_.load()) {
        continue;
      }
      refused == nullptr ? around_.listener.OnLost(run.token, error)
                         : around_.listener.OnRefused({run.token, refused->topic(), *key}, error);
    }
  }
  if (own) {
    // Before it is told that nothing is on its way any more: no commit without its checkpoint.
    Fail(Error(error).Context("saving the checkpoint"));
  }
  Finish(std::move(batch));
}

// The order of sequences is broken or we are fenced: only a new producer, at the last
// checkpoint, goes on without a gap.
void Sender::Fail(Error error) {
  if (failed_) {
    return;
  }
  failed_ = true;
  // One with a page of its own says more.
  const bool again = error.kind() == ErrorKind::kUnavailable && error.code().empty();
  Error failure =
      again ? Error(
                  ErrorKind::kUnavailable,
                  fmt::format(
                      "{}: the {} producer can't go on: {}",
                      ServerName(options_),
                      transactor_ == nullptr ? "idempotent" : "transactional",
                      error.message()
                  )
              )
                  .WithNative(error.native())
                  .WithCode("E-KAFKA-004")
                  .WithHint("none: the pipeline opens a new producer at its last checkpoint")
            : std::move(error);
  around_.budget.End(failure);
  around_.window.End();
  std::vector<LaneTopic*> all;
  {
    MutexLock lock(mu_);
    known_.NotifyAll();
    for (const auto& [name, topic] : topics_) {
      all.push_back(topic.get());
    }
  }
  cluster_->BreakAll(failure);  // what is being written lies in the batches
  for (const LaneTopic* topic : all) {
    for (const auto& lane : topic->lanes) {
      for (wire::RecordBatchPtr& batch : lane->TakeAll()) {
        Lose(std::move(batch), failure);
      }
    }
  }
}

}  // namespace rowhouse::kafka
