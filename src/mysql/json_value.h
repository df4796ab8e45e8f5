#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"

namespace rowhouse::mysql {

// One value in a document of MySQL's binary JSON (what a JSON column holds in the log).
//
// Nothing is checked before it is asked for: a value is a type and the bytes it may lie in, and
// each accessor checks what it reads. So bytes from anywhere are safe, and finding one member of
// a document costs nothing for the others.
class JsonValue {
 public:
  enum class Type : uint8_t {
    kSmallObject = 0x00,  // offsets of two bytes
    kLargeObject = 0x01,  // of four
    kSmallArray = 0x02,
    kLargeArray = 0x03,
    kLiteral = 0x04,
    kInt16 = 0x05,
    kUint16 = 0x06,
    kInt32 = 0x07,
    kUint32 = 0x08,
    kInt64 = 0x09,
    kUint64 = 0x0A,
    kDouble = 0x0B,
    kString = 0x0C,
    kOpaque = 0x0F,  // a value of a SQL type that JSON has not
  };

  enum class Literal : uint8_t { kNull = 0, kTrue = 1, kFalse = 2 };

  // The JSON null.
  JsonValue() = default;

  // The value of a whole column. No bytes at all mean null, as the server reads them (an old
  // default of a NOT NULL column).
  static JsonValue Document(ByteView bytes);

  Type type() const { return type_; }

  bool is_object() const { return type_ <= Type::kLargeObject; }

  bool is_container() const { return type_ <= Type::kLargeArray; }

  // The bytes of a number or literal, from the lowest on; nullopt when there are too few.
  std::optional<uint64_t> Bits(size_t bytes) const;

  // Of a string: UTF-8.
  std::optional<std::string_view> Text() const;

  struct Opaque {
    uint8_t mysql_type;
    ByteView bytes;
  };

  std::optional<Opaque> OpaqueValue() const;

 private:
  friend class JsonContainer;

  JsonValue(Type type, ByteView bytes) : type_(type), bytes_(bytes) {}

  static constexpr uint8_t kNullByte = 0;

  Type type_ = Type::kLiteral;
  ByteView bytes_{&kNullByte, 1};
};

// The members of an object or the elements of an array, in the order they are stored:
// of an object by length of key, then bytes.
class JsonContainer {
 public:
  // nullopt when the value is no container or its bytes can't hold what its head says.
  static std::optional<JsonContainer> Open(const JsonValue& value);

  size_t size() const { return count_; }

  bool is_object() const { return is_object_; }

  std::optional<std::string_view> Key(size_t i) const;
  std::optional<JsonValue> Item(size_t i) const;

 private:
  JsonContainer(ByteView bytes, size_t count, size_t width, bool is_object)
      : bytes_(bytes), count_(count), width_(width), is_object_(is_object) {}

  uint64_t Number(size_t at, size_t bytes) const;

  ByteView bytes_;  // from its head on
  size_t count_;
  size_t width_;  // of an offset
  bool is_object_;
};

}  // namespace rowhouse::mysql
