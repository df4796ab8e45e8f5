#include "chserver/codec.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <lz4frame.h>
#include <zlib.h>
#include <zstd.h>

namespace rowhouse::chserver {
namespace {

constexpr size_t kBufferBytes = size_t{64} * 1024;
constexpr int kGzipWindow = 15 + 16;
constexpr int kAnyZlibWindow = 15 + 32;  // gzip and zlib, told by their heads

Error Broken(std::string_view what, std::string_view why) {
  return Error(ErrorKind::kBadRecord, fmt::format("body is no {} stream: {}", what, why));
}

class ZlibCodec : public Codec {
 public:
  ZlibCodec(bool compress, int window) : compress_(compress) {
    if (compress_) {
      deflateInit2(&z_, 3, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY);
    } else {
      inflateInit2(&z_, window);
    }
  }

  ~ZlibCodec() override {
    if (compress_) {
      deflateEnd(&z_);
    } else {
      inflateEnd(&z_);
    }
  }

  Status Add(std::string_view in, std::string& out) override { return Step(in, Z_NO_FLUSH, out); }

  Status Finish(std::string& out) override {
    if (compress_) {
      return Step({}, Z_FINISH, out);
    }
    return ended_ ? Ok() : Broken("gzip", "it ends in the middle");
  }

 private:
  Status Step(std::string_view in, int flush, std::string& out) {
    z_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    z_.avail_in = static_cast<uInt>(in.size());
    do {
      z_.next_out = reinterpret_cast<Bytef*>(buffer_.data());
      z_.avail_out = static_cast<uInt>(buffer_.size());
      const int code = compress_ ? deflate(&z_, flush) : inflate(&z_, flush);
      if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) {
        return Broken("gzip", z_.msg != nullptr ? z_.msg : "corrupt");
      }
      out.append(buffer_.data(), buffer_.size() - z_.avail_out);
      if (code == Z_STREAM_END) {
        ended_ = true;
        break;
      }
    } while (z_.avail_out == 0 || z_.avail_in > 0);
    return Ok();
  }

  bool compress_;
  bool ended_ = false;
  z_stream z_{};
  std::array<char, kBufferBytes> buffer_{};
};

class ZstdCompressor : public Codec {
 public:
  ZstdCompressor() : context_(ZSTD_createCCtx(), ZSTD_freeCCtx) {}

  Status Add(std::string_view in, std::string& out) override {
    return Step(in, ZSTD_e_continue, out);
  }

  Status Finish(std::string& out) override { return Step({}, ZSTD_e_end, out); }

 private:
  Status Step(std::string_view in, ZSTD_EndDirective end, std::string& out) {
    ZSTD_inBuffer input{in.data(), in.size(), 0};
    size_t left = 0;
    do {
      ZSTD_outBuffer output{buffer_.data(), buffer_.size(), 0};
      left = ZSTD_compressStream2(context_.get(), &output, &input, end);
      if (ZSTD_isError(left) != 0) {
        return Error(ErrorKind::kInternal, ZSTD_getErrorName(left));
      }
      out.append(buffer_.data(), output.pos);
    } while (input.pos < input.size || (end == ZSTD_e_end && left > 0));
    return Ok();
  }

  std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context_;
  std::array<char, kBufferBytes> buffer_{};
};

class ZstdDecompressor : public Codec {
 public:
  ZstdDecompressor() : context_(ZSTD_createDCtx(), ZSTD_freeDCtx) {}

  Status Add(std::string_view in, std::string& out) override {
    ZSTD_inBuffer input{in.data(), in.size(), 0};
    size_t produced = 0;
    do {
      ZSTD_outBuffer output{buffer_.data(), buffer_.size(), 0};
      left_ = ZSTD_decompressStream(context_.get(), &output, &input);
      if (ZSTD_isError(left_) != 0) {
        return Broken("zstd", ZSTD_getErrorName(left_));
      }
      produced = output.pos;
      out.append(buffer_.data(), produced);
    } while (input.pos < input.size || produced == buffer_.size());
    return Ok();
  }

  Status Finish(std::string&) override {
    return left_ == 0 ? Ok() : Broken("zstd", "it ends in the middle");
  }

 private:
  std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context_;
  size_t left_ = 1;
  std::array<char, kBufferBytes> buffer_{};
};

class Lz4Compressor : public Codec {
 public:
  Lz4Compressor() { LZ4F_createCompressionContext(&context_, LZ4F_VERSION); }

  ~Lz4Compressor() override { LZ4F_freeCompressionContext(context_); }

  Status Add(std::string_view in, std::string& out) override {
    Begin(out);
    for (size_t at = 0; at < in.size(); at += kBufferBytes) {
      const std::string_view piece = in.substr(at, kBufferBytes);
      Append(out, LZ4F_compressBound(piece.size(), nullptr), [&](char* into, size_t room) {
        return LZ4F_compressUpdate(context_, into, room, piece.data(), piece.size(), nullptr);
      });
    }
    return Ok();
  }

  Status Finish(std::string& out) override {
    Begin(out);
    Append(out, LZ4F_compressBound(0, nullptr), [&](char* into, size_t room) {
      return LZ4F_compressEnd(context_, into, room, nullptr);
    });
    return Ok();
  }

 private:
  void Begin(std::string& out) {
    if (!begun_) {
      begun_ = true;
      Append(out, LZ4F_HEADER_SIZE_MAX, [&](char* into, size_t room) {
        return LZ4F_compressBegin(context_, into, room, nullptr);
      });
    }
  }

  template <typename Fill>
  static void Append(std::string& out, size_t room, Fill fill) {
    const size_t before = out.size();
    out.resize(before + room);
    const size_t used = fill(out.data() + before, room);
    out.resize(before + (LZ4F_isError(used) != 0 ? 0 : used));
  }

  LZ4F_cctx* context_ = nullptr;
  bool begun_ = false;
};

class Lz4Decompressor : public Codec {
 public:
  Lz4Decompressor() { LZ4F_createDecompressionContext(&context_, LZ4F_VERSION); }

  ~Lz4Decompressor() override { LZ4F_freeDecompressionContext(context_); }

  Status Add(std::string_view in, std::string& out) override {
    size_t at = 0;
    size_t made = 0;
    do {
      made = buffer_.size();
      size_t taken = in.size() - at;
      left_ = LZ4F_decompress(context_, buffer_.data(), &made, in.data() + at, &taken, nullptr);
      if (LZ4F_isError(left_) != 0) {
        return Broken("lz4", LZ4F_getErrorName(left_));
      }
      out.append(buffer_.data(), made);
      at += taken;
    } while (at < in.size() || made == buffer_.size());
    return Ok();
  }

  Status Finish(std::string&) override {
    return left_ == 0 ? Ok() : Broken("lz4", "it ends in the middle");
  }

 private:
  LZ4F_dctx* context_ = nullptr;
  size_t left_ = 1;
  std::array<char, kBufferBytes> buffer_{};
};

}  // namespace

std::unique_ptr<Codec> MakeCompressor(std::string_view encoding) {
  if (encoding == "gzip") {
    return std::make_unique<ZlibCodec>(true, kGzipWindow);
  }
  if (encoding == "deflate") {
    return std::make_unique<ZlibCodec>(true, MAX_WBITS);
  }
  if (encoding == "zstd") {
    return std::make_unique<ZstdCompressor>();
  }
  if (encoding == "lz4") {
    return std::make_unique<Lz4Compressor>();
  }
  return nullptr;
}

std::unique_ptr<Codec> MakeDecompressor(std::string_view encoding) {
  if (encoding == "gzip" || encoding == "deflate") {
    return std::make_unique<ZlibCodec>(false, kAnyZlibWindow);
  }
  if (encoding == "zstd") {
    return std::make_unique<ZstdDecompressor>();
  }
  if (encoding == "lz4") {
    return std::make_unique<Lz4Decompressor>();
  }
  return nullptr;
}

std::string ChooseEncoding(std::string_view accept) {
  for (const std::string_view known : {"zstd", "lz4", "gzip", "deflate"}) {
    for (size_t at = accept.find(known); at != std::string_view::npos;
         at = accept.find(known, at + 1)) {
      const auto is_name = [&](size_t i) {
        return i < accept.size() && accept[i] != ',' && accept[i] != ' ' && accept[i] != ';';
      };
      if ((at == 0 || !is_name(at - 1)) && !is_name(at + known.size())) {
        return std::string(known);
      }
    }
  }
  return "";
}

}  // namespace rowhouse::chserver
