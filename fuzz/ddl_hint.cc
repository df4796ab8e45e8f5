// Any statement: the first byte is the session's dialect. Nothing fails, and no effect is of a
// table without a name.
#include "base/check.h"
#include "ddl/hint.h"
#include "fuzz/target.h"

namespace rowhouse {

extern "C" int FUZZ_ENTRY(const uint8_t* data, size_t size) {
  ByteCursor in({data, size});
  const uint8_t choices = in.U8();
  const ddl::Dialect dialect{(choices & 1) != 0, (choices & 2) != 0, (choices & 4) != 0};
  const ddl::Hint hint =
      ddl::ParseHint(AsText(in.Bytes(in.left())), "shop", dialect, (choices & 8) != 0);
  for (const ddl::TableEffect& effect : hint.effects) {
    fuzz::Use(ddl::Describe(effect).size());
    CHECK(!effect.table.db.empty());
    CHECK(effect.kind != ddl::TableEffect::Kind::kRename || !effect.other.table.empty());
  }
  return 0;
}

}  // namespace rowhouse
