#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "base/result.h"
#include "kafka/options.h"

struct rd_kafka_s;

namespace rowhouse::kafka {

// One librdkafka client and the last trouble it told of.
//
// librdkafka never fails at once when a broker is away: it retries, and the call that
// waited ends with "timed out". The trouble behind it (connection refused, bad
// password) comes by another way; it is kept here so that errors name it.
//
// Place:   shared by the parts that use one client (event log and its admin calls).
// Owns:    the handle and librdkafka's threads; ends both in the destructor, which
//          must not run on one of those threads.
// Threads: any.
// Errors:  Open: kConfig names the property that librdkafka refuses.
class Client {
 public:
  static Result<std::shared_ptr<Client>> Open(const KafkaOptions& options, Role role);

  ~Client();

  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  rd_kafka_s* native() const { return native_; }

  const KafkaOptions& options() const { return options_; }

  // Remembers what librdkafka said on its own.
  void NoteTrouble(int code, std::string_view reason);

  // NativeError(code, what), with the trouble of the last seconds as its reason
  // (and kind, where that is kAuth or kConfig) when `code` only says "not in time".
  Error Explain(int code, std::string_view what) const;

 private:
  struct Trouble {
    int code = 0;
    std::string reason;
    Clock::TimePoint at;
  };

  explicit Client(const KafkaOptions& options) : options_(options) {}

  const KafkaOptions options_;
  rd_kafka_s* native_ = nullptr;

  mutable Mutex mu_;
  std::optional<Trouble> trouble_ GUARDED_BY(mu_);
};

// Names rowhouse's broker list in messages: "kafka 127.0.0.1:9092".
std::string ServerName(const KafkaOptions& options);

}  // namespace rowhouse::kafka
