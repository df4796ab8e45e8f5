#include "browse/group_reset.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "browse/time_text.h"

namespace rowhouse::browse {

namespace {

std::optional<int64_t> NumberOf(std::string_view text) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
  }
  int64_t n = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), n);
  const bool whole = read.ec == std::errc() && read.ptr == text.data() + text.size();
  return whole ? std::optional(n) : std::nullopt;
}

// Of numbers that a user gave, so that the sum may not fit.
int64_t Shifted(int64_t offset, int64_t by) {
  int64_t sum = 0;
  return __builtin_add_overflow(offset, by, &sum) ? (by < 0 ? 0 : INT64_MAX) : sum;
}

}  // namespace

Result<ResetTo> ResetTo::Parse(std::string_view text) {
  if (text == "earliest") {
    return ResetTo{Kind::kEarliest, 0};
  }
  if (text == "latest") {
    return ResetTo{Kind::kLatest, 0};
  }
  const size_t colon = std::min(text.find(':'), text.size());
  const std::string_view word = text.substr(0, colon);
  const std::string_view rest = text.substr(std::min(colon + 1, text.size()));
  const auto number = NumberOf(rest);
  if (word == "offset" && number && *number >= 0) {
    return ResetTo{Kind::kOffset, *number};
  }
  if (word == "shift" && number) {
    return ResetTo{Kind::kShift, *number};
  }
  const auto micros = ParseTime(rest);
  if (word == "time" && micros) {
    return ResetTo{Kind::kTime, *micros / 1000};
  }
  return Error(ErrorKind::kBadRecord, fmt::format("to: '{}' is no place", text))
      .WithHint("earliest, latest, offset:N, time:2026-01-31T10:00:00Z, shift:-100");
}

std::vector<ResetLine> PlanReset(
    const ResetTo& to,
    const std::vector<kafka::PartitionRange>& ranges,
    const std::map<int32_t, int64_t>& committed,
    const std::map<int32_t, int64_t>& at_time
) {
  std::vector<ResetLine> plan;
  for (const kafka::PartitionRange& range : ranges) {
    const auto at = committed.find(range.partition);
    const auto time = at_time.find(range.partition);
    ResetLine line{range.partition, std::nullopt, range.begin};
    if (at != committed.end()) {
      line.from = at->second;
    }
    switch (to.kind) {
      case ResetTo::Kind::kEarliest:
        break;
      case ResetTo::Kind::kLatest:
        line.to = range.end;
        break;
      case ResetTo::Kind::kOffset:
        line.to = to.value;
        break;
      case ResetTo::Kind::kTime:
        line.to = time == at_time.end() ? range.end : time->second;
        break;
      case ResetTo::Kind::kShift:
        if (!line.from) {
          continue;
        }
        line.to = Shifted(*line.from, to.value);
        break;
    }
    line.to = std::clamp(line.to, range.begin, range.end);
    plan.push_back(line);
  }
  return plan;
}

}  // namespace rowhouse::browse
