#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "avro/schema.h"
#include "base/bytes.h"
#include "base/result.h"

namespace rowhouse::avro {

// One decoded value; a union's is the value of its branch.
struct Value {
  const Node* type = nullptr;      // of the branch, in a union; lives in the schema
  int64_t number = 0;              // boolean, int, long; enum: index
  double real = 0;                 // float, double
  std::string bytes;               // string, bytes, fixed; as they are
  std::vector<Value> items;        // record: by field; array, map: in order
  std::vector<std::string> names;  // map: the keys of `items`

  bool is_null() const { return type->kind == Kind::kNull; }

  // The value below, by field names joined by dots ("after.id"); null where there is none.
  const Value* Find(std::string_view path) const;

  // JSON for people and tests: unions without their branch, int64 with all digits,
  // decimals as text ("-12.50"), bytes as hex ("0x00ff").
  std::string ToJson() const;
};

// What a value may cost at most, so that no bytes, however wrong, can hurt.
struct DecodeLimits {
  int depth_max = 64;
  size_t values_max = 200'000;
};

// Decodes bytes written with this schema, without Confluent's header.
//
// Errors: kBadRecord names the field: "after.price: a length of 70 with 3 bytes left". Bytes left
//         over are an error too. Never reads beyond the bytes given.
Result<Value> Decode(const Schema& schema, ByteView bytes, const DecodeLimits& limits = {});

Result<std::string> DecodeToJson(const Schema& schema, ByteView bytes);

// "-12345" with scale 2 from big-endian two's complement: "-123.45".
std::string DecimalText(std::string_view big_endian, int scale);

}  // namespace rowhouse::avro
