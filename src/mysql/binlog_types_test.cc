#include <array>

#include <gtest/gtest.h>

#include "mysql/binlog_decoder.h"
#include "mysql/binlog_fixture.h"
#include "mysql/row_period.h"
#include "mysql/table_map.h"

namespace rowhouse::mysql {
namespace {

// Types whose bytes only one of the servers writes; testdata/types.sql is what they were told.
class BinlogTypes : public testing::Test {
 protected:
  // Each change as text, a line each; then what the notices say.
  std::vector<std::string> Decode(Flavor flavor, const std::string& file) {
    options_.flavor = flavor;
    options_.wanted = [](const TableId&) { return true; };
    SourcePosition start;
    start.binlog = {"binlog.000001", 4};
    const auto decoder = std::move(BinlogDecoder::Open(options_, start, true)).value();
    for (const std::string& event : ReadEvents(file)) {
      const Status fed = FeedCopy(*decoder, event, batch_);
      EXPECT_TRUE(fed.has_value()) << fed.error().ToString();
    }
    std::vector<std::string> lines;
    for (const Change& change : batch_.changes) {
      lines.push_back(ChangeText(change));
    }
    for (const SourceNotice& notice : batch_.notices) {
      lines.push_back(notice.error.ToString());
    }
    return lines;
  }

  // The fraction digits, as the data dictionary has them.
  void CompleteFractions() {
    options_.complete = [](TableSchema schema) -> Result<TableSchemaPtr> {
      for (Column& column : schema.columns) {
        if (column.fsp == kFspUntold) {
          column.fsp = static_cast<uint8_t>(column.name.back() - '0');
        }
      }
      return std::make_shared<const TableSchema>(std::move(schema));
    };
  }

  DecoderOptions options_;
  ChangeBatch batch_;
};

constexpr std::string_view kXs = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";

TEST_F(BinlogTypes, MySqlsVectorGeometryAndJson) {
  const auto lines = Decode(Flavor::kMySql, "mysql_types.hex");
  ASSERT_FALSE(lines.empty());
  EXPECT_EQ(
      lines[0],
      "c shop.kinds #1 + 1, x0000803f0000004000006040, "
      "xe610000001010000000000000000000040000000000000f03f, "
      "x000000000101000000000000000000f03f0000000000000040, "
      "json {\"a\": [1, 2, 3], \"b\": {\"c\": \"" +
          std::string(kXs) +
          "\"}, \"d\": 1.50, \"t\": \"-12:30:00.500000\", \"day\": \"2026-01-31\", "
          "\"blob\": \"base64:type15:AP8=\", \"when\": \"2026-01-31 10:00:00.250000\"}, "
          "json [1, 2, 3], 'x'"
  );
  const TableSchema& table = *batch_.changes[0].table;
  EXPECT_EQ(table.columns[1].type, ColumnType::kVector);
  EXPECT_EQ(table.columns[2].declared, "geometry");
  EXPECT_EQ(table.columns[3].declared, "point");
}

TEST_F(BinlogTypes, MySqlsPartialJsonUpdatesGiveWholeDocuments) {
  Decode(Flavor::kMySql, "mysql_types.hex");
  std::vector<std::string> documents;
  for (const Change& change : batch_.changes) {
    if (change.op == Op::kUpdate) {
      documents.push_back(CellText(change.after[4]) + " " + CellText(change.after[5]));
    }
  }
  const std::string rest =
      ", \"d\": 1.50, \"t\": \"-12:30:00.500000\", \"day\": \"2026-01-31\", "
      "\"blob\": \"base64:type15:AP8=\", \"when\": \"2026-01-31 10:00:00.250000\"";
  const std::string b = "\"b\": {\"c\": \"" + std::string(kXs) + "\"}";
  const std::string z =
      ", \"d\": 1.50, \"t\": \"-12:30:00.500000\", \"z\": {\"q\": 1.5}, \"day\": \"2026-01-31\", "
      "\"blob\": \"base64:type15:AP8=\", \"when\": \"2026-01-31 10:00:00.250000\", "
      "\"we ird\\\"k\": 2";
  EXPECT_EQ(
      documents,
      (std::vector<std::string>{
          "json {\"a\": [1, 20, 3], " + b + rest + "} json [1, 2, 3]",
          "json {\"a\": [1, \"yy\", 20, 3], " + b + rest + "} json [2, 3]",
          "json {\"a\": [1, \"yy\", 20, 3], \"b\": {\"c\": \"zz\"}" + z + "} json [2, 3]",
          "json {\"a\": [1, \"yy\", 20, 3], \"b\": {\"c\": \"zz\"}" + z + "} json [2, 7, 8]",
          "json {\"a\": [1, \"yy\", 20, 3], \"b\": {\"c\": \"zz\"}, \"d\": 1.50, "
          "\"z\": {\"q\": 1.5}, \"we ird\\\"k\": 2} NULL"})
  );
}

// The last update of the fixture is MINIMAL: its row before has no document to start from.
TEST_F(BinlogTypes, DifferencesWithoutADocumentToStartFromParkTheTable) {
  const auto lines = Decode(Flavor::kMySql, "mysql_types.hex");
  EXPECT_NE(lines.back().find("binlog_row_image was not FULL"), std::string::npos) << lines.back();
}

TEST_F(BinlogTypes, MariaDbsCompressedColumnsBothWithZlibsHeadAndWithout) {
  CompleteFractions();
  const auto lines = Decode(Flavor::kMariaDb, "mariadb_types.hex");
  ASSERT_GE(lines.size(), 4U);
  const auto hex = [](std::string_view byte, size_t n) {
    std::string out;
    for (; n > 0; --n) {
      out += byte;
    }
    return out;
  };
  EXPECT_EQ(
      lines[0],
      "c shop.packed #1 + 1, '" + std::string(250, 'a') + "', '" + std::string(300, 'b') + "', x" +
          hex("63", 300) + ", x" + hex("64", 90) + ", 'ff', 'x'"
  );
  EXPECT_EQ(lines[1], "c shop.packed #2 + 2, '', '', x, x, '', ''");
  EXPECT_EQ(lines[2], "c shop.packed #3 + 3, 'short', 't', x75, x76, 'é', 'x'");
  EXPECT_EQ(
      lines[3],
      "c shop.packed #1 + 4, '" + std::string(250, 'a') + "', '" + std::string(300, 'b') + "', x" +
          hex("63", 300) + ", x" + hex("64", 100) + ", '" + hex("é", 50) + "', NULL"
  );
  const TableSchema& table = *batch_.changes[0].table;
  EXPECT_EQ(table.columns[1].length, 300U);
  EXPECT_EQ(table.columns[4].length, 100U);
  EXPECT_EQ(table.columns[5].length, 50U);
}

TEST_F(BinlogTypes, TemporalsFromBeforeMySql56OfEveryFraction) {
  CompleteFractions();
  Decode(Flavor::kMariaDb, "mariadb_types.hex");
  std::vector<const Change*> old;
  for (const Change& change : batch_.changes) {
    if (change.table->id.table == "old") {
      old.push_back(&change);
    }
  }
  ASSERT_EQ(old.size(), 3U);
  constexpr std::array<int64_t, 7> kFraction = {
      0, 100'000, 120'000, 123'000, 123'400, 123'450, 123'456};
  constexpr int64_t kClock = 45'296'000'000;          // 12:34:56
  constexpr int64_t kMoment = 1'769'854'272'000'000;  // 2026-01-31 10:11:12
  constexpr int64_t kLongest = 3'020'399'000'000;     // 838:59:59
  for (size_t fsp = 0; fsp <= 6; ++fsp) {
    const size_t at = 1 + 3 * fsp;
    const auto text = [&](size_t row, size_t i) { return CellText(old[row]->after[at + i]); };
    EXPECT_EQ(text(0, 0), fmt::format("time {}", -kClock - kFraction[fsp])) << fsp;
    EXPECT_EQ(text(0, 1), fmt::format("datetime {}", kMoment + kFraction[fsp])) << fsp;
    EXPECT_EQ(text(0, 2), fmt::format("timestamp {}", kMoment + kFraction[fsp])) << fsp;
    EXPECT_EQ(text(1, 0), fmt::format("time {}", kLongest)) << fsp;
    EXPECT_EQ(text(1, 1), "zero 0-0-0") << fsp;
    EXPECT_EQ(text(1, 2), "zero 0-0-0") << fsp;
    EXPECT_EQ(text(2, 0), fmt::format("time {}", -kLongest)) << fsp;
    EXPECT_EQ(text(2, 1), "zero 2026-0-10") << fsp;
    EXPECT_EQ(text(2, 2), "timestamp 1000000") << fsp;
  }
}

TEST_F(BinlogTypes, OldTemporalsWhoseFractionNobodyKnowsParkTheirTable) {
  const auto lines = Decode(Flavor::kMariaDb, "mariadb_types.hex");
  EXPECT_NE(lines.back().find("shop.old: column t0"), std::string::npos) << lines.back();
  EXPECT_NE(lines.back().find("FORCE"), std::string::npos);
}

TEST_F(BinlogTypes, ASystemVersionedTableIsItsCurrentRowsAndASequenceNoTable) {
  options_.complete = [](TableSchema schema) -> Result<TableSchemaPtr> {
    EXPECT_EQ(schema.id.table, "kept");
    EXPECT_EQ(schema.columns[3].name, "row_end");
    schema.columns[3].declared = "timestamp(6)" + std::string(kRowEndDeclaration);
    return std::make_shared<const TableSchema>(std::move(schema));
  };
  Decode(Flavor::kMariaDb, "mariadb_versioned.hex");
  std::vector<std::string> changes;
  for (const Change& change : batch_.changes) {
    std::string& text = changes.emplace_back(1, OpLetter(change.op));
    for (const Cell* row : {change.before, change.after}) {
      text += row == nullptr ? " -" : " " + CellText(row[0]) + "," + CellText(row[1]);
    }
  }
  EXPECT_EQ(
      changes,
      (std::vector<std::string>{"c - 1,1", "c - 2,2", "u 1,1 1,10", "d 2,2 -", "u 1,10 5,10"})
  );
}

TEST_F(BinlogTypes, MariaDbsGeometry) {
  const auto lines = Decode(Flavor::kMariaDb, "mariadb_types.hex");
  const Change& change = batch_.changes.back();
  EXPECT_EQ(change.table->id.table, "shapes");
  EXPECT_EQ(change.table->columns[1].declared, "geometry");
  EXPECT_EQ(change.table->columns[3].declared, "linestring");
  EXPECT_EQ(CellText(change.after[2]), "x000000000101000000000000000000f03f0000000000000040");
  EXPECT_EQ(CellText(change.after[4]), "'x'");
}

}  // namespace
}  // namespace rowhouse::mysql
