#include "config/suggest.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "config/debezium.h"
#include "config/option.h"

namespace rowhouse::config {

namespace {

constexpr size_t kLongWord = 4;

// Of Connect's worker, and those of a connector whose values need more than copying; the others
// are in debezium.cc.
constexpr std::pair<std::string_view, std::string_view> kDebezium[] = {
    {"database.password", "source.password"},
    {"database.include.list", "source.tables"},
    {"database.whitelist", "source.tables"},
    {"database.ssl.mode", "source.tls.mode"},
    {"snapshot.mode", "capture.snapshot"},
    {"max.queue.size", "capture.queue_bytes"},
    {"max.queue.size.in.bytes", "capture.queue_bytes"},
    {"offset.flush.interval.ms", "capture.checkpoint_interval"},
    {"bootstrap.servers", "kafka.bootstrap"},
    {"schema.registry.url", "registry.url"},
    {"linger.ms", "kafka.linger"},
    {"compression.type", "kafka.compression"},
    {"skipped.operations", "format.skip_operations"},
    {"message.key.columns", "format.key_columns"},
    {"schema.name.adjustment.mode", "format.schema_names"},
    {"field.name.adjustment.mode", "format.field_names"},
    {"security.protocol", "kafka.security.protocol"},
    {"sasl.mechanism", "kafka.security.mechanism"},
};

std::string Last(std::string_view path) {
  const size_t dot = path.rfind('.');
  return std::string(dot == std::string_view::npos ? path : path.substr(dot + 1));
}

}  // namespace

size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1);
  std::vector<size_t> row(b.size() + 1);
  std::vector<size_t> next(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (size_t i = 1; i <= a.size(); ++i) {
    next[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replace = row[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      next[j] = std::min({row[j] + 1, next[j - 1] + 1, replace});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        next[j] = std::min(next[j], before[j - 2] + 1);
      }
    }
    std::swap(before, row);
    std::swap(row, next);
  }
  return row[b.size()];
}

std::optional<std::string> Nearest(
    std::string_view word, const std::vector<std::string>& candidates
) {
  size_t best = word.size() < kLongWord ? 1 : 2;
  std::optional<std::string> found;
  for (const std::string& candidate : candidates) {
    const size_t distance = EditDistance(word, candidate);
    if (distance < best || (distance == best && !found)) {
      best = distance;
      found = candidate;
    }
  }
  return found;
}

std::optional<std::string> FromDebezium(std::string_view key) {
  for (const auto& [theirs, ours] : kDebezium) {
    if (theirs == key) {
      return std::string(ours);
    }
  }
  return OptionForDebezium(key);
}

std::optional<std::string> SuggestKey(std::string_view section, std::string_view key) {
  if (auto known = FromDebezium(key)) {
    return known;
  }
  if (auto near = Nearest(key, ChildrenOf(section))) {
    return near;
  }
  for (const Option& option : Options()) {
    if (Last(option.path) == key) {
      return std::string(option.path);
    }
  }
  return std::nullopt;
}

std::optional<std::string> SuggestOption(std::string_view path) {
  if (auto known = FromDebezium(path)) {
    return known;
  }
  std::vector<std::string> all;
  for (const Option& option : Options()) {
    all.emplace_back(option.path);
  }
  if (auto near = Nearest(path, all)) {
    return near;
  }
  const std::string last = Last(path);
  for (const Option& option : Options()) {
    if (Last(option.path) == last) {
      return std::string(option.path);
    }
  }
  return std::nullopt;
}

}  // namespace rowhouse::config
