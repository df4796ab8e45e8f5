// Any bytes as a document of MySQL's binary JSON; the text must be JSON as far as its brackets go.
#include "base/check.h"
#include "fuzz/target.h"
#include "mysql/json_text.h"

namespace rowhouse {

extern "C" int FUZZ_ENTRY(const uint8_t* data, size_t size) {
  Arena arena;
  const auto text = mysql::JsonText({data, size}, arena);
  if (text.has_value()) {
    CHECK(!text->empty());
    CHECK(text->size() <= mysql::JsonTextWriter::TextBytesMax(size));
    CHECK((text->front() == '{') == (text->back() == '}'));
    CHECK((text->front() == '[') == (text->back() == ']'));
  }
  return 0;
}

}  // namespace rowhouse
