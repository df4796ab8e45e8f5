#include "kafka/transactor.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/log.h"
#include "kafka/client.h"
#include "kafka/errors.h"
#include "kafka/partition_lane.h"
#include "kafka/transaction.h"

namespace rowhouse::kafka {

namespace {

constexpr milliseconds kAnswerTimeout{20'000};
constexpr milliseconds kLookAgain{10};  // for a connection to the coordinator
constexpr seconds kReachLimit{1};       // then another broker may be the coordinator by now

}  // namespace

TxnReaction ReactionTo(int16_t code) {
  switch (code) {
    case wire::kNoError:
      return TxnReaction::kDone;
    case wire::kCoordinatorNotAvailable:
    case wire::kNotCoordinator:
      return TxnReaction::kElsewhere;
    case wire::kProducerFenced:
    case wire::kInvalidProducerEpoch:
      return TxnReaction::kShutOut;
    case wire::kInvalidTransactionState:
    case wire::kInvalidProducerIdMapping:
      return TxnReaction::kEnd;
    case wire::kUnknownTopicOrPartition:  // a new topic is not known to all brokers at once
    case wire::kOperationNotAttempted:    // another partition of the request was refused
      return TxnReaction::kAgain;
    default:
      return KindOf(code) == ErrorKind::kUnavailable ? TxnReaction::kAgain : TxnReaction::kEnd;
  }
}

bool Transactor::Takes(const PartitionLane& lane) const {
  return lane.joined == number_ && !ending_;
}

void Transactor::Join(PartitionLane& lane) {
  if (!lane.joining && lane.joined != number_) {
    lane.joining = true;
    joining_.push_back(&lane);
  }
}

void Transactor::End(wire::Outcome outcome) {
  ending_ = ending_ ? ending_ : outcome;
}

milliseconds Transactor::open_for() const {
  if (!open_since_) {
    return milliseconds{0};
  }
  return std::chrono::duration_cast<milliseconds>(Clock::Real().Now() - *open_since_);
}

Clock::TimePoint Transactor::due() const {
  return asking_ || failed_ || idle() ? Clock::TimePoint::max() : not_before_;
}

void Transactor::Maintain(Clock::TimePoint now) {
  if (asking_ || failed_ || now < not_before_ || idle()) {
    return;
  }
  if (coordinator_ < 0) {
    FindCoordinator();
    return;
  }
  wire::BrokerConnection* const broker = cluster_.Ready(coordinator_);
  if (broker == nullptr) {
    cluster_.AskAgain();  // it may be new
    not_before_ = now + kLookAgain;
    coordinator_ = now - reached_at_ > kReachLimit ? -1 : coordinator_;
    return;
  }
  reached_at_ = now;
  if (producer_.id < 0) {
    AskProducerId(*broker);
  } else if (!joining_.empty()) {
    AddPartitions(*broker);
  } else {
    AskEnd(*broker);
  }
}

// An answer of another epoch of ours can't come: one request is out at a time.
void Transactor::Ask(
    wire::BrokerConnection& broker, std::unique_ptr<wire::Request> request, OnBody on_body
) {
  asking_ = true;
  const auto on_answer = [this, on_body = std::move(on_body)](Result<ByteView> body) {
    asking_ = false;
    if (failed_) {
      return;
    }
    if (!body) {
      Later();  // the connection broke
      return;
    }
    Status read = on_body(*body);
    if (!read) {
      failed_ = true;
      fail_(std::move(read).error());
    }
  };
  broker.Send(std::move(request), kAnswerTimeout, on_answer);
  broker.Push();
}

void Transactor::Later() {
  not_before_ = Clock::Real().Now() + backoff_.Next();
}

bool Transactor::Good(int16_t code, std::string_view what, std::string_view reason) {
  const TxnReaction reaction = ReactionTo(code);
  switch (reaction) {
    case TxnReaction::kDone:
      backoff_.Reset();
      return true;
    case TxnReaction::kElsewhere:
      coordinator_ = -1;
      [[fallthrough]];
    case TxnReaction::kAgain:
      LogDebug("kafka answers a transaction later", {{"what", what}, {"code", code}});
      Later();
      return false;
    case TxnReaction::kShutOut:
      failed_ = true;
      fail_(ShutOut(options_, code, open_for()));
      return false;
    case TxnReaction::kEnd:
      break;
  }
  failed_ = true;
  fail_(Refused(code, what, reason));
  return false;
}

Error Transactor::Refused(int16_t code, std::string_view what, std::string_view reason) const {
  Error error = NativeError(
      code,
      fmt::format("{}: producer '{}': {}", ServerName(options_), options_.transactional_id, what),
      reason
  );
  if (code != wire::kInvalidTransactionTimeout) {
    return error;
  }
  return std::move(error).WithHint(fmt::format(
      "lower capture.transaction_timeout ({} s), or raise the brokers' transaction.max.timeout.ms",
      options_.transaction_timeout.count() / 1000
  ));
}

// --- requests ---------------------------------------------------------------------

void Transactor::FindCoordinator() {
  wire::BrokerConnection* const any = cluster_.AnyReady();
  if (any == nullptr) {
    not_before_ = Clock::Real().Now() + kLookAgain;
    return;
  }
  auto request = any->NewRequest(wire::ApiKey::kFindCoordinator);
  EncodeFindCoordinator(*request, options_.transactional_id);
  Ask(*any, std::move(request), [this](ByteView body) -> Status {
    const auto answer = ROWHOUSE_TRY(wire::DecodeFindCoordinator(body));
    if (Good(answer.code, "looking for its coordinator", answer.message)) {
      coordinator_ = answer.broker;
      reached_at_ = Clock::Real().Now();
    }
    return Ok();
  });
}

void Transactor::AskProducerId(wire::BrokerConnection& broker) {
  auto request = broker.NewRequest(wire::ApiKey::kInitProducerId);
  EncodeInitProducerId(*request, options_.transactional_id, options_.transaction_timeout);
  Ask(broker, std::move(request), [this](ByteView body) -> Status {
    const auto answer = ROWHOUSE_TRY(wire::DecodeInitProducerId(body));
    if (Good(answer.code, "taking the pipeline over")) {
      producer_ = answer.producer;
      producer_.transactional = true;
    }
    return Ok();
  });
}

void Transactor::AddPartitions(wire::BrokerConnection& broker) {
  std::vector<PartitionLane*> asked = std::exchange(joining_, {});
  std::sort(asked.begin(), asked.end(), [](const PartitionLane* a, const PartitionLane* b) {
    return &a->topic() < &b->topic();
  });
  std::vector<wire::PartitionName> names;
  names.reserve(asked.size());
  for (const PartitionLane* lane : asked) {
    names.push_back({lane->topic(), lane->partition()});
  }
  auto request = broker.NewRequest(wire::ApiKey::kAddPartitionsToTxn);
  EncodeAddPartitionsToTxn(*request, options_.transactional_id, producer_, names);
  joining_ = asked;  // until it is answered otherwise
  Ask(broker, std::move(request), [this, asked = std::move(asked)](ByteView body) {
    return OnAdded(asked, body);
  });
}

Status Transactor::OnAdded(const std::vector<PartitionLane*>& asked, ByteView body) {
  const auto added = ROWHOUSE_TRY(wire::DecodeAddPartitionsToTxn(body));
  int16_t worst = wire::kNoError;
  std::string of;
  for (PartitionLane* const lane : asked) {
    const auto answer = std::find_if(added.begin(), added.end(), [lane](const auto& a) {
      return a.partition == lane->partition() && a.topic == lane->topic();
    });
    const int16_t code = answer == added.end() ? int16_t{wire::kUnknownServerError} : answer->code;
    if (code == wire::kNoError) {
      lane->joined = number_;
      lane->joining = false;
      open_since_ = open_since_ ? open_since_ : Clock::Real().Now();
    } else if (ReactionTo(code) > ReactionTo(worst)) {
      worst = code;
      of = fmt::format("adding {}[{}]", lane->topic(), lane->partition());
    }
    if (code == wire::kUnknownTopicOrPartition) {
      cluster_.Doubt(lane->topic());
    }
  }
  std::erase_if(joining_, [](const PartitionLane* lane) { return !lane->joining; });
  Good(worst, of);
  return Ok();
}

void Transactor::AskEnd(wire::BrokerConnection& broker) {
  if (!open_since_) {
    OnEnded();  // nothing was added, so nothing is open
    return;
  }
  auto request = broker.NewRequest(wire::ApiKey::kEndTxn);
  EncodeEndTxn(*request, options_.transactional_id, producer_, *ending_);
  Ask(broker, std::move(request), [this](ByteView body) -> Status {
    const int16_t code = ROWHOUSE_TRY(wire::DecodeEndTxn(body));
    if (Good(code, ending_ == wire::Outcome::kCommit ? "committing" : "aborting")) {
      OnEnded();
    }
    return Ok();
  });
}

void Transactor::OnEnded() {
  open_since_.reset();
  if (std::exchange(ending_, std::nullopt) == wire::Outcome::kCommit) {
    ++number_;
    committed_();
  }
}

}  // namespace rowhouse::kafka
