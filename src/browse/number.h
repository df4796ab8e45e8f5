#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rowhouse::browse {

// A number out of a message or an expression, compared and computed as a number whatever
// its type: int64, uint64, a decimal of any length, float or double.
//
// Integers and decimals are exact. A float stands for what people see of it: one that is whole
// for exactly that integer, any other for the shortest decimal that gives it back. So the DOUBLE
// 0.1 equals the DECIMAL 0.10, and no two different int64 are ever equal to one double.
//
// Bounds: results of more than kDigitsMax digits do not exist (nullopt), nor does x / 0.
class Number {
 public:
  static constexpr size_t kDigitsMax = 400;
  static constexpr int kQuotientDigits = 20;  // behind the point

  Number() = default;

  static Number OfInt(int64_t value, int32_t scale = 0);
  static Number OfUnsigned(uint64_t value);
  static Number OfDouble(double value);
  static Number OfFloat(float value);

  // Big-endian two's complement with `scale` digits behind the point, as Avro's decimal.
  static std::optional<Number> OfBytes(std::string_view big_endian, int32_t scale);

  // "12", "-3.50", "1e-3": all of the text, or nullopt.
  static std::optional<Number> Parse(std::string_view text);

  // Unordered where one is NaN.
  std::partial_ordering Compare(const Number& other) const;

  std::optional<Number> Plus(const Number& other) const;
  std::optional<Number> Minus(const Number& other) const;
  std::optional<Number> Times(const Number& other) const;

  // Rounded half away from zero at kQuotientDigits behind the point.
  std::optional<Number> DividedBy(const Number& other) const;

  // What is left of a division that gives a whole number; has the sign of the left side.
  std::optional<Number> Remainder(const Number& other) const;

  Number Negated() const;

  // "-12.50"; of a float its shortest text.
  std::string Text() const;

 private:
  enum class Form : uint8_t { kSmall, kDigits, kReal };

  // Sign, digits and where the point is: what every form can be seen as.
  struct Parts {
    bool negative = false;
    std::string digits;  // the first is not 0; none: zero
    int32_t scale = 0;   // digits behind the point; below zero: zeros before it
  };

  static std::optional<Number> Of(Parts parts);
  Parts ToParts() const;
  double ToDouble() const;
  static std::partial_ordering Compare(const Parts& a, const Parts& b);
  static bool Align(Parts& a, Parts& b);
  static std::optional<Number> Sum(Parts a, Parts b);

  Form form_ = Form::kSmall;
  bool negative_ = false;  // kDigits
  bool single_ = false;    // kReal: a float
  int32_t scale_ = 0;
  int64_t small_ = 0;
  double real_ = 0;
  std::string digits_;
};

}  // namespace rowhouse::browse
