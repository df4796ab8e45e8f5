#include "mysql/compressed.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include <zlib.h>
#include <zstd.h>

#include "mysql/event_header.h"

namespace rowhouse::mysql {

namespace {

Error Damaged() {
  return {ErrorKind::kBadRecord, "its compressed bytes are damaged"};
}

constexpr uint64_t kZlibRatioMax = 1040;  // more is damage, not data

// A deflate stream without zlib's head and checksum.
bool InflateBare(ByteView packed, uint8_t* out, size_t bytes) {
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) {
    return false;
  }
  // zlib's signature is not const-correct; it does not write to its input.
  stream.next_in =
      const_cast<uint8_t*>(packed.data());  // NOLINT(cppcoreguidelines-pro-type-const-cast)
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = out;
  stream.avail_out = static_cast<uInt>(bytes);
  const int result = inflate(&stream, Z_FINISH);
  const bool whole = result == Z_STREAM_END && stream.avail_out == 0;
  inflateEnd(&stream);
  return whole;
}

}  // namespace

Result<ByteView> InflateMariaDb(ByteView packed, Arena& arena) {
  ByteCursor in(packed);
  const uint8_t head = in.U8();
  constexpr uint8_t kZlib = 0x80;  // of the upper half: compressed, algorithm 0
  if ((head & 0xF0) != kZlib) {
    return Error(ErrorKind::kUnsupported, "its compression algorithm is unknown");
  }
  const size_t length_bytes = head & 7;
  const uint64_t raw_bytes = in.BigEndian(std::min<size_t>(length_bytes, 4));
  if (!in.ok() || length_bytes > 4 || raw_bytes > (in.left() + 1) * kZlibRatioMax) {
    return Damaged();
  }
  uint8_t* const out = arena.Allocate(raw_bytes);
  uLongf out_bytes = raw_bytes;
  const int result = uncompress(out, &out_bytes, in.data(), in.left());
  if (result != Z_OK || out_bytes != raw_bytes) {
    return Damaged();
  }
  return ByteView{out, raw_bytes};
}

// First byte: 0 for bytes as they are; else 8 in the upper half for zlib, whether the stream is
// bare, and how many bytes the length has.
std::optional<ByteView> InflateColumn(ByteView stored, Arena& arena) {
  if (stored.empty() || stored[0] == 0) {
    return stored.empty() ? stored : stored.subspan(1);
  }
  constexpr uint8_t kZlib = 0x80;
  constexpr uint8_t kBare = 0x08;
  ByteCursor in(stored);
  const uint8_t head = in.U8();
  const size_t length_bytes = head & 7;
  const uint64_t raw_bytes = in.BigEndian(std::min<size_t>(length_bytes, 4));
  const bool sane = (head & 0xF0) == kZlib && in.ok() && length_bytes <= 4 &&
                    raw_bytes <= (in.left() + 1) * kZlibRatioMax;
  if (!sane) {
    return std::nullopt;
  }
  uint8_t* const out = arena.Allocate(raw_bytes);
  const ByteView packed(in.data(), in.left());
  uLongf out_bytes = raw_bytes;
  const bool good = (head & kBare) != 0
                        ? InflateBare(packed, out, raw_bytes)
                        : uncompress(out, &out_bytes, packed.data(), packed.size()) == Z_OK &&
                              out_bytes == raw_bytes;
  return good ? std::optional(ByteView{out, raw_bytes}) : std::nullopt;
}

PayloadReader::PayloadReader() = default;
PayloadReader::~PayloadReader() = default;

void PayloadReader::FreeContext::operator()(ZSTD_DCtx_s* context) const {
  ZSTD_freeDCtx(context);
}

Status PayloadReader::Start(ByteView body) {
  constexpr uint64_t kEnd = 0;
  constexpr uint64_t kPackedBytes = 1;
  constexpr uint64_t kAlgorithm = 2;
  constexpr uint64_t kZstd = 0;
  constexpr uint64_t kNone = 255;
  ByteCursor in(body);
  uint64_t packed_bytes = 0;
  uint64_t algorithm = kNone;
  for (uint64_t field = in.PackedInt(); in.ok() && field != kEnd; field = in.PackedInt()) {
    ByteCursor value(in.Bytes(in.PackedInt()));
    if (field == kPackedBytes) {
      packed_bytes = value.PackedInt();
    } else if (field == kAlgorithm) {
      algorithm = value.PackedInt();
    }
  }
  packed_ = in.Bytes(packed_bytes);
  if (!in.ok()) {
    return Damaged();
  }
  if (algorithm != kZstd && algorithm != kNone) {
    return Error(
        ErrorKind::kUnsupported,
        "its compression algorithm " + std::to_string(algorithm) + " is unknown"
    );
  }
  stored_ = algorithm == kNone;
  if (zstd_ == nullptr) {
    zstd_.reset(ZSTD_createDCtx());
  }
  ZSTD_DCtx_reset(zstd_.get(), ZSTD_reset_session_only);
  return Ok();
}

Result<size_t> PayloadReader::Read(uint8_t* to, size_t bytes) {
  if (stored_) {
    const size_t n = std::min(bytes, packed_.size());
    std::copy_n(packed_.begin(), n, to);
    packed_ = packed_.subspan(n);
    return n;
  }
  ZSTD_inBuffer in{packed_.data(), packed_.size(), 0};
  ZSTD_outBuffer out{to, bytes, 0};
  while (out.pos < out.size) {
    const size_t in_before = in.pos;
    const size_t out_before = out.pos;
    if (ZSTD_isError(ZSTD_decompressStream(zstd_.get(), &out, &in)) != 0) {
      return Damaged();
    }
    if (in.pos == in_before && out.pos == out_before) {
      break;  // neither side moves: the end
    }
  }
  packed_ = packed_.subspan(in.pos);
  return out.pos;
}

Result<std::optional<ByteView>> PayloadReader::Next(Arena& arena) {
  std::array<uint8_t, EventHeader::kBytes> head{};
  const size_t got = ROWHOUSE_TRY(Read(head.data(), head.size()));
  if (got == 0) {
    return std::optional<ByteView>();
  }
  constexpr size_t kLengthAt = 9;
  uint32_t length = 0;
  std::memcpy(&length, head.data() + kLengthAt, sizeof(length));
  constexpr uint32_t kEventMax = uint32_t{3} << 29;  // servers stop at 1 GiB and a little
  if (got < head.size() || length < head.size() || length > kEventMax) {
    return Damaged();
  }
  uint8_t* const event = arena.Allocate(length);
  std::copy(head.begin(), head.end(), event);
  const size_t rest = length - head.size();
  if (ROWHOUSE_TRY(Read(event + head.size(), rest)) != rest) {
    return Damaged();
  }
  return std::optional<ByteView>(ByteView{event, length});
}

}  // namespace rowhouse::mysql
