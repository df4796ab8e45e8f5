// Any schema text: what is read prints as a text that reads as the same.
#include "avro/compatibility.h"
#include "avro/schema.h"
#include "base/check.h"
#include "fuzz/target.h"

namespace rowhouse {

extern "C" int FUZZ_ENTRY(const uint8_t* data, size_t size) {
  const auto schema = avro::Schema::Parse(AsText({data, size}));
  if (!schema.has_value()) {
    return 0;
  }
  const auto again = avro::Schema::Parse((*schema)->Text());
  CHECK(again.has_value());
  CHECK((*again)->Text() == (*schema)->Text());
  CHECK((*again)->Fingerprint() == (*schema)->Fingerprint());
  // Whatever a schema wrote, the same schema reads.
  fuzz::Use(avro::CheckCanRead(**again, **schema).size());
  return 0;
}

}  // namespace rowhouse
