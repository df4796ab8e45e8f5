#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "avro/schema.h"
#include "browse/scalar.h"

namespace rowhouse::browse {

// One type of a layout; a named type that is used again is the same shape.
struct Shape {
  struct Field {
    std::string_view name;
    const Shape* shape = nullptr;
  };

  avro::Kind kind = avro::Kind::kNull;
  Meaning meaning = Meaning::kPlain;
  bool as_one = false;  // a record that people see as one value: VariableScaleDecimal, Geometry
  int32_t scale = 0;
  int precision = 0;                                  // decimal; 0: not said
  size_t size = 0;                                    // fixed; bits, where it is said
  std::string word;                                   // "long", "decimal", "date", "record"
  std::string name;                                   // full; named types alone
  std::vector<Field> fields;                          // record
  std::vector<const Shape*> children;                 // union: branches; array, map: the one inside
  const std::vector<std::string>* symbols = nullptr;  // enum
};

// An Avro schema with what its types mean to people looked up once: Debezium's and Connect's
// names, and Avro's logical types.
//
// Threads: immutable, any.
class Layout {
 public:
  static std::shared_ptr<const Layout> Of(avro::SchemaPtr schema);

  Layout(const Layout&) = delete;
  Layout& operator=(const Layout&) = delete;

  const Shape& root() const { return *root_; }

  const avro::Schema& schema() const { return *schema_; }

  // Whether it is a change event: a record with op and before or after.
  bool is_change() const { return is_change_; }

 private:
  explicit Layout(avro::SchemaPtr schema);

  const avro::SchemaPtr schema_;
  std::deque<Shape> shapes_;
  const Shape* root_ = nullptr;
  bool is_change_ = false;
};

using LayoutPtr = std::shared_ptr<const Layout>;

}  // namespace rowhouse::browse
