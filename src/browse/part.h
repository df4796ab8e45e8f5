#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "browse/layout.h"
#include "browse/schemas.h"

namespace rowhouse::browse {

enum class PartFormat : uint8_t { kNull, kAvro, kJson, kString, kBytes };

// "avro", "json", "string", "bytes", "null".
std::string_view FormatWord(PartFormat format);

// A key or value as it lies in a record, and what it is.
struct PartView {
  PartFormat format = PartFormat::kNull;
  int32_t schema_id = -1;
  const Layout* layout = nullptr;  // kAvro
  std::string_view bytes;          // all of it
  std::string_view payload;        // kAvro: behind the frame
  std::string problem;             // why it is not decoded as it should be

  // Shows it as what its bytes are: it can't be decoded, and why.
  void SetPlain(std::string why);
};

// Tells what parts of records are, and remembers the schemas they have.
//
// Threads: one owner. Blocking: a schema met for the first time is asked for.
class PartReader {
 public:
  explicit PartReader(Schemas& schemas) : schemas_(schemas) {}

  // By its first bytes; a JSON text is looked at as far as its brackets.
  PartView Look(std::optional<std::string_view> part);

  // The same, and JSON is gone through: a text that only looks like it is kString.
  PartView LookThrough(std::optional<std::string_view> part);

 private:
  struct Found {
    LayoutPtr layout;
    std::string problem;
  };

  const Found& Find(int32_t id);

  Schemas& schemas_;
  std::map<int32_t, Found> found_;
  int32_t last_id_ = -1;
  const Found* last_ = nullptr;
};

}  // namespace rowhouse::browse
