// Any text as JSON to be made a value of any schema: what is written can be read, and shows the
// same when it is written again as it was shown.
#include "browse/avro_write.h"

#include <string>

#include "avro/decoder.h"
#include "avro/schema.h"
#include "base/check.h"
#include "browse/avro_walk.h"
#include "browse/sinks.h"
#include "fuzz/target.h"

namespace rowhouse {

namespace {

constexpr size_t kShownMax = 1 << 24;
constexpr size_t kInputMax = 8 << 10;  // values without bytes are read up to a number of them

std::string Shown(std::string_view avro, const browse::Layout& layout) {
  std::string text;
  browse::LineSink sink(text, kShownMax);
  browse::AvroWalk<browse::LineSink> walk(AsBytes(avro), sink);
  CHECK(walk.Run(layout.root()));
  return text;
}

}  // namespace

extern "C" int FUZZ_ENTRY(const uint8_t* data, size_t size) {
  const std::string_view input = AsText({data, size});
  const size_t line = input.find('\n');
  if (line == std::string_view::npos || size > kInputMax) {
    return 0;
  }
  const auto schema = avro::Schema::Parse(input.substr(0, line));
  if (!schema.has_value()) {
    return 0;
  }
  const browse::LayoutPtr layout = browse::Layout::Of(*schema);
  const auto written = browse::WriteAvro(input.substr(line + 1), *layout, "value");
  if (!written) {
    CHECK(!written.error().message().empty());
    return 0;
  }
  CHECK(avro::Decode(**schema, AsBytes(*written)).has_value());
  const std::string shown = Shown(*written, *layout);
  const auto again = browse::WriteAvro(shown, *layout, "value");
  if (again) {  // not where a union's branches can't be told apart by what is shown
    CHECK(Shown(*again, *layout) == shown);
  }
  return 0;
}

}  // namespace rowhouse
