#include "browse/scalar.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include <fmt/format.h>

#include "avro/decoder.h"
#include "base/bytes.h"
#include "browse/geometry.h"
#include "browse/time_text.h"
#include "types/calendar.h"

namespace rowhouse::browse {

namespace {

// Bytes of the UTF-8 character at the start of the text; 0 when there is none.
size_t CharacterBytes(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte(0);
  if (first < 0x80) {
    return 1;
  }
  const size_t bytes =
      first < 0xC2 || first > 0xF4 ? 0 : (first < 0xE0 ? 2 : (first < 0xF0 ? 3 : 4));
  if (bytes == 0 || bytes > text.size()) {
    return 0;
  }
  for (size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0) != 0x80) {
      return 0;
    }
  }
  const uint8_t second = byte(1);  // overlong, a surrogate, beyond U+10FFFF
  const bool wrong = (first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
                     (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F);
  return wrong ? 0 : bytes;
}

int64_t FloorDivide(int64_t value, int64_t by) {
  return value / by - (value % by < 0 ? 1 : 0);
}

// A point in time as microseconds since 1970; nullopt where it is beyond them.
std::optional<int64_t> Micros(const Scalar& v) {
  int64_t micros = 0;
  switch (v.meaning) {
    case Meaning::kDate:
      return __builtin_mul_overflow(v.number, types::kMicrosPerDay, &micros)
                 ? std::nullopt
                 : std::optional(micros);
    case Meaning::kStampMillis:
    case Meaning::kInstantMillis:
    case Meaning::kTimeMillis:
      return __builtin_mul_overflow(v.number, int64_t{1000}, &micros) ? std::nullopt
                                                                      : std::optional(micros);
    case Meaning::kStampNanos:
    case Meaning::kInstantNanos:
    case Meaning::kTimeNanos:
      return FloorDivide(v.number, 1000);
    default:
      return v.number;
  }
}

bool IsTimeOfDay(Meaning m) {
  return m == Meaning::kTimeMillis || m == Meaning::kTimeMicros || m == Meaning::kTimeNanos;
}

bool IsInstant(Meaning m) {
  return m == Meaning::kInstantMillis || m == Meaning::kInstantMicros ||
         m == Meaning::kInstantNanos;
}

void AppendNumber(int64_t number, std::string& out) {
  char text[24];
  const auto end = std::to_chars(std::begin(text), std::end(text), number).ptr;
  out.append(std::begin(text), end);
}

// As many digits behind the second as say something, in threes.
int FractionDigits(int64_t micros) {
  if (micros % types::kMicrosPerSecond == 0) {
    return 0;
  }
  return micros % 1000 == 0 ? 3 : 6;
}

void AppendTime(const Scalar& v, std::string& out) {
  const auto micros = Micros(v);
  if (!micros) {
    AppendNumber(v.number, out);
  } else if (IsTimeOfDay(v.meaning)) {
    AppendTimeOfDay(*micros, FractionDigits(*micros), out);
  } else {
    const size_t start = out.size();
    AppendDateTime(*micros, FractionDigits(*micros), out);
    if (IsInstant(v.meaning)) {
      const size_t space = out.rfind(' ');
      out[space == std::string::npos || space < start ? start : space] = 'T';
      out += 'Z';
    }
  }
}

void AppendDecimal(const Scalar& v, std::string& out) {
  if (const auto number = Number::OfBytes(v.bytes, v.scale)) {
    out += number->Text();
  } else {
    out += "0x" + ToHex(AsBytes(v.bytes));
  }
}

void AppendBits(std::string_view little_endian, std::string& out) {
  std::string bits;
  for (size_t i = little_endian.size(); i-- > 0;) {
    for (int bit = 7; bit >= 0; --bit) {
      bits += (static_cast<uint8_t>(little_endian[i]) >> bit & 1) != 0 ? '1' : '0';
    }
  }
  bits.erase(0, std::min(bits.find('1'), bits.empty() ? 0 : bits.size() - 1));
  out += "b'" + bits + "'";
}

void AppendHex(std::string_view bytes, std::string& out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += "0x";
  for (const char c : bytes) {
    out += kDigits[static_cast<uint8_t>(c) >> 4];
    out += kDigits[static_cast<uint8_t>(c) & 15];
  }
}

}  // namespace

std::string& Scratch::Next() {
  if (used_ == texts_.size()) {
    texts_.emplace_back();
  }
  std::string& text = texts_[used_++];
  text.clear();
  return text;
}

void Scratch::Reset() {
  constexpr size_t kKeptBytes = 1 << 20;
  for (size_t i = 0; i < used_; ++i) {
    if (texts_[i].capacity() > kKeptBytes) {
      std::string().swap(texts_[i]);  // one large message is not the measure of all
    }
  }
  used_ = 0;
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const size_t bytes = CharacterBytes(text);
    if (bytes == 0) {
      return false;
    }
    text.remove_prefix(bytes);
  }
  return true;
}

void AppendUtf8(std::string_view text, std::string& out) {
  while (!text.empty()) {
    size_t good = 0;
    size_t bytes = 0;
    while (good < text.size() && (bytes = CharacterBytes(text.substr(good))) > 0) {
      good += bytes;
    }
    out += text.substr(0, good);
    text.remove_prefix(good);
    if (!text.empty()) {
      out += "\xEF\xBF\xBD";
      text.remove_prefix(1);
    }
  }
}

std::string_view CutCharacters(std::string_view text, size_t characters) {
  size_t at = 0;
  for (; at < text.size() && characters > 0; --characters) {
    const size_t bytes = CharacterBytes(text.substr(at));
    at += bytes == 0 ? 1 : bytes;
  }
  return text.substr(0, at);
}

void AppendShown(const Scalar& v, std::string& out) {
  if (v.meaning == Meaning::kDecimal && v.stored == Stored::kBytes) {
    AppendDecimal(v, out);
    return;
  }
  if (v.meaning == Meaning::kBits && v.stored == Stored::kBytes) {
    AppendBits(v.bytes, out);
    return;
  }
  if (v.meaning == Meaning::kGeometry && AppendWkt(v.bytes, v.number, out)) {
    return;
  }
  switch (v.stored) {
    case Stored::kNull:
      out += "null";
      return;
    case Stored::kBoolean:
      out += v.number != 0 ? "true" : "false";
      return;
    case Stored::kInteger:
      if (v.meaning == Meaning::kDate) {
        AppendDate(v.number, out);
      } else if (v.meaning == Meaning::kPlain) {
        AppendNumber(v.number, out);
      } else {
        AppendTime(v, out);
      }
      return;
    case Stored::kFloat:
      fmt::format_to(std::back_inserter(out), "{}", static_cast<float>(v.real));
      return;
    case Stored::kDouble:
      fmt::format_to(std::back_inserter(out), "{}", v.real);
      return;
    case Stored::kText:
    case Stored::kDigits:
      AppendUtf8(v.bytes, out);
      return;
    case Stored::kBytes:
      AppendHex(v.bytes, out);
      return;
  }
}

void AppendRaw(const Scalar& v, std::string& out) {
  if (v.meaning == Meaning::kPlain || v.meaning == Meaning::kTimeInText) {
    return;
  }
  if (v.stored == Stored::kInteger) {
    AppendNumber(v.number, out);
  } else if (v.stored == Stored::kBytes) {
    AppendHex(v.bytes, out);
  }
}

bool IsQuoted(const Scalar& v) {
  switch (v.stored) {
    case Stored::kNull:
    case Stored::kBoolean:
    case Stored::kDigits:
      return false;
    case Stored::kInteger:
      return v.meaning != Meaning::kPlain;
    case Stored::kFloat:
    case Stored::kDouble:
      return !(v.real - v.real == 0);  // NaN and infinities, which JSON has not
    case Stored::kBytes:
      return v.meaning != Meaning::kDecimal;
    case Stored::kText:
      return true;
  }
  return true;
}

FilterValue ToFilterValue(const Scalar& v, Scratch& scratch) {
  const auto shown = [&]() -> std::string_view {
    std::string& text = scratch.Next();
    AppendShown(v, text);
    return text;
  };
  const auto number = [](std::optional<Number> n) {
    return n ? FilterValue::Of(*std::move(n)) : FilterValue();
  };
  switch (v.stored) {
    case Stored::kNull:
      return {};
    case Stored::kBoolean:
      return FilterValue::Bool(v.number != 0);
    case Stored::kInteger: {
      if (v.meaning == Meaning::kPlain) {
        return FilterValue::Of(Number::OfInt(v.number));
      }
      const auto micros = Micros(v);
      return micros && !IsTimeOfDay(v.meaning) ? FilterValue::Time(*micros, shown())
                                               : FilterValue::Text(shown());
    }
    case Stored::kFloat:
      return FilterValue::Of(Number::OfFloat(static_cast<float>(v.real)));
    case Stored::kDouble:
      return FilterValue::Of(Number::OfDouble(v.real));
    case Stored::kDigits:
      return number(Number::Parse(v.bytes));
    case Stored::kText: {
      const auto micros = v.meaning == Meaning::kTimeInText ? ParseTime(v.bytes) : std::nullopt;
      return micros ? FilterValue::Time(*micros, v.bytes) : FilterValue::Text(v.bytes);
    }
    case Stored::kBytes:
      if (v.meaning == Meaning::kDecimal) {
        return number(Number::OfBytes(v.bytes, v.scale));
      }
      if (v.meaning == Meaning::kBits && v.bytes.size() <= sizeof(uint64_t)) {
        ByteCursor bits(AsBytes(v.bytes));
        return FilterValue::Of(Number::OfUnsigned(bits.LittleEndian(v.bytes.size())));
      }
      return FilterValue::Text(shown());
  }
  return {};
}

}  // namespace rowhouse::browse
