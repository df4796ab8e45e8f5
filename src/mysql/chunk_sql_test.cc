#include "mysql/chunk_sql.h"

#include <gtest/gtest.h>

#include "mysql/decimal.h"
#include "mysql/temporal.h"

namespace rowhouse::mysql {
namespace {

Column Make(std::string name, ColumnType type) {
  Column column;
  column.name = std::move(name);
  column.type = type;
  return column;
}

TableSchema Orders() {
  TableSchema table;
  table.id = {"sh`op", "orders"};
  table.columns = {
      Make("region", ColumnType::kVarchar),
      Make("id", ColumnType::kInt),
      Make("state", ColumnType::kEnum),
      Make("bits", ColumnType::kBit)};
  table.primary_key = {0, 1};
  return table;
}

std::string Literal(ColumnType type, const Cell& cell, uint8_t scale = 0) {
  Column column = Make("c", type);
  column.scale = scale;
  return SqlLiteral(column, cell);
}

TEST(ChunkSql, ReadsTheFirstChunkInKeyOrder) {
  const auto sql = ChunkSql(Orders(), {}, 100, "PRIMARY");
  ASSERT_TRUE(sql);
  EXPECT_EQ(
      *sql,
      "SELECT `region`, `id`, CAST(`state` AS UNSIGNED), CAST(`bits` AS UNSIGNED) FROM "
      "`sh``op`.`orders` FORCE INDEX (`PRIMARY`) ORDER BY `region`, `id` LIMIT 100"
  );
}

TEST(ChunkSql, ReadsOnlyTheKeysOfRowsThatAConditionHoldsFor) {
  const Cell row[] = {
      Cell::OfBytes(CellKind::kText, "a"), Cell::OfInt(CellKind::kInt, 1), Cell(), Cell()};
  const auto sql =
      ChunkSql(Orders(), {KeyToken(Orders(), row), ""}, 5, "PRIMARY", {"x > 1 -- since", true});
  ASSERT_TRUE(sql);
  EXPECT_EQ(
      *sql,
      "SELECT `region`, `id` FROM `sh``op`.`orders` FORCE INDEX (`PRIMARY`) WHERE ((`region` > "
      "_utf8mb4 X'61') OR (`region` = _utf8mb4 X'61' AND `id` > 1)) AND (x > 1 -- since\n) ORDER "
      "BY "
      "`region`, `id` LIMIT 5"
  );
}

TEST(ChunkSql, NamesKeysOneByOne) {
  const Cell a[] = {
      Cell::OfBytes(CellKind::kText, "a"), Cell::OfInt(CellKind::kInt, 1), Cell(), Cell()};
  const Cell b[] = {
      Cell::OfBytes(CellKind::kText, "b"), Cell::OfInt(CellKind::kInt, 2), Cell(), Cell()};
  const Cell* const rows[] = {a, b};
  EXPECT_EQ(
      KeysIn(Orders(), rows), "(`region`, `id`) IN ((_utf8mb4 X'61', 1), (_utf8mb4 X'62', 2))"
  );
}

TEST(ChunkSql, GoesOnAfterTheLastKeyColumnByColumn) {
  const Cell row[] = {
      Cell::OfBytes(CellKind::kText, "\xC3\xA9"), Cell::OfInt(CellKind::kInt, -7), Cell(), Cell()};
  const std::string token = KeyToken(Orders(), row);
  EXPECT_EQ(token, R"(["_utf8mb4 X'c3a9'","-7"])");
  const auto sql = ChunkSql(Orders(), {token, ""}, 5, "");
  ASSERT_TRUE(sql);
  EXPECT_NE(
      sql->find(
          " WHERE (`region` > _utf8mb4 X'c3a9') OR (`region` = _utf8mb4 X'c3a9' AND `id` > -7) "
          "ORDER BY `region`, `id` LIMIT 5"
      ),
      std::string::npos
  ) << *sql;
}

TEST(ChunkSql, EndsWithTheLastKeyOfItsRange) {
  const std::string a = R"(["'a'","1"])";
  const std::string b = R"(["'b'","2"])";
  const auto sql = ChunkSql(Orders(), {a, b}, 5, "");
  ASSERT_TRUE(sql);
  EXPECT_NE(
      sql->find(" WHERE ((`region` > 'a') OR (`region` = 'a' AND `id` > 1)) AND "
                "((`region` < 'b') OR (`region` = 'b' AND `id` <= 2)) ORDER BY"),
      std::string::npos
  ) << *sql;
  const auto first = ChunkSql(Orders(), {"", b}, 5, "");
  ASSERT_TRUE(first);
  EXPECT_NE(first->find(" WHERE (`region` < 'b') OR"), std::string::npos) << *first;
}

TEST(ChunkSql, ARangeOfKeysIsAConditionByItself) {
  EXPECT_EQ(KeyRangeSql(Orders(), {}).value(), "");
  EXPECT_EQ(
      KeyRangeSql(Orders(), {"", R"(["'b'","2"])"}).value(),
      "(`region` < 'b') OR (`region` = 'b' AND `id` <= 2)"
  );
  EXPECT_FALSE(KeyRangeSql(Orders(), {R"(["1"])", ""}));
}

TEST(ChunkSql, TheServerFindsWhereToCut) {
  TableSchema table = Orders();
  table.primary_key = {2, 1};
  const auto sql = KeyAfterSql(table, R"(["1","7"])", 1000, "k");
  ASSERT_TRUE(sql);
  EXPECT_EQ(
      *sql,
      "SELECT CAST(`state` AS UNSIGNED), `id` FROM `sh``op`.`orders` FORCE INDEX (`k`) WHERE "
      "(`state` > 1) OR (`state` = 1 AND `id` > 7) ORDER BY `state`, `id` LIMIT 1 OFFSET 999"
  );
}

TEST(ChunkSql, ReadsATableWithoutKeyWhole) {
  TableSchema table = Orders();
  table.primary_key.clear();
  const auto sql = ChunkSql(table, {}, 5, "");
  ASSERT_TRUE(sql);
  EXPECT_EQ(sql->find("LIMIT"), std::string::npos);
  EXPECT_EQ(sql->find("ORDER"), std::string::npos);
}

TEST(ChunkSql, RefusesATokenThatIsNotOfThisKey) {
  for (const char* token : {"[\"1\"]", "x", "{}", "[1,2]", "[\"1\",\"2\",\"3\"]"}) {
    const auto sql = ChunkSql(Orders(), {token, ""}, 5, "");
    ASSERT_FALSE(sql) << token;
    EXPECT_EQ(sql.error().kind(), ErrorKind::kBadRecord);
  }
}

TEST(ChunkSql, WritesNumbersExactly) {
  EXPECT_EQ(
      Literal(ColumnType::kBigInt, Cell::OfUint(CellKind::kUint, UINT64_MAX)),
      "18446744073709551615"
  );
  EXPECT_EQ(
      Literal(ColumnType::kBigInt, Cell::OfInt(CellKind::kInt, INT64_MIN)), "-9223372036854775808"
  );
  EXPECT_EQ(std::stod(Literal(ColumnType::kDouble, Cell::OfDouble(CellKind::kDouble, 0.1))), 0.1);
  EXPECT_NE(
      Literal(ColumnType::kDouble, Cell::OfDouble(CellKind::kDouble, 1)).find('e'),
      std::string::npos
  );
}

TEST(ChunkSql, WritesDecimalsOfAllSizes) {
  Arena arena;
  for (const std::string text :
       {"0.05",
        "-0.05",
        "123.45",
        "-123.45",
        "99999999999999999999999999999999.99",
        "-99999999999999999999999999999999.99",
        "0.00",
        "92233720368547758.08"}) {
    Cell cell;
    ASSERT_TRUE(DecimalFromText(text, 2, arena, cell));
    EXPECT_EQ(Literal(ColumnType::kDecimal, cell, 2), text);
  }
}

TEST(ChunkSql, WritesTemporalValues) {
  const int64_t day = DaysFromCivil(2024, 2, 29);
  const int64_t us = ((13 * 60 + 14) * 60 + 15) * int64_t{1'000'000} + 16;
  EXPECT_EQ(Literal(ColumnType::kDate, Cell::OfInt(CellKind::kDate, day)), "'2024-02-29'");
  EXPECT_EQ(
      Literal(ColumnType::kDateTime, Cell::OfInt(CellKind::kDateTime, day * 86'400'000'000 + us)),
      "'2024-02-29 13:14:15.000016'"
  );
  const int64_t old_day = DaysFromCivil(1000, 1, 1) * 86'400'000'000;
  EXPECT_EQ(
      Literal(ColumnType::kDateTime, Cell::OfInt(CellKind::kDateTime, old_day + us)),
      "'1000-01-01 13:14:15.000016'"
  );
  EXPECT_EQ(
      Literal(
          ColumnType::kTime, Cell::OfInt(CellKind::kTime, -(838 * 3600 + 1) * int64_t{1'000'000})
      ),
      "'-838:00:01.000000'"
  );
  const ZeroDateParts zero{2026, 0, 10};
  EXPECT_EQ(
      Literal(ColumnType::kDate, Cell::OfUint(CellKind::kZeroDate, zero.Packed())), "'2026-00-10'"
  );
}

TEST(ChunkSql, WritesDatesBackForEveryDay) {
  for (int64_t day = DaysFromCivil(1, 1, 1); day <= DaysFromCivil(9999, 12, 31); day += 13) {
    const std::string text = Literal(ColumnType::kDate, Cell::OfInt(CellKind::kDate, day));
    const auto number = [&](size_t at, size_t n) {
      return static_cast<unsigned>(std::stoul(text.substr(at, n)));
    };
    ASSERT_EQ(DaysFromCivil(number(1, 4), number(6, 2), number(9, 2)), day) << text;
  }
}

TEST(ChunkSql, WritesBytesAsHex) {
  EXPECT_EQ(
      Literal(ColumnType::kBinary, Cell::OfBytes(CellKind::kBytes, std::string_view("\0'\\", 3))),
      "X'00275c'"
  );
  EXPECT_EQ(Literal(ColumnType::kChar, Cell::OfBytes(CellKind::kText, "")), "_utf8mb4 X''");
}

}  // namespace
}  // namespace rowhouse::mysql
