#include "avro/decoder.h"

#include <algorithm>
#include <bit>
#include <utility>

#include <fmt/format.h>

#include "base/json_text.h"
#include "base/varint.h"

namespace rowhouse::avro {
namespace {

// Reads one value; the first thing that is wrong stops it.
class Reader {
 public:
  Reader(ByteView bytes, const DecodeLimits& limits) : in_(bytes), limits_(limits) {}

  bool Read(const Node& type, int depth, Value& out) {
    if (depth > limits_.depth_max) {
      return Fail(fmt::format("nested deeper than {}", limits_.depth_max));
    }
    if (++values_ > limits_.values_max) {
      return Fail(fmt::format("more than {} values", limits_.values_max));
    }
    out.type = &type;
    switch (type.kind) {
      case Kind::kNull:
        return true;
      case Kind::kBoolean:
        return Boolean(out);
      case Kind::kInt:
      case Kind::kLong:
        return Long(out.number);
      case Kind::kFloat:
        out.real = std::bit_cast<float>(in_.U32());
        return Sound();
      case Kind::kDouble:
        out.real = std::bit_cast<double>(in_.U64());
        return Sound();
      case Kind::kBytes:
      case Kind::kString:
        return Text(out.bytes);
      case Kind::kFixed:
        out.bytes = in_.Text(type.size);
        return Sound();
      case Kind::kEnum:
        return Enum(type, out);
      case Kind::kRecord:
        return Record(type, depth, out);
      case Kind::kArray:
      case Kind::kMap:
        return Blocks(type, depth, out);
      case Kind::kUnion:
        return Union(type, depth, out);
    }
    return false;
  }

  size_t left() const { return in_.left(); }

  Error TakeError() const {
    return Error(ErrorKind::kBadRecord, path_.empty() ? problem_ : path_ + ": " + problem_);
  }

 private:
  bool Fail(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }

  bool Sound() { return in_.ok() || Fail("the value is cut off"); }

  bool Long(int64_t& out) {
    uint64_t v = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      const uint8_t byte = in_.U8();
      v |= shift < 64 ? uint64_t{byte & 0x7FU} << shift : 0;
      if ((byte & 0x80) == 0) {
        out = UnZigZag(v);
        return Sound();
      }
    }
    return Fail("a number of more than ten bytes");
  }

  bool Boolean(Value& out) {
    out.number = in_.U8();
    return Sound() && (out.number <= 1 || Fail("a boolean that is neither 0 nor 1"));
  }

  bool Text(std::string& out) {
    int64_t size = 0;
    if (!Long(size)) {
      return false;
    }
    if (size < 0 || static_cast<uint64_t>(size) > in_.left()) {
      return Fail(fmt::format("a length of {} with {} bytes left", size, in_.left()));
    }
    out = in_.Text(static_cast<size_t>(size));
    return true;
  }

  bool Index(size_t count, const char* what, size_t& out) {
    int64_t index = 0;
    if (!Long(index)) {
      return false;
    }
    if (index < 0 || static_cast<uint64_t>(index) >= count) {
      return Fail(fmt::format("{} {} of {}", what, index, count));
    }
    out = static_cast<size_t>(index);
    return true;
  }

  bool Enum(const Node& type, Value& out) {
    size_t index = 0;
    if (!Index(type.symbols.size(), "symbol", index)) {
      return false;
    }
    out.number = static_cast<int64_t>(index);
    out.bytes = type.symbols[index];
    return true;
  }

  bool Union(const Node& type, int depth, Value& out) {
    size_t branch = 0;
    return Index(type.children.size(), "branch", branch) &&
           Read(*type.children[branch], depth + 1, out);
  }

  bool Record(const Node& type, int depth, Value& out) {
    out.items.resize(type.fields.size());
    for (size_t i = 0; i < type.fields.size(); ++i) {
      if (!Read(*type.fields[i].type, depth + 1, out.items[i])) {
        path_ = type.fields[i].name + (path_.empty() ? "" : "." + path_);
        return false;
      }
    }
    return true;
  }

  // An array or a map: blocks of items, each with its count before it; 0 ends them. A
  // negative count is followed by the block's size.
  bool Blocks(const Node& type, int depth, Value& out) {
    while (true) {
      int64_t count = 0;
      int64_t bytes = 0;
      if (!Long(count) || (count < 0 && !Long(bytes))) {
        return false;
      }
      if (count == 0) {
        return true;
      }
      for (uint64_t n = count < 0 ? 0 - static_cast<uint64_t>(count) : static_cast<uint64_t>(count);
           n > 0;
           --n) {
        if (type.kind == Kind::kMap && !Text(out.names.emplace_back())) {
          return false;
        }
        if (!Read(*type.children[0], depth + 1, out.items.emplace_back())) {
          return false;
        }
      }
    }
  }

  ByteCursor in_;
  const DecodeLimits limits_;
  size_t values_ = 0;
  std::string path_;
  std::string problem_;
};

// How many bytes a UTF-8 character has by its first; 0 for none.
size_t BytesByFirst(uint8_t first) {
  if (first < 0x80) {
    return 1;
  }
  if (first < 0xC2 || first > 0xF4) {
    return 0;
  }
  if (first < 0xE0) {
    return 2;
  }
  return first < 0xF0 ? 3 : 4;
}

// Whether the second byte makes the character overlong, a surrogate or beyond U+10FFFF.
bool IsWrongSecond(uint8_t first, uint8_t second) {
  switch (first) {
    case 0xE0:
      return second < 0xA0;
    case 0xED:
      return second > 0x9F;
    case 0xF0:
      return second < 0x90;
    case 0xF4:
      return second > 0x8F;
    default:
      return false;
  }
}

// Bytes of the UTF-8 character at the start of the text; 0 when there is none.
size_t CharacterBytes(std::string_view text) {
  const auto first = static_cast<uint8_t>(text[0]);
  const size_t bytes = BytesByFirst(first);
  if (bytes == 0 || bytes > text.size()) {
    return 0;
  }
  for (size_t i = 1; i < bytes; ++i) {
    if ((static_cast<uint8_t>(text[i]) & 0xC0) != 0x80) {
      return 0;
    }
  }
  return bytes > 1 && IsWrongSecond(first, static_cast<uint8_t>(text[1])) ? 0 : bytes;
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

void Append(const Value& value, std::string& out);

void AppendMembers(const Value& value, std::string& out) {
  const bool record = value.type->kind == Kind::kRecord;
  out += '{';
  for (size_t i = 0; i < value.items.size(); ++i) {
    out += i == 0 ? "" : ",";
    AppendJsonString(out, record ? value.type->fields[i].name : value.names[i]);
    out += ':';
    Append(value.items[i], out);
  }
  out += '}';
}

void AppendBytes(const Value& value, std::string& out) {
  if (value.type->logical == Logical::kDecimal) {
    AppendJsonString(out, DecimalText(value.bytes, value.type->scale));
  } else if (value.type->kind == Kind::kString && IsUtf8(value.bytes)) {
    AppendJsonString(out, value.bytes);
  } else {
    out += "\"0x" + ToHex(AsBytes(value.bytes)) + "\"";
  }
}

void Append(const Value& value, std::string& out) {
  switch (value.type->kind) {
    case Kind::kNull:
      out += "null";
      return;
    case Kind::kBoolean:
      out += value.number != 0 ? "true" : "false";
      return;
    case Kind::kInt:
    case Kind::kLong:
      out += std::to_string(value.number);
      return;
    case Kind::kFloat:
      out += JsonFloat(static_cast<float>(value.real));
      return;
    case Kind::kDouble:
      out += JsonDouble(value.real);
      return;
    case Kind::kEnum:
      AppendJsonString(out, value.bytes);
      return;
    case Kind::kBytes:
    case Kind::kString:
    case Kind::kFixed:
      AppendBytes(value, out);
      return;
    case Kind::kRecord:
    case Kind::kMap:
      AppendMembers(value, out);
      return;
    case Kind::kArray:
      break;
    case Kind::kUnion:
      return;  // a decoded value is never one
  }
  out += '[';
  for (size_t i = 0; i < value.items.size(); ++i) {
    out += i == 0 ? "" : ",";
    Append(value.items[i], out);
  }
  out += ']';
}

// Decimal digits of a magnitude given in bytes, most significant first.
std::string Digits(std::string magnitude) {
  std::string digits;  // least significant first
  size_t start = 0;
  while (start < magnitude.size()) {
    uint32_t rest = 0;
    for (size_t i = start; i < magnitude.size(); ++i) {
      const uint32_t part = rest << 8 | static_cast<uint8_t>(magnitude[i]);
      magnitude[i] = static_cast<char>(part / 10);
      rest = part % 10;
    }
    digits += static_cast<char>('0' + rest);
    while (start < magnitude.size() && magnitude[start] == 0) {
      ++start;
    }
  }
  while (digits.size() > 1 && digits.back() == '0') {
    digits.pop_back();
  }
  return {digits.rbegin(), digits.rend()};
}

}  // namespace

const Value* Value::Find(std::string_view path) const {
  const size_t dot = path.find('.');
  const std::string_view name = path.substr(0, dot);
  for (size_t i = 0; i < items.size(); ++i) {
    const bool record = type->kind == Kind::kRecord;
    const bool map = type->kind == Kind::kMap;
    if ((record && type->fields[i].name == name) || (map && names[i] == name)) {
      return dot == std::string_view::npos ? &items[i] : items[i].Find(path.substr(dot + 1));
    }
  }
  return nullptr;
}

std::string Value::ToJson() const {
  std::string out;
  Append(*this, out);
  return out;
}

Result<Value> Decode(const Schema& schema, ByteView bytes, const DecodeLimits& limits) {
  Reader reader(bytes, limits);
  Value value;
  if (!reader.Read(schema.root(), 0, value)) {
    return reader.TakeError();
  }
  if (reader.left() != 0) {
    return Error(
        ErrorKind::kBadRecord,
        fmt::format("{} of {} bytes are left after the value", reader.left(), bytes.size())
    );
  }
  return value;
}

Result<std::string> DecodeToJson(const Schema& schema, ByteView bytes) {
  return ROWHOUSE_TRY(Decode(schema, bytes)).ToJson();
}

std::string DecimalText(std::string_view big_endian, int scale) {
  std::string magnitude(big_endian);
  const bool negative = !magnitude.empty() && (magnitude[0] & 0x80) != 0;
  if (negative) {
    uint32_t carry = 1;
    for (auto b = magnitude.rbegin(); b != magnitude.rend(); ++b) {
      carry += static_cast<uint8_t>(~static_cast<uint8_t>(*b));
      *b = static_cast<char>(carry & 0xFF);
      carry >>= 8;
    }
  }
  std::string digits = magnitude.empty() ? "0" : Digits(std::move(magnitude));
  const auto after_point = static_cast<size_t>(std::max(scale, 0));
  if (digits.size() <= after_point) {
    digits.insert(0, after_point + 1 - digits.size(), '0');
  }
  if (after_point > 0) {
    digits.insert(digits.size() - after_point, ".");
  }
  return negative ? "-" + digits : digits;
}

}  // namespace rowhouse::avro
