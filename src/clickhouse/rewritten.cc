#include "clickhouse/rewritten.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "clickhouse/client.h"

namespace rowhouse::clickhouse {
namespace {

constexpr int kFractionDigits = 6;

Rewritten None() {
  return {};
}

Rewritten All() {
  return {Rewritten::Rows::kAll, ""};
}

Rewritten Where(std::string condition) {
  return {Rewritten::Rows::kSome, std::move(condition)};
}

// Bits of a whole number's type; 0 for what is none.
int BitsOf(const Column& c) {
  switch (c.type) {
    case ColumnType::kTinyInt:
      return 8;
    case ColumnType::kSmallInt:
      return 16;
    case ColumnType::kMediumInt:
      return 24;
    case ColumnType::kInt:
      return 32;
    case ColumnType::kBigInt:
      return 64;
    default:
      return 0;
  }
}

bool IsText(const Column& c) {
  return c.type == ColumnType::kChar || c.type == ColumnType::kVarchar ||
         c.type == ColumnType::kText;
}

bool IsBytes(const Column& c) {
  return c.type == ColumnType::kBinary || c.type == ColumnType::kVarbinary ||
         c.type == ColumnType::kBlob;
}

bool IsInstant(const Column& c) {
  return c.type == ColumnType::kDateTime || c.type == ColumnType::kTimestamp;
}

// Every text survives a change to it: utf8mb4's collations.
bool HoldsAllText(uint16_t collation) {
  return collation == 45 || collation == 46 || (collation >= 224 && collation <= 247) ||
         (collation >= 255 && collation <= 323);
}

std::string OutsideOf(const Column& whole, const std::string& name) {
  const int bits = BitsOf(whole);
  const std::string value = fmt::format("CAST({} AS Nullable(Int128))", name);
  const auto power = [](int n) {
    // 2^n as text; n is at most 64.
    return n == 64 ? std::string("18446744073709551616") : std::to_string(uint64_t{1} << n);
  };
  const std::string low = whole.is_unsigned ? "0" : "-" + power(bits - 1);
  const std::string past = power(whole.is_unsigned ? bits : bits - 1);
  return fmt::format("{0} < toInt128('{1}') OR {0} >= toInt128('{2}')", value, low, past);
}

Rewritten OfWhole(const Column& then, const Column& now, const std::string& name) {
  const bool fits = then.is_unsigned == now.is_unsigned
                        ? BitsOf(now) >= BitsOf(then)
                        : then.is_unsigned && BitsOf(now) > BitsOf(then);
  return fits ? None() : Where(OutsideOf(now, name));
}

Rewritten OfDecimal(const Column& then, const Column& now, const std::string& name) {
  const int whole_then = then.precision - then.scale;
  const int whole_now = now.precision - now.scale;
  std::string condition;
  if (now.scale < then.scale) {
    condition = fmt::format("round({0}, {1}) != {0}", name, now.scale);
  }
  if (whole_now < whole_then) {
    condition += fmt::format(
        "{}abs({}) >= toDecimal256('1{}', 0)",
        condition.empty() ? "" : " OR ",
        name,
        std::string(static_cast<size_t>(whole_now), '0')
    );
  }
  if (now.is_unsigned && !then.is_unsigned) {
    condition += fmt::format("{}{} < 0", condition.empty() ? "" : " OR ", name);
  }
  return condition.empty() ? None() : Where(condition);
}

// The most bytes of a TEXT or BLOB; only the data dictionary tells which of the four it is.
std::optional<uint32_t> BytesMax(const Column& c) {
  if (c.declared.starts_with("tiny")) {
    return 255;
  }
  const bool plain = c.declared.starts_with("text") || c.declared.starts_with("blob");
  return plain ? std::optional<uint32_t>(65'535) : std::nullopt;
}

std::string Or(const std::string& a, const std::string& b) {
  return a.empty() || b.empty() ? a + b : a + " OR " + b;
}

// Texts that `now` cuts.
std::string TooLong(const Column& now, const std::string& name) {
  std::string condition;
  if (now.type == ColumnType::kText || now.type == ColumnType::kBlob) {
    const auto most = BytesMax(now);
    return most ? fmt::format("length({}) > {}", name, *most) : "";
  }
  if (now.type == ColumnType::kChar) {
    condition = fmt::format("endsWith({}, ' ')", name);
  }
  return Or(condition, fmt::format("lengthUTF8({}) > {}", name, now.length));
}

Rewritten OfText(const Column& then, const Column& now, const std::string& name) {
  std::string condition;
  const bool shorter = now.type == ColumnType::kText || then.type == ColumnType::kText ||
                       now.length < then.length || now.type == ColumnType::kChar;
  const bool same =
      now.type == then.type && now.length == then.length &&
      (now.declared == then.declared || now.declared.empty() || then.declared.empty());
  if (shorter && !same) {
    condition = TooLong(now, name);
  }
  if (now.collation != then.collation && !HoldsAllText(now.collation)) {
    condition = Or(condition, fmt::format("match({}, '[^\\\\x00-\\\\x7F]')", name));
  }
  return condition.empty() ? None() : Where(condition);
}

Rewritten OfBytes(const Column& then, const Column& now, const std::string& name) {
  if (now.type == ColumnType::kBinary) {  // padded to its length
    const bool same = then.type == ColumnType::kBinary && then.length == now.length;
    return same ? None() : Where(fmt::format("length({}) != {}", name, now.length));
  }
  if (now.type == ColumnType::kVarbinary) {
    const bool fits = then.type != ColumnType::kBlob && then.length <= now.length;
    return fits ? None() : Where(fmt::format("length({}) > {}", name, now.length));
  }
  const std::string condition = TooLong(now, name);
  return condition.empty() ? None() : Where(condition);
}

// ENUM keeps its values by name; so does SET, whose text follows the order of its labels.
Rewritten OfLabels(const Column& then, const Column& now, const std::string& name) {
  if (then.labels == now.labels) {
    return None();
  }
  if (now.type == ColumnType::kSet) {
    const bool grown = now.labels.size() >= then.labels.size() &&
                       std::equal(then.labels.begin(), then.labels.end(), now.labels.begin());
    return grown ? None() : All();
  }
  std::string gone;
  for (const std::string& label : then.labels) {
    if (std::find(now.labels.begin(), now.labels.end(), label) == now.labels.end()) {
      gone += (gone.empty() ? "" : ", ") + QuoteText(label);
    }
  }
  return gone.empty() ? None() : Where(fmt::format("{} IN ({})", name, gone));
}

Rewritten OfFraction(const Column& then, const Column& now, const std::string& name) {
  if (now.fsp >= then.fsp) {
    return None();
  }
  if (!IsInstant(now)) {
    return All();
  }
  uint64_t unit = 1;
  for (int i = now.fsp; i < kFractionDigits; ++i) {
    unit *= 10;
  }
  return Where(fmt::format(
      "toUnixTimestamp64Micro(CAST({} AS Nullable(DateTime64(6, 'UTC')))) % {} != 0", name, unit
  ));
}

Rewritten OfSameType(const Column& then, const Column& now, const std::string& name) {
  switch (now.type) {
    case ColumnType::kDecimal:
      return OfDecimal(then, now, name);
    case ColumnType::kEnum:
    case ColumnType::kSet:
      return OfLabels(then, now, name);
    case ColumnType::kTime:
    case ColumnType::kDateTime:
    case ColumnType::kTimestamp:
      return OfFraction(then, now, name);
    case ColumnType::kFloat:
    case ColumnType::kDouble:
      return then.declared == now.declared && then.is_unsigned == now.is_unsigned ? None() : All();
    case ColumnType::kBit:
      return now.length >= then.length ? None() : All();
    default:
      return now.length == then.length ? None() : All();
  }
}

Rewritten OfType(const Column& then, const Column& now, const std::string& name) {
  const bool zerofill = then.declared.find("zerofill") != std::string::npos;
  if (BitsOf(then) > 0 && BitsOf(now) > 0) {
    return OfWhole(then, now, name);
  }
  if (BitsOf(then) > 0 && IsText(now) && !zerofill) {
    const std::string condition = TooLong(now, fmt::format("toString({})", name));
    return condition.empty() ? None() : Where(condition);
  }
  if (IsText(then) && IsText(now)) {
    return OfText(then, now, name);
  }
  if (IsBytes(then) && IsBytes(now)) {
    return OfBytes(then, now, name);
  }
  if (then.type == ColumnType::kEnum && IsText(now)) {
    const std::string condition = TooLong(now, name);
    return condition.empty() ? None() : Where(condition);
  }
  if (then.type == ColumnType::kDate && now.type == ColumnType::kDateTime) {
    return None();
  }
  const bool plain_float =
      then.type == ColumnType::kFloat && then.declared.find('(') == std::string::npos;
  if (plain_float && now.type == ColumnType::kDouble) {
    return None();
  }
  return then.type == now.type ? OfSameType(then, now, name) : All();
}

}  // namespace

Rewritten RewrittenRows(const Column& then, const Column& now, const std::string& name) {
  Rewritten out = OfType(then, now, name);
  if (out.rows != Rewritten::Rows::kAll && then.nullable && !now.nullable) {
    out = Where(Or(out.condition, fmt::format("isNull({})", name)));
  }
  return out;
}

}  // namespace rowhouse::clickhouse
