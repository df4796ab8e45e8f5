#include "clickhouse/old_rows.h"

#include <gtest/gtest.h>

namespace rowhouse::clickhouse {
namespace {

Column Of(ColumnType type, bool nullable, const char* text = nullptr) {
  Column column;
  column.name = "a";
  column.type = type;
  column.nullable = nullable;
  if (text != nullptr) {
    column.default_value = ColumnDefault{text, false};
  }
  return column;
}

TEST(OldRows, ReadMySqlsLiteralDefault) {
  EXPECT_EQ(
      OldRowsDefault(Of(ColumnType::kInt, false, "5"), "Int32"), "DEFAULT CAST('5' AS Int32)"
  );
  EXPECT_EQ(
      OldRowsDefault(Of(ColumnType::kVarchar, true, "it's"), "Nullable(String)"),
      "DEFAULT CAST('it\\'s' AS Nullable(String))"
  );
  EXPECT_EQ(
      OldRowsDefault(Of(ColumnType::kSet, false, "a,b"), "x"), "DEFAULT splitByChar(',', 'a,b')"
  );
}

TEST(OldRows, HaveNullOrTheTypesOwnZeroWithoutADefault) {
  EXPECT_EQ(OldRowsDefault(Of(ColumnType::kInt, true), "Nullable(Int32)"), "");
  EXPECT_EQ(OldRowsDefault(Of(ColumnType::kInt, false), "Int32"), "");
  EXPECT_EQ(
      OldRowsDefault(Of(ColumnType::kDate, false), "Date32"), "DEFAULT CAST('1970-01-01' AS Date32)"
  );
  Column color = Of(ColumnType::kEnum, false);
  color.labels = {"red", "blue"};
  EXPECT_EQ(OldRowsDefault(color, "LowCardinality(String)"), "DEFAULT 'red'");
}

TEST(OldRows, AreReadAgainWhereOnlyMySqlKnowsWhatTheyHave) {
  Column now = Of(ColumnType::kDateTime, false, "CURRENT_TIMESTAMP");
  EXPECT_EQ(OldRowsDefault(now, "DateTime64(0, 'UTC')"), std::nullopt);
  now.default_value->is_expression = true;
  EXPECT_EQ(OldRowsDefault(now, "DateTime64(0, 'UTC')"), std::nullopt);
  Column generated = Of(ColumnType::kInt, true);
  generated.is_generated = true;
  EXPECT_EQ(OldRowsDefault(generated, "Nullable(Int32)"), std::nullopt);
  EXPECT_EQ(OldRowsDefault(Of(ColumnType::kInt, true, "no number"), "Int32"), std::nullopt);
}

}  // namespace
}  // namespace rowhouse::clickhouse
