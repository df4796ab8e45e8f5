#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rowhouse::chserver {

// Turns a stream of bytes into another: compresses or decompresses.
//
// Threads: one owner. Errors: kBadRecord for bytes that are no such stream.
class Codec {
 public:
  virtual ~Codec() = default;

  // Appends what `in` gives to `out`, perhaps nothing yet.
  virtual Status Add(std::string_view in, std::string& out) = 0;

  // Appends the rest; kBadRecord where the input stops in the middle.
  virtual Status Finish(std::string& out) = 0;
};

// For Content-Encoding "gzip", "deflate", "zstd", "lz4" (frames); null for others.
std::unique_ptr<Codec> MakeCompressor(std::string_view encoding);
std::unique_ptr<Codec> MakeDecompressor(std::string_view encoding);

// The cheapest encoding of an Accept-Encoding header: zstd, lz4, gzip, deflate; empty: none.
std::string ChooseEncoding(std::string_view accept);

}  // namespace rowhouse::chserver
