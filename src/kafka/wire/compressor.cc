#include "kafka/wire/compressor.h"

#include <array>

#include <fmt/format.h>
#include <lz4frame.h>
#include <zlib.h>
#include <zstd.h>

#include "kafka/wire/snappy.h"

namespace rowhouse::kafka::wire {

namespace {

constexpr std::array<std::string_view, 5> kNames = {"none", "gzip", "snappy", "lz4", "zstd"};

Error Failed(std::string_view library, std::string_view why) {
  return Error(ErrorKind::kInternal, fmt::format("{} can't compress a batch: {}", library, why));
}

class NoCompressor : public Compressor {
 public:
  Codec codec() const override { return Codec::kNone; }

  Status Compress(ByteView in, Buffer& out) override {
    out.Append(AsText(in));
    return Ok();
  }
};

// LZ4 frames of independent blocks: Kafka's consumers in Java read no others.
class Lz4Compressor : public Compressor {
 public:
  Lz4Compressor() {
    preferences_.frameInfo.blockSizeID = LZ4F_max256KB;
    preferences_.frameInfo.blockMode = LZ4F_blockIndependent;
    preferences_.autoFlush = 1;  // no copy of the input inside
    if (LZ4F_isError(LZ4F_createCompressionContext(&context_, LZ4F_VERSION)) != 0) {
      context_ = nullptr;
    }
  }

  ~Lz4Compressor() override { LZ4F_freeCompressionContext(context_); }

  Lz4Compressor(const Lz4Compressor&) = delete;
  Lz4Compressor& operator=(const Lz4Compressor&) = delete;

  Codec codec() const override { return Codec::kLz4; }

  Status Compress(ByteView in, Buffer& out) override {
    if (context_ == nullptr) {
      return Failed("lz4", "out of memory");
    }
    const size_t room = LZ4F_HEADER_SIZE_MAX + LZ4F_compressBound(in.size(), &preferences_);
    uint8_t* const begin = out.Reserve(room);
    uint8_t* const end = begin + room;
    uint8_t* to = begin;
    const auto add = [&](size_t written) {
      const bool fine = LZ4F_isError(written) == 0;
      to += fine ? written : 0;
      return fine ? Ok() : Status(Failed("lz4", LZ4F_getErrorName(written)));
    };
    const auto left = [&] { return static_cast<size_t>(end - to); };
    ROWHOUSE_TRY(add(LZ4F_compressBegin(context_, to, left(), &preferences_)));
    ROWHOUSE_TRY(add(LZ4F_compressUpdate(context_, to, left(), in.data(), in.size(), nullptr)));
    ROWHOUSE_TRY(add(LZ4F_compressEnd(context_, to, left(), nullptr)));
    out.Commit(to);
    return Ok();
  }

 private:
  LZ4F_preferences_t preferences_{};
  LZ4F_cctx* context_ = nullptr;
};

class ZstdCompressor : public Compressor {
 public:
  ZstdCompressor() : context_(ZSTD_createCCtx()) {}

  ~ZstdCompressor() override { ZSTD_freeCCtx(context_); }

  ZstdCompressor(const ZstdCompressor&) = delete;
  ZstdCompressor& operator=(const ZstdCompressor&) = delete;

  Codec codec() const override { return Codec::kZstd; }

  Status Compress(ByteView in, Buffer& out) override {
    if (context_ == nullptr) {
      return Failed("zstd", "out of memory");
    }
    const size_t room = ZSTD_compressBound(in.size());
    uint8_t* to = out.Reserve(room);
    const size_t written =
        ZSTD_compressCCtx(context_, to, room, in.data(), in.size(), ZSTD_CLEVEL_DEFAULT);
    if (ZSTD_isError(written) != 0) {
      return Failed("zstd", ZSTD_getErrorName(written));
    }
    out.Commit(to + written);
    return Ok();
  }

 private:
  ZSTD_CCtx* context_;
};

class GzipCompressor : public Compressor {
 public:
  GzipCompressor() {
    constexpr int kGzipWindow = 15 + 16;  // the largest window, gzip's header
    ready_ = deflateInit2(
                 &stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY
             ) == Z_OK;
  }

  ~GzipCompressor() override { deflateEnd(&stream_); }

  GzipCompressor(const GzipCompressor&) = delete;
  GzipCompressor& operator=(const GzipCompressor&) = delete;

  Codec codec() const override { return Codec::kGzip; }

  Status Compress(ByteView in, Buffer& out) override {
    if (!ready_ || deflateReset(&stream_) != Z_OK) {
      return Failed("zlib", "out of memory");
    }
    const size_t room = deflateBound(&stream_, in.size());
    uint8_t* to = out.Reserve(room);
    stream_.next_in = const_cast<uint8_t*>(in.data());
    stream_.avail_in = static_cast<uInt>(in.size());
    stream_.next_out = to;
    stream_.avail_out = static_cast<uInt>(room);
    if (deflate(&stream_, Z_FINISH) != Z_STREAM_END) {
      return Failed("zlib", stream_.msg == nullptr ? "the output has no room" : stream_.msg);
    }
    out.Commit(stream_.next_out);
    return Ok();
  }

 private:
  z_stream stream_{};
  bool ready_ = false;
};

class SnappyCodec : public Compressor {
 public:
  Codec codec() const override { return Codec::kSnappy; }

  Status Compress(ByteView in, Buffer& out) override {
    snappy_.Compress(in, out);
    return Ok();
  }

 private:
  SnappyCompressor snappy_;
};

}  // namespace

std::optional<Codec> ParseCodec(std::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) {
      return static_cast<Codec>(i);
    }
  }
  return std::nullopt;
}

std::unique_ptr<Compressor> Compressor::Make(Codec codec) {
  switch (codec) {
    case Codec::kNone:
      return std::make_unique<NoCompressor>();
    case Codec::kGzip:
      return std::make_unique<GzipCompressor>();
    case Codec::kSnappy:
      return std::make_unique<SnappyCodec>();
    case Codec::kLz4:
      return std::make_unique<Lz4Compressor>();
    case Codec::kZstd:
      return std::make_unique<ZstdCompressor>();
  }
  return nullptr;
}

}  // namespace rowhouse::kafka::wire
