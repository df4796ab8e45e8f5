#pragma once

#include <memory>

#include "chserver/codec.h"

namespace rowhouse::chserver {

// ClickHouse's own compressed blocks (compress=1, decompress=1), as Java clients use them:
// 16 bytes CityHash128 of what follows, 1 byte method, 4 bytes size with these 9 bytes,
// 4 bytes plain size, data. Writes LZ4; reads LZ4, ZSTD and plain.
std::unique_ptr<Codec> MakeNativeCompressor();

// kBadRecord for a wrong checksum, an unknown method, or a block above 128 MB.
std::unique_ptr<Codec> MakeNativeDecompressor();

}  // namespace rowhouse::chserver
