#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "browse/node.h"
#include "model/position.h"

namespace rowhouse::trace {

// One step of a change on its way.
struct Hop {
  enum class Kind : uint8_t { kCommitted, kRead, kProduced, kAcked, kInserted, kVisible };

  Kind kind = Kind::kCommitted;
  bool reached = false;
  std::optional<int64_t> at_us;     // wall clock of who noted it; none: nobody did
  std::optional<int64_t> since_us;  // after the last hop before it that has a time
  std::string place;                // where it is then, or what it waits for
};

std::string_view HopName(Hop::Kind kind);

// What is known of a change's way; each time by the clock of the server where it was taken.
struct Way {
  bool loaded = false;  // a row of a load: when it was committed nobody knows
  std::optional<int64_t> committed_us;
  std::string source;  // "binlog.000002:1501 row 3"
  std::optional<int64_t> read_us;
  std::string reader;
  bool by_kafka = true;  // else it went straight into ClickHouse
  std::optional<int64_t> produced_us;
  std::string partition;  // "shop.orders partition 1"
  std::string offset;     // "offset 17"
  bool inserted = false;
  std::optional<int64_t> inserted_us;
  std::string part;  // of the history; or what it waits for
  bool visible = false;
  std::string current;  // where it is seen, or why it is not
};

std::vector<Hop> HopsOf(const Way& way);

// One message about a row.
struct Change {
  std::string table;
  std::vector<std::pair<std::string, std::string>> key;  // column, value; empty: no key
  std::string op;
  std::string gtid;
  RowVersion version;
  std::string topic;
  int32_t partition = 0;
  int64_t offset = 0;
  Way way;
  std::optional<browse::Node> before;
  std::optional<browse::Node> after;
};

// "id=42, lang=de"
std::string KeyText(const Change& change);

// What people should know before they compare the times of these changes; empty: nothing.
std::string AboutClocks(const std::vector<Change>& changes);

}  // namespace rowhouse::trace
