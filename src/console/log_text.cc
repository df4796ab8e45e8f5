#include "console/log_text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/recent_log.h"

namespace rowhouse::console {
namespace {

constexpr size_t kPiece = size_t{64} << 10;
constexpr size_t kLongestLine = size_t{256} << 10;
constexpr uint64_t kLookedAtMost = uint64_t{32} << 20;
constexpr size_t kTextMax = 4000;
constexpr size_t kTailBytes = size_t{32} << 10;
constexpr auto kLevels = std::to_array<std::string_view>({"debug", "info", "warn", "error"});

class FileLog : public LogText {
 public:
  explicit FileLog(std::string path) : path_(std::move(path)) {}

  std::pair<uint64_t, uint64_t> Range() const override {
    struct stat is {};

    return {0, ::stat(path_.c_str(), &is) == 0 ? static_cast<uint64_t>(is.st_size) : 0};
  }

  Result<std::string> Read(uint64_t from, size_t bytes) const override {
    const int file = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) {
      const int err = errno;
      const auto kind = err == ENOENT ? ErrorKind::kNotFound : ErrorKind::kUnavailable;
      return Error(kind, fmt::format("reading {}: {}", path_, strerrordesc_np(err)));
    }
    std::string text(bytes, '\0');
    size_t got = 0;
    while (got < bytes) {
      const ssize_t n =
          ::pread(file, text.data() + got, bytes - got, static_cast<off_t>(from + got));
      if (n <= 0) {
        break;
      }
      got += static_cast<size_t>(n);
    }
    ::close(file);
    text.resize(got);
    return text;
  }

 private:
  const std::string path_;
};

class ProcessLog : public LogText {
 public:
  std::pair<uint64_t, uint64_t> Range() const override { return RecentLogRange(); }

  Result<std::string> Read(uint64_t from, size_t bytes) const override {
    RecentLog read = ReadRecentLog(from, bytes);
    if (read.from != from) {
      return Error(ErrorKind::kUnavailable, "the log has moved on; ask again");
    }
    return std::move(read.text);
  }
};

std::string Lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  return out;
}

// "warn" of "WARNING" and its like; empty for what is no level.
std::string LevelOf(std::string_view word) {
  const std::string lower = Lower(word);
  if (lower == "error" || lower == "fatal" || lower == "critical") {
    return "error";
  }
  if (lower == "warn" || lower == "warning") {
    return "warn";
  }
  if (lower == "info" || lower == "note" || lower == "system" || lower == "information" ||
      lower == "notice") {
    return "info";
  }
  return lower == "debug" || lower == "trace" ? "debug" : "";
}

size_t RankOf(std::string_view level) {
  const auto at = std::ranges::find(kLevels, level);
  return at == kLevels.end() ? 1 : static_cast<size_t>(at - kLevels.begin());
}

// Takes "2026-01-31T10:00:00.123Z" or "2026-01-31 10:00:00,123" from the front: UTC with Z, else
// this machine's time, which is what servers beside us write.
std::optional<int64_t> TakeTime(std::string_view& text) {
  constexpr size_t kBytes = std::string_view("2026-01-31T10:00:00").size();
  if (text.size() < kBytes || (text[4] != '-' && text[4] != '.')) {
    return std::nullopt;
  }
  std::tm parts{};
  std::string stamp(text.substr(0, kBytes));
  std::ranges::replace(stamp, '.', '-');  // ClickHouse: 2026.01.31
  stamp[10] = ' ';
  const char* end = ::strptime(stamp.c_str(), "%Y-%m-%d %H:%M:%S", &parts);
  if (end == nullptr || *end != '\0') {
    return std::nullopt;
  }
  parts.tm_isdst = -1;
  size_t at = kBytes;
  int64_t micros = 0;
  if (at < text.size() && (text[at] == '.' || text[at] == ',')) {
    int64_t unit = 100'000;
    for (++at; at < text.size() && std::isdigit(static_cast<unsigned char>(text[at])) != 0; ++at) {
      micros += (text[at] - '0') * unit;
      unit /= 10;
    }
  }
  const bool utc = at < text.size() && text[at] == 'Z';
  at += utc ? 1 : 0;
  const std::time_t when = utc ? ::timegm(&parts) : ::mktime(&parts);
  text.remove_prefix(at);
  return static_cast<int64_t>(when) * 1'000'000 + micros;
}

void TrimFront(std::string_view& text, std::string_view what = " ") {
  const size_t at = std::min(text.find_first_not_of(what), text.size());
  text.remove_prefix(at);
}

bool ReadJsonLine(std::string_view line, LogLine& out) {
  const auto json = nlohmann::ordered_json::parse(line, nullptr, false);
  if (!json.is_object() || !json.contains("msg") || !json["msg"].is_string()) {
    return false;
  }
  for (const auto& [key, value] : json.items()) {
    const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    if (key == "ts") {
      std::string_view stamp = text;
      out.at_us = TakeTime(stamp);
    } else if (key == "level") {
      out.level = LevelOf(text);
    } else if (key == "msg") {
      out.text = text;
    } else {
      out.text += fmt::format(" {}={}", key, text);
    }
  }
  return true;
}

// "INFO" in front, or "[Note]", "<Warning>" behind a few numbers: a thread, a process.
void TakeLevel(std::string_view& text, LogLine& out) {
  constexpr int kWords = 6;
  std::string_view rest = text;
  for (int n = 0; n < kWords && out.level.empty(); ++n) {
    const size_t end = std::min(rest.find(' '), rest.size());
    std::string_view word = rest.substr(0, end);
    const bool marked = word.size() > 2 && (word.front() == '[' || word.front() == '<');
    if (marked) {
      word = word.substr(1, word.size() - 2);
    }
    out.level = marked || n == 0 ? LevelOf(word) : "";
    rest.remove_prefix(end);
    TrimFront(rest);
  }
  if (!out.level.empty()) {
    text = rest;
  }
}

// Lines of a piece of text that begins and ends with whole lines; each carries the level of the one
// above where it has none.
std::vector<LogLine> ReadLines(uint64_t place, std::string_view text, std::string& level) {
  std::vector<LogLine> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    LogLine line = ReadLogLine(place, text.substr(0, end));
    if (line.level.empty() && !line.at_us) {
      line.level = level;
    }
    level = line.level;
    if (end > 0) {
      lines.push_back(std::move(line));
    }
    const size_t taken = std::min(end + 1, text.size());
    place += taken;
    text.remove_prefix(taken);
  }
  return lines;
}

}  // namespace

std::unique_ptr<LogText> LogOfFile(std::string path) {
  return std::make_unique<FileLog>(std::move(path));
}

std::unique_ptr<LogText> LogOfProcess() {
  return std::make_unique<ProcessLog>();
}

LogLine ReadLogLine(uint64_t place, std::string_view line) {
  LogLine out;
  out.place = place;
  if (line.starts_with('{') && ReadJsonLine(line, out)) {
    out.text.resize(std::min(out.text.size(), kTextMax));
    return out;
  }
  std::string_view rest = line;
  const bool bracket = rest.starts_with('[');
  rest.remove_prefix(bracket ? 1 : 0);
  out.at_us = TakeTime(rest);
  if (out.at_us) {
    TrimFront(rest, "] ");
    TakeLevel(rest, out);
  } else {
    rest = line;
  }
  out.text = rest.substr(0, kTextMax);
  return out;
}

bool LogFilter::Wants(const LogLine& line) const {
  if (!level.empty() && RankOf(line.level) < RankOf(level)) {
    return false;
  }
  return search.empty() || Lower(line.text).find(Lower(search)) != std::string::npos;
}

Result<LogPage> ReadLogBefore(
    const LogText& log, uint64_t before, size_t lines_max, const LogFilter& filter
) {
  const auto [begin, end] = log.Range();
  LogPage page;
  uint64_t at = std::clamp(before, begin, end);
  const uint64_t stop = at > kLookedAtMost ? std::max(begin, at - kLookedAtMost) : begin;
  std::string text;  // what has been read and is not told yet; it begins at `at`
  const bool at_end = at == end;
  std::vector<LogLine> found;
  while (at > stop && found.size() < lines_max) {
    const uint64_t from = at > stop + kPiece ? at - kPiece : stop;
    std::string piece = ROWHOUSE_TRY(log.Read(from, static_cast<size_t>(at - from)));
    if (at_end && at == end) {
      piece.resize(piece.rfind('\n') + 1);  // a line that is being written
    }
    text.insert(0, piece);
    at = from;
    // The first line's beginning comes with the next piece; one without end is taken as it is.
    const size_t first = text.find('\n');
    const bool whole = at == begin || text.size() > kLongestLine;
    if (!whole && first == std::string::npos) {
      continue;
    }
    const size_t skip = whole ? 0 : first + 1;
    std::string level;
    std::vector<LogLine> lines = ReadLines(at + skip, std::string_view(text).substr(skip), level);
    for (auto line = lines.rbegin(); line != lines.rend() && found.size() < lines_max; ++line) {
      if (filter.Wants(*line)) {
        found.push_back(std::move(*line));
      }
    }
    text.resize(skip);
  }
  page.begin = found.size() == lines_max ? found.back().place : at + text.size();
  page.more = page.begin > begin;
  page.lines.assign(std::make_move_iterator(found.rbegin()), std::make_move_iterator(found.rend()));
  return page;
}

LogTail::LogTail(std::shared_ptr<const LogText> log, LogFilter filter)
    : log_(std::move(log)), filter_(std::move(filter)) {
  const auto [begin, end] = log_->Range();
  at_ = end > begin + kTailBytes ? end - kTailBytes : begin;
  const auto read = log_->Read(at_, kTailBytes);
  if (at_ > begin && read) {
    at_ += read->find('\n') + 1;  // the next line
  }
}

std::vector<LogLine> LogTail::Next() {
  const auto [begin, end] = log_->Range();
  if (end < at_ || at_ < begin) {
    at_ = begin;
  }
  const auto read = log_->Read(at_, kTailBytes);
  if (!read) {
    return {};  // the file is gone for the moment; it may come back
  }
  size_t whole = read->rfind('\n') + 1;  // 0 where there is none
  if (whole == 0 && read->size() == kTailBytes) {
    whole = kTailBytes;  // a line longer than that comes in pieces
  }
  auto lines = ReadLines(at_, std::string_view(*read).substr(0, whole), level_);
  at_ += whole;
  std::erase_if(lines, [this](const LogLine& line) { return !filter_.Wants(line); });
  return lines;
}

}  // namespace rowhouse::console
