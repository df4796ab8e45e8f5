#pragma once

#include "browse/avro_walk.h"
#include "browse/json_walk.h"
#include "browse/part.h"

namespace rowhouse::browse {

// Goes through a part with a sink; a text or bytes are one value. False: it is malformed, and
// `problem` says where. Nothing for kNull.
template <typename Sink>
bool WalkPart(const PartView& part, Sink& sink, std::string& problem) {
  if (part.format == PartFormat::kAvro) {
    AvroWalk<Sink> walk(AsBytes(part.payload), sink);
    const bool sound = walk.Run(part.layout->root());
    if (!sound) {
      problem = walk.problem();
    }
    return sound;
  }
  if (part.format == PartFormat::kJson) {
    JsonWalk<Sink> walk(part.bytes, sink);
    const bool sound = walk.Run();
    if (!sound) {
      problem = walk.problem();
    }
    return sound;
  }
  if (part.format != PartFormat::kNull) {
    Scalar whole;
    whole.stored = part.format == PartFormat::kString ? Stored::kText : Stored::kBytes;
    whole.bytes = part.bytes;
    whole.word = part.format == PartFormat::kString ? "string" : "bytes";
    sink.Value(whole);
  }
  return true;
}

}  // namespace rowhouse::browse
