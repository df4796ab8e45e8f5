#include <algorithm>

#include <fmt/format.h>

#include "trace/history.h"

namespace rowhouse::trace {

namespace {

std::string KeyOf(const Change& change) {
  std::string key;
  for (const auto& [column, value] : change.key) {
    key += value + '\0';
  }
  return key;
}

// The highest entry that stands in for the change.
const Entry* EntryOf(const std::vector<Entry>& entries, const Change& change) {
  const std::string key = KeyOf(change);
  const Entry* best = nullptr;
  for (const Entry& entry : entries) {
    const bool same = entry.key == key && (!key.empty() || entry.version == change.version);
    if (same && (best == nullptr || entry.version > best->version)) {
      best = &entry;
    }
  }
  return best;
}

}  // namespace

void MarkVisible(
    const std::vector<Entry>& entries,
    RowVersion void_below,
    const std::string& table,
    std::vector<Change>& changes
) {
  for (Change& change : changes) {
    const Entry* entry = EntryOf(entries, change);
    Way& way = change.way;
    way.visible = true;
    if (change.version <= void_below) {
      way.current = "removed by a later TRUNCATE or load";
    } else if (entry == nullptr || entry->version < change.version) {
      way.visible = change.op == "d";  // an engine may clean up what is deleted
      way.current = way.visible ? "no such row in " + table : "not in " + table;
    } else if (entry->version > change.version) {
      way.current = "replaced by version " + entry->version.ToHex();
    } else {
      way.current =
          fmt::format("{} part {}{}", table, entry->part, entry->removes ? ", as a deletion" : "");
    }
  }
}

}  // namespace rowhouse::trace
