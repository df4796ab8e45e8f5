// GTID sets as text of both flavours and as MySQL's bytes: what is read must be the same set
// after printing and reading it again.
#include "mysql/gtid_set.h"

#include "base/check.h"
#include "fuzz/target.h"

namespace rowhouse {

extern "C" int FUZZ_ENTRY(const uint8_t* data, size_t size) {
  using mysql::Flavor;
  using mysql::GtidSet;
  const ByteView bytes(data, size);
  for (const Flavor flavor : {Flavor::kMySql, Flavor::kMariaDb}) {
    const auto set = GtidSet::Parse(flavor, AsText(bytes));
    if (set.has_value()) {
      const auto again = GtidSet::Parse(flavor, set->ToString());
      CHECK(again.has_value() && *again == *set);
      CHECK(set->Contains(*again) && set->Minus(*again).empty());
    }
  }
  const auto decoded = GtidSet::Decode(bytes);
  if (decoded.has_value()) {
    const std::string encoded = decoded->Encode();
    const auto again = GtidSet::Decode(AsBytes(encoded));
    CHECK(again.has_value() && *again == *decoded);
    const auto text = GtidSet::Parse(Flavor::kMySql, decoded->ToString());
    CHECK(text.has_value() && *text == *decoded);
  }
  return 0;
}

}  // namespace rowhouse
