#include "mysql/column_info.h"

#include <gtest/gtest.h>

namespace rowhouse::mysql {
namespace {

const CollationIds kCollations = {{"latin1_swedish_ci", 8}, {"utf8mb4_general_ci", 45}};

Column Make(std::string data_type, std::string column_type, Flavor flavor = Flavor::kMySql) {
  DictionaryColumn from;
  from.name = "c";
  from.data_type = std::move(data_type);
  from.column_type = std::move(column_type);
  from.collation = "latin1_swedish_ci";
  return ToColumn(from, flavor, kCollations);
}

TEST(ColumnInfo, ReadsSignAndSizeFromTheDeclaredType) {
  EXPECT_TRUE(Make("bigint", "bigint(20) unsigned zerofill").is_unsigned);
  EXPECT_FALSE(Make("bigint", "bigint(20)").is_unsigned);
  EXPECT_EQ(Make("bigint", "bigint(20)").length, 0U);
  const Column decimal = Make("decimal", "decimal(65,30) unsigned");
  EXPECT_EQ(decimal.precision, 65);
  EXPECT_EQ(decimal.scale, 30);
  EXPECT_EQ(Make("varchar", "varchar(20)").length, 20U);
  EXPECT_EQ(Make("binary", "binary(16)").length, 16U);
  EXPECT_EQ(Make("bit", "bit(9)").length, 9U);
  EXPECT_EQ(Make("timestamp", "timestamp(6)").fsp, 6);
  EXPECT_EQ(Make("datetime", "datetime").fsp, 0);
}

TEST(ColumnInfo, KnowsCollationsOfTextAndBinary) {
  EXPECT_EQ(Make("varchar", "varchar(20)").collation, 8);
  EXPECT_EQ(Make("blob", "blob").collation, 63);
  EXPECT_EQ(Make("int", "int").collation, 0);
}

TEST(ColumnInfo, TakesLabelsApartWithQuotesAndCommas) {
  const std::vector<std::string> expected = {"a", "it's", "x,y", "(z)", ""};
  EXPECT_EQ(ParseLabels("enum('a','it''s','x,y','(z)','')"), expected);
  EXPECT_EQ(ParseLabels("set('a')"), std::vector<std::string>{"a"});
  EXPECT_TRUE(ParseLabels("varchar(10)").empty());
}

TEST(ColumnInfo, ReadsTheEscapesBothServersWriteInLabelsAndDefaults) {
  const std::vector<std::string> expected = {
      R"(a\b)", "a\nb", "a\rb", std::string("a\0b", 3), R"(\)", "a'b\"\t"};
  EXPECT_EQ(ParseLabels(R"(enum('a\\b','a\nb','a\rb','a\0b','\\','a''b"	'))"), expected);
  DictionaryColumn from;
  from.data_type = "varchar";
  from.default_text = R"('a\\b\n\r\0''')";
  EXPECT_EQ(
      ToColumn(from, Flavor::kMariaDb, kCollations).default_value->text,
      std::string("a\\b\n\r\0'", 7)
  );
}

TEST(ColumnInfo, TellsLiteralDefaultsFromExpressions) {
  DictionaryColumn from;
  from.data_type = "varchar";
  const auto make = [&](Flavor flavor, std::optional<std::string> text, std::string extra = "") {
    from.default_text = std::move(text);
    from.extra = std::move(extra);
    return ToColumn(from, flavor, kCollations).default_value;
  };
  EXPECT_FALSE(make(Flavor::kMariaDb, "NULL").has_value());
  EXPECT_EQ(make(Flavor::kMariaDb, "'NULL'")->text, "NULL");
  EXPECT_EQ(make(Flavor::kMariaDb, "'it''s'")->text, "it's");
  EXPECT_EQ(make(Flavor::kMariaDb, "''")->text, "");
  EXPECT_EQ(make(Flavor::kMariaDb, R"('a\\b\n\r\0')")->text, std::string("a\\b\n\r\0", 6));
  EXPECT_EQ(make(Flavor::kMariaDb, "-1.50")->text, "-1.50");
  EXPECT_FALSE(make(Flavor::kMariaDb, "-1.50")->is_expression);
  EXPECT_TRUE(make(Flavor::kMariaDb, "current_timestamp()")->is_expression);
  EXPECT_FALSE(make(Flavor::kMySql, std::nullopt).has_value());
  EXPECT_FALSE(make(Flavor::kMySql, "uuid()")->is_expression);
  EXPECT_TRUE(make(Flavor::kMySql, "uuid()", "DEFAULT_GENERATED")->is_expression);
  EXPECT_FALSE(make(Flavor::kMySql, "CURRENT_TIMESTAMP")->is_expression);  // a VARCHAR's text
  from.data_type = "datetime";
  EXPECT_TRUE(make(Flavor::kMySql, "CURRENT_TIMESTAMP(3)")->is_expression);
}

TEST(ColumnInfo, ADefaultThatTheServerCannotShowIsNone) {
  DictionaryColumn from;
  from.data_type = "varbinary";
  const auto make = [&](Flavor flavor, std::string text) {
    from.default_text = std::move(text);
    return ToColumn(from, flavor, kCollations).default_value;
  };
  EXPECT_FALSE(make(Flavor::kMariaDb, "'\\0?'").has_value());  // x'00ff'
  EXPECT_FALSE(make(Flavor::kMySql, "0x").has_value());        // the same
  EXPECT_EQ(make(Flavor::kMySql, "0xFF27")->text, "0xFF27");
  EXPECT_EQ(make(Flavor::kMariaDb, "'ab\\0'")->text, std::string("ab\0", 3));
  from.data_type = "varchar";
  EXPECT_EQ(make(Flavor::kMariaDb, "'what?'")->text, "what?");
}

TEST(ColumnInfo, KnowsGeneratedColumnsFromGeneratedDefaults) {
  DictionaryColumn from;
  from.data_type = "int";
  from.extra = "DEFAULT_GENERATED";
  EXPECT_FALSE(ToColumn(from, Flavor::kMySql, kCollations).is_generated);
  from.extra = "STORED GENERATED";
  EXPECT_TRUE(ToColumn(from, Flavor::kMySql, kCollations).is_generated);
  from.extra = "VIRTUAL GENERATED";
  EXPECT_TRUE(ToColumn(from, Flavor::kMariaDb, kCollations).is_generated);
}

TEST(ColumnInfo, CallsACheckedLongtextJson) {
  DictionaryColumn from;
  from.data_type = "longtext";
  from.column_type = "longtext";
  EXPECT_EQ(ToColumn(from, Flavor::kMariaDb, kCollations).type, ColumnType::kText);
  from.checked_as_json = true;
  EXPECT_EQ(ToColumn(from, Flavor::kMariaDb, kCollations).type, ColumnType::kJson);
}

TEST(ColumnInfo, LeavesAnUnknownTypeUnknown) {
  EXPECT_EQ(Make("xmltype", "xmltype").type, ColumnType::kUnknown);
}

}  // namespace
}  // namespace rowhouse::mysql
