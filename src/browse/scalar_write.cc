#include "browse/scalar_write.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/varint.h"
#include "browse/decimal_write.h"
#include "browse/time_text.h"
#include "browse/wkt.h"
#include "types/calendar.h"

namespace rowhouse::browse {

namespace {

using avro::Kind;
using JsonKind = JsonTree::Kind;

// Whole or real, as T is.
template <typename T>
std::optional<T> Number(std::string_view text) {
  T value{};
  text.remove_prefix(text.starts_with('+') ? 1 : 0);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool good = error == std::errc() && end == text.data() + text.size() && !text.empty();
  return good ? std::optional(value) : std::nullopt;
}

// Nanoseconds by the digits behind the point; the point and they are taken off.
std::optional<int64_t> TakeFraction(std::string& text) {
  const size_t point = text.find('.');
  if (point == std::string::npos) {
    return 0;
  }
  const size_t end = std::min(text.find_first_not_of("0123456789", point + 1), text.size());
  std::string digits = text.substr(point + 1, end - point - 1);
  text.erase(point, end - point);
  if (digits.empty() || digits.size() > 9) {
    return std::nullopt;
  }
  digits.resize(9, '0');
  return Number<int64_t>(digits);
}

// "[-]HH:MM:SS" in seconds; hours may be more than 24.
std::optional<int64_t> ParseClock(std::string_view text) {
  const bool minus = text.starts_with('-');
  text.remove_prefix(minus ? 1 : 0);
  const size_t first = text.find(':');
  if (first == std::string_view::npos || first < 2 || first > 9 || text.size() != first + 6 ||
      text[first + 3] != ':') {
    return std::nullopt;
  }
  const auto hours = Number<uint32_t>(text.substr(0, first));
  const auto minutes = Number<uint32_t>(text.substr(first + 1, 2));
  const auto left = Number<uint32_t>(text.substr(first + 4));
  if (!hours || !minutes || !left || *minutes > 59 || *left > 59) {
    return std::nullopt;
  }
  const int64_t all = int64_t{*hours} * 3600 + *minutes * 60 + *left;
  return minus ? -all : all;
}

struct Unit {
  int64_t per_second;
  const char* example;
};

Unit UnitOf(Meaning meaning) {
  switch (meaning) {
    case Meaning::kTimeMillis:
      return {1'000, "10:00:00.123"};
    case Meaning::kTimeMicros:
      return {1'000'000, "10:00:00.123456"};
    case Meaning::kTimeNanos:
      return {1'000'000'000, "10:00:00.123456789"};
    case Meaning::kStampMillis:
      return {1'000, "2026-01-31 10:00:00.123"};
    case Meaning::kStampMicros:
      return {1'000'000, "2026-01-31 10:00:00.123456"};
    case Meaning::kStampNanos:
      return {1'000'000'000, "2026-01-31 10:00:00.123456789"};
    case Meaning::kInstantMillis:
      return {1'000, "2026-01-31T10:00:00.123Z"};
    case Meaning::kInstantNanos:
      return {1'000'000'000, "2026-01-31T10:00:00.123456789Z"};
    default:
      return {1'000'000, "2026-01-31T10:00:00.123456Z"};
  }
}

bool IsClock(Meaning meaning) {
  return meaning == Meaning::kTimeMillis || meaning == Meaning::kTimeMicros ||
         meaning == Meaning::kTimeNanos;
}

// Days, or a time in the unit of the type.
std::optional<int64_t> ParseMoment(Meaning meaning, std::string text) {
  if (meaning == Meaning::kDate) {
    const auto micros = text.size() == 10 ? ParseTime(text) : std::nullopt;
    return micros ? std::optional(*micros / types::kMicrosPerDay) : std::nullopt;
  }
  const auto nanos = TakeFraction(text);
  const Unit unit = UnitOf(meaning);
  const int64_t nanos_per_unit = 1'000'000'000 / unit.per_second;
  if (!nanos || *nanos % nanos_per_unit != 0) {
    return std::nullopt;
  }
  std::optional<int64_t> whole;
  bool minus = false;
  if (IsClock(meaning)) {
    whole = ParseClock(text);
    minus = text.starts_with('-');
  } else if (const auto micros = ParseTime(text)) {
    whole = *micros / 1'000'000;  // without a fraction it is whole seconds
  }
  int64_t value = 0;
  if (!whole || __builtin_mul_overflow(*whole, unit.per_second, &value)) {
    return std::nullopt;
  }
  const int64_t fraction = *nanos / nanos_per_unit;
  return minus ? value - fraction : value + fraction;
}

std::string WriteInteger(const Shape& shape, const JsonTree& json, Fit fit, std::string& out) {
  std::optional<int64_t> value;
  if (shape.meaning == Meaning::kPlain) {
    if (json.kind == JsonKind::kNumber || (json.kind == JsonKind::kText && fit == Fit::kLoose)) {
      value = Number<int64_t>(json.text);
    }
  } else if (json.kind == JsonKind::kText) {
    value = ParseMoment(shape.meaning, json.text);
  } else if (json.kind == JsonKind::kNumber && fit == Fit::kLoose) {
    value = Number<int64_t>(json.text);
  }
  const bool fits =
      value && (shape.kind == Kind::kLong || (*value >= INT32_MIN && *value <= INT32_MAX));
  if (!fits) {
    if (shape.meaning == Meaning::kPlain) {
      return fmt::format("is no {}", shape.kind == Kind::kLong ? "long" : "int");
    }
    const bool date = shape.meaning == Meaning::kDate;
    return fmt::format(
        "is no {}: write \"{}\"", shape.word, date ? "2026-01-31" : UnitOf(shape.meaning).example
    );
  }
  WriteLong(*value, out);
  return "";
}

template <typename T>
void AppendReal(T value, std::string& out) {
  const auto bytes = std::bit_cast<std::array<char, sizeof(T)>>(value);
  out.append(bytes.data(), bytes.size());
}

template <typename T>
std::string WriteReal(const JsonTree& json, Fit fit, const char* word, std::string& out) {
  const bool text = json.kind == JsonKind::kText;
  const auto value = json.kind == JsonKind::kNumber || text ? Number<T>(json.text) : std::nullopt;
  // Only what JSON has no number for is shown as text.
  if (!value || (text && fit == Fit::kAsShown && std::isfinite(*value))) {
    return fmt::format("is no {}", word);
  }
  AppendReal(*value, out);
  return "";
}

std::string WriteFixed(const Shape& shape, std::string bytes, bool negative, std::string& out) {
  if (shape.kind != Kind::kFixed) {
    WriteBytes(bytes, out);
    return "";
  }
  if (shape.meaning == Meaning::kDecimal && bytes.size() < shape.size) {
    bytes.insert(0, shape.size - bytes.size(), negative ? '\xFF' : '\0');
  }
  if (bytes.size() != shape.size) {
    return fmt::format("has {} bytes, and the type {}", bytes.size(), shape.size);
  }
  out += bytes;
  return "";
}

std::string DecimalName(const Shape& shape) {
  return shape.precision == 0 ? "decimal"
                              : fmt::format("decimal({},{})", shape.precision, shape.scale);
}

std::string WriteDecimal(const Shape& shape, const JsonTree& json, Fit fit, std::string& out) {
  const bool readable =
      json.kind == JsonKind::kNumber || (json.kind == JsonKind::kText && fit == Fit::kLoose);
  const auto parsed = readable ? DecimalText::Parse(json.text) : std::nullopt;
  if (!parsed) {
    return "is no " + DecimalName(shape);
  }
  const auto value = parsed->AtScale(shape.scale);
  if (!value) {
    return fmt::format("has more than {} digits behind the point", shape.scale);
  }
  if (shape.precision > 0 && value->digits.size() > static_cast<size_t>(shape.precision)) {
    return fmt::format("has more digits than {}", DecimalName(shape));
  }
  return WriteFixed(shape, value->Bytes(), value->negative, out);
}

// "b'101'", little-endian, in as many bytes as the column has.
std::string WriteBits(const Shape& shape, const JsonTree& json, std::string& out) {
  const std::string& text = json.text;
  const bool framed = json.kind == JsonKind::kText && text.size() > 3 && text.starts_with("b'") &&
                      text.back() == '\'';
  const std::string_view digits =
      framed ? std::string_view(text).substr(2, text.size() - 3) : std::string_view();
  if (!framed || digits.find_first_not_of("01") != std::string_view::npos) {
    return "is no bits: write \"b'101'\"";
  }
  std::string bytes(std::max((digits.size() + 7) / 8, shape.size), '\0');
  for (size_t i = 0; i < digits.size(); ++i) {
    const size_t bit = digits.size() - 1 - i;
    if (digits[i] == '1') {
      bytes[bit / 8] = static_cast<char>(static_cast<uint8_t>(bytes[bit / 8]) | 1U << (bit % 8));
    }
  }
  if (shape.size != 0 && bytes.size() > shape.size) {
    return fmt::format("has more than {} bits", shape.size * 8);
  }
  return WriteFixed(shape, std::move(bytes), false, out);
}

std::string WritePlainBytes(const Shape& shape, const JsonTree& json, std::string& out) {
  auto bytes = json.kind == JsonKind::kText ? HexBytes(json.text) : std::nullopt;
  return bytes ? WriteFixed(shape, *std::move(bytes), false, out)
               : "is no bytes: write them as \"0x00ff\"";
}

std::string WriteSymbol(const Shape& shape, const JsonTree& json, std::string& out) {
  const auto at = std::ranges::find(*shape.symbols, json.text);
  if (json.kind != JsonKind::kText || at == shape.symbols->end()) {
    constexpr size_t kNamed = 12;
    std::string names;
    for (size_t i = 0; i < std::min(kNamed, shape.symbols->size()); ++i) {
      names += (i == 0 ? "" : ", ") + (*shape.symbols)[i];
    }
    return fmt::format(
        "is none of the symbols {}{}", names, shape.symbols->size() > kNamed ? ", …" : ""
    );
  }
  WriteLong(at - shape.symbols->begin(), out);
  return "";
}

// A branch of a field of such a record, and its head; the field's shape itself where it is none.
const Shape* Inside(const Shape& shape, bool null, std::string& out) {
  if (shape.kind != Kind::kUnion) {
    return &shape;
  }
  for (size_t i = 0; i < shape.children.size(); ++i) {
    if ((shape.children[i]->kind == Kind::kNull) == null) {
      WriteLong(static_cast<int64_t>(i), out);
      return shape.children[i];
    }
  }
  return nullptr;
}

std::string WriteVariableScale(
    const Shape& shape, const JsonTree& json, Fit fit, std::string& out
) {
  const bool readable =
      json.kind == JsonKind::kNumber || (json.kind == JsonKind::kText && fit == Fit::kLoose);
  auto value = readable ? DecimalText::Parse(json.text) : std::nullopt;
  if (value && value->scale < 0) {
    value = value->AtScale(0);
  }
  if (!value) {
    return "is no decimal";
  }
  for (const Shape::Field& field : shape.fields) {
    const Shape* inside = Inside(*field.shape, false, out);
    if (inside != nullptr && inside->kind == Kind::kInt) {
      WriteLong(value->scale, out);
    } else if (inside != nullptr && inside->kind == Kind::kBytes) {
      WriteBytes(value->Bytes(), out);
    } else {
      return fmt::format("is of a type we do not know: its field {}", field.name);
    }
  }
  return "";
}

std::string WriteGeometry(const Shape& shape, const JsonTree& json, std::string& out) {
  std::optional<ParsedGeometry> value;
  if (json.kind == JsonKind::kText) {
    value = ParseWkt(json.text);
    if (auto hex = HexBytes(json.text); !value && hex) {
      value.emplace().wkb = *std::move(hex);
    }
  }
  const bool wants_point = std::ranges::any_of(shape.fields, [](const Shape::Field& field) {
    return field.name == "x";
  });
  if (!value || (wants_point && !value->is_point)) {
    return fmt::format(
        "is no {}: write \"POINT(1 2)\", with \"SRID=4326;\" before it if it has one", shape.word
    );
  }
  for (const Shape::Field& field : shape.fields) {
    const Shape* inside = Inside(*field.shape, field.name == "srid" && value->srid == 0, out);
    if (inside != nullptr && inside->kind == Kind::kDouble) {
      AppendReal(field.name == "x" ? value->x : value->y, out);
    } else if (inside != nullptr && inside->kind == Kind::kBytes) {
      WriteBytes(value->wkb, out);
    } else if (inside != nullptr && inside->kind == Kind::kInt) {
      WriteLong(value->srid, out);
    } else if (inside == nullptr || inside->kind != Kind::kNull) {
      return fmt::format("is of a type we do not know: its field {}", field.name);
    }
  }
  return "";
}

}  // namespace

std::optional<std::string> HexBytes(std::string_view text) {
  if (!text.starts_with("0x")) {
    return std::nullopt;
  }
  auto bytes = FromHex(text.substr(2));
  return bytes ? std::optional(*std::move(bytes)) : std::nullopt;
}

void WriteLong(int64_t value, std::string& out) {
  uint8_t raw[kVarintBytesMax];
  const uint8_t* end = PutZigZag(raw, value);
  out.append(AsText({raw, static_cast<size_t>(end - raw)}));
}

void WriteBytes(std::string_view bytes, std::string& out) {
  WriteLong(static_cast<int64_t>(bytes.size()), out);
  out += bytes;
}

std::string WriteScalar(const Shape& shape, const JsonTree& json, Fit fit, std::string& out) {
  switch (shape.kind) {
    case Kind::kNull:
      return json.kind == JsonKind::kNull ? "" : "is not null";
    case Kind::kBoolean:
      if (json.kind != JsonKind::kBoolean) {
        return "is neither true nor false";
      }
      out += json.boolean ? '\1' : '\0';
      return "";
    case Kind::kInt:
    case Kind::kLong:
      return WriteInteger(shape, json, fit, out);
    case Kind::kFloat:
      return WriteReal<float>(json, fit, "float", out);
    case Kind::kDouble:
      return WriteReal<double>(json, fit, "double", out);
    case Kind::kBytes:
    case Kind::kFixed:
      return shape.meaning == Meaning::kDecimal ? WriteDecimal(shape, json, fit, out)
             : shape.meaning == Meaning::kBits  ? WriteBits(shape, json, out)
                                                : WritePlainBytes(shape, json, out);
    case Kind::kString:
      if (json.kind != JsonKind::kText) {
        return "is no string: write it in quotes";
      }
      WriteBytes(json.text, out);
      return "";
    case Kind::kEnum:
      return WriteSymbol(shape, json, out);
    default:
      return shape.meaning == Meaning::kGeometry ? WriteGeometry(shape, json, out)
                                                 : WriteVariableScale(shape, json, fit, out);
  }
}

}  // namespace rowhouse::browse
