#include <algorithm>

#include <fmt/format.h>

#include "trace/change.h"

namespace rowhouse::trace {

namespace {

constexpr int64_t kSecond = 1'000'000;
// By less than this, clocks that are kept by NTP may differ, and milliseconds be rounded.
constexpr int64_t kSkewTold = 5'000;

}  // namespace

std::string_view HopName(Hop::Kind kind) {
  switch (kind) {
    case Hop::Kind::kCommitted:
      return "committed";
    case Hop::Kind::kRead:
      return "read";
    case Hop::Kind::kProduced:
      return "produced";
    case Hop::Kind::kAcked:
      return "acked";
    case Hop::Kind::kInserted:
      return "inserted";
    case Hop::Kind::kVisible:
      return "visible";
  }
  return "?";
}

std::vector<Hop> HopsOf(const Way& way) {
  using Kind = Hop::Kind;
  std::vector<Hop> hops;
  const std::string source = way.loaded ? "a load's row, as of " + way.source : way.source;
  hops.push_back({Kind::kCommitted, true, way.loaded ? std::nullopt : way.committed_us, {}, source}
  );
  hops.push_back({Kind::kRead, true, way.read_us, {}, way.reader});
  if (way.by_kafka) {
    hops.push_back({Kind::kProduced, true, way.produced_us, {}, way.partition});
    // Only acknowledged records can be seen; when they were is in no record.
    hops.push_back({Kind::kAcked, true, {}, {}, way.offset});
  }
  hops.push_back({Kind::kInserted, way.inserted, way.inserted_us, {}, way.part});
  hops.push_back({Kind::kVisible, way.visible, {}, {}, way.current});
  std::optional<int64_t> last;
  for (Hop& hop : hops) {
    if (!hop.at_us) {
      continue;
    }
    if (last) {
      hop.since_us = *hop.at_us - *last;
    }
    last = hop.at_us;
  }
  return hops;
}

std::string KeyText(const Change& change) {
  std::string text;
  for (const auto& [column, value] : change.key) {
    text += fmt::format("{}{}={}", text.empty() ? "" : ", ", column, value);
  }
  return text;
}

std::string AboutClocks(const std::vector<Change>& changes) {
  bool whole_seconds = false;
  int64_t back = 0;
  for (const Change& change : changes) {
    const Way& way = change.way;
    whole_seconds =
        whole_seconds || (!way.loaded && way.committed_us && *way.committed_us % kSecond == 0);
    for (const Hop& hop : HopsOf(way)) {
      back = std::max(back, -hop.since_us.value_or(0));
    }
  }
  std::string text;
  if (whole_seconds) {
    text =
        "The database's log tells commits by whole seconds, so what follows them may look up to "
        "1 s longer than it took.";
  }
  if (back > kSkewTold) {
    text += fmt::format(
        "{}The clocks of the servers differ by {} ms or more: a hop seems to be before the one "
        "that it follows.",
        text.empty() ? "" : " ",
        back / 1000
    );
  }
  return text;
}

}  // namespace rowhouse::trace
