#include "clickhouse/row_block.h"

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "clickhouse/direct_table.h"

namespace rowhouse::clickhouse {
namespace {

using Mark = RowBlock::Mark;

Column Make(const std::string& name, ColumnType type) {
  Column column;
  column.name = name;
  column.type = type;
  column.nullable = false;
  return column;
}

Column Nullable(Column column) {
  column.nullable = true;
  return column;
}

TableSchemaPtr TableOf(std::vector<Column> columns) {
  TableSchema table;
  table.id = {"shop", "orders"};
  table.columns = std::move(columns);
  table.primary_key = {0};
  return std::make_shared<TableSchema>(std::move(table));
}

// The lanes into a target whose columns have the types that the table's come as; `other` is the
// type of the last one instead.
std::vector<Lane> LanesOf(const TableSchemaPtr& table, const std::string& other = "") {
  const auto columns = types::ClickHouseColumns(*table);
  EXPECT_TRUE(columns);
  std::vector<Lane> lanes;
  for (const auto& column : *columns) {
    const bool is_last = &column == &columns->back();
    const auto lane = LaneOf(*table, column, is_last && !other.empty() ? other : column.type, {});
    EXPECT_TRUE(lane) << lane.error().ToString();
    lanes.push_back(*lane);
  }
  return lanes;
}

// The bytes of Native behind the block's number of columns and rows.
std::string Hex(const std::string& bytes) {
  return ToHex(AsBytes(bytes));
}

std::string Text(std::string_view text) {
  return std::string(1, static_cast<char>(text.size())) + std::string(text);
}

template <typename T>
std::string Raw(T value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

TEST(RowBlock, HasTheColumnsOneAfterTheOtherWithNamesAndTypes) {
  const auto table =
      TableOf({Make("id", ColumnType::kInt), Nullable(Make("note", ColumnType::kVarchar))});
  const std::vector<Lane> lanes = LanesOf(table);
  RowBlock block(table, lanes, Mark::kNumber);
  const Cell first[] = {Cell::OfInt(CellKind::kInt, -2), Cell::OfBytes(CellKind::kText, "ab")};
  const Cell second[] = {Cell::OfInt(CellKind::kInt, 7), Cell::Null()};
  ASSERT_TRUE(block.Append(first));
  ASSERT_TRUE(block.Append(second));
  EXPECT_EQ(
      Hex(block.Native()),
      Hex(Raw(uint8_t{3}) + Raw(uint8_t{2}) + Text("_block_row") + Text("UInt32") +
          Raw(uint32_t{0}) + Raw(uint32_t{1}) + Text("from_id") + Text("Int32") + Raw(int32_t{-2}) +
          Raw(int32_t{7}) + Text("from_note") + Text("Nullable(String)") + Raw(uint8_t{0}) +
          Raw(uint8_t{1}) + Text("ab") + Text(""))
  );
  EXPECT_EQ(
      block.Structure(), "`_block_row` UInt32, `from_id` Int32, `from_note` Nullable(String)"
  );
  EXPECT_EQ(block.Names(), "`_block_row`, `from_id`, `from_note`");
}

TEST(RowBlock, GivesEachRowItsVersionTheLowHalfFirst) {
  const auto table = TableOf({Make("id", ColumnType::kTinyInt)});
  const std::vector<Lane> lanes = LanesOf(table);
  RowBlock block(table, lanes, Mark::kVersion);
  const Cell row[] = {Cell::OfInt(CellKind::kInt, 1)};
  ASSERT_TRUE(block.Append(row, {0x1122, 0x3344}));
  EXPECT_EQ(
      Hex(block.Native()),
      Hex(Raw(uint8_t{3}) + Raw(uint8_t{1}) + Text("_version") + Text("UInt128") +
          Raw(uint64_t{0x3344}) + Raw(uint64_t{0x1122}) + Text("_sign") + Text("Int8") +
          Raw(int8_t{1}) + Text("from_id") + Text("Int8") + Raw(int8_t{1}))
  );
}

TEST(RowBlock, ComesPieceByPieceAsItIsInOnePiece) {
  const auto table =
      TableOf({Make("id", ColumnType::kBigInt), Nullable(Make("note", ColumnType::kVarchar))});
  const std::vector<Lane> lanes = LanesOf(table);
  RowBlock block(table, lanes, Mark::kVersion);
  for (int64_t id = 0; id < 50; ++id) {
    const Cell row[] = {Cell::OfInt(CellKind::kInt, id), Cell::OfBytes(CellKind::kText, "text")};
    ASSERT_TRUE(block.Append(row));
  }
  for (const size_t size : {size_t{1}, size_t{7}, size_t{100'000}}) {
    const http::BodySource source = block.Source();
    std::string all;
    std::string part(size, '\0');
    while (const size_t got = *source(part.data(), size)) {
      all.append(part, 0, got);
    }
    EXPECT_EQ(all, block.Native()) << size;
  }
}

TEST(RowBlock, ClearForgetsRowsAndKeepsColumns) {
  const auto table = TableOf({Make("id", ColumnType::kInt)});
  const std::vector<Lane> lanes = LanesOf(table);
  RowBlock block(table, lanes, Mark::kNumber);
  const std::string empty = block.Native();
  const Cell row[] = {Cell::OfInt(CellKind::kInt, 1)};
  ASSERT_TRUE(block.Append(row));
  EXPECT_GT(block.bytes(), 0U);
  block.Clear();
  EXPECT_EQ(block.rows(), 0U);
  EXPECT_EQ(block.bytes(), 0U);
  EXPECT_EQ(block.Native(), empty);
}

TEST(RowBlock, AValueOfAnotherTypeIsRefusedByTableAndColumn) {
  const auto table = TableOf({Make("id", ColumnType::kInt)});
  const std::vector<Lane> lanes = LanesOf(table);
  RowBlock block(table, lanes, Mark::kNumber);
  const Cell row[] = {Cell::OfBytes(CellKind::kText, "seven")};
  const Status added = block.Append(row);
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().kind(), ErrorKind::kBadRecord);
  EXPECT_NE(added.error().message().find("table shop.orders, column id"), std::string::npos);
}

TEST(Lane, IsTheTargetsOwnTypeWhereThatIsTheValuesOwn) {
  const auto table = TableOf({Make("id", ColumnType::kInt)});
  const Lane lane = LanesOf(table).front();
  EXPECT_TRUE(lane.as_it_is);
  EXPECT_EQ(lane.type, "Int32");
}

TEST(Lane, OfATargetOfAnotherTypeIsAsTheStreamsQueueReadsTheValue) {
  const auto table = TableOf({Make("id", ColumnType::kInt), Make("n", ColumnType::kInt)});
  const std::vector<Lane> lanes = LanesOf(table, "String");
  EXPECT_TRUE(lanes[0].as_it_is);
  EXPECT_FALSE(lanes[1].as_it_is);
  EXPECT_EQ(lanes[1].type, "Int64");
  RowBlock block(table, lanes, Mark::kNone);
  const Cell row[] = {Cell::OfInt(CellKind::kInt, 1), Cell::OfInt(CellKind::kInt, -9)};
  ASSERT_TRUE(block.Append(row));
  EXPECT_TRUE(block.Native().ends_with(Text("from_n") + Text("Int64") + Raw(int64_t{-9})));
}

TEST(DirectTable, AsksForMissingKeysByTheSortingKeyAndCountsLaterDeletesAsThere) {
  const auto table = TableOf({Make("id", ColumnType::kInt)});
  DirectTable direct;
  direct.id = table->id;
  direct.lanes = direct.key_lanes = LanesOf(table);
  direct.key = {"id"};
  direct.current = "`now`.`orders`";
  direct.columns = {{"id", direct.lanes[0], "`from_id`", ""}};
  RowBlock block(table, direct.key_lanes, Mark::kNumber);
  const Cell row[] = {Cell::OfInt(CellKind::kInt, 5)};
  ASSERT_TRUE(block.Append(row));
  const RowVersion read_at{7, 9};
  const std::string sql = MissingSql(direct, block, read_at);
  EXPECT_NE(sql.find("FROM `now`.`orders` WHERE (`id`) IN (SELECT `id` FROM m)"), std::string::npos)
      << sql;
  EXPECT_NE(sql.find("max(_version) >= " + VersionSql(read_at)), std::string::npos) << sql;
  EXPECT_NE(sql.find("argMax(_is_deleted, _version) = 0"), std::string::npos) << sql;
}

TEST(DirectTable, MayFailOnlyWhereAColumnsTypeMayNotHoldAValue) {
  DirectTable direct;
  direct.columns.resize(2);
  EXPECT_FALSE(direct.may_fail());
  direct.columns[1].fits = "n < 128";
  EXPECT_TRUE(direct.may_fail());
}

}  // namespace
}  // namespace rowhouse::clickhouse
