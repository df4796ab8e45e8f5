#include "clickhouse/type_join.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <fmt/format.h>

namespace rowhouse::clickhouse {
namespace {

constexpr std::string_view kNullable = "Nullable(";
constexpr std::string_view kLow = "LowCardinality(";
// A SET's; that it may be NULL shows in its elements.
constexpr std::string_view kMembers = "Array(LowCardinality(String))";
constexpr std::string_view kMembersOrNull = "Array(LowCardinality(Nullable(String)))";
constexpr int kDecimalDigitsMax = 76;

// "Nullable(X)" -> "X"; nullopt where it is none.
std::optional<std::string> Inside(std::string_view type, std::string_view wrapper) {
  if (!type.starts_with(wrapper) || !type.ends_with(')')) {
    return std::nullopt;
  }
  return std::string(type.substr(wrapper.size(), type.size() - wrapper.size() - 1));
}

// A whole number type: how many bits, and whether one of them is the sign.
struct Whole {
  int bits = 0;
  bool is_signed = false;

  std::string Name() const { return fmt::format("{}Int{}", is_signed ? "" : "U", bits); }

  // Decimal digits that hold every value.
  int Digits() const {
    switch (bits) {
      case 8:
        return 3;
      case 16:
        return 5;
      case 32:
        return 10;
      case 64:
        return is_signed ? 19 : 20;
      default:
        return bits == 128 ? 39 : kDecimalDigitsMax + 1;
    }
  }
};

std::optional<int> NumberAt(std::string_view text, size_t& at) {
  int value = 0;
  const auto [end, failed] = std::from_chars(text.data() + at, text.data() + text.size(), value);
  if (failed != std::errc()) {
    return std::nullopt;
  }
  at = static_cast<size_t>(end - text.data());
  return value;
}

std::optional<Whole> WholeOf(std::string_view type) {
  if (type == "Bool") {
    return Whole{8, false};
  }
  const bool is_signed = type.starts_with("Int");
  if (!is_signed && !type.starts_with("UInt")) {
    return std::nullopt;
  }
  size_t at = is_signed ? 3 : 4;
  const auto bits = NumberAt(type, at);
  return bits && at == type.size() ? std::optional(Whole{*bits, is_signed}) : std::nullopt;
}

// Digits before and after the point.
struct Decimal {
  int whole = 0;
  int scale = 0;
};

std::optional<Decimal> DecimalOf(std::string_view type) {
  const auto inside = Inside(type, "Decimal(");
  if (!inside) {
    return std::nullopt;
  }
  size_t at = 0;
  const auto precision = NumberAt(*inside, at);
  at = std::min(inside->find_first_not_of(", ", at), inside->size());
  const auto scale = NumberAt(*inside, at);
  return precision && scale ? std::optional(Decimal{*precision - *scale, *scale}) : std::nullopt;
}

std::string JoinWhole(Whole a, Whole b) {
  if (a.is_signed == b.is_signed) {
    return (a.bits >= b.bits ? a : b).Name();
  }
  const Whole& with_sign = a.is_signed ? a : b;
  const Whole& without = a.is_signed ? b : a;
  return Whole{std::max(with_sign.bits, without.bits * 2), true}.Name();
}

// Bits of the whole numbers that a float holds exactly.
std::optional<int> FloatBits(std::string_view type) {
  if (type == "Float32") {
    return 24;
  }
  return type == "Float64" ? std::optional(53) : std::nullopt;
}

std::optional<std::string> JoinFloat(const std::string& real, const std::string& other) {
  const auto bits = FloatBits(real);
  if (!bits) {
    return std::nullopt;
  }
  if (FloatBits(other)) {
    return "Float64";
  }
  const auto whole = WholeOf(other);
  const bool fits = whole && whole->bits <= 32;
  return fits ? std::optional<std::string>("Float64") : std::nullopt;
}

std::optional<std::string> JoinDecimal(const std::string& a, const std::string& b) {
  auto x = DecimalOf(a);
  auto y = DecimalOf(b);
  if (!x && !y) {
    return std::nullopt;
  }
  const auto as_decimal = [](const std::string& type) -> std::optional<Decimal> {
    const auto whole = WholeOf(type);
    return whole ? std::optional(Decimal{whole->Digits(), 0}) : std::nullopt;
  };
  x = x ? x : as_decimal(a);
  y = y ? y : as_decimal(b);
  if (!x || !y) {
    return std::nullopt;
  }
  const int scale = std::max(x->scale, y->scale);
  const int precision = std::max(x->whole, y->whole) + scale;
  return precision > kDecimalDigitsMax
             ? std::nullopt
             : std::optional(fmt::format("Decimal({}, {})", precision, scale));
}

// "DateTime64(3, 'UTC')" -> 3; Date32 -> -1, which any fraction exceeds.
std::optional<int> FractionOf(std::string_view type, std::string_view family) {
  if (!type.starts_with(family)) {
    return std::nullopt;
  }
  size_t at = family.size();
  return NumberAt(type, at);
}

std::optional<std::string> JoinTimes(const std::string& a, const std::string& b) {
  for (const std::string_view family : {"DateTime64(", "Time64("}) {
    const auto x = FractionOf(a, family);
    const auto y = FractionOf(b, family);
    if (x && y) {
      return *x >= *y ? a : b;
    }
    if (family == "DateTime64(" && x && b == "Date32") {
      return a;
    }
    if (family == "DateTime64(" && y && a == "Date32") {
      return b;
    }
  }
  return std::nullopt;
}

std::string JoinPlain(const std::string& a, const std::string& b) {
  if (SameType(a, b)) {
    return a;
  }
  const auto x = WholeOf(a);
  const auto y = WholeOf(b);
  if (x && y) {
    return JoinWhole(*x, *y);
  }
  for (const auto& joined :
       {JoinDecimal(a, b), JoinFloat(a, b), JoinFloat(b, a), JoinTimes(a, b)}) {
    if (joined) {
      return *joined;
    }
  }
  return "String";
}

}  // namespace

bool HoldsNull(std::string_view type) {
  if (const auto inside = Inside(type, kLow)) {
    return HoldsNull(*inside);
  }
  return type.starts_with(kNullable) || type == "Geometry";
}

std::string WithNull(const std::string& type) {
  if (type == kMembers) {
    return std::string(kMembersOrNull);
  }
  if (HoldsNull(type) || type.starts_with("Array(")) {
    return type;
  }
  if (const auto inside = Inside(type, kLow)) {
    return fmt::format("{}{})", kLow, WithNull(*inside));
  }
  return fmt::format("{}{})", kNullable, type);
}

std::string WithoutNull(const std::string& type) {
  if (const auto inside = Inside(type, kLow)) {
    return fmt::format("{}{})", kLow, WithoutNull(*inside));
  }
  return Inside(type, kNullable).value_or(type);
}

bool IsText(const std::string& type) {
  const std::string plain = WithoutNull(type);
  return plain == "String" || plain == "LowCardinality(String)";
}

bool SameType(std::string a, std::string b) {
  std::erase(a, ' ');
  std::erase(b, ' ');
  return a == b;
}

std::string JoinTypes(const std::string& a, const std::string& b) {
  if (SameType(a, b)) {
    return a;
  }
  if (SameType(WithNull(a), WithNull(b))) {
    return WithNull(a);
  }
  const std::string joined = JoinPlain(WithoutNull(a), WithoutNull(b));
  // An Array that becomes text has its NULL in its elements.
  const bool null = HoldsNull(a) || HoldsNull(b) || a == kMembersOrNull || b == kMembersOrNull;
  return null ? WithNull(joined) : joined;
}

}  // namespace rowhouse::clickhouse
