#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/error.h"

namespace rowhouse {

enum class LogLevel { kDebug, kInfo, kWarn, kError };
enum class LogFormat { kText, kJson };

// One key and value of a log line.
struct LogField {
  std::string_view key;
  std::string value;

  LogField(std::string_view k, std::string_view v) : key(k), value(v) {}

  LogField(std::string_view k, const std::string& v) : key(k), value(v) {}

  LogField(std::string_view k, const char* v) : key(k), value(v) {}

  template <typename N>

  requires(std::is_arithmetic_v<N>) LogField(std::string_view k, N v)
      : key(k), value(std::to_string(v)) {}
};

// The process-wide log: one line an event on standard error, as text
// ("12:00:00.123 info  message key=value") or as one JSON object.
//
// Bounded: the same message at warn or error is written at most 5 times in 10
// seconds, then once with "repeated=n".
//
// Threads: any function from any thread; lines are never interleaved.
using LogFields = std::initializer_list<LogField>;

void ConfigureLog(LogLevel least, LogFormat format);

void LogDebug(std::string_view message, LogFields fields = {});
void LogInfo(std::string_view message, LogFields fields = {});
void LogWarn(std::string_view message, LogFields fields = {});
void LogError(std::string_view message, LogFields fields = {});

// With the error's code, kind, native number and hint as fields.
void LogError(std::string_view message, const Error& error, LogFields fields = {});
void LogWarn(std::string_view message, const Error& error, LogFields fields = {});

}  // namespace rowhouse
