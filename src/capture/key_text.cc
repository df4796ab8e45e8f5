#include "capture/key_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

#include "avro/decoder.h"
#include "avro/wire.h"
#include "base/bytes.h"
#include "base/varint.h"
#include "types/calendar.h"
#include "types/text_values.h"

namespace rowhouse::capture {

namespace {

constexpr size_t kHeaderBytes = 5;
constexpr size_t kShownBytes = 200;  // of a key in a message
constexpr int64_t kMillisPerDay = 86'400'000;

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
    }
    out += c;
  }
  return out + '"';
}

std::string Base64(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + kVarintBytesMax, '\0');
  auto* const to = reinterpret_cast<uint8_t*>(out.data());
  out.resize(static_cast<size_t>(types::PutBase64(bytes, types::BinaryMode::kBase64, to) - to));
  // Avro's length comes first.
  const auto last = std::ranges::find_if(out, [](char c) { return (c & 0x80) == 0; });
  out.erase(out.begin(), last + 1);
  return out;
}

// Digits without a point, and where it belongs: 0.digits * 10^exponent.
struct Digits {
  std::string digits;
  int exponent = 0;
};

// The fewest digits that are read back as the same number.
template <typename Float>
Digits ShortestOf(Float value) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(
      buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific
  );
  const std::string text(buffer.data(), end.ptr);
  const size_t e = text.find('e');
  Digits out{text.substr(0, 1), std::atoi(text.c_str() + e + 1) + 1};
  if (e > 2) {
    out.digits += text.substr(2, e - 2);
  }
  return out;
}

// As Java's Double.toString and Float.toString.
template <typename Float>
std::string JavaNumber(Float value) {
  const std::string sign = std::signbit(value) ? "-" : "";
  const Float size = std::abs(value);
  if (size == 0) {
    return sign + "0.0";
  }
  auto [digits, exponent] = ShortestOf(size);
  const auto count = static_cast<int>(digits.size());
  if (size < Float(1e-3) || size >= Float(1e7)) {
    const std::string rest = count > 1 ? digits.substr(1) : "0";
    return fmt::format("{}{}.{}E{}", sign, digits[0], rest, exponent - 1);
  }
  if (exponent <= 0) {
    return sign + "0." + std::string(static_cast<size_t>(-exponent), '0') + digits;
  }
  if (count <= exponent) {
    return sign + digits + std::string(static_cast<size_t>(exponent - count), '0') + ".0";
  }
  return sign + digits.insert(static_cast<size_t>(exponent), ".");
}

// As BigDecimal.toString: with an exponent where there are many zeros behind the point.
std::string JavaDecimal(const std::string& plain, int scale) {
  std::string digits;
  for (const char c : plain) {
    if (c >= '0' && c <= '9' && (c != '0' || !digits.empty())) {
      digits += c;
    }
  }
  digits = digits.empty() ? "0" : digits;
  const int exponent = static_cast<int>(digits.size()) - 1 - scale;
  constexpr int kLeast = -6;
  if (scale <= 0 || exponent >= kLeast) {
    return plain;
  }
  const std::string sign = plain.starts_with('-') ? "-" : "";
  const std::string rest = digits.size() > 1 ? "." + digits.substr(1) : "";
  return fmt::format("{}{}{}E{}", sign, digits[0], rest, exponent);
}

// Connect's Date, Time and Timestamp: as much of the moment as it has.
std::string JavaDate(int64_t millis) {
  const int64_t day = (millis >= 0 ? millis : millis - kMillisPerDay + 1) / kMillisPerDay;
  const int64_t rest = millis - day * kMillisPerDay;
  const std::string time = fmt::format(
      "{:02}:{:02}:{:02}.{:03}Z",
      rest / 3'600'000,
      rest / 60'000 % 60,
      rest / 1000 % 60,
      rest % 1000
  );
  if (millis < kMillisPerDay) {
    return time;
  }
  const types::CivilDate date = types::DateOf(day);
  const std::string days = fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day);
  return rest == 0 ? days : days + "T" + time;
}

std::string IntegerText(const avro::Value& value) {
  const auto name = value.type->Find("connect.name");
  if (name == R"("org.apache.kafka.connect.data.Date")") {
    return JavaDate(value.number * kMillisPerDay);
  }
  const bool moment = name == R"("org.apache.kafka.connect.data.Time")" ||
                      name == R"("org.apache.kafka.connect.data.Timestamp")";
  return moment ? JavaDate(value.number) : fmt::format("{}", value.number);
}

std::string Text(const avro::Value& value) {
  switch (value.type->kind) {
    case avro::Kind::kNull:
      return "null";
    case avro::Kind::kBoolean:
      return value.number != 0 ? "true" : "false";
    case avro::Kind::kInt:
    case avro::Kind::kLong:
      return IntegerText(value);
    case avro::Kind::kFloat:
      return JavaNumber(static_cast<float>(value.real));
    case avro::Kind::kDouble:
      return JavaNumber(value.real);
    case avro::Kind::kBytes:
      return value.type->logical == avro::Logical::kDecimal
                 ? JavaDecimal(avro::DecimalText(value.bytes, value.type->scale), value.type->scale)
                 : Quoted(Base64(value.bytes));
    case avro::Kind::kRecord: {
      std::string out = "{";
      for (size_t i = 0; i < value.items.size(); ++i) {
        out += i == 0 ? "" : ",";
        out += Quoted(value.type->fields[i].name) + ":" + Text(value.items[i]);
      }
      return out + "}";
    }
    default:
      return Quoted(value.bytes);
  }
}

// For people: at most `bytes_max`, not in the middle of a character.
std::string Cut(std::string text, size_t bytes_max) {
  if (text.size() <= bytes_max) {
    return text;
  }
  size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) {
    --end;
  }
  return text.substr(0, end) + "...";
}

Result<std::string> TextOf(SchemaStore& schemas, std::string_view key) {
  const avro::Framed framed = ROWHOUSE_TRY(avro::ReadFrame(AsBytes(key)));
  const std::string text = ROWHOUSE_TRY(schemas.ById(framed.schema_id));
  const avro::SchemaPtr schema = ROWHOUSE_TRY(avro::Schema::Parse(text));
  return KeyText(*schema, key);
}

}  // namespace

std::string RowOfKey(SchemaStore& schemas, std::optional<std::string_view> key) {
  const auto text = key ? TextOf(schemas, *key) : Result<std::string>(std::string());
  return text && !text->empty() ? "row " + Cut(*text, kShownBytes) : "row";
}

Result<std::string> KeyText(const avro::Schema& schema, std::string_view key) {
  return Text(ROWHOUSE_TRY(avro::Decode(schema, AsBytes(key.substr(kHeaderBytes)))));
}

}  // namespace rowhouse::capture
