#include "mysql/json_text.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>

#include "mysql/decimal.h"

namespace rowhouse::mysql {

namespace {

// Numbers of SQL types as opaque values name them.
constexpr uint8_t kTimestampType = 7;
constexpr uint8_t kDateType = 10;
constexpr uint8_t kTimeType = 11;
constexpr uint8_t kDateTimeType = 12;
constexpr uint8_t kDecimalType = 246;

constexpr std::string_view kHexDigits = "0123456789abcdef";

char* Put(char* to, std::string_view text) {
  std::memcpy(to, text.data(), text.size());
  return to + text.size();
}

char* PutDigits(char* to, uint64_t v, int digits) {
  for (int i = digits - 1; i >= 0; --i) {
    to[i] = static_cast<char>('0' + v % 10);
    v /= 10;
  }
  return to + digits;
}

// "2026-01-31" of year * 13 + month and day, as the server packs them.
char* PutDate(char* to, uint64_t packed_date) {
  const uint64_t months = packed_date >> 5;
  to = PutDigits(to, months / 13, 4);
  *to++ = '-';
  to = PutDigits(to, months % 13, 2);
  *to++ = '-';
  return PutDigits(to, packed_date & 31, 2);
}

// "10:00:00.000000"; hours may have three digits.
char* PutClock(char* to, uint64_t hms, uint64_t micros) {
  const uint64_t hours = hms >> 12;
  to = PutDigits(to, hours, hours > 99 ? 3 : 2);
  *to++ = ':';
  to = PutDigits(to, hms >> 6 & 63, 2);
  *to++ = ':';
  to = PutDigits(to, hms & 63, 2);
  *to++ = '.';
  return PutDigits(to, micros, 6);
}

char EscapeOf(char c) {
  switch (c) {
    case '"':
      return '"';
    case '\\':
      return '\\';
    case '\b':
      return 'b';
    case '\f':
      return 'f';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    default:
      return 0;
  }
}

bool NeedsEscape(char c) {
  return static_cast<uint8_t>(c) < 0x20 || c == '"' || c == '\\';
}

}  // namespace

// Between 10^-15 and 10^15, and beyond with a digit after the point, in full; else with an
// exponent. Both with the fewest digits that give the same double back.
char* PutJsonDouble(char* to, double v) {
  std::array<char, 32> scientific{};
  const auto written = std::to_chars(
      scientific.data(), scientific.data() + scientific.size(), v, std::chars_format::scientific
  );
  std::string_view text(scientific.data(), static_cast<size_t>(written.ptr - scientific.data()));
  if (text.front() == '-') {
    *to++ = '-';
    text.remove_prefix(1);
  }
  const size_t e = text.find('e');
  std::array<char, 24> digits{};
  size_t count = 0;
  for (const char c : text.substr(0, e)) {
    if (c != '.') {
      digits[count++] = c;
    }
  }
  int exponent = 0;
  const char* const sign = text.data() + e + 1;
  std::from_chars(sign + 1, text.data() + text.size(), exponent);
  exponent = *sign == '-' ? -exponent : exponent;
  const std::string_view all(digits.data(), count);
  constexpr int kPlainMost = 14;
  constexpr int kPlainLeast = -15;
  const bool has_fraction = static_cast<int>(count) > exponent + 1;
  if ((exponent > kPlainMost && !has_fraction) || exponent < kPlainLeast) {
    *to++ = all[0];
    if (count > 1) {
      *to++ = '.';
      to = Put(to, all.substr(1));
    }
    *to++ = 'e';
    return std::to_chars(to, to + 5, exponent).ptr;
  }
  if (exponent < 0) {
    to = Put(to, "0.");
    to = std::fill_n(to, -exponent - 1, '0');
    return Put(to, all);
  }
  const auto whole = static_cast<size_t>(exponent) + 1;
  to = Put(to, all.substr(0, whole));
  if (count <= whole) {
    to = std::fill_n(to, whole - count, '0');
    return Put(to, ".0");
  }
  *to++ = '.';
  return Put(to, all.substr(whole));
}

std::optional<std::string_view> JsonText(ByteView document, Arena& arena) {
  JsonTextWriter writer(arena, document.size());
  const bool good = writer.Value(JsonValue::Document(document), 0);
  const std::string_view text = writer.Finish();
  return good ? std::optional(text) : std::nullopt;
}

JsonTextWriter::JsonTextWriter(Arena& arena, size_t document_bytes)
    : arena_(arena), bytes_max_(TextBytesMax(document_bytes)) {
  const size_t bytes = document_bytes * 2 + 64;
  begin_ = reinterpret_cast<char*>(arena_.Allocate(bytes));
  at_ = begin_;
  end_ = begin_ + bytes;
}

std::string_view JsonTextWriter::Finish() {
  const auto used = static_cast<size_t>(at_ - begin_);
  arena_.ShrinkLast(reinterpret_cast<uint8_t*>(begin_), used);
  return {begin_, used};
}

bool JsonTextWriter::Room(size_t bytes) {
  if (static_cast<size_t>(end_ - at_) >= bytes) [[likely]] {
    return true;
  }
  const auto used = static_cast<size_t>(at_ - begin_);
  if (used + bytes > bytes_max_) {
    return false;
  }
  const size_t grown = std::min(std::max(used * 2, used + bytes), bytes_max_);
  char* const moved = reinterpret_cast<char*>(arena_.Allocate(grown));
  std::memcpy(moved, begin_, used);
  begin_ = moved;
  at_ = moved + used;
  end_ = moved + grown;
  return true;
}

bool JsonTextWriter::Raw(std::string_view text) {
  if (!Room(text.size())) {
    return false;
  }
  at_ = Put(at_, text);
  return true;
}

bool JsonTextWriter::String(std::string_view text) {
  const auto escapes = static_cast<size_t>(std::count_if(text.begin(), text.end(), NeedsEscape));
  constexpr size_t kEscapedBytes = 6;
  if (!Room(2 + text.size() + (kEscapedBytes - 1) * escapes)) {
    return false;
  }
  *at_++ = '"';
  if (escapes == 0) [[likely]] {
    at_ = Put(at_, text);
  } else {
    for (const char c : text) {
      const char letter = EscapeOf(c);
      if (!NeedsEscape(c)) {
        *at_++ = c;
      } else if (letter != 0) {
        *at_++ = '\\';
        *at_++ = letter;
      } else {
        at_ = Put(at_, "\\u00");
        *at_++ = kHexDigits[static_cast<uint8_t>(c) >> 4];
        *at_++ = kHexDigits[c & 15];
      }
    }
  }
  *at_++ = '"';
  return true;
}

bool JsonTextWriter::Value(const JsonValue& value, size_t depth) {
  return value.is_container() ? Container(value, depth + 1) : Scalar(value);
}

bool JsonTextWriter::Container(const JsonValue& value, size_t depth) {
  const auto container = JsonContainer::Open(value);
  if (!container.has_value() || depth > kDepthMax) {
    return false;
  }
  const bool object = container->is_object();
  bool good = Raw(object ? "{" : "[");
  for (size_t i = 0; i < container->size() && good; ++i) {
    good = i == 0 || Raw(", ");
    if (object && good) {
      const auto key = container->Key(i);
      good = key.has_value() && String(*key) && Raw(": ");
    }
    const auto item = container->Item(i);
    good = good && item.has_value() && Value(*item, depth);
  }
  return good && Raw(object ? "}" : "]");
}

bool JsonTextWriter::Scalar(const JsonValue& value) {
  switch (value.type()) {
    case JsonValue::Type::kLiteral: {
      constexpr std::array<std::string_view, 3> kNames = {"null", "true", "false"};
      const auto which = value.Bits(1);
      return which.has_value() && *which < kNames.size() && Raw(kNames[*which]);
    }
    case JsonValue::Type::kString: {
      const auto text = value.Text();
      return text.has_value() && String(*text);
    }
    case JsonValue::Type::kOpaque: {
      const auto opaque = value.OpaqueValue();
      return opaque.has_value() && Opaque(*opaque);
    }
    default:
      return Number(value);
  }
}

bool JsonTextWriter::Number(const JsonValue& value) {
  constexpr size_t kNumberBytesMax = 32;
  if (!Room(kNumberBytesMax)) {
    return false;
  }
  const auto put = [&](auto number) {
    at_ = std::to_chars(at_, end_, number).ptr;
    return true;
  };
  const auto bits = [&](size_t bytes) { return value.Bits(bytes); };
  switch (value.type()) {
    case JsonValue::Type::kInt16:
      return bits(2).has_value() && put(static_cast<int16_t>(*bits(2)));
    case JsonValue::Type::kUint16:
      return bits(2).has_value() && put(*bits(2));
    case JsonValue::Type::kInt32:
      return bits(4).has_value() && put(static_cast<int32_t>(*bits(4)));
    case JsonValue::Type::kUint32:
      return bits(4).has_value() && put(*bits(4));
    case JsonValue::Type::kInt64:
      return bits(8).has_value() && put(static_cast<int64_t>(*bits(8)));
    case JsonValue::Type::kUint64:
      return bits(8).has_value() && put(*bits(8));
    case JsonValue::Type::kDouble: {
      const double v = std::bit_cast<double>(bits(8).value_or(0));
      if (!bits(8).has_value() || v - v != 0) {  // JSON has no infinity, and no NaN
        return false;
      }
      at_ = PutJsonDouble(at_, v);
      return true;
    }
    default:
      return false;
  }
}

bool JsonTextWriter::Opaque(const JsonValue::Opaque& value) {
  switch (value.mysql_type) {
    case kDecimalType:
      return Decimal(value.bytes);
    case kDateType:
    case kTimeType:
    case kDateTimeType:
    case kTimestampType: {
      ByteCursor in(value.bytes);
      const uint64_t packed = in.U64();
      return in.ok() && in.done() && Temporal(value.mysql_type, packed);
    }
    default:
      return Base64(value);
  }
}

bool JsonTextWriter::Temporal(uint8_t mysql_type, uint64_t packed) {
  constexpr size_t kTemporalBytesMax = 40;
  if (!Room(kTemporalBytesMax)) {
    return false;
  }
  const bool negative = mysql_type == kTimeType && packed >> 63 != 0;
  packed = negative ? 0 - packed : packed;
  constexpr unsigned kMicrosBits = 24;
  constexpr uint64_t kMicrosMax = 999'999;
  constexpr uint64_t kDayBits = 17;
  const uint64_t micros = packed & 0xFF'FFFF;
  const uint64_t seconds = packed >> kMicrosBits;
  const uint64_t date = seconds >> kDayBits;
  constexpr uint64_t kDateEnd = (9999 * 13 + 13) << 5;
  if (micros > kMicrosMax || (mysql_type == kTimeType ? seconds >> 22 != 0 : date >= kDateEnd)) {
    return false;
  }
  *at_++ = '"';
  if (mysql_type == kTimeType) {
    at_ = negative ? Put(at_, "-") : at_;
    at_ = PutClock(at_, seconds, micros);
  } else {
    at_ = PutDate(at_, date);
    if (mysql_type != kDateType) {
      *at_++ = ' ';
      at_ = PutClock(at_, seconds & ((1 << kDayBits) - 1), micros);
    }
  }
  *at_++ = '"';
  return true;
}

bool JsonTextWriter::Decimal(ByteView bytes) {
  ByteCursor in(bytes);
  const unsigned precision = in.U8();
  const unsigned scale = in.U8();
  constexpr unsigned kPrecisionMost = 65;
  const bool sane = in.ok() && precision >= 1 && precision <= kPrecisionMost && scale <= precision;
  if (!sane || in.left() != DecimalBytes(precision, scale) || !Room(kDecimalTextMax)) {
    return false;
  }
  char* const end = DecimalTextFromImage(in.data(), precision, scale, at_);
  at_ = end == nullptr ? at_ : end;
  return end != nullptr;
}

// Lines of 76 characters, as MIME has them: inside a JSON string an end of line is "\n".
bool JsonTextWriter::Base64(const JsonValue::Opaque& value) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  constexpr size_t kLineBytes = 57;  // 76 characters
  const ByteView raw = value.bytes;
  if (!Room(32 + raw.size() / 3 * 4 + 4 + raw.size() / kLineBytes * 2)) {
    return false;
  }
  at_ = Put(at_, "\"base64:type");
  at_ = std::to_chars(at_, end_, value.mysql_type).ptr;
  *at_++ = ':';
  for (size_t i = 0; i < raw.size(); i += 3) {
    if (i != 0 && i % kLineBytes == 0) {
      at_ = Put(at_, "\\n");
    }
    const size_t left = std::min<size_t>(raw.size() - i, 3);
    const uint32_t three = uint32_t{raw[i]} << 16 | (left > 1 ? uint32_t{raw[i + 1]} << 8 : 0U) |
                           (left > 2 ? uint32_t{raw[i + 2]} : 0U);
    *at_++ = kAlphabet[three >> 18];
    *at_++ = kAlphabet[three >> 12 & 63];
    *at_++ = left > 1 ? kAlphabet[three >> 6 & 63] : '=';
    *at_++ = left > 2 ? kAlphabet[three & 63] : '=';
  }
  *at_++ = '"';
  return true;
}

}  // namespace rowhouse::mysql
