#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "chserver/codec.h"

namespace rowhouse::chserver {

// ClickHouse's own compressed blocks (compress=1, decompress=1), as JDBC uses them:
// 16 bytes CityHash128 of what follows, 1 byte method, 4 bytes size with these 9 bytes,
// 4 bytes plain size, data. Writes LZ4; reads LZ4, ZSTD and plain.
std::unique_ptr<Codec> MakeNativeCompressor();
std::unique_ptr<Codec> MakeNativeDecompressor();

// CityHash128 version 1.0.2, low and high half: ClickHouse's checksum.
std::pair<uint64_t, uint64_t> CityHash128(std::string_view bytes);

}  // namespace rowhouse::chserver
