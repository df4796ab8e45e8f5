#include "kafka/transaction.h"

#include <algorithm>
#include <array>
#include <memory>

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "kafka/errors.h"
#include "model/checkpoint.h"

namespace rowhouse::kafka {

namespace {

constexpr milliseconds kSlice{500};

struct ErrorDelete {
  void operator()(rd_kafka_error_t* e) const { rd_kafka_error_destroy(e); }
};

using NativeErrorPtr = std::unique_ptr<rd_kafka_error_t, ErrorDelete>;

// librdkafka says "fatal" and keeps the reason elsewhere.
int CodeOf(const Client& client, const rd_kafka_error_t& error) {
  if (rd_kafka_error_is_fatal(&error) != 0) {
    std::array<char, 512> why{};
    return rd_kafka_fatal_error(client.native(), why.data(), why.size());
  }
  return rd_kafka_error_code(&error);
}

Error ErrorOf(const Client& client, const rd_kafka_error_t& error, std::string_view what) {
  const int code = CodeOf(client, error);
  if (IsFenced(code)) {
    return ShutOut(client.options(), code, milliseconds{0});
  }
  if (rd_kafka_error_txn_requires_abort(&error) != 0) {
    return Error(
               ErrorKind::kUnavailable,
               fmt::format(
                   "{}: {}: the transaction is broken: {}",
                   ServerName(client.options()),
                   what,
                   rd_kafka_error_string(&error)
               )
    )
        .WithNative(code);
  }
  if (code == RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT) {
    return client.Explain(code, what)
        .WithHint(fmt::format(
            "lower capture.transaction_timeout ({} s), or raise the brokers' "
            "transaction.max.timeout.ms",
            client.options().transaction_timeout.count() / 1000
        ));
  }
  return client.Explain(code, what);
}

}  // namespace

std::string TransactionalId(std::string_view pipeline) {
  return fmt::format("rowhouse.{}", pipeline);
}

Status InitTransactions(const Client& client, Deadline deadline) {
  while (true) {
    const auto slice = static_cast<int>(std::min(deadline.Left(), kSlice).count());
    const NativeErrorPtr error(rd_kafka_init_transactions(client.native(), std::max(slice, 1)));
    if (error == nullptr) {
      return Ok();
    }
    if (rd_kafka_error_is_retriable(error.get()) == 0 || deadline.Passed()) {
      const auto what = fmt::format("taking over '{}'", client.options().transactional_id);
      return ErrorOf(client, *error, what);
    }
  }
}

Status BeginTransaction(const Client& client) {
  const NativeErrorPtr error(rd_kafka_begin_transaction(client.native()));
  return error == nullptr ? Ok() : Status(ErrorOf(client, *error, "beginning a transaction"));
}

Status CommitTransaction(const Client& client, const std::function<bool()>& stopped) {
  while (!stopped()) {
    // One that timed out goes on in the background; the next call takes it up again.
    const NativeErrorPtr error(
        rd_kafka_commit_transaction(client.native(), static_cast<int>(kSlice.count()))
    );
    if (error == nullptr) {
      return Ok();
    }
    if (rd_kafka_error_is_retriable(error.get()) == 0) {
      return ErrorOf(client, *error, "committing");
    }
  }
  return Error(ErrorKind::kCancelled, "stopped while committing");
}

Status AbortTransaction(const Client& client, Deadline deadline) {
  const auto wait = static_cast<int>(std::max<int64_t>(deadline.Left().count(), 1));
  const NativeErrorPtr error(rd_kafka_abort_transaction(client.native(), wait));
  return error == nullptr ? Ok() : Status(ErrorOf(client, *error, "aborting"));
}

bool IsFenced(int code) {
  return code == RD_KAFKA_RESP_ERR__FENCED || code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
         code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH;
}

Error ShutOut(const KafkaOptions& options, int code, milliseconds open_for) {
  const std::string who =
      fmt::format("{}: producer '{}'", ServerName(options), options.transactional_id);
  if (open_for < options.transaction_timeout) {
    return Error(
               ErrorKind::kUnavailable,
               who + " was shut out: another rowhouse has taken the pipeline over"
    )
        .WithNative(code)
        .WithCode(std::string(kShutOutCode))
        .WithHint("none: this one stands by now; stop it if it is not meant to");
  }
  return Error(
             ErrorKind::kUnavailable,
             fmt::format(
                 "{} lost its transaction: it was open for {} s, and the broker keeps one for {} s",
                 who,
                 open_for.count() / 1000,
                 options.transaction_timeout.count() / 1000
             )
  )
      .WithNative(code)
      .WithCode("E-KAFKA-006")
      .WithHint("raise capture.transaction_timeout, and the brokers' transaction.max.timeout.ms");
}

}  // namespace rowhouse::kafka
