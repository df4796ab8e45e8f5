#include "types/row_encoder.h"

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace rowhouse::types {
namespace {

using namespace std::string_view_literals;

Column Make(std::string name, ColumnType type, bool nullable) {
  Column c;
  c.name = std::move(name);
  c.type = type;
  c.nullable = nullable;
  return c;
}

// Two key columns and one plain one with a default.
TableSchemaPtr Table() {
  auto table = std::make_shared<TableSchema>();
  table->id = {"shop", "t"};
  table->columns = {
      Make("a", ColumnType::kInt, false),
      Make("b", ColumnType::kVarchar, false),
      Make("n", ColumnType::kInt, true)};
  table->columns[2].default_value = ColumnDefault{"7"};
  table->primary_key = {1, 0};
  return table;
}

struct Row {
  Cell cells[3];

  Row(int64_t a, std::string_view b, Cell n)
      : cells{Cell::OfInt(CellKind::kInt, a), Cell::OfBytes(CellKind::kText, b), n} {}
};

class RowEncoder : public testing::Test {
 protected:
  std::unique_ptr<EncodePlan> Plan(bool null_as_default = false) {
    EncodeOptions options;
    options.topics.prefix = "p";
    options.null_as_default = null_as_default;
    auto plan = EncodePlan::Make(table_, options);
    EXPECT_TRUE(plan);
    (*plan)->SetSchemaIds(1, 0x01020304);
    return std::move(*plan);
  }

  Change ChangeOf(Op op, const Cell* before, const Cell* after) {
    Change change;
    change.op = op;
    change.table = table_.get();
    change.origin = &origin_;
    change.before = before;
    change.after = after;
    return change;
  }

  std::string Key(const Change& change, Half half = Half::kWhole) {
    Buffer out;
    const Status status = Plan()->EncodeKey(change, half, out);
    return status ? ToHex(AsBytes(out.view())) : status.error().message();
  }

  std::string Value(const Change& change, Half half = Half::kWhole, bool null_as_default = false) {
    Buffer out;
    const Status status = Plan(null_as_default)->EncodeValue(change, half, {1'000'001, {}}, out);
    return status ? ToHex(AsBytes(out.view())) : status.error().message();
  }

  TableSchemaPtr table_ = Table();
  EventOrigin origin_;
};

TEST_F(RowEncoder, TheKeyHasItsHeaderAndTheColumnsInKeyOrder) {
  const Row row(-2, "xy", Cell::Null());
  EXPECT_EQ(
      Key(ChangeOf(Op::kCreate, nullptr, row.cells)),
      "0000000001"
      "047879"
      "03"
  );
}

TEST_F(RowEncoder, AMinimalImageTakesAnUnchangedKeyFromTheRowBefore) {
  const Row before(1, "x", Cell::Null());
  Row after(2, "y", Cell::Null());
  after.cells[1] = Cell::Absent();
  EXPECT_EQ(
      Key(ChangeOf(Op::kUpdate, before.cells, after.cells)),
      "0000000001"
      "0278"
      "04"
  );
}

TEST_F(RowEncoder, TheValueStartsWithHeaderAndRows) {
  const Row before(1, "x", Cell::Null());
  const Row after(2, "y", Cell::OfInt(CellKind::kInt, 3));
  const std::string header = "0001020304";
  // n is ["int","null"]: branch 1 for NULL, 0 for a value.
  const std::string b =
      "02"
      "02"
      "0278"
      "02";
  const std::string a =
      "02"
      "04"
      "0279"
      "00"
      "06";
  const Change update = ChangeOf(Op::kUpdate, before.cells, after.cells);
  EXPECT_EQ(Value(update).rfind(header + b + a, 0), 0u) << Value(update);
  EXPECT_EQ(Value(update, Half::kDelete).rfind(header + b + "00", 0), 0u);
  EXPECT_EQ(Value(update, Half::kCreate).rfind(header + "00" + a, 0), 0u);
  EXPECT_EQ(
      Value(update, Half::kWhole, true)
          .rfind(
              header + "02"
                       "02"
                       "0278"
                       "00"
                       "0e",
              0
          ),
      0u
  );
}

TEST_F(RowEncoder, TheValueEndsWithOpAndOurClock) {
  const Row row(1, "x", Cell::Null());
  // 1,000,001 us: ts_ms 1000, ts_us 1000001, ts_ns 1000001000.
  const std::string clock = "02d00f0282897a02d0b7d6b907";
  const auto ends = [&](const std::string& value, const std::string& op) {
    return value.size() > 30 && value.substr(value.size() - clock.size() - 4) == "02" + op + clock;
  };
  EXPECT_TRUE(ends(Value(ChangeOf(Op::kCreate, nullptr, row.cells)), "63"));
  EXPECT_TRUE(ends(Value(ChangeOf(Op::kRead, nullptr, row.cells)), "72"));
  EXPECT_TRUE(ends(Value(ChangeOf(Op::kDelete, row.cells, nullptr)), "64"));
  EXPECT_TRUE(ends(Value(ChangeOf(Op::kUpdate, row.cells, row.cells), Half::kCreate), "63"));
  EXPECT_TRUE(ends(Value(ChangeOf(Op::kUpdate, row.cells, row.cells), Half::kDelete), "64"));
  EXPECT_TRUE(ends(Value(ChangeOf(Op::kTruncate, nullptr, nullptr)), "74"));
}

TEST_F(RowEncoder, ALoadedRowHasNoNumberInAnEvent) {
  const Row row(1, "x", Cell::Null());
  Change change = ChangeOf(Op::kRead, nullptr, row.cells);
  change.row = 0;
  const std::string first = Value(change);
  change.row = 5;
  EXPECT_EQ(Value(change), first);
  change.op = Op::kCreate;
  const std::string sixth = Value(change);
  change.row = 0;
  EXPECT_NE(Value(change), sixth);
}

TEST_F(RowEncoder, OnlyAnUpdateOfAKeyColumnChangesTheKey) {
  const Row one(1, "x", Cell::Null());
  const Row other_n(1, "x", Cell::OfInt(CellKind::kInt, 3));
  const Row other_a(2, "x", Cell::Null());
  const Row other_b(1, "X", Cell::Null());
  Row absent = one;
  absent.cells[0] = Cell::Absent();
  const auto plan = Plan();
  const auto changed = [&](const Row& before, const Row& after) {
    return plan->KeyChanged(ChangeOf(Op::kUpdate, before.cells, after.cells));
  };
  EXPECT_FALSE(changed(one, other_n));
  EXPECT_TRUE(changed(one, other_a));
  EXPECT_TRUE(changed(one, other_b));
  EXPECT_FALSE(changed(one, absent));
  EXPECT_FALSE(plan->KeyChanged(ChangeOf(Op::kDelete, one.cells, nullptr)));
}

TEST_F(RowEncoder, AValueThatDoesNotFitIsNamedAndLeavesNoBytes) {
  Row row(1, "x", Cell::Null());
  row.cells[0] = Cell::Null();
  Buffer out;
  out.Append("kept");
  const auto plan = Plan();
  const Change change = ChangeOf(Op::kCreate, nullptr, row.cells);
  const Status null = plan->EncodeValue(change, {}, out);
  ASSERT_FALSE(null);
  EXPECT_EQ(null.error().kind(), ErrorKind::kBadRecord);
  EXPECT_EQ(null.error().message().rfind("shop.t.a INT: a NULL in a NOT NULL column", 0), 0u)
      << null.error().message();
  EXPECT_EQ(out.view(), "kept");
  row.cells[0] = Cell::Absent();
  const Status absent = plan->EncodeValue(change, {}, out);
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().hint(), "SET GLOBAL binlog_row_image = 'FULL'");
  row.cells[0] = Cell::OfBytes(CellKind::kText, "no number");
  EXPECT_FALSE(plan->EncodeValue(change, {}, out));
  EXPECT_EQ(out.view(), "kept");
}

TEST_F(RowEncoder, AnAbsentNullableColumnIsNull) {
  Row row(1, "x", Cell::Absent());
  const std::string value = Value(ChangeOf(Op::kCreate, nullptr, row.cells));
  EXPECT_EQ(
      value.rfind(
          "0001020304"
          "00"
          "02"
          "02"
          "0278"
          "02",
          0
      ),
      0u
  ) << value;
}

std::string CellHex(const Column& column, const Cell& cell) {
  TableSchema table;
  table.columns = {column};
  const ColumnStep step = ColumnStep::Make(table, {0, FormOf(column), {}}, false);
  std::string room(step.BytesMax(cell), '\0');
  auto* from = reinterpret_cast<uint8_t*>(room.data());
  const uint8_t* end = EncodeCell(step, cell, from);
  return end == nullptr ? "refused" : ToHex({from, static_cast<size_t>(end - from)});
}

TEST(CellEncoder, DecimalsAreMinimal) {
  Column c = Make("c", ColumnType::kDecimal, false);
  c.precision = 20;
  const auto of = [&](int64_t v) { return CellHex(c, Cell::OfInt(CellKind::kDecimal, v)); };
  EXPECT_EQ(of(0), "0200");
  EXPECT_EQ(of(127), "027f");
  EXPECT_EQ(of(128), "040080");
  EXPECT_EQ(of(-128), "0280");
  EXPECT_EQ(of(-129), "04ff7f");
  EXPECT_EQ(of(INT64_MAX), "107fffffffffffffff");
  EXPECT_EQ(of(INT64_MIN), "108000000000000000");
}

TEST(CellEncoder, TimestampsHaveExactlyTheirDigits) {
  Column c = Make("c", ColumnType::kTimestamp, false);
  const auto of = [&](int64_t micros, uint8_t fsp) {
    c.fsp = fsp;
    const auto bytes = FromHex(CellHex(c, Cell::OfInt(CellKind::kTimestamp, micros)));
    return bytes ? bytes->substr(1) : "";
  };
  EXPECT_EQ(of(0, 0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(of(1'500'000, 1), "1970-01-01T00:00:01.5Z");
  EXPECT_EQ(of(1'500'000, 6), "1970-01-01T00:00:01.500000Z");
  EXPECT_EQ(of(-1, 6), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(of(4'294'967'295'000'000, 0), "2106-02-07T06:28:15Z");
  EXPECT_EQ(of(951'782'400'000'000, 0), "2000-02-29T00:00:00Z");
}

TEST(CellEncoder, ZeroDatesAreNullOrDefaultOrEpoch) {
  const Cell zero = Cell::OfUint(CellKind::kZeroDate, 0);
  EXPECT_EQ(CellHex(Make("c", ColumnType::kDate, true), zero), "00");
  EXPECT_EQ(CellHex(Make("c", ColumnType::kDate, false), zero), "00");
  Column c = Make("c", ColumnType::kDate, false);
  c.default_value = ColumnDefault{"1970-01-02"};
  EXPECT_EQ(CellHex(c, zero), "02");
  c.nullable = true;
  EXPECT_EQ(CellHex(c, zero), "02");  // the null branch of [date, "null"]
  EXPECT_EQ(CellHex(Make("c", ColumnType::kInt, false), zero), "refused");
}

TEST(CellEncoder, EnumsAndSetsAreTheirLabels) {
  Column c = Make("c", ColumnType::kEnum, false);
  c.labels = {"ab", "c"};
  EXPECT_EQ(CellHex(c, Cell::OfUint(CellKind::kEnum, 1)), "046162");
  EXPECT_EQ(CellHex(c, Cell::OfUint(CellKind::kEnum, 0)), "00");
  EXPECT_EQ(CellHex(c, Cell::OfUint(CellKind::kEnum, 3)), "refused");
  c.type = ColumnType::kSet;
  EXPECT_EQ(CellHex(c, Cell::OfUint(CellKind::kSet, 0)), "00");
  EXPECT_EQ(CellHex(c, Cell::OfUint(CellKind::kSet, 3)), "0861622c63");
  EXPECT_EQ(CellHex(c, Cell::OfUint(CellKind::kSet, 4)), "refused");
}

TEST(CellEncoder, BitsAreLittleEndian) {
  Column c = Make("c", ColumnType::kBit, false);
  c.length = 10;
  EXPECT_EQ(CellHex(c, Cell::OfUint(CellKind::kBit, 0x201)), "040102");
  c.length = 1;
  EXPECT_EQ(CellHex(c, Cell::OfUint(CellKind::kBit, 1)), "01");
}

TEST(CellEncoder, ShapesLoseTheirSridPrefix) {
  const auto point = "\xe6\x10\0\0\x01\x01\0\0\0\0\0\0\0\0\0\xf0\x3f\0\0\0\0\0\0\0\x40"sv;
  Column c = Make("c", ColumnType::kGeometry, true);
  const Cell cell = Cell::OfBytes(CellKind::kBytes, point);
  const std::string wkb =
      "2a"
      "0101000000"
      "000000000000f03f"
      "0000000000000040";
  EXPECT_EQ(CellHex(c, cell), "02" + wkb + "02cc43");
  c.declared = "point";
  EXPECT_EQ(
      CellHex(c, cell),
      "02"
      "000000000000f03f"
      "0000000000000040"
      "02" +
          wkb + "02cc43"
  );
  EXPECT_EQ(CellHex(c, Cell::OfBytes(CellKind::kBytes, point.substr(0, 12))), "refused");
}

TEST(CellEncoder, AddressesAndIdsBecomeText) {
  const auto text = [](ColumnType type, std::string_view bytes) {
    const auto hex = CellHex(Make("c", type, false), Cell::OfBytes(CellKind::kBytes, bytes));
    const auto raw = FromHex(hex);
    return raw ? raw->substr(1) : hex;
  };
  EXPECT_EQ(text(ColumnType::kInet4, "\x7f\0\0\x01"sv), "127.0.0.1");
  EXPECT_EQ(text(ColumnType::kInet6, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01"sv), "::1");
  EXPECT_EQ(
      text(ColumnType::kUuid, "\x01\x23\x45\x67\x89\xab\xcd\xef\x01\x23\x45\x67\x89\xab\xcd\xef"sv),
      "01234567-89ab-cdef-0123-456789abcdef"
  );
  EXPECT_EQ(text(ColumnType::kUuid, "short"), "refused");
}

TEST(EncodePlan, SaysWhetherAKeyHasADateWithZeroParts) {
  auto table = std::make_shared<TableSchema>();
  table->id = {"shop", "days"};
  table->columns.resize(2);
  table->columns[0].name = "day";
  table->columns[0].type = ColumnType::kDate;
  table->columns[0].nullable = false;
  table->columns[1] = table->columns[0];
  table->columns[1].name = "other";
  table->primary_key = {0};
  const auto plan = EncodePlan::Make(table, {});
  ASSERT_TRUE(plan);
  const Cell day = Cell::OfInt(CellKind::kDate, 0);
  const Cell zero = Cell::OfUint(CellKind::kZeroDate, 0);
  const Cell in_key[] = {zero, day};
  const Cell elsewhere[] = {day, zero};
  Change change;
  change.after = elsewhere;
  EXPECT_FALSE((*plan)->KeyHasZeroDate(change));
  change.before = in_key;
  EXPECT_TRUE((*plan)->KeyHasZeroDate(change));
}

TEST_F(RowEncoder, TheTransactionBlockIsThereWhereItsPlaceIsKnown) {
  const Row row(1, "x", Cell::Null());
  const Change change = ChangeOf(Op::kCreate, nullptr, row.cells);
  const auto plan = Plan();
  Buffer without;
  ASSERT_TRUE(plan->EncodeValue(change, {1'000'001, {}}, without));
  Buffer with;
  ASSERT_TRUE(plan->EncodeValue(change, {1'000'001, {"0-1-7", 3, 2}}, with));
  const std::string block =
      "02"
      "0a302d312d37"
      "06"
      "04";                        // there, id, two orders
  const std::string end = "0263";  // op
  EXPECT_NE(ToHex(AsBytes(with.view())).find(block + end), std::string::npos);
  EXPECT_NE(ToHex(AsBytes(without.view())).find("00" + end), std::string::npos);
  EXPECT_EQ(with.size(), without.size() + 8);
}

}  // namespace
}  // namespace rowhouse::types
