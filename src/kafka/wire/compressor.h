#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/result.h"

namespace rowhouse::kafka::wire {

// As numbered in a record batch's attributes.
enum class Codec : uint8_t { kNone = 0, kGzip = 1, kSnappy = 2, kLz4 = 3, kZstd = 4 };

// "none", "gzip", "snappy", "lz4", "zstd"; nullopt for another name.
std::optional<Codec> ParseCodec(std::string_view name);

// Compresses the records of batches, one after the other, with one codec.
//
// Owns:    the library's context, kept between batches.
// Threads: one owner.
// Errors:  kInternal: a compressor fails for lack of memory or by a bug only.
class Compressor {
 public:
  static std::unique_ptr<Compressor> Make(Codec codec);

  virtual ~Compressor() = default;

  virtual Codec codec() const = 0;

  // Appends what `in` becomes to `out`.
  virtual Status Compress(ByteView in, Buffer& out) = 0;
};

}  // namespace rowhouse::kafka::wire
