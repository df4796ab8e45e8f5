#include "verify/statements.h"

#include <gtest/gtest.h>

namespace rowhouse::verify {
namespace {

// shop.words with the key (word, lang).
class RangesTest : public ::testing::Test {
 protected:
  RangesTest() {
    table_.id = {"shop", "words"};
    for (const char* const name : {"word", "lang"}) {
      Column column;
      column.name = name;
      column.type = ColumnType::kVarchar;
      column.nullable = false;
      column.collation = 45;  // utf8mb4_general_ci
      canonical_.columns.push_back(MakeCanonicalColumn(column, name, "String").column);
      table_.columns.push_back(std::move(column));
    }
    table_.primary_key = {0, 1};
    canonical_.key = {0, 1};
  }

  TableSchema table_;
  CanonicalTable canonical_;
};

TEST_F(RangesTest, ARangeIsLookedUpInTheKeysIndexBesideBucketsAndDates) {
  const MySqlStatements sql(table_, canonical_, {"`at` >= '2026-01-01'", ""});
  const MySqlRange range{"`word` > 'a'", "PRIMARY"};
  const std::string where =
      "FROM `shop`.`words` FORCE INDEX (`PRIMARY`) WHERE (`word` > 'a') AND (`at` >= '2026-01-01')";
  EXPECT_EQ(sql.Count({}, range), "SELECT COUNT(*), 0 " + where);
  EXPECT_TRUE(sql.Sum({}, range).ends_with(where)) << sql.Sum({}, range);
  EXPECT_TRUE(sql.Sums({}, 4, range).ends_with(where + " GROUP BY b"));
  const std::string leaf = sql.Rows({std::nullopt, 4, {1, 3}}, range);
  EXPECT_NE(leaf.find(" & 3) IN (1,3)) AND (`word` > 'a') AND ("), std::string::npos) << leaf;
}

TEST_F(RangesTest, WithoutRangesTheServerChooses) {
  const MySqlStatements sql(table_, canonical_, {});
  EXPECT_EQ(sql.Count({}), "SELECT COUNT(*), 0 FROM `shop`.`words`");
  EXPECT_EQ(sql.Count({}, {"", ""}), sql.Count({}));
}

}  // namespace
}  // namespace rowhouse::verify
