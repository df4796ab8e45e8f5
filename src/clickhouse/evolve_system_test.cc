#include <string>

#include "clickhouse/pipeline_fixture_test.h"
#include "testing/setup_fixture.h"

namespace rowhouse::clickhouse {
namespace {

// Schema changes followed on a real server; messages come through the stand-in.
class EvolveTest : public SetupTest {
 protected:
  Evolution Evolve(SchemaChange change, HowFar how_far = HowFar::kAll) {
    clickhouse::Setup setup(*client_);
    auto evolution = Plan(setup, change, how_far);
    const auto why = setup.WhyReload(*evolution);
    EXPECT_TRUE(why) << why.error().ToString();
    why_reload_ = why ? *why : "?";
    const auto done = setup.Follow(*evolution, RowVersion::Make(0, 2, next_ += 1000, 1));
    EXPECT_TRUE(done) << done.error().ToString();
    pipeline_ = evolution->pipeline;
    auto again = Plan(setup, {change.schema, {}, {}, {}, {}}, HowFar::kAll);
    EXPECT_TRUE(again->steps.empty()) << again->steps[0];
    EXPECT_FALSE(again->needs_drain);
    const auto nothing = setup.Apply({again->pipeline});
    EXPECT_TRUE(nothing->empty()) << (*nothing)[0].object << " " << (*nothing)[0].detail;
    PutStandIn();
    return *evolution;
  }

  Result<Evolution> Plan(clickhouse::Setup& setup, const SchemaChange& change, HowFar how_far) {
    auto plans = setup.Plan({{change, how_far}}, pipeline_options_);
    EXPECT_TRUE(plans) << plans.error().ToString();
    EXPECT_TRUE(plans->at(0)) << plans->at(0).error().ToString();
    return plans->at(0);
  }

  Evolution Evolve(const TableSchema& table) {
    return Evolve({std::make_shared<TableSchema>(table), {}, {}, {}, {}});
  }

  void Start(const TableSchema& table) {
    Apply(table);
    PutStandIn();
  }

  // An insert of `values` for the fields named, as "id, op" and "1, 'x'".
  void Create(const std::string& fields, const std::string& values) {
    std::string names;
    for (size_t at = 0; at < fields.size();) {
      const size_t end = std::min(fields.find(", ", at), fields.size());
      names += "`after.Value." + fields.substr(at, end - at) + "`, ";
      at = end + 2;
    }
    Run(fmt::format(
        "INSERT INTO kafka_tables.items_queue ({}op, `source.sequence`, _offset) VALUES ({}, 'c', "
        "'{}', {})",
        names,
        values,
        RowVersion::Make(0, 2, ++next_, 1).ToHex(),
        offset_++
    ));
  }

  // One that comes after all that there is.
  std::vector<TableAltered> Statement() {
    return {{RowVersion::Make(0, 2, next_ += 1000, 0), {}, ""}};
  }

  std::string Current(const std::string& columns = "*") {
    return Ask("SELECT " + columns + " FROM demo_tables.items_current ORDER BY id");
  }

  std::string TypeOf(const std::string& column) {
    return Ask(
        "SELECT type FROM system.columns WHERE database = 'demo_tables' AND table = 'items' AND "
        "name = '" +
        column + "'"
    );
  }

  uint64_t next_ = 1000;
  std::string why_reload_;
};

TableSchema With(TableSchema table, const Column& column, size_t at) {
  table.columns.insert(table.columns.begin() + static_cast<std::ptrdiff_t>(at), column);
  return table;
}

TEST_F(EvolveTest, ANewColumnReadsMySqlsDefaultInRowsOfBefore) {
  Start(ItemsTable());
  Create("id, op", "1, 'a'");
  Column note = MakeColumn("note", ColumnType::kVarchar);
  note.default_value = ColumnDefault{"none", false};
  const Evolution evolution = Evolve(With(ItemsTable(), note, 1));
  EXPECT_FALSE(evolution.needs_drain);
  EXPECT_EQ(why_reload_, "");
  Create("id, op, note", "2, 'b', 'new'");
  Create("id, op", "3, 'c'");  // of the old schema, read late
  EXPECT_EQ(Current(), "1 none a NULL 2 new b NULL 3  c NULL ");
}

TEST_F(EvolveTest, ACrashBetweenBothTablesLeavesWorkForTheNextStartOnly) {
  Start(ItemsTable());
  const std::string whole = Ask("SHOW CREATE TABLE demo_tables.items");
  Run("DROP TABLE demo_tables.items_mv");
  Run("DROP TABLE demo_tables.items");
  clickhouse::Setup setup(*client_);
  const auto planned =
      Plan(setup, {std::make_shared<TableSchema>(ItemsTable()), {}, {}, {}, {}}, HowFar::kAdd);
  const auto done = setup.Apply({planned->pipeline});
  ASSERT_TRUE(done) << done.error().ToString();
  EXPECT_EQ(Ask("SHOW CREATE TABLE demo_tables.items"), whole);
}

TEST_F(EvolveTest, ADroppedColumnKeepsItsValuesAndIsNotShown) {
  Start(ItemsTable());
  Create("id, op, price", "1, 'a', 1.5");
  TableSchema less = ItemsTable();
  less.columns.erase(less.columns.begin() + 1);
  EXPECT_FALSE(Evolve(less).needs_drain);
  Create("id, price", "2, 2.5");
  Create("id, op, price", "3, 'late', 3");
  EXPECT_EQ(Current(), "1 1.5 2 2.5 3 3 ");
  EXPECT_EQ(Ask("SELECT id, op FROM demo_tables.items ORDER BY id"), "1 a 2 NULL 3 late ");
}

TEST_F(EvolveTest, DropsItByOption) {
  pipeline_options_.on_drop_column = DropPolicy::kDrop;
  Start(ItemsTable());
  Create("id, op, price", "1, 'a', 1.5");
  TableSchema less = ItemsTable();
  less.columns.erase(less.columns.begin() + 1);
  Evolve(less);
  EXPECT_EQ(TypeOf("op"), "");
  EXPECT_EQ(Ask("SELECT after_op FROM kafka_tables.items"), "a ");
}

TEST_F(EvolveTest, AColumnDroppedAndMadeAnewStartsWithItsDefault) {
  Start(ItemsTable());
  Create("id, op", "1, 'old'");
  SchemaChange change{std::make_shared<TableSchema>(ItemsTable()), {}, {"op"}, {}, {}};
  EXPECT_TRUE(Evolve(change).needs_drain);
  Create("id, op", "2, 'new'");
  EXPECT_EQ(Current("id, op"), "1  2 new ");
  EXPECT_EQ(Ask("SELECT id, op__v1 FROM demo_tables.items ORDER BY id"), "1 old 2 NULL ");
}

TEST_F(EvolveTest, ARenamedColumnTakesItsValuesAlong) {
  Start(ItemsTable());
  Create("id, op, price", "1, 'a', 1.5");
  TableSchema table = ItemsTable();
  table.columns[1].name = "what";
  EXPECT_TRUE(Evolve({std::make_shared<TableSchema>(table), {{"op", "what"}}, {}, {}, {}}
  ).needs_drain);
  Create("id, what", "2, 'b'");
  EXPECT_EQ(Current("id, what"), "1 a 2 b ");
  EXPECT_EQ(Ask("SELECT after_what FROM kafka_tables.items ORDER BY after_id"), "a b ");
}

TEST_F(EvolveTest, TwoColumnsSwapTheirNames) {
  TableSchema table = With(ItemsTable(), MakeColumn("other", ColumnType::kVarchar), 2);
  Start(table);
  Create("id, op, other", "1, 'a', 'b'");
  std::swap(table.columns[1].name, table.columns[2].name);
  Evolve({std::make_shared<TableSchema>(table), {{"op", "other"}, {"other", "op"}}, {}, {}, {}});
  Create("id, op, other", "2, 'c', 'd'");
  EXPECT_EQ(Current("id, op, other"), "1 b a 2 c d ");
}

// The process died between following a statement and saving its place: it is told again.
TEST_F(EvolveTest, NamesThatWereSwappedAreNotSwappedBackWhenToldAgain) {
  TableSchema table = With(ItemsTable(), MakeColumn("other", ColumnType::kVarchar), 2);
  Start(table);
  Create("id, op, other", "1, 'a', 'b'");
  std::swap(table.columns[1].name, table.columns[2].name);
  const SchemaChange change{
      std::make_shared<TableSchema>(table),
      {{"op", "other"}, {"other", "op"}},
      {},
      Statement(),
      {}};
  Evolve(change);
  Create("id, op, other", "2, 'c', 'd'");
  EXPECT_TRUE(Evolve(change).renames.empty());
  EXPECT_EQ(Current("id, op, other"), "1 b a 2 c d ");
  const SchemaChange later{change.schema, change.renames, {}, Statement(), {}};
  EXPECT_FALSE(Evolve(later).renames.empty()) << "another statement may swap them";
}

TEST_F(EvolveTest, AColumnMadeAnewIsNotMadeAnewWhenToldAgain) {
  Start(ItemsTable());
  Create("id, op", "1, 'old'");
  const SchemaChange change{
      std::make_shared<TableSchema>(ItemsTable()), {}, {"op"}, Statement(), {}};
  Evolve(change);
  Create("id, op", "2, 'new'");
  EXPECT_FALSE(Evolve(change).needs_drain);
  EXPECT_EQ(Current("id, op"), "1  2 new ");
  EXPECT_EQ(TypeOf("op__v2"), "");
}

TEST_F(EvolveTest, WidensInPlace) {
  TableSchema table = With(ItemsTable(), MakeColumn("n", ColumnType::kTinyInt), 1);
  Start(table);
  Create("id, op, n, price", "1, 'a', -5, 1.5");
  table.columns[1].type = ColumnType::kBigInt;
  table.columns[1].nullable = true;
  EXPECT_FALSE(Evolve(table).needs_drain);
  table.columns[3].precision = 14;
  table.columns[3].scale = 4;
  EXPECT_TRUE(Evolve(table).needs_drain);
  EXPECT_EQ(why_reload_, "");
  Create("id, op, n, price", "2, 'b', 5000000000, 123456.7891");
  Create("id, op, n, price", "3, 'c', NULL, NULL");
  EXPECT_EQ(TypeOf("n") + TypeOf("price"), "Nullable(Int64) Nullable(Decimal(14, 4)) ");
  EXPECT_EQ(Current("id, n, price"), "1 -5 1.5 2 5000000000 123456.7891 3 NULL NULL ");
}

TEST_F(EvolveTest, NarrowingKeepsWhatThereIsAndSaysWhenMySqlChangedIt) {
  TableSchema table = With(ItemsTable(), MakeColumn("n", ColumnType::kInt), 1);
  Start(table);
  Create("id, op, n", "1, 'a', 70");
  table.columns[1].type = ColumnType::kTinyInt;
  Evolve(table);
  EXPECT_EQ(why_reload_, "");
  EXPECT_EQ(TypeOf("n"), "Int32 ");
  table.columns[1].type = ColumnType::kInt;
  Evolve(table);
  Create("id, op, n", "2, 'b', 70000");
  table.columns[1].type = ColumnType::kSmallInt;
  Evolve(table);
  EXPECT_EQ(why_reload_, "MySQL has converted values of `n`");
  EXPECT_EQ(Current("id, n"), "1 70 2 70000 ");
}

TEST_F(EvolveTest, AnotherKindOfTypeIsHeldAsTextAsMySqlWritesIt) {
  TableSchema table = With(ItemsTable(), MakeColumn("n", ColumnType::kVarchar), 1);
  Start(table);
  Create("id, op, n", "1, 'a', 'seven'");
  table.columns[1].type = ColumnType::kDateTime;
  EXPECT_TRUE(Evolve(table).needs_drain);
  EXPECT_EQ(why_reload_, "MySQL has converted values of `n`");
  Create("id, op, n", "2, 'b', 1700000000000");
  EXPECT_EQ(Current("id, n"), "1 seven 2 2023-11-14 22:13:20 ");
}

TEST_F(EvolveTest, OrAsANewColumnByOption) {
  pipeline_options_.on_type_change = TypePolicy::kNewColumn;
  TableSchema table = With(ItemsTable(), MakeColumn("n", ColumnType::kVarchar, true), 1);
  Start(table);
  Create("id, op, n", "1, 'a', 'seven'");
  table.columns[1].type = ColumnType::kInt;
  Evolve(table);
  EXPECT_EQ(why_reload_, "`n` has another type");
  Create("id, op, n", "2, 'b', 7");
  EXPECT_EQ(Current("id, n"), "1 NULL 2 7 ");
  EXPECT_EQ(Ask("SELECT id, n__v1 FROM demo_tables.items ORDER BY id"), "1 seven 2 NULL ");
}

TEST_F(EvolveTest, AKeyOfAWiderTypeTakesTheRowsAlong) {
  Start(ItemsTable());
  Create("id, op", "1, 'a'");
  Create("id, op", "1, 'b'");
  TableSchema table = ItemsTable();
  table.columns[0].type = ColumnType::kBigInt;
  EXPECT_TRUE(Evolve(table).rebuild_current);
  Create("id, op", "5000000000, 'c'");
  EXPECT_EQ(TypeOf("id"), "Int64 ");
  EXPECT_EQ(Current("id, op"), "1 b 5000000000 c ");
  EXPECT_EQ(Ask("SELECT id, op FROM demo_tables.items FINAL ORDER BY id"), "1 b 5000000000 c ");
}

TEST_F(EvolveTest, TheKeyMovesToAnotherColumnIsRenamedAndGoes) {
  Start(ItemsTable());
  Create("id, op", "1, 'a'");
  Create("id, op", "2, 'b'");
  TableSchema table = ItemsTable();
  table.primary_key = {1};
  Evolve(table);
  Create("id, op", "7, 'a'");
  EXPECT_EQ(Current("id, op"), "2 b 7 a ");
  table.columns[1].name = "code";
  Evolve({std::make_shared<TableSchema>(table), {{"op", "code"}}, {}, {}, {}});
  Create("id, code", "8, 'b'");
  EXPECT_EQ(Current("id, code"), "7 a 8 b ");
  table.primary_key = {};
  Evolve(table);
  Create("id, code", "8, 'b'");
  EXPECT_EQ(Current("id, code"), "7 a 8 b 8 b ");
  table.primary_key = {0, 1};
  Evolve(table);
  EXPECT_EQ(Current("id, code"), "7 a 8 b ");
}

TEST_F(EvolveTest, WhatStandsIsKeptAsItIsUntilItsTurnInTheStream) {
  Start(ItemsTable());
  Create("id, op", "1, 'a'");
  TableSchema table = With(ItemsTable(), MakeColumn("note", ColumnType::kText), 1);
  table.columns[0].type = ColumnType::kBigInt;
  clickhouse::Setup setup(*client_);
  const SchemaChange change{std::make_shared<TableSchema>(table), {}, {}, {}, {}};
  const auto evolution = Plan(setup, change, HowFar::kKeep);
  const auto done = setup.Apply({evolution->pipeline});
  ASSERT_TRUE(done) << done.error().ToString();
  EXPECT_EQ(done->size(), 1U);  // the queue in place of the stand-in
  EXPECT_EQ(Current(), "1 a NULL ");
}

}  // namespace
}  // namespace rowhouse::clickhouse
