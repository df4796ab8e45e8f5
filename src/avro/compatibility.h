#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "avro/schema.h"

namespace rowhouse::avro {

// The registry's compatibility levels.
enum class Compatibility {
  kNone,
  kBackward,  // the new schema reads data of the last one
  kBackwardTransitive,
  kForward,  // the last schema reads data of the new one
  kForwardTransitive,
  kFull,  // both
  kFullTransitive,
};

// "BACKWARD_TRANSITIVE"; parsing takes any case and gives nullopt for other words.
std::string_view CompatibilityName(Compatibility level);
std::optional<Compatibility> ParseCompatibility(std::string_view name);

// One reason why a reader can't read a writer's data.
struct Incompatibility {
  std::string type;         // "READER_FIELD_MISSING_DEFAULT_VALUE", as Avro names it
  std::string path;         // "/fields/1", in the reader's schema
  std::string description;  // a sentence that names path and reason
  std::string detail;       // "total": what is at fault

  // As Confluent's registry words it: {errorType:'…', description:'…', additionalInfo:'…'}
  std::string ToString() const;
};

// All reasons why `reader` can't read what `writer` wrote; empty: it can. The names are
// used in the descriptions ("new", "old").
std::vector<Incompatibility> CheckCanRead(
    const Schema& reader,
    const Schema& writer,
    std::string_view reader_name = "reader",
    std::string_view writer_name = "writer"
);

// All reasons why `candidate` may not follow `earlier` (oldest first) at this level.
// Levels that are not transitive look at the last one only.
struct CompatibilityReport {
  std::vector<Incompatibility> problems;
  size_t against = 0;  // index in `earlier` of the schema the problems are with
};

CompatibilityReport CheckCompatibility(
    Compatibility level, const Schema& candidate, const std::vector<SchemaPtr>& earlier
);

}  // namespace rowhouse::avro
