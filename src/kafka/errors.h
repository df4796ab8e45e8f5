#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "kafka/options.h"

namespace rowhouse::kafka {

// One row of the table from librdkafka's codes (negative: its own, positive:
// the broker's) to our reactions.
struct ErrorRow {
  int code;
  ErrorKind kind;
  std::string_view hint;  // may be empty
};

// The whole table, for the test that goes through it.
std::span<const ErrorRow> ErrorTable();

// A code that isn't in the table gives kInternal.
ErrorKind KindOf(int code);

// "what: librdkafka's text [: reason]", with the table's kind and hint.
Error NativeError(int code, std::string_view what, std::string_view reason = {});

// A broker can't be reached, or the connection to it broke: kUnavailable, E-KAFKA-001.
Error Unreachable(std::string_view what, std::string_view reason);

// One side of a TLS connection does not trust the other: kConfig.
Error TlsTrouble(std::string_view what, std::string_view reason);

// A broker did not answer in time: kUnavailable, E-KAFKA-001.
Error TooLate(std::string_view what);

// A broker refuses user or password: kAuth.
Error LoginRefused(std::string_view what, std::string_view reason);

// A record, or a batch with it, that is larger than may be.
struct LargeRecord {
  std::string_view topic;
  size_t bytes = 0;
  int native = 0;
  size_t limit = 0;        // the topic's max.message.bytes; 0: not known or does not matter
  int32_t partition = -1;  // -1: not known
};

// kBadRecord with topic, partition, size and the settings that bound it.
Error RecordTooLarge(const LargeRecord& record, const KafkaOptions& options);

}  // namespace rowhouse::kafka
