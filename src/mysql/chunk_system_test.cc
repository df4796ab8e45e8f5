#include <set>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "mysql/binlog_source.h"
#include "mysql/catalog.h"
#include "mysql/chunk_reader.h"
#include "testing/database_fixture.h"

namespace rowhouse::mysql {
namespace {

using rowhouse::testing::BothDatabases;
using rowhouse::testing::DatabaseName;

// "int:5" and the like: equal exactly when kind and value are.
std::string Describe(const Cell& cell) {
  const std::string kind = std::to_string(static_cast<int>(cell.kind)) + ":";
  switch (cell.kind) {
    case CellKind::kNull:
    case CellKind::kAbsent:
      return kind;
    case CellKind::kText:
    case CellKind::kBytes:
    case CellKind::kJson:
      return kind + ToHex(AsBytes(cell.bytes()));
    case CellKind::kDecimal:
      return kind + (cell.size == 0 ? std::to_string(cell.i) : ToHex(AsBytes(cell.bytes())));
    default:
      return kind + std::to_string(cell.u);  // also the bits of a double
  }
}

std::vector<std::string> Describe(const TableSchema& table, const Cell* cells) {
  std::vector<std::string> out;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    out.push_back(table.columns[i].name + "=" + Describe(cells[i]));
  }
  return out;
}

using RowsText = std::vector<std::vector<std::string>>;

class Chunk : public rowhouse::testing::DatabaseTest {
 protected:
  void SetUp() override {
    DatabaseTest::SetUp();
    if (IsSkipped()) {
      return;
    }
    auto catalog = Catalog::Open(options_);
    ASSERT_TRUE(catalog) << catalog.error().ToString();
    catalog_ = std::move(*catalog);
    auto reader = ChunkReader::Open(options_);
    ASSERT_TRUE(reader) << reader.error().ToString();
    reader_ = std::move(*reader);
  }

  TableSchemaPtr Schema(const std::string& table) {
    auto tables = catalog_->Tables([&](const TableId& id) { return id == TableId{db_, table}; });
    EXPECT_TRUE(tables) << tables.error().ToString();
    EXPECT_EQ(tables->size(), 1U);
    return std::make_shared<const TableSchema>(tables->at(0));
  }

  SourcePosition Now() {
    auto at = catalog_->CurrentPosition();
    EXPECT_TRUE(at) << at.error().ToString();
    return *at;
  }

  // What the binary log says of the next `n` changes, with the schema it gave.
  RowsText FromLog(const SourcePosition& from, size_t n, TableSchema* schema) {
    BinlogFilter filter;
    filter.wanted = [this](const TableId& id) { return id.db == db_; };
    filter.complete = [this](TableSchema s) { return catalog_->Complete(std::move(s)); };
    auto source = BinlogSource::Open(options_, from, std::move(filter));
    EXPECT_TRUE(source) << source.error().ToString();
    RowsText rows;
    const Deadline deadline = Deadline::After(seconds(20));
    while (source && rows.size() < n && !deadline.Passed()) {
      auto batch = (*source)->Next(deadline);
      EXPECT_TRUE(batch) << batch.error().ToString();
      if (!batch) {
        break;
      }
      for (const SourceNotice& notice : (*batch)->notices) {
        EXPECT_EQ(notice.kind, SourceNotice::Kind::kDdl) << notice.error.ToString();
      }
      for (const Change& change : (*batch)->changes) {
        rows.push_back(Describe(*change.table, change.after));
        *schema = *change.table;
      }
    }
    return rows;
  }

  // The whole table, chunk after chunk.
  RowsText FromTable(const TableSchemaPtr& table, uint64_t rows_max) {
    RowsText rows;
    ChunkRequest request{table, {}, rows_max};
    bool done = false;
    for (int i = 0; i < 100 && !done; ++i) {
      auto cursor = reader_->Open(request, Now());
      EXPECT_TRUE(cursor) << cursor.error().ToString();
      if (!cursor) {
        break;
      }
      done = ReadChunk(**cursor, rows);
      request.range.after = (*cursor)->last_key();
      ++chunks_;
    }
    return rows;
  }

  // The whole table by ranges that the server cuts, the last one first.
  RowsText ByRanges(const TableSchemaPtr& table, uint64_t rows_each) {
    std::vector<KeyRange> ranges(1);
    for (int i = 0; i < 100; ++i) {
      const auto key = reader_->KeyAfter(table, ranges.back().after, rows_each);
      EXPECT_TRUE(key) << key.error().ToString();
      if (!key || key->empty() || *key == ranges.back().after) {
        break;
      }
      ranges.back().upto = *key;
      ranges.push_back({*key, ""});
    }
    RowsText rows;
    chunks_ = ranges.size();
    for (size_t i = ranges.size(); i-- > 0;) {
      auto cursor = reader_->Open({table, ranges[i], 1000}, Now());
      EXPECT_TRUE(cursor) << cursor.error().ToString();
      EXPECT_TRUE(cursor && ReadChunk(**cursor, rows)) << "a range is read to its end";
    }
    return rows;
  }

  static bool ReadChunk(ChunkCursor& cursor, RowsText& rows) {
    while (true) {
      auto batch = cursor.Next();
      EXPECT_TRUE(batch) << batch.error().ToString();
      if (!batch || *batch == nullptr) {
        return !batch || cursor.range_done();
      }
      for (const Change& change : (*batch)->changes) {
        EXPECT_EQ(change.op, Op::kRead);
        rows.push_back(Describe(*change.table, change.after));
      }
    }
  }

  std::unique_ptr<Catalog> catalog_;
  std::unique_ptr<TableReader> reader_;
  size_t chunks_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Real, Chunk, BothDatabases(), DatabaseName);

// Every type that can be read, with its edges; each `v` is one row's values for it.
struct TypeCase {
  const char* type;
  std::vector<const char*> values;
};

const std::vector<TypeCase> kTypes = {
    {"TINYINT", {"-128", "127", "0"}},
    {"TINYINT UNSIGNED", {"255", "128", "0"}},
    {"SMALLINT", {"-32768", "32767", "-1"}},
    {"SMALLINT UNSIGNED", {"65535", "32768", "1"}},
    {"MEDIUMINT", {"-8388608", "8388607", "-1"}},
    {"MEDIUMINT UNSIGNED", {"16777215", "8388608", "1"}},
    {"INT", {"-2147483648", "2147483647", "-1"}},
    {"INT UNSIGNED", {"4294967295", "2147483648", "1"}},
    {"BIGINT", {"-9223372036854775808", "9223372036854775807", "-1"}},
    {"BIGINT UNSIGNED", {"18446744073709551615", "9223372036854775808", "1"}},
    {"FLOAT", {"0.1", "-3.4028234e38", "1.17549e-38"}},
    {"FLOAT", {"16777217", "123456.789", "-0.0"}},
    {"FLOAT(7,4)", {"999.9999", "-1.00009", "0.3333333"}},
    {"DOUBLE", {"0.1", "-1.7976931348623157e308", "2.2250738585072014e-308"}},
    {"DOUBLE(20,5)", {"123456789.123456", "-0.000004", "1e14"}},
    {"DECIMAL(10,2)", {"99999999.99", "-99999999.99", "0.05"}},
    {"DECIMAL(65,30)",
     {"99999999999999999999999999999999999.999999999999999999999999999999",
      "-99999999999999999999999999999999999.999999999999999999999999999999",
      "-0.000000000000000000000000000001"}},
    {"DECIMAL(20,0)", {"9223372036854775808", "-9223372036854775808", "9223372036854775807"}},
    {"BIT(1)", {"b'1'", "b'0'", "1"}},
    {"BIT(64)", {"18446744073709551615", "9223372036854775808", "5"}},
    {"BIT(13)", {"8191", "4096", "0"}},
    {"DATE", {"'1000-01-01'", "'9999-12-31'", "'0000-00-00'"}},
    {"DATE", {"'2026-00-10'", "'2024-02-29'", "'1969-12-31'"}},
    {"TIME", {"'-838:59:59'", "'838:59:59'", "'00:00:00'"}},
    {"TIME(6)", {"'-00:00:00.000001'", "'23:59:59.999999'", "'-100:30:00.5'"}},
    {"TIME(2)", {"'-00:00:00.01'", "'00:00:00.99'", "'-838:59:59.00'"}},
    {"DATETIME", {"'1000-01-01 00:00:00'", "'9999-12-31 23:59:59'", "'0000-00-00 00:00:00'"}},
    {"DATETIME(6)",
     {"'1969-12-31 23:59:59.999999'", "'2026-01-01 00:00:00.000001'", "'2026-00-00 10:00:00'"}},
    {"DATETIME(3)",
     {"'2026-06-30 12:34:56.789'", "'2026-06-30 00:00:00'", "'2000-01-01 00:00:00.5'"}},
    {"TIMESTAMP NULL", {"'1970-01-01 00:00:01'", "'2038-01-19 03:14:07'", "'0000-00-00 00:00:00'"}},
    {"TIMESTAMP(6) NULL",
     {"'2026-06-30 12:34:56.789012'", "'2026-06-30 00:00:00'", "'2000-01-01 00:00:00.000001'"}},
    {"YEAR", {"1901", "2155", "0000"}},
    {"CHAR(10)", {"'abc  '", "''", "'\xC3\xA9\xF0\x9F\x98\x80'"}},
    {"CHAR(10) CHARACTER SET latin1", {"'\xC3\xA9'", "'\xE2\x82\xAC'", "'abc'"}},
    {"VARCHAR(300)", {"'abc  '", "REPEAT('x', 300)", "'it''s \\\\'"}},
    {"VARCHAR(20) CHARACTER SET utf8mb3", {"'\xD0\x96'", "''", "'z'"}},
    {"VARCHAR(20) CHARACTER SET cp1251", {"'\xD0\x96'", "'\xD1\x8F'", "'q'"}},
    {"VARCHAR(20) CHARACTER SET ucs2", {"'\xD0\x96'", "''", "'q'"}},
    {"VARCHAR(20) CHARACTER SET sjis", {"'\xE3\x81\x82'", "''", "'q'"}},
    {"TINYTEXT", {"''", "'abc'", "REPEAT('y', 255)"}},
    {"TEXT", {"'abc'", "REPEAT('\xC3\xA9', 30000)", "''"}},
    {"LONGTEXT CHARACTER SET latin1", {"'\xC3\xA9'", "''", "'x'"}},
    {"BINARY(8)", {"X'0102'", "X''", "X'FF00FF0000000000'"}},
    {"VARBINARY(300)", {"X'0102'", "X''", "REPEAT(X'00', 300)"}},
    {"BLOB", {"X'00FF'", "X''", "REPEAT(X'AB', 60000)"}},
    {"GEOMETRY",
     {"ST_GeomFromText('POLYGON((0 0,1 0,1 1,0 0))', 4326)",
      "ST_GeomFromText('GEOMETRYCOLLECTION(POINT(1 2),LINESTRING(0 0,1 1))')",
      "ST_GeomFromText('POINT(-1e300 0.1)')"}},
    {"POINT", {"ST_GeomFromText('POINT(1 2)')", "ST_GeomFromText('POINT(1 2)', 4326)", "NULL"}},
    {"ENUM('a','b','it''s')", {"'b'", "'it''s'", "''"}},
    {"ENUM('','a,b','back\\\\slash','line\nend') CHARACTER SET latin1",
     {"'a,b'", "'back\\\\slash'", "'no such label'"}},
    {"SET('a','b','c')", {"'a,c'", "''", "'b'"}},
    {"SET('1','2','3','4','5','6','7','8','9','10','11','12','13','14','15','16','17','18','19','"
     "20',"
     "'21','22','23','24','25','26','27','28','29','30','31','32','33','34','35','36','37','38','"
     "39',"
     "'40','41','42','43','44','45','46','47','48','49','50','51','52','53','54','55','56','57','"
     "58',"
     "'59','60','61','62','63','64')",
     {"'1,64'", "'1,54,64'", "'33'"}},
};

const std::vector<TypeCase> kMariaDbTypes = {
    {"VARCHAR(300) COMPRESSED", {"REPEAT('z', 300)", "''", "'\xC3\xA9'"}},
    {"TEXT CHARACTER SET latin1 COMPRESSED", {"REPEAT('\xC3\xA9', 300)", "''", "'t'"}},
    {"VARBINARY(200) COMPRESSED", {"REPEAT(X'00', 200)", "X''", "X'89'"}},
    {"LONGBLOB COMPRESSED", {"REPEAT(X'00', 70000)", "X''", "X'8001'"}},
    {"JSON", {"'{\"a\": 1}'", "'[1, 2,  3]'", "'null'"}},
    {"INET6", {"'::'", "'2001:db8::ff00:42:8329'", "'::ffff:1.2.3.4'"}},
    {"INET6", {"'1::'", "'::1.2.3.4'", "'fe80::1:0:0:1'"}},
    {"INET4", {"'0.0.0.0'", "'255.255.255.255'", "'1.2.3.0'"}},
    {"UUID",
     {"'00000000-0000-0000-0000-000000000000'",
      "'3e11fa47-71ca-11e1-9e33-c80aa9429562'",
      "'ffffffff-ffff-ffff-ffff-ffffffffff00'"}},
};

const std::vector<TypeCase> kMySqlTypes = {
    {"JSON", {"'{\"b\": [1, 2.5, -0.0], \"a\": {}}'", "'1e15'", "'\"\\\\u0001 \xC3\xA9\"'"}},
    {"JSON",
     {"JSON_ARRAY(CAST('2026-01-31' AS DATE), CAST(-1.50 AS DECIMAL(9,2)), TIME'-12:00:01.5')",
      "JSON_ARRAY(TIMESTAMP'2026-01-31 10:00:00.25', CAST(REPEAT('x', 100) AS BINARY))",
      "JSON_ARRAY(18446744073709551615, -1, 70000, 1.7e308, 123456789012345680.0, 1e-7)"}},
    {"VECTOR(3)", {"TO_VECTOR('[1,2,3]')", "TO_VECTOR('[-0.5,1e-30,3e38]')", "NULL"}},
};

std::vector<TypeCase> TypesOf(bool mariadb) {
  std::vector<TypeCase> types = kTypes;
  const std::vector<TypeCase>& own = mariadb ? kMariaDbTypes : kMySqlTypes;
  types.insert(types.end(), own.begin(), own.end());
  return types;
}

// One table of all types; the last row is all NULL.
std::vector<std::string> TableOfAllTypes(const std::vector<TypeCase>& types) {
  std::string create = "CREATE TABLE a (id INT PRIMARY KEY";
  std::vector<std::string> rows(3);
  std::string nulls;
  for (size_t i = 0; i < types.size(); ++i) {
    create += ", c" + std::to_string(i) + " " + types[i].type;
    for (size_t row = 0; row < rows.size(); ++row) {
      rows[row] += std::string(", ") + types[i].values[row];
    }
    nulls += ", NULL";
  }
  std::vector<std::string> statements = {create + ") CHARACTER SET utf8mb4"};
  rows.push_back(nulls);
  for (size_t row = 0; row < rows.size(); ++row) {
    statements.push_back("INSERT INTO a VALUES (" + std::to_string(row) + rows[row] + ")");
  }
  return statements;
}

TEST_P(Chunk, EveryTypeIsReadAsTheLogGivesItBitForBit) {
  const std::vector<TypeCase> types = TypesOf(mariadb());
  Run("SET SESSION sql_mode = ''");
  Run("SET SESSION time_zone = '+05:30'");
  const SourcePosition before = Now();
  for (const std::string& sql : TableOfAllTypes(types)) {
    Run(sql);
  }
  TableSchema from_log;
  const RowsText logged = FromLog(before, 4, &from_log);
  const TableSchemaPtr table = Schema("a");
  const RowsText read = FromTable(table, 2);
  ASSERT_EQ(read.size(), 4U);
  ASSERT_EQ(logged.size(), 4U);
  for (size_t row = 0; row < 4; ++row) {
    ASSERT_EQ(read[row].size(), logged[row].size());
    for (size_t column = 0; column < read[row].size(); ++column) {
      EXPECT_EQ(read[row][column], logged[row][column])
          << "row " << row << " " << (column > 0 ? types[column - 1].type : "id");
    }
  }
  // The dictionary and the log describe the same table.
  EXPECT_EQ(from_log.primary_key, table->primary_key);
  for (size_t i = 0; i < table->columns.size(); ++i) {
    const Column& a = from_log.columns[i];
    const Column& b = table->columns[i];
    EXPECT_EQ(ColumnTypeName(a.type), ColumnTypeName(b.type)) << b.declared;
    EXPECT_EQ(a.is_unsigned, b.is_unsigned) << b.declared;
    EXPECT_EQ(a.nullable, b.nullable) << b.declared;
    EXPECT_EQ(a.length, b.length) << b.declared;
    EXPECT_EQ(a.precision, b.precision) << b.declared;
    EXPECT_EQ(a.scale, b.scale) << b.declared;
    EXPECT_EQ(a.fsp, b.fsp) << b.declared;
    EXPECT_EQ(a.collation, b.collation) << b.declared;
    EXPECT_EQ(a.labels, b.labels) << b.declared;
    EXPECT_EQ(a.declared, b.declared);
  }
}

TEST_P(Chunk, EveryKeyTypeIsReadWholeInSmallChunks) {
  const std::vector<TypeCase> types = TypesOf(mariadb());
  Run("SET SESSION sql_mode = ''");
  for (size_t i = 0; i < types.size(); ++i) {
    const std::string type = types[i].type;
    const bool no_key = type.find("TEXT") != type.npos || type == "BLOB" || type == "JSON" ||
                        type == "GEOMETRY" || type == "POINT" || type == "VECTOR(3)" ||
                        type.find("COMPRESSED") != type.npos;
    if (no_key || type == "DATETIME(6)") {
      continue;  // needs a prefix length; or has a zero date with a time, see below
    }
    const std::string not_null = type.substr(0, type.find(" NULL"));
    const std::string name = "k" + std::to_string(i);
    Run("CREATE TABLE " + name + " (k " + not_null +
        ", n INT, PRIMARY KEY (k, n)) CHARACTER SET utf8mb4");
    for (const char* value : types[i].values) {
      for (int n = 0; n < 3; ++n) {
        Run("INSERT IGNORE INTO " + name + " VALUES (" + value + ", " + std::to_string(n) + ")");
      }
    }
    const auto count = sql_->Value("SELECT COUNT(*) FROM " + name);
    const RowsText read = FromTable(Schema(name), 2);
    EXPECT_EQ(std::to_string(read.size()), *count) << type;
    EXPECT_EQ(std::to_string(std::set(read.begin(), read.end()).size()), *count) << type;
    const RowsText in_ranges = ByRanges(Schema(name), 2);
    EXPECT_EQ(
        std::multiset(in_ranges.begin(), in_ranges.end()), std::multiset(read.begin(), read.end())
    ) << type;
    EXPECT_GT(chunks_, 2U) << type;
  }
}

TEST_P(Chunk, RangesFollowEveryCollation) {
  const std::vector<std::string> collations = {
      "utf8mb4_general_ci",
      "utf8mb4_bin",
      "utf8mb4_unicode_520_ci",
      mariadb() ? "utf8mb4_uca1400_nopad_ai_ci" : "utf8mb4_0900_as_cs",
      mariadb() ? "utf8mb4_nopad_bin" : "utf8mb4_0900_ai_ci",
      "latin1_german2_ci",
      "cp1251_general_ci"};
  for (size_t i = 0; i < collations.size(); ++i) {
    const std::string name = "k" + std::to_string(i);
    Run("CREATE TABLE " + name + " (k VARCHAR(20) COLLATE " + collations[i] +
        ", b TINYINT UNSIGNED, c DECIMAL(30,3), d DATETIME(6), v INT, PRIMARY KEY (k, b, c, d))");
    for (const char* k :
         {"a", "A ", "a  ", "b", "B", "Z", "_", "1", "ss", "\xC3\x9F", "\xD0\x96", ""}) {
      for (const char* rest :
           {"0, -1.5, '2026-01-01 00:00:00.000001', 1", "255, 1e20, '1000-01-01 10:00:00', 2"}) {
        // Some are equal here, some not in the character set.
        (void
        )sql_->Execute(std::string("INSERT INTO ") + name + " VALUES ('" + k + "', " + rest + ")");
      }
    }
    const auto count = sql_->Value("SELECT COUNT(*) FROM " + name);
    for (const uint64_t rows : {1, 3, 7}) {
      const RowsText read = ByRanges(Schema(name), rows);
      EXPECT_EQ(std::to_string(read.size()), *count) << collations[i];
      EXPECT_EQ(std::to_string(std::set(read.begin(), read.end()).size()), *count) << collations[i];
    }
  }
}

TEST_P(Chunk, WideRowsEndAChunkByItsBytes) {
  Run("CREATE TABLE a (id INT PRIMARY KEY, b LONGBLOB)");
  for (int i = 0; i < 12; ++i) {
    Run("INSERT INTO a VALUES (" + std::to_string(i) + ", REPEAT('x', 1000000))");
  }
  const TableSchemaPtr table = Schema("a");
  KeyRange range;
  RowsText rows;
  size_t chunks = 0;
  for (bool done = false; !done && chunks < 20; ++chunks) {
    auto cursor = reader_->Open({table, range, 1000, 3'000'000}, Now());
    ASSERT_TRUE(cursor) << cursor.error().ToString();
    const size_t before = rows.size();
    done = ReadChunk(**cursor, rows);
    EXPECT_LE(rows.size() - before, 5U);
    EXPECT_FALSE((*cursor)->place_at().empty());
    range.after = (*cursor)->last_key();
  }
  EXPECT_EQ(rows.size(), 12U);
  EXPECT_GE(chunks, 4U);
}

TEST_P(Chunk, TheServersEstimateIsAsked) {
  Run("CREATE TABLE a (id INT PRIMARY KEY, b CHAR(100))");
  Run("INSERT INTO a VALUES (1, 'x'), (2, 'y'), (3, 'z')");
  Run("ANALYZE TABLE a");
  const auto size = reader_->Size(Schema("a"));
  ASSERT_TRUE(size) << size.error().ToString();
  EXPECT_EQ(size->rows, 3U);
  EXPECT_GT(size->bytes, 0U);
}

TEST_P(Chunk, AKeyThatCannotBePassedParksTheTableInsteadOfLooping) {
  Run("SET SESSION sql_mode = ''");
  Run("CREATE TABLE a (k DATETIME PRIMARY KEY)");
  Run("INSERT INTO a VALUES ('2026-00-00 10:00:00'), ('2026-00-00 11:00:00'), ('2026-01-01')");
  const TableSchemaPtr table = Schema("a");
  ChunkRequest request{table, {}, 2};
  RowsText rows;
  for (int i = 0; i < 2; ++i) {
    auto cursor = reader_->Open(request, Now());
    ASSERT_TRUE(cursor) << cursor.error().ToString();
    auto batch = (*cursor)->Next();
    if (i == 0) {
      ASSERT_TRUE(batch);
      ASSERT_TRUE((*cursor)->Next());
      request.range.after = (*cursor)->last_key();
    } else {
      const auto end = batch ? (*cursor)->Next() : std::move(batch);
      ASSERT_FALSE(end);
      EXPECT_EQ(end.error().kind(), ErrorKind::kUnsupported);
    }
  }
}

TEST_P(Chunk, ChunksFollowTheCollationOfTheKey) {
  Run("CREATE TABLE a (k VARCHAR(20) CHARACTER SET utf8mb4, PRIMARY KEY (k))");
  for (const char* k :
       {"a", "B", "c", "\xC3\xA9", "Z", "\xC3\xA4", "e", "_", "1", "\xF0\x9F\x98\x80"}) {
    (void)sql_->Execute(std::string("INSERT INTO a VALUES ('") + k + "')");  // some are equal here
  }
  const auto count = sql_->Value("SELECT COUNT(*) FROM a");
  const RowsText read = FromTable(Schema("a"), 2);
  EXPECT_EQ(std::to_string(read.size()), *count);
  EXPECT_GT(chunks_, 3U);
}

TEST_P(Chunk, AKeylessTableComesInOnePieceWithNumberedRows) {
  Run("CREATE TABLE a (id INT, note VARCHAR(10))");
  Run("INSERT INTO a VALUES (1, 'x'), (1, 'x'), (2, 'y')");
  auto cursor = reader_->Open({Schema("a"), {}, 2}, Now());
  ASSERT_TRUE(cursor) << cursor.error().ToString();
  auto batch = (*cursor)->Next();
  ASSERT_TRUE(batch) << batch.error().ToString();
  ASSERT_EQ((*batch)->changes.size(), 3U);
  EXPECT_EQ((*batch)->changes[0].ordinal, 1U);
  EXPECT_EQ((*batch)->changes[2].ordinal, 3U);
  EXPECT_FALSE((*cursor)->read_at().binlog.empty());
  auto end = (*cursor)->Next();
  ASSERT_TRUE(end);
  EXPECT_EQ(*end, nullptr);
  EXPECT_TRUE((*cursor)->range_done());
  EXPECT_EQ((*cursor)->place_at(), (*cursor)->read_at().binlog);
}

TEST_P(Chunk, TheDictionaryNamesTheUniqueKeyThatTheLogNames) {
  const SourcePosition before = Now();
  Run("CREATE TABLE a (x INT NOT NULL, y INT, p VARCHAR(9) NOT NULL, b INT NOT NULL, c INT NOT "
      "NULL, "
      "KEY k0 (x), UNIQUE KEY u1 (y), UNIQUE KEY u2 (p(3)), UNIQUE KEY u3 (c, b), UNIQUE KEY u4 "
      "(x))");
  Run("INSERT INTO a VALUES (1, 2, 'p', 4, 5), (2, 3, 'q', 1, 6), (3, NULL, 'r', 1, 7)");
  TableSchema from_log;
  FromLog(before, 3, &from_log);
  const TableSchemaPtr table = Schema("a");
  EXPECT_EQ(table->primary_key, (std::vector<uint32_t>{4, 3}));
  EXPECT_EQ(from_log.primary_key, table->primary_key);
  EXPECT_EQ(FromTable(table, 2).size(), 3U);
  EXPECT_EQ(chunks_, 2U);
}

TEST_P(Chunk, AnEmptyTableIsDoneAtOnce) {
  Run("CREATE TABLE a (id INT PRIMARY KEY)");
  auto cursor = reader_->Open({Schema("a"), {}, 10}, Now());
  ASSERT_TRUE(cursor) << cursor.error().ToString();
  auto batch = (*cursor)->Next();
  ASSERT_TRUE(batch);
  EXPECT_EQ(*batch, nullptr);
  EXPECT_TRUE((*cursor)->range_done());
  EXPECT_FALSE((*cursor)->place_at().empty());
}

TEST_P(Chunk, AnAlteredOrDroppedTableIsSchemaChanged) {
  Run("CREATE TABLE a (id INT PRIMARY KEY, note VARCHAR(10))");
  const TableSchemaPtr before = Schema("a");
  ASSERT_EQ(FromTable(before, 10).size(), 0U);
  Run("ALTER TABLE a ADD COLUMN extra INT");
  auto cursor = reader_->Open({before, {}, 10}, Now());
  ASSERT_FALSE(cursor);
  EXPECT_EQ(cursor.error().kind(), ErrorKind::kSchemaChanged) << cursor.error().ToString();
  Run("DROP TABLE a");
  cursor = reader_->Open({before, {}, 10}, Now());
  ASSERT_FALSE(cursor);
  EXPECT_EQ(cursor.error().kind(), ErrorKind::kSchemaChanged) << cursor.error().ToString();
}

TEST_P(Chunk, AnUnreadableTypeIsNamedWithItsTableAndColumn) {
  Run("CREATE TABLE a (id INT PRIMARY KEY, place POINT)");
  TableSchema table = *Schema("a");
  table.columns[1].type = ColumnType::kUnknown;  // a type of a server to come
  table.columns[1].declared = "hologram";
  const auto cursor = reader_->Open({std::make_shared<TableSchema>(table), {}, 10}, Now());
  ASSERT_FALSE(cursor);
  EXPECT_EQ(cursor.error().kind(), ErrorKind::kUnsupported);
  EXPECT_NE(
      cursor.error().message().find(db_ + ".a, column place: type 'hologram'"), std::string::npos
  ) << cursor.error().message();
}

TEST_P(Chunk, ACursorLeftEarlyDoesNotDisturbTheNext) {
  Run("CREATE TABLE a (id INT PRIMARY KEY AUTO_INCREMENT, note VARCHAR(200))");
  Run("INSERT INTO a (note) VALUES (REPEAT('x', 200))");
  for (int i = 0; i < 14; ++i) {
    Run("INSERT INTO a (note) SELECT note FROM a");
  }
  const TableSchemaPtr table = Schema("a");
  {
    auto cursor = reader_->Open({table, {}, 100'000}, Now());
    ASSERT_TRUE(cursor) << cursor.error().ToString();
    auto batch = (*cursor)->Next();
    ASSERT_TRUE(batch);
    ASSERT_NE(*batch, nullptr);
  }
  EXPECT_EQ(FromTable(table, 5'000).size(), 16'384U);
}

}  // namespace
}  // namespace rowhouse::mysql
