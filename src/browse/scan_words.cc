#include <charconv>

#include <fmt/format.h>

#include "browse/scan.h"
#include "browse/time_text.h"

namespace rowhouse::browse {

namespace {

Error Unknown(std::string_view name, std::string_view text, std::string_view choices) {
  return Error(ErrorKind::kBadRecord, fmt::format("{} '{}' is not known", name, text))
      .WithCode("E-BROWSE-002")
      .WithHint(fmt::format("use {}", choices));
}

constexpr std::string_view kFromChoices =
    "newest, beginning, end, offset:N, time:2026-01-31T10:00:00Z, last:1h (s, m, h, d)";
constexpr std::string_view kToChoices = "now, offset:N, time:2026-01-31T10:00:00Z, never";

// What stands behind "name:", or nothing.
std::optional<std::string_view> Behind(std::string_view name, std::string_view text) {
  const bool there =
      text.starts_with(name) && text.size() > name.size() && text[name.size()] == ':';
  return there ? std::optional(text.substr(name.size() + 1)) : std::nullopt;
}

std::optional<int64_t> Whole(std::string_view text) {
  int64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool all = read.ec == std::errc() && read.ptr == text.data() + text.size() && value >= 0;
  return all ? std::optional(value) : std::nullopt;
}

// "90s", "1h" in milliseconds.
std::optional<int64_t> Span(std::string_view text) {
  constexpr int64_t kMostDays = 36'500;
  constexpr int64_t kDayMs = 86'400'000;
  if (text.empty()) {
    return std::nullopt;
  }
  const auto count = Whole(text.substr(0, text.size() - 1));
  int64_t unit = 0;
  switch (text.back()) {
    case 's':
      unit = 1000;
      break;
    case 'm':
      unit = 60'000;
      break;
    case 'h':
      unit = 3'600'000;
      break;
    case 'd':
      unit = kDayMs;
      break;
    default:
      return std::nullopt;
  }
  return count && *count <= kMostDays * kDayMs / unit ? std::optional(*count * unit) : std::nullopt;
}

std::optional<int64_t> TimeMs(std::string_view text) {
  if (const auto micros = ParseTime(text)) {
    return *micros / 1000;
  }
  return Whole(text);  // milliseconds since 1970
}

}  // namespace

Result<ScanFrom> ScanFrom::Parse(std::string_view text, const Clock& clock) {
  std::optional<int64_t> value = 0;
  Kind kind = Kind::kNewest;
  if (text == "beginning") {
    kind = Kind::kBeginning;
  } else if (text == "end") {
    kind = Kind::kEnd;
  } else if (const auto offset = Behind("offset", text)) {
    kind = Kind::kOffset;
    value = Whole(*offset);
  } else if (const auto time = Behind("time", text)) {
    kind = Kind::kTime;
    value = TimeMs(*time);
  } else if (const auto last = Behind("last", text)) {
    kind = Kind::kTime;
    value = Span(*last);
    value = value ? std::optional(clock.WallMicros() / 1000 - *value) : std::nullopt;
  } else if (text != "newest") {
    value = std::nullopt;
  }
  if (!value) {
    return Unknown("from", text, kFromChoices);
  }
  return ScanFrom{kind, *value};
}

Result<ScanTo> ScanTo::Parse(std::string_view text) {
  std::optional<int64_t> value = 0;
  Kind kind = Kind::kNow;
  if (text == "never") {
    kind = Kind::kNever;
  } else if (const auto offset = Behind("offset", text)) {
    kind = Kind::kOffset;
    value = Whole(*offset);
  } else if (const auto time = Behind("time", text)) {
    kind = Kind::kTime;
    value = TimeMs(*time);
  } else if (text != "now") {
    value = std::nullopt;
  }
  if (!value) {
    return Unknown("to", text, kToChoices);
  }
  return ScanTo{kind, *value};
}

std::string_view ReasonWord(ScanReason reason) {
  switch (reason) {
    case ScanReason::kLimit:
      return "limit";
    case ScanReason::kEnd:
      return "end";
    case ScanReason::kCancelled:
      return "cancelled";
    case ScanReason::kTime:
      return "time";
  }
  return "?";
}

}  // namespace rowhouse::browse
