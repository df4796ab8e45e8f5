#include "browse/layout.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

namespace rowhouse::browse {

namespace {

struct Known {
  std::string_view name;
  Meaning meaning;
  avro::Kind kind;
  std::string_view word;
};

using avro::Kind;

// connect.name of a value; a name on a type that it does not fit says nothing.
constexpr Known kConnectNames[] = {
    {"io.debezium.time.Date", Meaning::kDate, Kind::kInt, "date"},
    {"io.debezium.time.Time", Meaning::kTimeMillis, Kind::kInt, "time"},
    {"io.debezium.time.MicroTime", Meaning::kTimeMicros, Kind::kLong, "time"},
    {"io.debezium.time.NanoTime", Meaning::kTimeNanos, Kind::kLong, "time"},
    {"io.debezium.time.MicroDuration", Meaning::kTimeMicros, Kind::kLong, "duration"},
    {"io.debezium.time.NanoDuration", Meaning::kTimeNanos, Kind::kLong, "duration"},
    {"io.debezium.time.Timestamp", Meaning::kStampMillis, Kind::kLong, "timestamp-millis"},
    {"io.debezium.time.MicroTimestamp", Meaning::kStampMicros, Kind::kLong, "timestamp-micros"},
    {"io.debezium.time.NanoTimestamp", Meaning::kStampNanos, Kind::kLong, "timestamp-nanos"},
    {"io.debezium.time.ZonedTimestamp", Meaning::kTimeInText, Kind::kString, "zoned-timestamp"},
    {"io.debezium.time.IsoTimestamp", Meaning::kTimeInText, Kind::kString, "timestamp"},
    {"io.debezium.time.IsoDate", Meaning::kTimeInText, Kind::kString, "date"},
    {"io.debezium.time.IsoTime", Meaning::kPlain, Kind::kString, "time"},
    {"io.debezium.time.ZonedTime", Meaning::kPlain, Kind::kString, "zoned-time"},
    {"io.debezium.time.Year", Meaning::kPlain, Kind::kInt, "year"},
    {"org.apache.kafka.connect.data.Date", Meaning::kDate, Kind::kInt, "date"},
    {"org.apache.kafka.connect.data.Time", Meaning::kTimeMillis, Kind::kInt, "time-millis"},
    {"org.apache.kafka.connect.data.Timestamp",
     Meaning::kInstantMillis,
     Kind::kLong,
     "timestamp-millis"},
    {"io.debezium.data.Bits", Meaning::kBits, Kind::kBytes, "bits"},
    {"io.debezium.data.Enum", Meaning::kPlain, Kind::kString, "enum"},
    {"io.debezium.data.EnumSet", Meaning::kPlain, Kind::kString, "set"},
    {"io.debezium.data.Json", Meaning::kPlain, Kind::kString, "json"},
    {"io.debezium.data.Xml", Meaning::kPlain, Kind::kString, "xml"},
    {"io.debezium.data.Uuid", Meaning::kPlain, Kind::kString, "uuid"},
    {"io.debezium.data.FloatVector", Meaning::kPlain, Kind::kArray, "vector"},
    {"io.debezium.data.DoubleVector", Meaning::kPlain, Kind::kArray, "vector"},
    {"io.debezium.data.VariableScaleDecimal", Meaning::kDecimal, Kind::kRecord, "decimal"},
    {"io.debezium.data.geometry.Geometry", Meaning::kGeometry, Kind::kRecord, "geometry"},
    {"io.debezium.data.geometry.Geography", Meaning::kGeometry, Kind::kRecord, "geometry"},
    {"io.debezium.data.geometry.Point", Meaning::kGeometry, Kind::kRecord, "point"},
};

constexpr Known kLogicalNames[] = {
    {"date", Meaning::kDate, Kind::kInt, "date"},
    {"time-millis", Meaning::kTimeMillis, Kind::kInt, "time-millis"},
    {"time-micros", Meaning::kTimeMicros, Kind::kLong, "time-micros"},
    {"timestamp-millis", Meaning::kInstantMillis, Kind::kLong, "timestamp-millis"},
    {"timestamp-micros", Meaning::kInstantMicros, Kind::kLong, "timestamp-micros"},
    {"timestamp-nanos", Meaning::kInstantNanos, Kind::kLong, "timestamp-nanos"},
    {"local-timestamp-millis", Meaning::kStampMillis, Kind::kLong, "local-timestamp-millis"},
    {"local-timestamp-micros", Meaning::kStampMicros, Kind::kLong, "local-timestamp-micros"},
    {"local-timestamp-nanos", Meaning::kStampNanos, Kind::kLong, "local-timestamp-nanos"},
    {"uuid", Meaning::kPlain, Kind::kString, "uuid"},
};

// A property that is a text, without its quotes.
std::string_view Word(const avro::Node& node, std::string_view property) {
  const auto json = node.Find(property);
  const bool text = json && json->size() >= 2 && json->front() == '"';
  return text ? json->substr(1, json->size() - 2) : std::string_view();
}

// Of {"length":"10"}; 0: it is not said.
size_t BitsBytes(const avro::Node& node) {
  constexpr std::string_view kLength = "\"length\":\"";
  const std::string_view json = node.Find("connect.parameters").value_or("");
  const size_t at = json.find(kLength);
  size_t bits = 0;
  if (at != std::string_view::npos) {
    const std::string_view digits = json.substr(at + kLength.size());
    std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  }
  return (bits + 7) / 8;
}

template <size_t kCount>
void Apply(const Known (&table)[kCount], std::string_view name, Shape& shape) {
  for (const Known& known : table) {
    if (known.name == name && known.kind == shape.kind) {
      shape.meaning = known.meaning;
      shape.word = known.word;
      shape.as_one = known.kind == Kind::kRecord;
    }
  }
}

class Builder {
 public:
  explicit Builder(std::deque<Shape>& shapes) : shapes_(shapes) {}

  const Shape* Build(const avro::Node& node) {
    if (const auto known = done_.find(&node); known != done_.end()) {
      return known->second;
    }
    Shape& shape = shapes_.emplace_back();
    done_.emplace(&node, &shape);
    shape.kind = node.kind;
    shape.size = node.size;
    shape.word = avro::KindWord(node.kind);
    shape.name = node.is_named() ? node.FullName() : "";
    shape.symbols = node.kind == Kind::kEnum ? &node.symbols : nullptr;
    if (node.logical == avro::Logical::kDecimal) {
      shape.meaning = Meaning::kDecimal;
      shape.scale = node.scale;
      shape.precision = node.precision;
      shape.word = "decimal";
    }
    Apply(kLogicalNames, Word(node, "logicalType"), shape);
    Apply(kConnectNames, Word(node, "connect.name"), shape);
    if (shape.meaning == Meaning::kBits) {
      shape.size = BitsBytes(node);
    }
    for (const avro::RecordField& field : node.fields) {
      shape.fields.push_back({field.name, Build(*field.type)});
    }
    for (const avro::Node* child : node.children) {
      shape.children.push_back(Build(*child));
    }
    return &shape;
  }

 private:
  std::deque<Shape>& shapes_;
  std::map<const avro::Node*, const Shape*> done_;
};

}  // namespace

Layout::Layout(avro::SchemaPtr schema) : schema_(std::move(schema)) {
  root_ = Builder(shapes_).Build(schema_->root());
  const auto has = [this](std::string_view name) {
    return std::any_of(root_->fields.begin(), root_->fields.end(), [&](const Shape::Field& f) {
      return f.name == name;
    });
  };
  is_change_ = has("op") && (has("after") || has("before"));
}

std::shared_ptr<const Layout> Layout::Of(avro::SchemaPtr schema) {
  return std::shared_ptr<const Layout>(new Layout(std::move(schema)));
}

}  // namespace rowhouse::browse
