#include "chserver/statement.h"

#include <gtest/gtest.h>

namespace rowhouse::chserver {
namespace {

using Kind = Statement::Kind;

std::string Rows(std::string_view sql) {
  return std::string(sql.substr(ReadStatement(sql).data_begin));
}

std::string Head(std::string_view sql) {
  return std::string(sql.substr(0, ReadStatement(sql).head_end));
}

TEST(Statement, TellsKindsApart) {
  EXPECT_EQ(ReadStatement(" -- nothing\n /* at all */ ").kind, Kind::kEmpty);
  EXPECT_EQ(ReadStatement("/* x */ select 1").kind, Kind::kSelect);
  EXPECT_EQ(ReadStatement("WITH 1 AS x SELECT x").kind, Kind::kSelect);
  EXPECT_EQ(ReadStatement("(SELECT 1) UNION ALL (SELECT 2)").kind, Kind::kSelect);
  EXPECT_EQ(ReadStatement("SHOW TABLES").kind, Kind::kOther);
  EXPECT_EQ(ReadStatement("CREATE TABLE t (a Int) ENGINE = Memory").kind, Kind::kOther);
  EXPECT_EQ(ReadStatement("INSERT INTO t SELECT 1").kind, Kind::kOther);
  EXPECT_EQ(ReadStatement("INSERT INTO t (SELECT 1)").kind, Kind::kOther);
  EXPECT_EQ(ReadStatement("INSERT INTO t SELECT input FROM u").kind, Kind::kOther);
  EXPECT_EQ(
      ReadStatement("INSERT INTO t SELECT a + 1 FROM Input('a Int8') FORMAT CSV\n1").kind,
      Kind::kInsertInput
  );
  EXPECT_EQ(ReadStatement("INSERT INTO t (a) WITH 1 AS x SELECT x").kind, Kind::kOther);
  EXPECT_EQ(ReadStatement("INSERT INTO t FROM INFILE 'x' FORMAT CSV").kind, Kind::kOther);
  EXPECT_EQ(ReadStatement("INSERT INTO t VALUES (1)").kind, Kind::kInsertRows);
}

TEST(Statement, SeesASecondStatementButNotASemicolonAtTheEnd) {
  EXPECT_EQ(ReadStatement("SELECT 1; SELECT 2").kind, Kind::kSeveral);
  EXPECT_EQ(ReadStatement("SELECT 1; -- done").kind, Kind::kSelect);
  EXPECT_EQ(ReadStatement("SELECT ';', \";\", `;`, $$;$$, $a$;$$;$a$ /*;*/").kind, Kind::kSelect);
  EXPECT_EQ(ReadStatement(R"(SELECT 'it''s; \'; ' AS a)").kind, Kind::kSelect);
}

TEST(Statement, FindsTheAnswersFormat) {
  EXPECT_EQ(ReadStatement("SELECT 1").format, "");
  EXPECT_EQ(ReadStatement("SELECT 1 FORMAT JSON").format, "JSON");
  EXPECT_EQ(ReadStatement("select 1 format CSV settings max_threads = 1;").format, "CSV");
  EXPECT_EQ(ReadStatement("SELECT format('{}', 1), 'FORMAT JSON'").format, "");
  EXPECT_EQ(ReadStatement("SELECT a FROM (SELECT 1 AS a FORMAT JSON)").format, "");
}

TEST(Statement, FindsWhereTheRowsBegin) {
  EXPECT_EQ(Rows("INSERT INTO t VALUES (1), (2)"), " (1), (2)");
  EXPECT_EQ(Head("INSERT INTO t VALUES (1), (2)"), "INSERT INTO t ");
  EXPECT_EQ(Rows("INSERT INTO t FORMAT TSV\n1\t2\n"), "1\t2\n");
  EXPECT_EQ(Rows("INSERT INTO t FORMAT TSV \r\n\n"), "\n");
  EXPECT_EQ(Rows("INSERT INTO t FORMAT RowBinary\n\x01"), "\x01");
  EXPECT_EQ(ReadStatement("INSERT INTO t FORMAT RowBinary").format, "RowBinary");
  EXPECT_EQ(Rows("INSERT INTO t FORMAT RowBinary"), "");
  EXPECT_EQ(
      Head("INSERT INTO t (a, `b`) SETTINGS x = 'FORMAT y' FORMAT CSV\n1"),
      "INSERT INTO t (a, `b`) SETTINGS x = 'FORMAT y' "
  );
}

TEST(Statement, KnowsTablesNamedLikeKeywords) {
  EXPECT_EQ(Head("INSERT INTO db.values VALUES (1)"), "INSERT INTO db.values ");
  EXPECT_EQ(Head("INSERT INTO TABLE format FORMAT CSV\n"), "INSERT INTO TABLE format ");
  EXPECT_EQ(
      Head("INSERT INTO FUNCTION file('a', 'CSV') FORMAT CSV\n"),
      "INSERT INTO FUNCTION file('a', 'CSV') "
  );
  EXPECT_EQ(
      Head("INSERT INTO t (values, format) VALUES (1, 2)"), "INSERT INTO t (values, format) "
  );
}

}  // namespace
}  // namespace rowhouse::chserver
