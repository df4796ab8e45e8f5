#include "types/column_default.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/json_text.h"
#include "types/calendar.h"

namespace rowhouse::types {
namespace {

std::string Lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
    text.remove_prefix(1);
  }
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
    text.remove_suffix(1);
  }
  return text;
}

// _utf8mb4'x' and b'101' lose what stands around x and 101.
std::string_view Unwrap(std::string_view text) {
  const size_t quote = text.find('\'');
  const bool prefixed = quote != std::string_view::npos && quote > 0 && text.back() == '\'' &&
                        text.size() > quote + 1 &&
                        (text.front() == '_' || Lower(text.substr(0, quote)) == "b");
  return prefixed ? text.substr(quote + 1, text.size() - quote - 2) : text;
}

bool IsNow(std::string_view expression) {
  const std::string low = Lower(Trim(expression));
  return low.rfind("current_timestamp", 0) == 0 || low.rfind("now(", 0) == 0;
}

std::optional<int64_t> Integer(std::string_view text) {
  const std::string low = Lower(text);
  if (low == "true" || low == "false") {
    return low == "true" ? 1 : 0;
  }
  int64_t v = 0;
  const char* end = text.data() + text.size();
  if (std::from_chars(text.data(), end, v).ptr == end && !text.empty()) {
    return v;
  }
  uint64_t u = 0;
  if (std::from_chars(text.data(), end, u).ptr == end && !text.empty()) {
    return static_cast<int64_t>(u);
  }
  const auto digits = UnscaledDecimal(text, 0);
  if (!digits || digits->size() > 8) {
    return std::nullopt;
  }
  int64_t big = static_cast<int8_t>(digits->front()) < 0 ? -1 : 0;
  for (const char c : *digits) {
    big = static_cast<int64_t>(static_cast<uint64_t>(big) << 8 | static_cast<uint8_t>(c));
  }
  return big;
}

std::optional<double> Real(std::string_view text) {
  const std::string copy(text);
  char* end = nullptr;
  const double v = std::strtod(copy.c_str(), &end);
  if (copy.empty() || *end != '\0' || !std::isfinite(v)) {
    return std::nullopt;
  }
  return v;
}

// Reads numbers apart by one character each, as "2026-01-31 10:00:00.5" has them.
class Numbers {
 public:
  explicit Numbers(std::string_view text) : text_(text) {}

  std::optional<int64_t> Next() {
    int64_t v = 0;
    const auto end = std::from_chars(text_.data(), text_.data() + text_.size(), v);
    if (end.ec != std::errc() || text_.front() == '-') {
      return std::nullopt;
    }
    digits_ = static_cast<size_t>(end.ptr - text_.data());
    text_.remove_prefix(digits_);
    return v;
  }

  bool Pass(char c) {
    if (text_.empty() || text_.front() != c) {
      return false;
    }
    text_.remove_prefix(1);
    return true;
  }

  // Digits after the point as microseconds; 0 without a point.
  int64_t Fraction() {
    if (!Pass('.')) {
      return 0;
    }
    int64_t v = Next().value_or(0);
    for (size_t i = digits_; i < 6; ++i) {
      v *= 10;
    }
    return v;
  }

  bool done() const { return text_.empty(); }

 private:
  std::string_view text_;
  size_t digits_ = 0;
};

std::optional<int64_t> ClockMicros(Numbers& numbers) {
  std::array<int64_t, 3> parts{};
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0 && !numbers.Pass(':')) {
      return std::nullopt;
    }
    const auto v = numbers.Next();
    if (!v) {
      return std::nullopt;
    }
    parts[i] = *v;
  }
  const int64_t at = (parts[0] * 3600 + parts[1] * 60 + parts[2]) * kMicrosPerSecond;
  return at + numbers.Fraction();
}

std::optional<int64_t> TimeMicros(std::string_view text) {
  const bool negative = !text.empty() && text.front() == '-';
  Numbers numbers(negative ? text.substr(1) : text);
  const auto at = ClockMicros(numbers);
  if (!at || !numbers.done()) {
    return std::nullopt;
  }
  return negative ? -*at : *at;
}

// Microseconds since the epoch of "2026-01-31[ 10:00:00[.5]]"; nullopt for a date with a
// zero part or what is no date.
std::optional<int64_t> DateTimeMicros(std::string_view text) {
  Numbers numbers(text);
  const auto year = numbers.Next();
  const bool first = numbers.Pass('-');
  const auto month = numbers.Next();
  const bool second = numbers.Pass('-');
  const auto day = numbers.Next();
  const bool real = year && month && day && first && second && *year > 0 && *month >= 1 &&
                    *month <= 12 && *day >= 1 && *day <= 31;
  if (!real) {
    return std::nullopt;
  }
  const int64_t days = DaysOf(
      {static_cast<int32_t>(*year), static_cast<uint32_t>(*month), static_cast<uint32_t>(*day)}
  );
  if (numbers.done()) {
    return days * kMicrosPerDay;
  }
  const bool parted = numbers.Pass(' ') || numbers.Pass('T');
  const auto clock = parted ? ClockMicros(numbers) : std::nullopt;
  if (!clock || !numbers.done()) {
    return std::nullopt;
  }
  return days * kMicrosPerDay + *clock;
}

DefaultValue OfInt(CellKind kind, int64_t v, std::string json) {
  return {Cell::OfInt(kind, v), std::move(json), nullptr};
}

DefaultValue OfBytes(CellKind kind, std::string bytes, std::string json) {
  auto owned = std::make_shared<const std::string>(std::move(bytes));
  return {Cell::OfBytes(kind, *owned), std::move(json), owned};
}

std::optional<DefaultValue> BitsDefault(const Column& column, std::string_view text) {
  uint64_t bits = 0;
  const std::string_view digits = Unwrap(text);
  const char* end = digits.data() + digits.size();
  if (digits.empty() || std::from_chars(digits.data(), end, bits, 2).ptr != end) {
    return std::nullopt;
  }
  std::string little;
  for (uint32_t i = 0; i < (column.length + 7) / 8; ++i) {
    little += static_cast<char>(bits >> (8 * i) & 0xFF);
  }
  return DefaultValue{Cell::OfUint(CellKind::kBit, bits), JsonOfBytes(little), nullptr};
}

std::optional<DefaultValue> BytesDefault(const Column& column, std::string_view text) {
  std::string bytes(text);
  if (text.rfind("0x", 0) == 0) {
    if (const auto raw = FromHex(text.substr(2))) {
      bytes = *raw;
    }
  }
  if (column.type == ColumnType::kBinary && bytes.size() < column.length) {
    bytes.resize(column.length, '\0');
  }
  const std::string json = JsonOfBytes(bytes);
  return OfBytes(CellKind::kBytes, std::move(bytes), json);
}

std::string ZonedText(int64_t micros, uint8_t fsp) {
  const int64_t days = (micros >= 0 ? micros : micros - kMicrosPerDay + 1) / kMicrosPerDay;
  const CivilDate date = DateOf(days);
  const int64_t in_day = micros - days * kMicrosPerDay;
  const int64_t s = in_day / kMicrosPerSecond;
  std::array<char, 64> out{};
  const int n = std::snprintf(
      out.data(),
      out.size(),
      "%04d-%02u-%02uT%02d:%02d:%02d.%06d",
      date.year,
      date.month,
      date.day,
      static_cast<int>(s / 3600),
      static_cast<int>(s / 60 % 60),
      static_cast<int>(s % 60),
      static_cast<int>(in_day % kMicrosPerSecond)
  );
  std::string text(out.data(), static_cast<size_t>(n));
  text.resize(text.size() - (fsp == 0 ? 7 : 6U - fsp));
  return text + "Z";
}

std::optional<DefaultValue> TemporalDefault(
    const Column& column, Form form, std::string_view text
) {
  auto micros = DateTimeMicros(text);
  if (!micros) {  // zero dates, and what is no date
    if (column.nullable) {
      return std::nullopt;
    }
    micros = 0;
  }
  switch (form) {
    case Form::kDate: {
      const int64_t days = *micros / kMicrosPerDay - (*micros % kMicrosPerDay < 0 ? 1 : 0);
      return OfInt(CellKind::kDate, days, std::to_string(days));
    }
    case Form::kDateTimeMilli:
      return OfInt(CellKind::kDateTime, *micros, std::to_string(*micros / 1000));
    case Form::kDateTimeMicro:
      return OfInt(CellKind::kDateTime, *micros, std::to_string(*micros));
    default:
      break;
  }
  const uint8_t fsp = *micros == 0 ? 0 : column.fsp;
  return OfInt(CellKind::kTimestamp, *micros, JsonOfText(ZonedText(*micros, fsp)));
}

std::optional<DefaultValue> NowDefault(const Column& column, Form form) {
  const bool datetime = form == Form::kDateTimeMilli || form == Form::kDateTimeMicro;
  if (datetime || (form == Form::kZoned && !column.nullable)) {
    return TemporalDefault(column, form, "1970-01-01 00:00:00");
  }
  return std::nullopt;
}

std::optional<DefaultValue> NumberDefault(const Column& column, Form form, std::string_view text) {
  if (form == Form::kFloat || form == Form::kDouble || form == Form::kWideFloat) {
    const auto v = Real(text);
    if (!v) {
      return std::nullopt;
    }
    const std::string json =
        form == Form::kFloat ? JsonFloat(static_cast<float>(*v)) : JsonDouble(*v);
    return DefaultValue{Cell::OfDouble(CellKind::kDouble, *v), json, nullptr};
  }
  if (form == Form::kDecimal) {
    const std::string low = Lower(text);
    const auto v = UnscaledDecimal(low == "true" ? "1" : low == "false" ? "0" : text, column.scale);
    if (!v) {
      return std::nullopt;
    }
    return OfBytes(CellKind::kDecimal, *v, JsonOfBytes(*v));
  }
  const auto v = Integer(text);
  if (!v) {
    return std::nullopt;
  }
  return OfInt(form == Form::kYear ? CellKind::kYear : CellKind::kInt, *v, std::to_string(*v));
}

std::optional<DefaultValue> BoolDefault(std::string_view text) {
  const auto v = Integer(Unwrap(text));
  if (!v) {
    return std::nullopt;
  }
  return DefaultValue{Cell::OfUint(CellKind::kBit, *v != 0), *v != 0 ? "true" : "false", nullptr};
}

// A whole number, a byte an item, least significant first.
using LittleEndian = std::vector<uint32_t>;

LittleEndian FromDigits(const std::string& digits) {
  LittleEndian bytes(1, 0);
  for (const char c : digits) {
    auto carry = static_cast<uint32_t>(c - '0');
    for (uint32_t& b : bytes) {
      carry += b * 10;
      b = carry & 0xFF;
      carry >>= 8;
    }
    if (carry != 0) {
      bytes.push_back(carry);
    }
  }
  bytes.push_back(0);  // room for the sign
  return bytes;
}

void AddOne(LittleEndian& bytes) {
  uint32_t carry = 1;
  for (uint32_t& b : bytes) {
    carry += b;
    b = carry & 0xFF;
    carry >>= 8;
  }
}

// Two's complement needs no leading byte that only says what the next one's top bit says.
void DropRepeatedSign(LittleEndian& bytes) {
  const auto repeats = [&] {
    const bool negative = (bytes[bytes.size() - 2] & 0x80) != 0;
    return bytes.back() == (negative ? 0xFF : 0);
  };
  while (bytes.size() > 1 && repeats()) {
    bytes.pop_back();
  }
}

}  // namespace

std::string JsonOfText(std::string_view text) {
  std::string json;
  AppendJsonString(json, text);
  return json;
}

// Avro writes bytes in JSON as one character a byte.
std::string JsonOfBytes(std::string_view bytes) {
  std::string latin;
  for (const char c : bytes) {
    const auto u = static_cast<uint8_t>(c);
    if (u < 0x80) {
      latin += c;
    } else {
      latin += static_cast<char>(0xC0 | u >> 6);
      latin += static_cast<char>(0x80 | (u & 0x3F));
    }
  }
  return JsonOfText(latin);
}

std::optional<std::string> UnscaledDecimal(std::string_view text, int scale) {
  const bool negative = !text.empty() && text.front() == '-';
  if (negative || (!text.empty() && text.front() == '+')) {
    text.remove_prefix(1);
  }
  const size_t point = text.find('.');
  const std::string digits(text.substr(0, point));
  std::string fraction(point == std::string_view::npos ? "" : text.substr(point + 1));
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const bool number = digits.size() + fraction.size() > 0 && digits.size() < 100 &&
                      std::all_of(digits.begin(), digits.end(), is_digit) &&
                      std::all_of(fraction.begin(), fraction.end(), is_digit);
  if (!number) {
    return std::nullopt;
  }
  const auto kept = static_cast<size_t>(scale);
  const bool up = fraction.size() > kept && fraction[kept] >= '5';
  fraction.resize(kept, '0');
  LittleEndian bytes = FromDigits(digits + fraction);
  if (up) {
    AddOne(bytes);
  }
  if (negative) {
    for (uint32_t& b : bytes) {
      b = ~b & 0xFF;
    }
    AddOne(bytes);
  }
  DropRepeatedSign(bytes);
  return std::string(bytes.rbegin(), bytes.rend());
}

std::optional<DefaultValue> ParseDefault(const Column& column, Form form) {
  if (!column.default_value) {
    return std::nullopt;
  }
  if (column.default_value->is_expression) {
    return IsNow(column.default_value->text) ? NowDefault(column, form) : std::nullopt;
  }
  const std::string_view raw = column.default_value->text;
  const std::string_view text = Trim(raw);
  switch (form) {
    case Form::kBool:
      return BoolDefault(text);
    case Form::kBits:
      return BitsDefault(column, text);
    case Form::kBytes:
      return BytesDefault(column, raw);
    case Form::kDate:
    case Form::kDateTimeMilli:
    case Form::kDateTimeMicro:
    case Form::kZoned:
      return IsNow(text) ? NowDefault(column, form) : TemporalDefault(column, form, text);
    case Form::kTime: {
      const auto v = TimeMicros(text);
      return v ? std::optional(OfInt(CellKind::kTime, *v, std::to_string(*v))) : std::nullopt;
    }
    case Form::kString:
    case Form::kEnum:
    case Form::kSet:
    case Form::kJson:
    case Form::kUuid:
    case Form::kInet4:
    case Form::kInet6: {
      const std::string plain(Unwrap(raw));
      return OfBytes(CellKind::kText, plain, JsonOfText(plain));
    }
    case Form::kGeometry:
    case Form::kPoint:
    case Form::kVector:
    case Form::kUnsupported:
      return std::nullopt;
    default:
      return NumberDefault(column, form, text);
  }
}

}  // namespace rowhouse::types
