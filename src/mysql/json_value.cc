#include "mysql/json_value.h"

namespace rowhouse::mysql {

namespace {

// Seven bits a byte, least first; nullopt when it does not end within five bytes.
std::optional<size_t> ReadLength(ByteCursor& in) {
  constexpr unsigned kBytesMax = 5;
  uint64_t length = 0;
  for (unsigned i = 0; i < kBytesMax; ++i) {
    const uint8_t b = in.U8();
    length |= uint64_t{b & 0x7FU} << (7 * i);
    if ((b & 0x80) == 0) {
      return in.ok() ? std::optional<size_t>(length) : std::nullopt;
    }
  }
  return std::nullopt;
}

constexpr size_t kKeyLengthBytes = 2;

}  // namespace

JsonValue JsonValue::Document(ByteView bytes) {
  return bytes.empty() ? JsonValue()
                       : JsonValue(static_cast<Type>(bytes.front()), bytes.subspan(1));
}

std::optional<uint64_t> JsonValue::Bits(size_t bytes) const {
  ByteCursor in(bytes_);
  const uint64_t bits = in.LittleEndian(bytes);
  return in.ok() ? std::optional(bits) : std::nullopt;
}

std::optional<std::string_view> JsonValue::Text() const {
  ByteCursor in(bytes_);
  const auto length = ReadLength(in);
  if (!length.has_value() || *length > in.left()) {
    return std::nullopt;
  }
  return in.Text(*length);
}

std::optional<JsonValue::Opaque> JsonValue::OpaqueValue() const {
  ByteCursor in(bytes_);
  const uint8_t mysql_type = in.U8();
  const auto length = ReadLength(in);
  if (!length.has_value() || *length > in.left()) {
    return std::nullopt;
  }
  return Opaque{mysql_type, in.Bytes(*length)};
}

std::optional<JsonContainer> JsonContainer::Open(const JsonValue& value) {
  if (!value.is_container()) {
    return std::nullopt;
  }
  const bool large =
      value.type() == JsonValue::Type::kLargeObject || value.type() == JsonValue::Type::kLargeArray;
  const size_t width = large ? 4 : 2;
  ByteCursor in(value.bytes_);
  const uint64_t count = in.LittleEndian(width);
  const uint64_t bytes = in.LittleEndian(width);
  const size_t entry = 1 + width + (value.is_object() ? width + kKeyLengthBytes : 0);
  if (!in.ok() || bytes > value.bytes_.size() || bytes < 2 * width ||
      count > (bytes - 2 * width) / entry) {
    return std::nullopt;
  }
  return JsonContainer(value.bytes_.first(bytes), count, width, value.is_object());
}

uint64_t JsonContainer::Number(size_t at, size_t bytes) const {
  return ByteCursor(bytes_.subspan(at)).LittleEndian(bytes);
}

std::optional<std::string_view> JsonContainer::Key(size_t i) const {
  const size_t at = 2 * width_ + i * (width_ + kKeyLengthBytes);
  const uint64_t offset = Number(at, width_);
  const uint64_t length = Number(at + width_, kKeyLengthBytes);
  if (offset > bytes_.size() || length > bytes_.size() - offset) {
    return std::nullopt;
  }
  return AsText(bytes_.subspan(offset, length));
}

std::optional<JsonValue> JsonContainer::Item(size_t i) const {
  const size_t keys = is_object_ ? count_ * (width_ + kKeyLengthBytes) : 0;
  const size_t at = 2 * width_ + keys + i * (1 + width_);
  const auto type = static_cast<JsonValue::Type>(bytes_[at]);
  const bool small = type == JsonValue::Type::kLiteral || type == JsonValue::Type::kInt16 ||
                     type == JsonValue::Type::kUint16;
  const bool middle = type == JsonValue::Type::kInt32 || type == JsonValue::Type::kUint32;
  if (small || (middle && width_ == 4)) {  // stands in the entry itself
    return JsonValue(type, bytes_.subspan(at + 1, width_));
  }
  const uint64_t offset = Number(at + 1, width_);
  if (offset >= bytes_.size()) {
    return std::nullopt;
  }
  return JsonValue(type, bytes_.subspan(offset));
}

}  // namespace rowhouse::mysql
