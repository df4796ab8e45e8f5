#include "cli/tar.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>

#include <fmt/format.h>
#include <zlib.h>

#include "base/check.h"

namespace rowhouse::cli {

namespace {

constexpr size_t kBlock = 512;

struct Place {
  size_t at;
  size_t size;
};

// Of a ustar header (POSIX.1-1988, "Extended tar Format").
constexpr Place kName{0, 100};
constexpr Place kMode{100, 8};
constexpr Place kOwner{108, 8};
constexpr Place kGroup{116, 8};
constexpr Place kSize{124, 12};
constexpr Place kTime{136, 12};
constexpr Place kSum{148, 8};
constexpr Place kType{156, 1};
constexpr Place kMagic{257, 8};

}  // namespace

void TarGz::Add(std::string_view name, std::string_view content, int64_t at_us) {
  CHECK(name.size() < kName.size);
  std::array<char, kBlock> header{};
  const auto put = [&header](Place place, std::string_view text) {
    std::memcpy(header.data() + place.at, text.data(), std::min(text.size(), place.size));
  };
  put(kName, name);
  put(kMode, "0000600");
  put(kOwner, "0000000");
  put(kGroup, "0000000");
  put(kSize, fmt::format("{:011o}", content.size()));
  put(kTime, fmt::format("{:011o}", at_us / 1'000'000));
  put(kSum, "        ");
  put(kType, "0");
  put(kMagic, std::string_view("ustar\00000", 8));
  const unsigned sum = std::accumulate(header.begin(), header.end(), 0U, [](unsigned s, char c) {
    return s + static_cast<unsigned char>(c);
  });
  put(kSum, fmt::format("{:06o}", sum) + std::string("\0 ", 2));
  tar_.append(header.data(), header.size());
  tar_.append(content);
  tar_.append((kBlock - content.size() % kBlock) % kBlock, '\0');
}

std::string TarGz::Finish() {
  tar_.append(2 * kBlock, '\0');
  z_stream z{};
  constexpr int kGzip = 15 + 16;  // zlib's window bits for gzip's header
  CHECK(deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzip, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&z, tar_.size()) + 32, '\0');
  z.next_in = reinterpret_cast<Bytef*>(tar_.data());
  z.avail_in = static_cast<uInt>(tar_.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

}  // namespace rowhouse::cli
