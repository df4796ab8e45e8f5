#include "mysql/temporal.h"

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace rowhouse::mysql {
namespace {

std::string Raw(std::string_view hex) {
  return FromHex(hex).value();
}

const uint8_t* At(const std::string& raw) {
  return AsBytes(raw).data();
}

TEST(Temporal, DaysCountFrom1970) {
  EXPECT_EQ(DaysFromCivil(1970, 1, 1), 0);
  EXPECT_EQ(DaysFromCivil(1969, 12, 31), -1);
  EXPECT_EQ(DaysFromCivil(2000, 3, 1), 11017);
  EXPECT_EQ(DaysFromCivil(1, 1, 1), -719162);
  EXPECT_EQ(DaysFromCivil(9999, 12, 31), 2932896);
}

TEST(Temporal, ConsecutiveDatesAreConsecutiveDays) {
  int64_t day = DaysFromCivil(1899, 12, 31);
  for (unsigned year = 1900; year <= 2104; ++year) {
    for (unsigned month = 1; month <= 12; ++month) {
      for (unsigned d = 1; d <= 31; ++d) {
        const Cell cell = DateCell(year, month, d, 0, CellKind::kDate);
        if (cell.kind == CellKind::kDate) {
          EXPECT_EQ(cell.i, ++day) << year << "-" << month << "-" << d;
        } else {
          EXPECT_GT(d, 28U);
        }
      }
    }
  }
  EXPECT_EQ(day, DaysFromCivil(2104, 12, 31));
}

TEST(Temporal, DatesThatDoNotExistAreZeroDates) {
  for (const auto& [y, m, d] :
       {std::array<unsigned, 3>{0, 0, 0},
        {2026, 0, 10},
        {2026, 1, 0},
        {0, 1, 1},
        {2026, 2, 29},
        {2026, 4, 31},
        {1900, 2, 29}}) {
    const Cell cell = DateCell(y, m, d, 5, CellKind::kDateTime);
    EXPECT_EQ(cell.kind, CellKind::kZeroDate);
    EXPECT_EQ(cell.u, (uint64_t{y} << 16 | m << 8 | d));
  }
  EXPECT_EQ(DateCell(2024, 2, 29, 0, CellKind::kDate).kind, CellKind::kDate);
}

TEST(Temporal, NegativeTimeWithFractionIsOneSignedNumber) {
  Cell cell;
  ASSERT_TRUE(TimeFromImage(At(Raw("7fffffff")), 2, cell));  // -00:00:00.01
  EXPECT_EQ(cell.i, -10'000);
  ASSERT_TRUE(TimeFromImage(At(Raw("7ffffff6")), 1, cell));  // -00:00:00.1
  EXPECT_EQ(cell.i, -100'000);
  ASSERT_TRUE(TimeFromImage(At(Raw("7fffff000000")), 6, cell));  // -00:00:01.000000
  EXPECT_EQ(cell.i, -1'000'000);
  ASSERT_TRUE(TimeFromImage(At(Raw("800000")), 0, cell));
  EXPECT_EQ(cell.i, 0);
}

TEST(Temporal, ImpossibleBytesAreRefused) {
  Cell cell;
  EXPECT_FALSE(TimeFromImage(At(Raw("80003c")), 0, cell));    // 60 seconds
  EXPECT_FALSE(TimeFromImage(At(Raw("ffffff")), 0, cell));    // 2047 hours
  EXPECT_FALSE(TimeFromImage(At(Raw("80000064")), 2, cell));  // 100 hundredths
  EXPECT_FALSE(DateTimeFromImage(At(Raw("0000000000")), 0, cell));
  EXPECT_FALSE(DateTimeFromImage(At(Raw("ffffffffff")), 0, cell));
}

TEST(Temporal, ZeroTimestampIsAZeroDateButOneWithAFractionIsNot) {
  EXPECT_EQ(TimestampFromImage(At(Raw("00000000")), 0).kind, CellKind::kZeroDate);
  EXPECT_EQ(TimestampFromImage(At(Raw("00000000000001")), 6).i, 1);
  EXPECT_EQ(TimestampFromImage(At(Raw("ffffffff")), 0).i, 4'294'967'295'000'000);
}

}  // namespace
}  // namespace rowhouse::mysql
