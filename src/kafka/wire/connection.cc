#include "kafka/wire/connection.h"

#include <algorithm>
#include <array>
#include <poll.h>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/check.h"
#include "kafka/errors.h"

namespace rowhouse::kafka::wire {

namespace {

constexpr size_t kReadAtOnce = 16'384;
constexpr size_t kAnswerMost = 64 << 20;
constexpr int16_t kVersionsFirst = 3;

struct Spoken {
  ApiKey key;
  ApiRange versions;
};

// The versions our encoders and decoders know.
constexpr std::array<Spoken, 9> kSpoken = {{
    {ApiKey::kProduce, {7, 8}},
    {ApiKey::kMetadata, {2, 7}},
    {ApiKey::kFindCoordinator, {1, 2}},
    {ApiKey::kInitProducerId, {0, 1}},
    {ApiKey::kAddPartitionsToTxn, {0, 2}},
    {ApiKey::kEndTxn, {0, 2}},
    {ApiKey::kSaslHandshake, {1, 1}},
    {ApiKey::kSaslAuthenticate, {0, 0}},
    {ApiKey::kDescribeProducers, {0, 0}},
}};

}  // namespace

BrokerConnection::BrokerConnection(
    const ConnectionSettings& settings, std::string host, uint16_t port
)
    : settings_(settings),
      host_(std::move(host)),
      port_(port),
      name_(fmt::format("{}:{}", host_, port_)),
      setup_due_(Clock::Real().Now() + settings.setup_timeout) {
  auto stream = Stream::Connect(host_, port_, settings_.tls);
  if (!stream) {
    Break(std::move(stream).error());
    return;
  }
  stream_ = *std::move(stream);
}

short BrokerConnection::events() const {
  if (state_ == State::kEstablishing) {
    return want_ == Stream::Want::kRead ? POLLIN : POLLOUT;
  }
  const bool write = unsent_from_ < unsent_.size();
  return static_cast<short>(POLLIN | (write ? POLLOUT : 0));
}

void BrokerConnection::Step() {
  if (broken()) {
    return;
  }
  Status moved = Advance();
  if (!moved) {
    Break(std::move(moved).error());
  }
}

void BrokerConnection::Push() {
  Status written = ready() ? WriteSome() : Ok();
  if (!written) {
    Break(std::move(written).error());
  }
}

Status BrokerConnection::Advance() {
  if (state_ == State::kEstablishing) {
    const Stream::Step step = ROWHOUSE_TRY(stream_->Establish());
    want_ = step.want;
    if (want_ != Stream::Want::kNothing) {
      return Ok();
    }
    AskVersions(kVersionsFirst);
  }
  ROWHOUSE_TRY(WriteSome());
  ROWHOUSE_TRY(ReadSome());
  ROWHOUSE_TRY(TakeAnswers());
  return broken() ? Ok() : WriteSome();  // what the answers made us ask
}

Status BrokerConnection::WriteSome() {
  while (unsent_from_ < unsent_.size()) {
    const Stream::Step step =
        ROWHOUSE_TRY(stream_->Write(std::span(unsent_).subspan(unsent_from_)));
    if (step.want != Stream::Want::kNothing) {
      return Ok();
    }
    size_t left = step.bytes;
    while (left > 0) {
      ByteView& piece = unsent_[unsent_from_];
      const size_t of_it = std::min(left, piece.size());
      piece = piece.subspan(of_it);
      left -= of_it;
      unsent_from_ += piece.empty() ? 1 : 0;
    }
  }
  unsent_.clear();
  unsent_from_ = 0;
  return Ok();
}

Status BrokerConnection::ReadSome() {
  while (true) {
    uint8_t* to = received_.Reserve(kReadAtOnce);
    const Stream::Step step = ROWHOUSE_TRY(stream_->Read(to, kReadAtOnce));
    if (step.want != Stream::Want::kNothing) {
      return Ok();
    }
    received_.Commit(to + step.bytes);
    if (step.bytes < kReadAtOnce && settings_.tls == nullptr) {
      return Ok();  // the socket is empty: no call only to hear so
    }
  }
}

Status BrokerConnection::TakeAnswers() {
  size_t taken = 0;
  while (!broken()) {
    WireReader in({received_.data() + taken, received_.size() - taken});
    const auto size = static_cast<uint32_t>(in.I32());
    if (in.ok() && size > kAnswerMost) {
      return Unreachable(name_, fmt::format("an answer of {} bytes: not Kafka?", size));
    }
    if (!in.ok() || in.left() < size) {
      break;
    }
    WireReader answer(in.Run(size));
    taken += 4 + size;
    const int32_t correlation = answer.I32();
    if (waiting_.empty() || waiting_.front().request->correlation() != correlation) {
      return Unreachable(name_, "an answer that nobody asked for");
    }
    const Waiting asked = std::move(waiting_.front());
    waiting_.pop_front();
    asked.on_answer(answer.Run(answer.left()));
  }
  if (taken > 0) {
    const std::string rest(received_.view().substr(taken));  // seldom any
    received_.Clear();
    received_.Append(rest);
  }
  return Ok();
}

void BrokerConnection::OnTime(Clock::TimePoint now) {
  if (broken() || now < due()) {
    return;
  }
  if (!ready()) {
    Break(TooLate(fmt::format("{}: connecting and logging in", name_)));
    return;
  }
  Break(TooLate(fmt::format("{}: no answer to a request", name_)));
}

Clock::TimePoint BrokerConnection::due() const {
  if (broken()) {
    return Clock::TimePoint::max();
  }
  if (!ready()) {
    return setup_due_;
  }
  return waiting_.empty() ? Clock::TimePoint::max() : waiting_.front().due;
}

std::unique_ptr<Request> BrokerConnection::NewRequest(ApiKey key) {
  const auto version = VersionOf(key);
  CHECK(version.has_value());  // looked at when the connection was made, or by Speaks()
  return Make(key, *version);
}

bool BrokerConnection::Speaks(ApiKey key) const {
  return VersionOf(key).has_value();
}

void BrokerConnection::Send(
    std::unique_ptr<Request> request, milliseconds timeout, OnAnswer on_answer
) {
  request->Finish();
  for (const ByteView piece : request->Pieces()) {
    unsent_.push_back(piece);
  }
  waiting_.push_back({std::move(request), Clock::Real().Now() + timeout, std::move(on_answer)});
}

void BrokerConnection::Break(Error why) {
  if (broken()) {
    return;
  }
  state_ = State::kBroken;
  trouble_ = why;
  stream_.reset();
  unsent_.clear();
  unsent_from_ = 0;
  for (const Waiting& asked : std::exchange(waiting_, {})) {
    asked.on_answer(why);
  }
}

// --- set-up -----------------------------------------------------------------------

std::unique_ptr<Request> BrokerConnection::Make(ApiKey key, int16_t version) {
  return std::make_unique<Request>(key, version, ++correlation_, settings_.client_id);
}

Result<int16_t> BrokerConnection::VersionOf(ApiKey key) const {
  const auto* ours =
      std::find_if(kSpoken.begin(), kSpoken.end(), [&](const Spoken& s) { return s.key == key; });
  CHECK(ours != kSpoken.end());
  const auto theirs = ranges_.find(static_cast<int16_t>(key));
  if (theirs != ranges_.end()) {
    const int16_t most = std::min(ours->versions.most, theirs->second.most);
    if (most >= std::max(ours->versions.least, theirs->second.least)) {
      return most;
    }
  }
  return NativeError(
      kUnsupportedVersion, fmt::format("{}: request {}", name_, static_cast<int16_t>(key))
  );
}

void BrokerConnection::Ask(
    std::unique_ptr<Request> request, std::function<Status(ByteView)> handler
) {
  const auto on_answer = [this, handler = std::move(handler)](Result<ByteView> body) {
    if (!body) {
      return;  // broken already
    }
    Status handled = handler(*body);
    if (!handled) {
      Break(std::move(handled).error());
    }
  };
  Send(std::move(request), settings_.setup_timeout, on_answer);
}

void BrokerConnection::AskVersions(int16_t version) {
  state_ = State::kVersions;
  auto request = Make(ApiKey::kApiVersions, version);
  EncodeApiVersions(*request, settings_.software_version);
  Ask(std::move(request), [this, version](ByteView body) { return OnVersions(version, body); });
}

Status BrokerConnection::OnVersions(int16_t version, ByteView body) {
  ApiVersionsAnswer answer = ROWHOUSE_TRY(DecodeApiVersions(version, body));
  if (answer.code == kUnsupportedVersion && version > 0) {
    AskVersions(0);
    return Ok();
  }
  if (answer.code != kNoError) {
    return NativeError(answer.code, fmt::format("{}: asking for its versions", name_));
  }
  ranges_ = std::move(answer.ranges);
  for (const ApiKey key : {ApiKey::kProduce, ApiKey::kMetadata, ApiKey::kInitProducerId}) {
    ROWHOUSE_TRY(VersionOf(key));
  }
  if (settings_.transactions) {
    for (const ApiKey key :
         {ApiKey::kFindCoordinator, ApiKey::kAddPartitionsToTxn, ApiKey::kEndTxn}) {
      ROWHOUSE_TRY(VersionOf(key));
    }
  }
  if (settings_.mechanism.empty()) {
    state_ = State::kReady;
    return Ok();
  }
  ROWHOUSE_TRY(VersionOf(ApiKey::kSaslHandshake));
  ROWHOUSE_TRY(VersionOf(ApiKey::kSaslAuthenticate));
  StartLogin();
  return Ok();
}

void BrokerConnection::StartLogin() {
  state_ = State::kLogin;
  auto request = NewRequest(ApiKey::kSaslHandshake);
  EncodeSaslHandshake(*request, settings_.mechanism);
  Ask(std::move(request), [this](ByteView body) { return OnHandshake(body); });
}

Status BrokerConnection::OnHandshake(ByteView body) {
  const SaslHandshakeAnswer answer = ROWHOUSE_TRY(DecodeSaslHandshake(body));
  if (answer.code != kNoError) {
    return NativeError(
        answer.code,
        fmt::format("{}: mechanism {}", name_, settings_.mechanism),
        fmt::format("it knows {}", fmt::join(answer.mechanisms, ", "))
    );
  }
  sasl_ = SaslClient::Make(settings_.mechanism, settings_.user, settings_.password);
  if (sasl_ == nullptr) {
    return Error(ErrorKind::kConfig, "no SASL client for mechanism " + settings_.mechanism);
  }
  SayLogin(sasl_->First());
  return Ok();
}

void BrokerConnection::SayLogin(const std::string& bytes) {
  auto request = NewRequest(ApiKey::kSaslAuthenticate);
  EncodeSaslAuthenticate(*request, bytes);
  Ask(std::move(request), [this](ByteView body) { return OnLogin(body); });
}

Status BrokerConnection::OnLogin(ByteView body) {
  const SaslAuthenticateAnswer answer = ROWHOUSE_TRY(DecodeSaslAuthenticate(body));
  const std::string what = fmt::format("{}: login of user '{}'", name_, settings_.user);
  if (answer.code != kNoError) {
    return NativeError(answer.code, what, answer.message);
  }
  auto next = sasl_->Next(answer.bytes);
  if (!next) {
    return LoginRefused(what, next.error().message());
  }
  if (!next->empty()) {
    SayLogin(*next);
  }
  state_ = sasl_->done() ? State::kReady : State::kLogin;
  return Ok();
}

}  // namespace rowhouse::kafka::wire
