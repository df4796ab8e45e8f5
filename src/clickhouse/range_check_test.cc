#include "clickhouse/range_check.h"

#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "clickhouse/pipeline_fixture_test.h"

namespace rowhouse::clickhouse {
namespace {

// shop.items with the key (shop, id), a note and a price, as ClickHouse holds it.
class RangeCheckTest : public ::testing::Test {
 protected:
  RangeCheckTest() {
    TableSchema table;
    table.id = {"shop", "items"};
    table.columns = {
        MakeColumn("note", ColumnType::kVarchar, true),
        MakeColumn("shop", ColumnType::kSmallInt),
        MakeColumn("id", ColumnType::kBigInt)};
    table.columns[2].is_unsigned = true;
    table.primary_key = {1, 2};
    schema_ = std::make_shared<TableSchema>(std::move(table));
    const auto columns = types::ClickHouseColumns(*schema_);
    for (const auto& column : *columns) {
      direct_.columns.push_back({column.name, *LaneOf(*schema_, column, column.type, {}), {}, {}});
      direct_.lanes.push_back(direct_.columns.back().lane);
    }
    direct_.key = {"shop", "id"};
    direct_.key_lanes = {direct_.lanes[1], direct_.lanes[2]};
    direct_.current = "`c`.`items`";
    direct_.marks = "`h`.`items_marks`";
  }

  void Add(RowBlock& block, int64_t shop, uint64_t id, const char* note) {
    Cell cells[3];
    cells[0] = note == nullptr ? Cell::Null() : Cell::OfBytes(CellKind::kText, note);
    cells[1] = Cell::OfInt(CellKind::kInt, shop);
    cells[2].kind = CellKind::kUint;
    cells[2].u = id;
    ASSERT_TRUE(block.Append(cells));
  }

  // A row as RowBinary has it: the key, then the note, which may be NULL.
  static std::string Row(int16_t shop, uint64_t id, const char* note) {
    std::string bytes(sizeof shop + sizeof id, '\0');
    std::memcpy(bytes.data(), &shop, sizeof shop);
    std::memcpy(bytes.data() + sizeof shop, &id, sizeof id);
    if (note == nullptr) {
      return bytes + '\1';
    }
    return bytes + '\0' + static_cast<char>(std::strlen(note)) + note;
  }

  // Numbers of the block's rows that the answer does not hold; {99}: not known.
  std::vector<uint32_t> Others(const RowBlock& block, const std::string& answer) {
    const auto check = RangeCheck::Of(direct_, direct_.lanes);
    EXPECT_TRUE(check);
    const auto others = check->Others(block, answer, 10);
    EXPECT_TRUE(others) << others.error().ToString();
    return others->value_or(std::vector<uint32_t>{99});
  }

  TableSchemaPtr schema_;
  DirectTable direct_;
};

constexpr uint64_t kGreat = UINT64_MAX - 1;

TEST_F(RangeCheckTest, AsksForAllBetweenTheFirstKeyAndTheLast) {
  RowBlock block(schema_, direct_.lanes, RowBlock::Mark::kNumber);
  Add(block, -2, 7, "a");
  Add(block, 3, kGreat, "b");
  EXPECT_EQ(
      RangeCheck::Of(direct_, direct_.lanes)->Sql(block, 10),
      "SELECT `shop`, `id`, CAST(`note` AS Nullable(String)) FROM `c`.`items` FINAL WHERE `shop` "
      "BETWEEN -2 AND 3 AND ((`shop` > -2) OR (`shop` = -2 AND `id` >= 7)) AND ((`shop` < 3) OR "
      "(`shop` = 3 AND `id` <= 18446744073709551614)) AND _version > (SELECT max(version) FROM "
      "`h`.`items_marks`) ORDER BY `shop`, `id` LIMIT 10 FORMAT RowBinary"
  );
}

TEST_F(RangeCheckTest, FindsRowsThatAreThereByKeyAndContents) {
  RowBlock block(schema_, direct_.lanes, RowBlock::Mark::kNumber);
  Add(block, -2, 7, "same");
  Add(block, -2, 8, "missing");
  Add(block, -1, 1, "other");
  Add(block, 0, 1, nullptr);
  Add(block, 0, 2, nullptr);
  Add(block, 0, 3, "");
  Add(block, 3, kGreat, "last");
  const std::string answer = Row(-2, 6, "extra") + Row(-2, 7, "same") + Row(-1, 1, "othex") +
                             Row(0, 1, nullptr) + Row(0, 2, "") + Row(0, 3, "") +
                             Row(3, kGreat, "last");
  EXPECT_EQ(Others(block, answer), (std::vector<uint32_t>{1, 2, 4}));
  EXPECT_EQ(Others(block, ""), (std::vector<uint32_t>{0, 1, 2, 3, 4, 5, 6}));
}

TEST_F(RangeCheckTest, OfABlockOfKeysComparesKeysAlone) {
  std::vector<Lane> lanes = direct_.key_lanes;
  lanes[0].step.column = 0;
  lanes[1].step.column = 1;
  RowBlock block(schema_, lanes, RowBlock::Mark::kNumber);
  for (const int64_t id : {1, 2, 3}) {
    const Cell cells[] = {Cell::OfInt(CellKind::kInt, -5), Cell::OfInt(CellKind::kInt, id)};
    ASSERT_TRUE(block.Append(cells));
  }
  const auto check = RangeCheck::Of(direct_, lanes);
  ASSERT_TRUE(check);
  const std::string answer = Row(-5, 1, nullptr).substr(0, 10) + Row(-5, 3, nullptr).substr(0, 10);
  EXPECT_EQ(check->Others(block, answer, 10)->value(), (std::vector<uint32_t>{1}));
}

TEST_F(RangeCheckTest, DoesNotTrustAnAnswerThatWasCutOff) {
  RowBlock block(schema_, direct_.lanes, RowBlock::Mark::kNumber);
  Add(block, 1, 1, "a");
  std::string ten;
  for (uint64_t id = 1; id <= 10; ++id) {
    ten += Row(1, id, "a");
  }
  EXPECT_EQ(Others(block, ten), (std::vector<uint32_t>{99}));
  const auto broken = RangeCheck::Of(direct_, direct_.lanes)->Others(block, ten.substr(0, 20), 10);
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().kind(), ErrorKind::kInternal);
}

TEST_F(RangeCheckTest, IsForWholeNumbersAndTheTargetsOwnTypesOnly) {
  DirectTable by_note = direct_;
  by_note.key = {"note"};
  by_note.key_lanes = {direct_.lanes[0]};
  EXPECT_FALSE(RangeCheck::Of(by_note, direct_.lanes));
  std::vector<Lane> converted = direct_.lanes;
  converted[0].as_it_is = false;
  EXPECT_FALSE(RangeCheck::Of(direct_, converted));
  EXPECT_TRUE(RangeCheck::Of(direct_, direct_.key_lanes));
}

}  // namespace
}  // namespace rowhouse::clickhouse
