#include "browse/number.h"

#include <cmath>
#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace rowhouse::browse {
namespace {

Number N(std::string_view text) {
  return Number::Parse(text).value();
}

TEST(Number, ComparesAsNumbersAcrossKinds) {
  struct Case {
    Number left;
    Number right;
    int order;
  };

  const std::string long_digits(65, '9');
  const Case cases[] = {
      {Number::OfInt(9007199254740993), Number::OfInt(9007199254740992), 1},
      {Number::OfInt(9007199254740993), Number::OfDouble(9007199254740992.0), 1},
      {Number::OfInt(INT64_MAX), Number::OfDouble(9223372036854775808.0), -1},
      {Number::OfUnsigned(UINT64_MAX), Number::OfInt(INT64_MAX), 1},
      {Number::OfUnsigned(UINT64_MAX), Number::OfDouble(18446744073709551616.0), -1},
      {Number::OfDouble(0.1), N("0.1"), 0},
      {Number::OfFloat(0.1F), N("0.10"), 0},
      {Number::OfFloat(0.1F), Number::OfDouble(0.1), 0},
      {Number::OfDouble(0.1), N("0.1000000000000000055"), -1},
      {Number::OfInt(1250, 2), N("12.5"), 0},
      {Number::OfInt(5), N("5.000"), 0},
      {N("-0.00"), Number::OfInt(0), 0},
      {N("-1"), N("0.001"), -1},
      {N("-12.5"), N("-12.49"), -1},
      {N(long_digits), N(long_digits + ".1"), -1},
      {N("-" + long_digits), N(long_digits), -1},
      {N("1e30"), Number::OfDouble(1e30), -1},  // that double is 1000000000000000019884624838656
      {Number::OfDouble(1e308), N(long_digits), 1},
      {N(long_digits), Number::OfDouble(std::numeric_limits<double>::infinity()), -1},
  };
  for (const Case& c : cases) {
    const auto order = c.left.Compare(c.right);
    EXPECT_EQ(std::is_lt(order) ? -1 : (std::is_gt(order) ? 1 : 0), c.order)
        << c.left.Text() << " and " << c.right.Text();
    const auto back = c.right.Compare(c.left);
    EXPECT_EQ(std::is_lt(back) ? 1 : (std::is_gt(back) ? -1 : 0), c.order) << c.left.Text();
  }
}

TEST(Number, ThatIsNoneHasNoOrder) {
  const Number nan = Number::OfDouble(std::nan(""));
  EXPECT_EQ(nan.Compare(Number::OfInt(1)), std::partial_ordering::unordered);
  EXPECT_EQ(nan.Compare(nan), std::partial_ordering::unordered);
}

TEST(Number, ReadsBytesOfAnyLength) {
  EXPECT_EQ(Number::OfBytes(std::string("\x04\xd2", 2), 2)->Text(), "12.34");
  EXPECT_EQ(Number::OfBytes(std::string("\xfb\x2e", 2), 2)->Text(), "-12.34");
  EXPECT_EQ(Number::OfBytes("", 0)->Text(), "0");
  std::string most(28, '\xff');
  most[0] = 0x7f;
  EXPECT_EQ(
      Number::OfBytes(most, 0)->Text(),
      "13479973333575319897333507543509815336818572211270286240551805124607"
  );
  EXPECT_EQ(Number::OfBytes(std::string(8, '\xff'), 0)->Text(), "-1");
  EXPECT_FALSE(Number::OfBytes(std::string(100'000, '\x01'), 0));
  EXPECT_FALSE(Number::OfBytes("\x01", 2'000'000'000));
}

TEST(Number, ComputesExactly) {
  const auto text = [](const std::optional<Number>& n) { return n ? n->Text() : "none"; };
  EXPECT_EQ(text(N("0.1").Plus(N("0.2"))), "0.3");
  EXPECT_EQ(text(Number::OfInt(INT64_MAX).Plus(Number::OfInt(1))), "9223372036854775808");
  EXPECT_EQ(text(Number::OfInt(INT64_MIN).Negated()), "9223372036854775808");
  EXPECT_EQ(text(N("12.50").Minus(N("13"))), "-0.50");
  EXPECT_EQ(text(N("99999999999999999999").Minus(N("99999999999999999998.5"))), "0.5");
  EXPECT_EQ(text(N("12345678901234567890").Times(N("-10.01"))), "-123580245801358024578.90");
  EXPECT_EQ(text(N("7").DividedBy(N("2"))), "3.5");
  EXPECT_EQ(text(N("1").DividedBy(N("3"))), "0.33333333333333333333");
  EXPECT_EQ(text(N("-2").DividedBy(N("3"))), "-0.66666666666666666667");
  EXPECT_EQ(text(N("100").DividedBy(N("0.5"))), "200");
  EXPECT_EQ(text(N("1").DividedBy(N("0.00"))), "none");
  EXPECT_EQ(text(N("-7").Remainder(N("3"))), "-1");
  EXPECT_EQ(text(N("7.5").Remainder(N("2"))), "1.5");
  EXPECT_EQ(text(N("7").Remainder(N("0"))), "none");
  EXPECT_EQ(text(N("0").Times(N("5"))), "0");
  EXPECT_EQ(text(N("1e300").Times(N("1e300"))), "1" + std::string(600, '0'));
  const Number long_one = N(std::string(399, '9'));
  EXPECT_EQ(text(long_one.Times(long_one)), "none");
  EXPECT_EQ(text(N("1e1000").Plus(N("1"))), "none");
}

TEST(Number, ReadsAllOfATextOrNothing) {
  for (const char* text : {"", "-", ".5", "5.", "1.2.3", "1e", "1e5x", "0x10", "1e99999", " 1"}) {
    EXPECT_FALSE(Number::Parse(text)) << text;
  }
  EXPECT_EQ(N("1e-3").Text(), "0.001");
  EXPECT_EQ(N("1.5E+2").Text(), "150");
  EXPECT_EQ(N("-000.50").Text(), "-0.50");
}

}  // namespace
}  // namespace rowhouse::browse
