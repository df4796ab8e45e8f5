#pragma once

#include <string>

#include "base/bytes.h"
#include "base/varint.h"
#include "browse/layout.h"

namespace rowhouse::browse {

// Goes through one Avro value and tells a sink what it meets, without a tree in between.
//
// A Sink has: bool Enter(std::string_view name), false to have that field or map entry passed
// over (then no Leave()); bool EnterItem(size_t index), the same for an array; void Leave();
// void BeginRecord(word)/EndRecord() (maps too), BeginList(word)/EndList(); void Value(const
// Scalar&); bool Enough(), true to end the walk.
//
// Errors: Run() is false, and problem() says where and what. Never reads beyond the bytes, and
//         takes time in proportion to them.
template <typename Sink>
class AvroWalk {
 public:
  AvroWalk(ByteView bytes, Sink& sink)
      : in_(bytes), sink_(sink), values_max_(2 * bytes.size() + kValuesFree) {}

  bool Run(const Shape& shape) {
    if (!Walk(shape, 0)) {
      return sink_.Enough();
    }
    return in_.done() || sink_.Enough() ||
           Fail(std::to_string(in_.left()) + " bytes are left after the value");
  }

  // "after.price: the value is cut off"
  std::string problem() const { return path_.empty() ? problem_ : path_ + ": " + problem_; }

 private:
  static constexpr int kDepthMax = 100;
  static constexpr size_t kValuesFree = 10'000;  // values that take no bytes

  bool Fail(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }

  bool Counted(int depth) {
    if (depth > kDepthMax) {
      return Fail("nested deeper than " + std::to_string(kDepthMax));
    }
    return ++values_ <= values_max_ || Fail("more values than its bytes can hold");
  }

  bool Sound() { return in_.ok() || Fail("the value is cut off"); }

  bool Long(int64_t& out) {
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
      const uint8_t byte = in_.U8();
      v |= shift < 64 ? uint64_t{byte & 0x7FU} << shift : 0;
      if ((byte & 0x80) == 0) {
        out = UnZigZag(v);
        return Sound();
      }
    }
    return Fail("a number of more than ten bytes");
  }

  bool Bytes(std::string_view& out) {
    int64_t size = 0;
    if (!Long(size)) {
      return false;
    }
    if (size < 0 || static_cast<uint64_t>(size) > in_.left()) {
      return Fail(
          "a length of " + std::to_string(size) + " with " + std::to_string(in_.left()) +
          " bytes left"
      );
    }
    out = in_.Text(static_cast<size_t>(size));
    return true;
  }

  bool Branch(const Shape& shape, const Shape*& out) {
    int64_t index = 0;
    if (!Long(index)) {
      return false;
    }
    if (index < 0 || static_cast<uint64_t>(index) >= shape.children.size()) {
      return Fail(
          "branch " + std::to_string(index) + " of " + std::to_string(shape.children.size())
      );
    }
    out = shape.children[static_cast<size_t>(index)];
    return true;
  }

  // A value of a kind that has nothing inside.
  bool Read(const Shape& shape, Scalar& out) {
    out.meaning = shape.meaning;
    out.scale = shape.scale;
    out.word = shape.word;
    switch (shape.kind) {
      case avro::Kind::kBoolean:
        out.stored = Stored::kBoolean;
        out.number = in_.U8();
        return Sound() && (out.number <= 1 || Fail("a boolean that is neither 0 nor 1"));
      case avro::Kind::kInt:
      case avro::Kind::kLong:
        out.stored = Stored::kInteger;
        return Long(out.number);
      case avro::Kind::kFloat:
        out.stored = Stored::kFloat;
        out.real = std::bit_cast<float>(in_.U32());
        return Sound();
      case avro::Kind::kDouble:
        out.stored = Stored::kDouble;
        out.real = std::bit_cast<double>(in_.U64());
        return Sound();
      case avro::Kind::kBytes:
        out.stored = Stored::kBytes;
        return Bytes(out.bytes);
      case avro::Kind::kString:
        out.stored = Stored::kText;
        return Bytes(out.bytes);
      case avro::Kind::kFixed:
        out.stored = Stored::kBytes;
        out.bytes = in_.Text(shape.size);
        return Sound();
      case avro::Kind::kEnum:
        return Symbol(shape, out);
      default:
        out.stored = Stored::kNull;
        return true;
    }
  }

  bool Symbol(const Shape& shape, Scalar& out) {
    int64_t index = 0;
    if (!Long(index)) {
      return false;
    }
    if (index < 0 || static_cast<uint64_t>(index) >= shape.symbols->size()) {
      return Fail(
          "symbol " + std::to_string(index) + " of " + std::to_string(shape.symbols->size())
      );
    }
    out.stored = Stored::kText;
    out.bytes = (*shape.symbols)[static_cast<size_t>(index)];
    return true;
  }

  bool Walk(const Shape& shape, int depth) {
    if (!Counted(depth)) {
      return false;
    }
    switch (shape.kind) {
      case avro::Kind::kUnion: {
        const Shape* branch = nullptr;
        return Branch(shape, branch) && Walk(*branch, depth + 1);
      }
      case avro::Kind::kRecord:
        return shape.as_one ? One(shape, depth) : Record(shape, depth);
      case avro::Kind::kArray:
      case avro::Kind::kMap:
        return Collection(shape, depth);
      default: {
        Scalar value;
        if (!Read(shape, value)) {
          return false;
        }
        sink_.Value(value);
        return true;
      }
    }
  }

  bool Record(const Shape& shape, int depth) {
    sink_.BeginRecord(shape.word);
    for (const Shape::Field& field : shape.fields) {
      const bool wanted = sink_.Enter(field.name);
      if (!(wanted ? Walk(*field.shape, depth + 1) : Skip(*field.shape, depth + 1))) {
        if (!problem_.empty()) {
          path_ = std::string(field.name) + (path_.empty() ? "" : "." + path_);
        }
        return false;
      }
      if (wanted) {
        sink_.Leave();
        if (sink_.Enough()) {
          return false;
        }
      }
    }
    sink_.EndRecord();
    return true;
  }

  // A record that stands for one value: its bytes, beside them a scale or an SRID.
  bool One(const Shape& shape, int depth) {
    Scalar whole;
    whole.meaning = shape.meaning;
    whole.word = shape.word;
    for (const Shape::Field& field : shape.fields) {
      const Shape* inside = field.shape;
      if (inside->kind == avro::Kind::kUnion && !Branch(*inside, inside)) {
        return false;
      }
      const bool simple = inside->kind == avro::Kind::kBytes || inside->kind == avro::Kind::kInt ||
                          inside->kind == avro::Kind::kLong;
      Scalar part;
      if (simple ? !Read(*inside, part) : !Skip(*inside, depth + 1)) {
        return false;
      }
      if (simple && part.stored == Stored::kBytes) {
        whole.stored = Stored::kBytes;
        whole.bytes = part.bytes;
      } else if (simple && field.name == "scale") {
        whole.scale = static_cast<int32_t>(part.number);
      } else if (simple) {
        whole.number = part.number;
      }
    }
    sink_.Value(whole);
    return true;
  }

  // The next block's count of items; 0 ends the collection. A negative one is followed by the
  // block's size in bytes.
  bool Block(uint64_t& count, int64_t& bytes) {
    int64_t items = 0;
    bytes = -1;
    if (!Long(items) || (items < 0 && !Long(bytes))) {
      return false;
    }
    count = items < 0 ? 0 - static_cast<uint64_t>(items) : static_cast<uint64_t>(items);
    return true;
  }

  bool Collection(const Shape& shape, int depth) {
    const bool map = shape.kind == avro::Kind::kMap;
    map ? sink_.BeginRecord(shape.word) : sink_.BeginList(shape.word);
    const Shape& inside = *shape.children[0];
    uint64_t count = 0;
    int64_t bytes = 0;
    size_t index = 0;
    do {
      if (!Block(count, bytes)) {
        return false;
      }
      for (uint64_t n = 0; n < count; ++n, ++index) {
        std::string_view name;
        if (map && !Bytes(name)) {
          return false;
        }
        const bool wanted = map ? sink_.Enter(name) : sink_.EnterItem(index);
        if (!(wanted ? Walk(inside, depth + 1) : Skip(inside, depth + 1))) {
          return false;
        }
        if (wanted) {
          sink_.Leave();
          if (sink_.Enough()) {
            return false;
          }
        }
      }
    } while (count > 0);
    map ? sink_.EndRecord() : sink_.EndList();
    return true;
  }

  bool Skip(const Shape& shape, int depth) {
    if (!Counted(depth)) {
      return false;
    }
    std::string_view bytes;
    int64_t number = 0;
    switch (shape.kind) {
      case avro::Kind::kNull:
        return true;
      case avro::Kind::kBoolean:
        in_.Skip(1);
        return Sound();
      case avro::Kind::kInt:
      case avro::Kind::kLong:
      case avro::Kind::kEnum:
        return Long(number);
      case avro::Kind::kFloat:
        in_.Skip(sizeof(float));
        return Sound();
      case avro::Kind::kDouble:
        in_.Skip(sizeof(double));
        return Sound();
      case avro::Kind::kBytes:
      case avro::Kind::kString:
        return Bytes(bytes);
      case avro::Kind::kFixed:
        in_.Skip(shape.size);
        return Sound();
      case avro::Kind::kUnion: {
        const Shape* branch = nullptr;
        return Branch(shape, branch) && Skip(*branch, depth + 1);
      }
      case avro::Kind::kRecord:
        for (const Shape::Field& field : shape.fields) {
          if (!Skip(*field.shape, depth + 1)) {
            return false;
          }
        }
        return true;
      case avro::Kind::kArray:
      case avro::Kind::kMap:
        return SkipCollection(shape, depth);
    }
    return false;
  }

  bool SkipCollection(const Shape& shape, int depth) {
    uint64_t count = 0;
    int64_t bytes = 0;
    do {
      if (!Block(count, bytes)) {
        return false;
      }
      if (bytes >= 0) {
        in_.Skip(static_cast<size_t>(bytes));
        if (!Sound()) {
          return false;
        }
        continue;
      }
      for (uint64_t n = 0; n < count; ++n) {
        std::string_view name;
        if ((shape.kind == avro::Kind::kMap && !Bytes(name)) ||
            !Skip(*shape.children[0], depth + 1)) {
          return false;
        }
      }
    } while (count > 0);
    return true;
  }

  ByteCursor in_;
  Sink& sink_;
  const size_t values_max_;
  size_t values_ = 0;
  std::string path_;
  std::string problem_;
};

}  // namespace rowhouse::browse
