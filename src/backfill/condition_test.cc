#include "backfill/condition.h"

#include <gtest/gtest.h>

namespace rowhouse::backfill {
namespace {

TEST(Condition, OfTheRowsOwnValuesIsLetThrough) {
  for (const char* good :
       {"1",
        "status = 'paid' AND id > 7",
        "region IN (1, 2, 3) OR NOT (a BETWEEN 1 AND 2)",
        "created_at > NOW() - INTERVAL (1) DAY",
        "lower(`odd name`) LIKE 'x%'",
        "note = 'it''s (not) closed; -- no comment'",
        "`from` = \"a b\" AND größe < 5",
        "CASE WHEN a THEN 1 ELSE 0 END = 1",
        "JSON_EXTRACT(extra, '$.a') = 3 AND a->>'$.b' = 'x'",
        "`select` = 1",
        "a - -1 > 0"}) {
    EXPECT_TRUE(CheckCondition(good).has_value()) << good;
  }
}

TEST(Condition, ThatLooksElsewhereOrDoesThingsIsRefused) {
  for (const char* bad :
       {"id IN (SELECT id FROM mysql.user)",
        "1) UNION SELECT 1 FROM (a",
        "1) INTO OUTFILE '/tmp/x' -- ",
        "id IN (TABLE other)",
        "1; DROP TABLE x",
        "sleep(100)",
        "SLEEP (100)",
        "`sleep`(100)",
        "benchmark(9, 1)",
        "load_file('/etc/passwd') > ''",
        "get_lock('x', 9)",
        "shop.wipe()",
        "shop . year ()",
        "`shop`.`wipe` ()",
        "a /*!50000 OR sleep(9) */",
        "a # or",
        "a --\n",
        "a = '\\' OR sleep(9) OR '",
        "@@version > ''",
        "(@a := 7) > 0",
        "NEXT VALUE FOR s > 1",
        "nextval(s) > 1",
        "(a = 1",
        "a = 1)",
        "a = 'x",
        "1) FOR UPDATE"}) {
    const Status checked = CheckCondition(bad);
    ASSERT_FALSE(checked.has_value()) << bad;
    EXPECT_EQ(checked.error().code(), "E-FILL-005");
    EXPECT_EQ(checked.error().kind(), ErrorKind::kBadRecord);
  }
}

TEST(Condition, NamesTheWordThatItRefuses) {
  EXPECT_NE(CheckCondition("Sleep(1)").error().message().find("sleep"), std::string::npos);
}

}  // namespace
}  // namespace rowhouse::backfill
