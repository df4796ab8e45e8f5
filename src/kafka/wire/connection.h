#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "kafka/wire/messages.h"
#include "kafka/wire/sasl.h"
#include "kafka/wire/stream.h"

namespace rowhouse::kafka::wire {

// What every connection of a client is made with.
struct ConnectionSettings {
  std::string client_id;
  std::string software_version;
  const TlsClient* tls = nullptr;  // null: plain
  std::string mechanism;           // of SASL; empty: no login
  std::string user;
  std::string password;
  bool transactions = false;  // the broker has to know their requests
  milliseconds setup_timeout{10'000};
};

// One connection to one broker, from the first SYN over TLS, versions and login to
// requests and their answers.
//
// Answers come in the order of the requests. A request whose answer is late breaks the
// connection, since all behind it would be late too; so does an answer that can't be read.
//
// Place:   of the sender thread, which polls fd() for events() and calls Step().
// Owns:    the socket and the requests on their way. What a request attached must live until
//          its OnAnswer has been called.
// Threads: one owner. OnAnswer is called inside Step(), Push(), OnTime() and Break(), and must not
//          destroy the connection. One that is destroyed drops its requests in silence.
// Errors:  broken() with trouble(): kUnavailable, kAuth, kConfig; make a new one.
class BrokerConnection {
 public:
  // The answer's body, or why there is none.
  using OnAnswer = std::function<void(Result<ByteView>)>;

  BrokerConnection(const ConnectionSettings& settings, std::string host, uint16_t port);

  bool ready() const { return state_ == State::kReady; }

  bool broken() const { return state_ == State::kBroken; }

  const Error& trouble() const { return *trouble_; }

  // "host:port".
  const std::string& name() const { return name_; }

  int fd() const { return stream_ == nullptr ? -1 : stream_->fd(); }

  // POLLIN, POLLOUT.
  short events() const;

  // Moves what can be moved.
  void Step();

  // Writes what can be written, so that a request needs no round of polling to leave.
  void Push();

  // Breaks what is late.
  void OnTime(Clock::TimePoint now);

  // When OnTime() has something to do; max() for never.
  Clock::TimePoint due() const;

  // Whether the broker knows a request that we can do without.
  bool Speaks(ApiKey key) const;

  // A request with its header written, in the version both know. Only when ready().
  std::unique_ptr<Request> NewRequest(ApiKey key);

  void Send(std::unique_ptr<Request> request, milliseconds timeout, OnAnswer on_answer);

  // Requests not answered yet.
  size_t waiting() const { return waiting_.size(); }

  void Break(Error why);

 private:
  enum class State { kEstablishing, kVersions, kLogin, kReady, kBroken };

  struct Waiting {
    std::unique_ptr<Request> request;
    Clock::TimePoint due;
    OnAnswer on_answer;
  };

  Status Advance();
  Status WriteSome();
  Status ReadSome();
  Status TakeAnswers();

  void AskVersions(int16_t version);
  Status OnVersions(int16_t version, ByteView body);
  void StartLogin();
  Status OnHandshake(ByteView body);
  void SayLogin(const std::string& bytes);
  Status OnLogin(ByteView body);

  std::unique_ptr<Request> Make(ApiKey key, int16_t version);
  Result<int16_t> VersionOf(ApiKey key) const;
  // An inner request of the set-up; a failing handler breaks the connection.
  void Ask(std::unique_ptr<Request> request, std::function<Status(ByteView)> handler);

  const ConnectionSettings& settings_;
  const std::string host_;
  const uint16_t port_;
  const std::string name_;
  State state_ = State::kEstablishing;
  std::optional<Error> trouble_;
  std::unique_ptr<Stream> stream_;
  Stream::Want want_ = Stream::Want::kWrite;
  Clock::TimePoint setup_due_;
  ApiRanges ranges_;
  std::unique_ptr<SaslClient> sasl_;
  int32_t correlation_ = 0;
  std::deque<Waiting> waiting_;   // at most what its owner sends: some requests
  std::vector<ByteView> unsent_;  // pieces of requests in waiting_
  size_t unsent_from_ = 0;
  Buffer received_;
};

}  // namespace rowhouse::kafka::wire
