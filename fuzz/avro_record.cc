// Any bytes as a value of any schema: a line of JSON, then the bytes.
#include "avro/decoder.h"
#include "fuzz/target.h"

namespace rowhouse {

extern "C" int FUZZ_ENTRY(const uint8_t* data, size_t size) {
  const std::string_view input = AsText({data, size});
  const size_t line = input.find('\n');
  if (line == std::string_view::npos) {
    return 0;
  }
  const auto schema = avro::Schema::Parse(input.substr(0, line));
  if (!schema.has_value()) {
    return 0;
  }
  const auto value = avro::Decode(**schema, AsBytes(input.substr(line + 1)));
  if (value.has_value()) {
    fuzz::Use(value->ToJson().size());
  }
  return 0;
}

}  // namespace rowhouse
