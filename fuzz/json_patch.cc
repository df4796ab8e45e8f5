// A document and differences to apply: a length in two bytes, the document, the differences.
#include "mysql/json_patch.h"

#include "fuzz/target.h"

namespace rowhouse {

extern "C" int FUZZ_ENTRY(const uint8_t* data, size_t size) {
  ByteCursor in({data, size});
  const ByteView before = in.Bytes(in.U16());
  if (!in.ok()) {
    return 0;
  }
  Arena arena;
  const auto text = mysql::PatchedJsonText(before, in.Bytes(in.left()), arena);
  fuzz::Use(text.has_value() ? text->size() : 0);
  return 0;
}

}  // namespace rowhouse
