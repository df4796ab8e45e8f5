#include "base/log.h"

#include <chrono>
#include <iterator>
#include <map>
#include <unistd.h>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/mutex.h"

namespace rowhouse {

namespace {

constexpr int kBurst = 5;
constexpr seconds kBurstWindow{10};
constexpr size_t kRememberedMessages = 256;

struct Repeats {
  Clock::TimePoint since;
  int written = 0;
  int held_back = 0;
};

struct LogState {
  Mutex mu;
  LogLevel least = LogLevel::kInfo;
  LogFormat format = LogFormat::kText;
  std::map<std::string, Repeats, std::less<>> repeats;  // at most kRememberedMessages
};

LogState& State() {
  static LogState state;
  return state;
}

std::string_view LevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarn:
      return "warn";
    case LogLevel::kError:
      return "error";
  }
  return "?";
}

void AppendJsonString(std::string& out, std::string_view s) {
  out += '"';
  for (const char c : s) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  out += '"';
}

void AppendTextValue(std::string& out, std::string_view s) {
  if (s.empty() || s.find_first_of(" \"=\n\t") != std::string_view::npos) {
    AppendJsonString(out, s);
  } else {
    out += s;
  }
}

using FieldList = std::vector<std::pair<std::string_view, std::string>>;

std::string Render(
    LogFormat format, LogLevel level, std::string_view msg, const FieldList& fields
) {
  const std::string ts = FormatUtc(Clock::Real().WallMicros());
  std::string line;
  if (format == LogFormat::kJson) {
    line = fmt::format(R"({{"ts":"{}","level":"{}","msg":)", ts, LevelName(level));
    AppendJsonString(line, msg);
    for (const auto& [key, value] : fields) {
      line += ",\"";
      line += key;
      line += "\":";
      AppendJsonString(line, value);
    }
    line += "}\n";
    return line;
  }
  line = fmt::format("{} {:<5} {}", ts.substr(11, 12), LevelName(level), msg);
  for (const auto& [key, value] : fields) {
    line += ' ';
    line += key;
    line += '=';
    AppendTextValue(line, value);
  }
  line += '\n';
  return line;
}

// Says whether the line is written, and how many were held back before it.
std::pair<bool, int> Admit(LogState& state, LogLevel level, std::string_view msg)
    REQUIRES(state.mu) {
  if (level < LogLevel::kWarn) {
    return {true, 0};
  }
  if (state.repeats.size() >= kRememberedMessages) {
    state.repeats.clear();
  }
  Repeats& r = state.repeats.try_emplace(std::string(msg)).first->second;
  const Clock::TimePoint now = Clock::Real().Now();
  int held_back = 0;
  if (r.written == 0 || now - r.since > kBurstWindow) {
    held_back = std::exchange(r.held_back, 0);
    r.since = now;
    r.written = 0;
  }
  if (r.written >= kBurst) {
    ++r.held_back;
    return {false, 0};
  }
  ++r.written;
  return {true, held_back};
}

void Write(LogLevel level, std::string_view msg, FieldList fields) {
  LogState& state = State();
  MutexLock lock(state.mu);
  if (level < state.least) {
    return;
  }
  const auto [admitted, held_back] = Admit(state, level, msg);
  if (!admitted) {
    return;
  }
  if (held_back > 0) {
    fields.emplace_back("repeated", std::to_string(held_back));
  }
  const std::string line = Render(state.format, level, msg, fields);
  // A log line that can't be written has nowhere to be reported.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

FieldList List(LogFields fields) {
  FieldList list;
  list.reserve(fields.size() + 5);
  for (const LogField& f : fields) {
    list.emplace_back(f.key, f.value);
  }
  return list;
}

FieldList ListWith(const Error& error, LogFields fields) {
  FieldList list = List(fields);
  if (!error.code().empty()) {
    list.emplace_back("code", error.code());
  }
  list.emplace_back("err", error.message());
  list.emplace_back("kind", std::string(KindName(error.kind())));
  if (!error.hint().empty()) {
    list.emplace_back("fix", error.hint());
  }
  return list;
}

}  // namespace

void ConfigureLog(LogLevel least, LogFormat format) {
  LogState& state = State();
  MutexLock lock(state.mu);
  state.least = least;
  state.format = format;
}

void LogDebug(std::string_view message, LogFields fields) {
  Write(LogLevel::kDebug, message, List(fields));
}

void LogInfo(std::string_view message, LogFields fields) {
  Write(LogLevel::kInfo, message, List(fields));
}

void LogWarn(std::string_view message, LogFields fields) {
  Write(LogLevel::kWarn, message, List(fields));
}

void LogError(std::string_view message, LogFields fields) {
  Write(LogLevel::kError, message, List(fields));
}

void LogError(std::string_view message, const Error& error, LogFields fields) {
  Write(LogLevel::kError, message, ListWith(error, fields));
}

void LogWarn(std::string_view message, const Error& error, LogFields fields) {
  Write(LogLevel::kWarn, message, ListWith(error, fields));
}

}  // namespace rowhouse
