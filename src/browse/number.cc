#include "browse/number.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "avro/decoder.h"

namespace rowhouse::browse {

namespace {

constexpr double kInt64Limit = 9223372036854775808.0;  // 2^63

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

void DropLeadingZeros(std::string& digits) {
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
}

// Digit strings of equal meaning of their last digit; most significant first.
int CompareDigits(const std::string& a, const std::string& b) {
  if (a.size() != b.size()) {
    return a.size() < b.size() ? -1 : 1;
  }
  return a.compare(b);
}

std::string AddDigits(const std::string& a, const std::string& b) {
  std::string sum;
  int carry = 0;
  for (size_t i = 0; i < std::max(a.size(), b.size()) || carry > 0; ++i) {
    const int left = i < a.size() ? a[a.size() - 1 - i] - '0' : 0;
    const int right = i < b.size() ? b[b.size() - 1 - i] - '0' : 0;
    const int digit = left + right + carry;
    sum += static_cast<char>('0' + digit % 10);
    carry = digit / 10;
  }
  std::reverse(sum.begin(), sum.end());
  return sum;
}

// a - b, where a is not the smaller one.
std::string SubtractDigits(const std::string& a, const std::string& b) {
  std::string rest = a;
  int borrow = 0;
  for (size_t i = 0; i < rest.size(); ++i) {
    char& digit = rest[rest.size() - 1 - i];
    int value = digit - '0' - borrow - (i < b.size() ? b[b.size() - 1 - i] - '0' : 0);
    borrow = value < 0 ? 1 : 0;
    value += borrow * 10;
    digit = static_cast<char>('0' + value);
  }
  DropLeadingZeros(rest);
  return rest;
}

std::string MultiplyDigits(const std::string& a, const std::string& b) {
  std::string product(a.size() + b.size(), '\0');
  for (size_t i = a.size(); i-- > 0;) {
    int carry = 0;
    for (size_t k = b.size(); k-- > 0;) {
      char& place = product[i + k + 1];
      const int value = place + (a[i] - '0') * (b[k] - '0') + carry;
      place = static_cast<char>(value % 10);
      carry = value / 10;
    }
    product[i] = static_cast<char>(product[i] + carry);
  }
  for (char& digit : product) {
    digit = static_cast<char>(digit + '0');
  }
  DropLeadingZeros(product);
  return product;
}

struct Division {
  std::string quotient;
  std::string rest;
};

Division DivideDigits(const std::string& a, const std::string& b) {
  Division done;
  for (const char next : a) {
    done.rest += next;
    DropLeadingZeros(done.rest);
    char digit = '0';
    while (CompareDigits(done.rest, b) >= 0) {
      done.rest = SubtractDigits(done.rest, b);
      ++digit;
    }
    done.quotient += digit;
  }
  DropLeadingZeros(done.quotient);
  return done;
}

}  // namespace

Number Number::OfInt(int64_t value, int32_t scale) {
  Number number;
  number.small_ = value;
  number.scale_ = scale;
  return number;
}

Number Number::OfUnsigned(uint64_t value) {
  if (value <= INT64_MAX) {
    return OfInt(static_cast<int64_t>(value));
  }
  Number number;
  number.form_ = Form::kDigits;
  number.digits_ = std::to_string(value);
  return number;
}

Number Number::OfDouble(double value) {
  Number number;
  number.form_ = Form::kReal;
  number.real_ = value;
  return number;
}

Number Number::OfFloat(float value) {
  Number number = OfDouble(value);
  number.single_ = true;
  return number;
}

std::optional<Number> Number::OfBytes(std::string_view big_endian, int32_t scale) {
  constexpr size_t kBytesMax = 160;  // 385 digits
  constexpr int32_t kScaleMax = 400;
  if (big_endian.size() > kBytesMax || scale < -kScaleMax || scale > kScaleMax) {
    return std::nullopt;
  }
  if (big_endian.size() <= sizeof(int64_t)) {
    uint64_t value = !big_endian.empty() && (big_endian[0] & 0x80) != 0 ? UINT64_MAX : 0;
    for (const char byte : big_endian) {
      value = value << 8 | static_cast<uint8_t>(byte);
    }
    return OfInt(static_cast<int64_t>(value), scale);
  }
  std::string text = avro::DecimalText(big_endian, 0);
  Parts parts;
  parts.negative = text[0] == '-';
  parts.digits = parts.negative ? text.substr(1) : std::move(text);
  parts.scale = scale;
  return Of(std::move(parts));
}

std::optional<Number> Number::Parse(std::string_view text) {
  Parts parts;
  size_t at = 0;
  if (at < text.size() && text[at] == '-') {
    parts.negative = true;
    ++at;
  }
  const size_t first = at;
  bool point = false;
  for (; at < text.size() && (IsDigit(text[at]) || (text[at] == '.' && !point)); ++at) {
    point = point || text[at] == '.';
    if (text[at] != '.') {
      parts.digits += text[at];
      parts.scale += point ? 1 : 0;
    }
  }
  if (at == first || !IsDigit(text[first]) || text[at - 1] == '.') {
    return std::nullopt;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    at += at < text.size() && text[at] == '+' ? 1U : 0U;
    int32_t exponent = 0;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data() + at, end, exponent);
    constexpr int32_t kExponentMax = 1000;
    if (read.ec != std::errc() || std::abs(exponent) > kExponentMax) {
      return std::nullopt;
    }
    parts.scale -= exponent;
    at = static_cast<size_t>(read.ptr - text.data());
  }
  return at == text.size() ? Of(std::move(parts)) : std::nullopt;
}

std::optional<Number> Number::Of(Parts parts) {
  DropLeadingZeros(parts.digits);
  if (parts.digits.size() > kDigitsMax) {
    return std::nullopt;
  }
  Number number;
  number.scale_ = parts.digits.empty() ? 0 : parts.scale;
  constexpr size_t kSmallDigits = 18;
  if (parts.digits.size() <= kSmallDigits) {
    std::from_chars(parts.digits.data(), parts.digits.data() + parts.digits.size(), number.small_);
    number.small_ = parts.negative ? -number.small_ : number.small_;
    return number;
  }
  number.form_ = Form::kDigits;
  number.negative_ = parts.negative;
  number.digits_ = std::move(parts.digits);
  return number;
}

Number::Parts Number::ToParts() const {
  Parts parts;
  if (form_ == Form::kDigits) {
    return {negative_, digits_, scale_};
  }
  if (form_ == Form::kSmall) {
    const uint64_t magnitude =
        small_ < 0 ? 0 - static_cast<uint64_t>(small_) : static_cast<uint64_t>(small_);
    return {small_ < 0, small_ == 0 ? "" : std::to_string(magnitude), scale_};
  }
  std::array<char, 400> text{};
  const bool whole = std::trunc(real_) == real_;
  char* end = text.data();
  if (whole) {
    end = fmt::format_to_n(text.data(), text.size(), "{:.0f}", real_).out;
  } else if (single_) {
    end = fmt::format_to_n(text.data(), text.size(), "{}", static_cast<float>(real_)).out;
  } else {
    end = fmt::format_to_n(text.data(), text.size(), "{}", real_).out;
  }
  const auto number = Parse({text.data(), static_cast<size_t>(end - text.data())});
  return number ? number->ToParts() : parts;
}

double Number::ToDouble() const {
  if (form_ == Form::kReal) {
    return real_;
  }
  return std::strtod(Text().c_str(), nullptr);
}

std::partial_ordering Number::Compare(const Parts& a, const Parts& b) {
  if (a.digits.empty() || b.digits.empty() || a.negative != b.negative) {
    const int left = a.digits.empty() ? 0 : (a.negative ? -1 : 1);
    const int right = b.digits.empty() ? 0 : (b.negative ? -1 : 1);
    return left <=> right;
  }
  const auto before = [](const Parts& p) {
    return static_cast<int64_t>(p.digits.size()) - p.scale;
  };
  int order = 0;
  if (before(a) != before(b)) {
    order = before(a) < before(b) ? -1 : 1;
  }
  const size_t longest = std::max(a.digits.size(), b.digits.size());
  for (size_t i = 0; i < longest && order == 0; ++i) {
    const char left = i < a.digits.size() ? a.digits[i] : '0';
    const char right = i < b.digits.size() ? b.digits[i] : '0';
    order = left - right;
  }
  return (a.negative ? -order : order) <=> 0;
}

std::partial_ordering Number::Compare(const Number& other) const {
  if (form_ == Form::kSmall && other.form_ == Form::kSmall && scale_ == other.scale_) {
    return small_ <=> other.small_;
  }
  const bool reals = form_ == Form::kReal && other.form_ == Form::kReal;
  if (reals && single_ == other.single_) {
    return real_ <=> other.real_;
  }
  for (const Number* side : {this, &other}) {
    if (side->form_ != Form::kReal) {
      continue;
    }
    if (std::isnan(side->real_)) {
      return std::partial_ordering::unordered;
    }
    if (std::isinf(side->real_)) {
      return ToDouble() <=> other.ToDouble();
    }
  }
  // A whole float in int64's range, by far the usual one.
  const auto small = [](const Number& n, int64_t& out) {
    const bool whole = n.form_ == Form::kReal && std::trunc(n.real_) == n.real_ &&
                       n.real_ >= -kInt64Limit && n.real_ < kInt64Limit;
    out = whole ? static_cast<int64_t>(n.real_) : n.small_;
    return whole || (n.form_ == Form::kSmall && n.scale_ == 0);
  };
  int64_t left = 0;
  int64_t right = 0;
  if (small(*this, left) && small(other, right)) {
    return left <=> right;
  }
  return Compare(ToParts(), other.ToParts());
}

// Makes the last digits of both mean the same. False where that takes too many.
bool Number::Align(Parts& a, Parts& b) {
  const int32_t scale = std::max(a.scale, b.scale);
  for (Parts* parts : {&a, &b}) {
    const auto zeros = static_cast<size_t>(scale - parts->scale);
    if (!parts->digits.empty()) {
      if (parts->digits.size() + zeros > 2 * kDigitsMax) {
        return false;
      }
      parts->digits.append(zeros, '0');
    }
    parts->scale = scale;
  }
  return true;
}

std::optional<Number> Number::Sum(Parts a, Parts b) {
  if (!Align(a, b)) {
    return std::nullopt;
  }
  if (a.negative == b.negative) {
    return Of({a.negative, AddDigits(a.digits, b.digits), a.scale});
  }
  const bool left_larger = CompareDigits(a.digits, b.digits) >= 0;
  const Parts& larger = left_larger ? a : b;
  const Parts& smaller = left_larger ? b : a;
  return Of({larger.negative, SubtractDigits(larger.digits, smaller.digits), a.scale});
}

std::optional<Number> Number::Plus(const Number& other) const {
  if (form_ == Form::kReal || other.form_ == Form::kReal) {
    return OfDouble(ToDouble() + other.ToDouble());
  }
  int64_t sum = 0;
  if (form_ == Form::kSmall && other.form_ == Form::kSmall && scale_ == other.scale_ &&
      !__builtin_add_overflow(small_, other.small_, &sum)) {
    return OfInt(sum, scale_);
  }
  return Sum(ToParts(), other.ToParts());
}

std::optional<Number> Number::Minus(const Number& other) const {
  return Plus(other.Negated());
}

std::optional<Number> Number::Times(const Number& other) const {
  if (form_ == Form::kReal || other.form_ == Form::kReal) {
    return OfDouble(ToDouble() * other.ToDouble());
  }
  const Parts a = ToParts();
  const Parts b = other.ToParts();
  return Of({a.negative != b.negative, MultiplyDigits(a.digits, b.digits), a.scale + b.scale});
}

std::optional<Number> Number::DividedBy(const Number& other) const {
  if (form_ == Form::kReal || other.form_ == Form::kReal) {
    return OfDouble(ToDouble() / other.ToDouble());
  }
  Parts a = ToParts();
  Parts b = other.ToParts();
  if (b.digits.empty() || !Align(a, b)) {
    return std::nullopt;
  }
  // One digit more than is kept, to round by.
  a.digits.append(a.digits.empty() ? 0 : kQuotientDigits + 1, '0');
  std::string quotient = DivideDigits(a.digits, b.digits).quotient;
  const bool up = !quotient.empty() && quotient.back() >= '5';
  if (!quotient.empty()) {
    quotient.pop_back();
  }
  quotient = up ? AddDigits(quotient, "1") : quotient;
  int32_t scale = kQuotientDigits;
  while (scale > 0 && !quotient.empty() && quotient.back() == '0') {
    quotient.pop_back();
    --scale;
  }
  return Of({a.negative != b.negative, std::move(quotient), scale});
}

std::optional<Number> Number::Remainder(const Number& other) const {
  if (form_ == Form::kReal || other.form_ == Form::kReal) {
    return OfDouble(std::fmod(ToDouble(), other.ToDouble()));
  }
  Parts a = ToParts();
  Parts b = other.ToParts();
  if (b.digits.empty() || !Align(a, b)) {
    return std::nullopt;
  }
  return Of({a.negative, DivideDigits(a.digits, b.digits).rest, a.scale});
}

Number Number::Negated() const {
  Number number = *this;
  if (form_ == Form::kReal) {
    number.real_ = -real_;
  } else if (form_ == Form::kDigits) {
    number.negative_ = !negative_;
  } else if (small_ == INT64_MIN) {
    number = OfUnsigned(uint64_t{1} << 63);
    number.scale_ = scale_;
  } else {
    number.small_ = -small_;
  }
  return number;
}

std::string Number::Text() const {
  if (form_ == Form::kReal) {
    return single_ ? fmt::format("{}", static_cast<float>(real_)) : fmt::format("{}", real_);
  }
  Parts parts = ToParts();
  if (parts.digits.empty()) {
    parts.digits = "0";
  }
  if (parts.scale < 0) {
    parts.digits.append(static_cast<size_t>(-parts.scale), '0');
  }
  const auto behind = static_cast<size_t>(std::max(parts.scale, 0));
  if (parts.digits.size() <= behind) {
    parts.digits.insert(0, behind + 1 - parts.digits.size(), '0');
  }
  if (behind > 0) {
    parts.digits.insert(parts.digits.size() - behind, ".");
  }
  return parts.negative ? "-" + parts.digits : parts.digits;
}

}  // namespace rowhouse::browse
