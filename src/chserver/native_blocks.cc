#include "chserver/native_blocks.h"

#include <cstring>

#include <fmt/format.h>
#include <lz4.h>
#include <zstd.h>

#include "base/bytes.h"
#include "chserver/city_hash.h"

namespace rowhouse::chserver {
namespace {

constexpr size_t kChecksumBytes = 16;
constexpr size_t kHeadBytes = 9;
constexpr size_t kPlainBlockBytes = size_t{1} << 20;
constexpr size_t kBlockBytesMax = size_t{128} << 20;

enum Method : uint8_t { kPlain = 0x02, kLz4 = 0x82, kZstd = 0x90 };

template <typename T>
void Put(char* at, T value) {
  std::memcpy(at, &value, sizeof(value));
}

class NativeCompressor : public Codec {
 public:
  Status Add(std::string_view in, std::string& out) override {
    plain_.append(in);
    size_t at = 0;
    for (; plain_.size() - at >= kPlainBlockBytes; at += kPlainBlockBytes) {
      Block(std::string_view(plain_).substr(at, kPlainBlockBytes), out);
    }
    plain_.erase(0, at);
    return Ok();
  }

  Status Finish(std::string& out) override {
    if (!plain_.empty()) {
      Block(plain_, out);
      plain_.clear();
    }
    return Ok();
  }

 private:
  static void Block(std::string_view plain, std::string& out) {
    const int size = static_cast<int>(plain.size());
    const size_t start = out.size();
    out.resize(start + kChecksumBytes + kHeadBytes + static_cast<size_t>(LZ4_compressBound(size)));
    char* const head = out.data() + start + kChecksumBytes;
    const int packed =
        LZ4_compress_default(plain.data(), head + kHeadBytes, size, LZ4_compressBound(size));
    const auto whole = static_cast<uint32_t>(kHeadBytes) + static_cast<uint32_t>(packed);
    head[0] = static_cast<char>(kLz4);
    Put(head + 1, whole);
    Put(head + 5, static_cast<uint32_t>(plain.size()));
    const Hash128 hash = CityHash128({head, whole});
    Put(out.data() + start, hash.low);
    Put(out.data() + start + 8, hash.high);
    out.resize(start + kChecksumBytes + whole);
  }

  std::string plain_;
};

class NativeDecompressor : public Codec {
 public:
  Status Add(std::string_view in, std::string& out) override {
    packed_.append(in);
    size_t at = 0;
    while (true) {
      const std::string_view rest = std::string_view(packed_).substr(at);
      ByteCursor cursor(AsBytes(rest));
      const Hash128 sum{cursor.U64(), cursor.U64()};
      const uint8_t method = cursor.U8();
      const size_t whole = cursor.U32();
      const size_t plain = cursor.U32();
      if (!cursor.ok()) {
        break;
      }
      if (whole < kHeadBytes || whole > kBlockBytesMax || plain > kBlockBytesMax) {
        return Broken(fmt::format("a block of {} bytes", whole));
      }
      if (rest.size() < kChecksumBytes + whole) {
        break;
      }
      const std::string_view block = rest.substr(kChecksumBytes, whole);
      if (CityHash128(block) != sum) {
        return Broken("a wrong checksum");
      }
      ROWHOUSE_TRY(Unpack(method, block.substr(kHeadBytes), plain, out));
      at += kChecksumBytes + whole;
    }
    packed_.erase(0, at);
    return Ok();
  }

  Status Finish(std::string&) override {
    return packed_.empty() ? Ok() : Broken("an end within a block");
  }

 private:
  static Error Broken(std::string_view what) {
    return Error(
        ErrorKind::kBadRecord,
        fmt::format("body is not in ClickHouse's compressed blocks: {}", what)
    );
  }

  static Status Unpack(uint8_t method, std::string_view data, size_t plain, std::string& out) {
    const size_t start = out.size();
    out.resize(start + plain);
    char* const to = out.data() + start;
    size_t got = 0;
    if (method == kLz4) {
      const int size = LZ4_decompress_safe(
          data.data(), to, static_cast<int>(data.size()), static_cast<int>(plain)
      );
      got = size < 0 ? plain + 1 : static_cast<size_t>(size);
    } else if (method == kZstd) {
      got = ZSTD_decompress(to, plain, data.data(), data.size());
    } else if (method == kPlain) {
      got = data.size();
      std::memcpy(to, data.data(), std::min(got, plain));
    } else {
      return Broken(fmt::format("method {:#x}", method));
    }
    return got == plain ? Ok() : Broken("a block that does not unpack");
  }

  std::string packed_;
};

}  // namespace

std::unique_ptr<Codec> MakeNativeCompressor() {
  return std::make_unique<NativeCompressor>();
}

std::unique_ptr<Codec> MakeNativeDecompressor() {
  return std::make_unique<NativeDecompressor>();
}

}  // namespace rowhouse::chserver
