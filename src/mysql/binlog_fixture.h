#pragma once

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/bytes.h"
#include "model/change.h"
#include "mysql/binlog_decoder.h"

namespace rowhouse::mysql {

// Test-only: real servers' events from testdata/, and changes as text.

inline std::string ReadTestData(const std::string& name) {
  const auto path = std::filesystem::path(ROWHOUSE_MYSQL_TESTDATA) / name;
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

// The events of a .hex file, one a line.
inline std::vector<std::string> ReadEvents(const std::string& name) {
  std::vector<std::string> events;
  std::istringstream lines(ReadTestData(name));
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line[0] != '#') {
      events.push_back(FromHex(line).value());
    }
  }
  return events;
}

// Feeds a copy of `event` that lies in the batch's arena, as a source does, and all that the
// decoder then has more of: into one batch, where a source would begin another.
inline Status FeedCopy(BinlogDecoder& decoder, std::string_view event, ChangeBatch& batch) {
  ROWHOUSE_TRY(decoder.Feed(AsBytes(batch.arena.Copy(event)), batch));
  while (decoder.more() && decoder.batch_ends()) {
    ROWHOUSE_TRY(decoder.Continue(batch));
  }
  return Ok();
}

inline std::string CellText(const Cell& cell) {
  const auto hex = [&] { return ToHex(AsBytes(cell.bytes())); };
  switch (cell.kind) {
    case CellKind::kAbsent:
      return "absent";
    case CellKind::kNull:
      return "NULL";
    case CellKind::kInt:
      return fmt::format("{}", cell.i);
    case CellKind::kUint:
      return fmt::format("{}u", cell.u);
    case CellKind::kFloat:
      return fmt::format("float {}", static_cast<float>(cell.d));
    case CellKind::kDouble:
      return fmt::format("double {}", cell.d);
    case CellKind::kDecimal:
      return cell.size == 0 ? fmt::format("decimal {}", cell.i) : "decimal x" + hex();
    case CellKind::kText:
      return fmt::format("'{}'", cell.bytes());
    case CellKind::kBytes:
      return "x" + hex();
    case CellKind::kJson:
      return fmt::format("json {}", cell.bytes());
    case CellKind::kDate:
      return fmt::format("date {}", cell.i);
    case CellKind::kTime:
      return fmt::format("time {}", cell.i);
    case CellKind::kDateTime:
      return fmt::format("datetime {}", cell.i);
    case CellKind::kTimestamp:
      return fmt::format("timestamp {}", cell.i);
    case CellKind::kYear:
      return fmt::format("year {}", cell.i);
    case CellKind::kEnum:
      return fmt::format("enum {}", cell.u);
    case CellKind::kSet:
      return fmt::format("set {}", cell.u);
    case CellKind::kBit:
      return fmt::format("bit {}", cell.u);
    case CellKind::kZeroDate:
      return fmt::format("zero {}-{}-{}", cell.u >> 16, cell.u >> 8 & 255, cell.u & 255);
  }
  return "?";
}

// "c shop.orders #1 -> 1, 'x'".
inline std::string ChangeText(const Change& change) {
  const auto row = [&](const Cell* cells) {
    std::string out;
    for (size_t i = 0; i < change.table->columns.size(); ++i) {
      out += (i == 0 ? "" : ", ") + CellText(cells[i]);
    }
    return out;
  };
  std::string out =
      fmt::format("{} {} #{}", OpLetter(change.op), change.table->id.ToString(), change.ordinal);
  if (change.before != nullptr) {
    out += " - " + row(change.before);
  }
  if (change.after != nullptr) {
    out += " + " + row(change.after);
  }
  return out;
}

}  // namespace rowhouse::mysql
