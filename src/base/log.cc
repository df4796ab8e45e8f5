#include "base/log.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <map>
#include <unistd.h>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/recent_log.h"

namespace rowhouse {

namespace {

constexpr int kBurst = 5;
constexpr seconds kBurstWindow{10};
constexpr size_t kRememberedMessages = 256;
constexpr size_t kRecentMax = size_t{1} << 20;
constexpr size_t kDateBytes = std::string_view("2026-01-31T").size();

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
  std::string recent;                                   // at most kRecentMax, whole lines
  uint64_t recent_from = 0;
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

std::string RenderJson(
    const std::string& ts, LogLevel level, std::string_view msg, const FieldList& fields
) {
  std::string line = fmt::format(R"({{"ts":"{}","level":"{}","msg":)", ts, LevelName(level));
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

std::string RenderText(
    std::string_view ts, LogLevel level, std::string_view msg, const FieldList& fields
) {
  std::string line = fmt::format("{} {:<5} {}", ts, LevelName(level), msg);
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

// The older half goes at once, so that a line costs no more than itself.
void Keep(LogState& state, std::string_view line) REQUIRES(state.mu) {
  state.recent += line;
  if (state.recent.size() > kRecentMax) {
    const size_t cut = state.recent.find('\n', state.recent.size() - kRecentMax / 2) + 1;
    state.recent.erase(0, cut);
    state.recent_from += cut;
  }
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
  const std::string ts = FormatUtc(Clock::Real().WallMicros());
  const std::string dated = RenderText(ts, level, msg, fields);
  Keep(state, dated);
  // At a terminal everybody knows the day.
  const std::string line = state.format == LogFormat::kJson ? RenderJson(ts, level, msg, fields)
                           : ::isatty(STDERR_FILENO) == 1   ? dated.substr(kDateBytes)
                                                            : dated;
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

RecentLog ReadRecentLog(uint64_t from, size_t bytes_max) {
  LogState& state = State();
  MutexLock lock(state.mu);
  const uint64_t end = state.recent_from + state.recent.size();
  const uint64_t at = std::clamp(from, state.recent_from, end);
  return {at, state.recent.substr(static_cast<size_t>(at - state.recent_from), bytes_max)};
}

std::pair<uint64_t, uint64_t> RecentLogRange() {
  LogState& state = State();
  MutexLock lock(state.mu);
  return {state.recent_from, state.recent_from + state.recent.size()};
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
