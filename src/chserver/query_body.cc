#include "chserver/query_body.h"

#include <fmt/format.h>

#include "chserver/native_blocks.h"

namespace rowhouse::chserver {
namespace {

constexpr size_t kReadBytes = size_t{256} * 1024;
constexpr size_t kStatementBytesMax = size_t{64} * 1024 * 1024;
// An INSERT's head is looked for in this much of the body, then in all of it.
constexpr size_t kHeadBytes = size_t{1024} * 1024;

}  // namespace

QueryBody::QueryBody(const QueryRequest& request, http::BodyReader& body)
    : body_(body), text_(request.query) {
  if (request.native_input) {
    codec_ = MakeNativeDecompressor();
  } else if (!request.content_encoding.empty() && request.content_encoding != "identity") {
    codec_ = MakeDecompressor(request.content_encoding);
    if (codec_ == nullptr) {
      unknown_encoding_ = Error(
          ErrorKind::kBadRecord,
          fmt::format(
              "Code: 48. DB::Exception: Unknown Content-Encoding '{}': use gzip, deflate, zstd or "
              "lz4. (NOT_IMPLEMENTED)",
              request.content_encoding
          )
      );
    }
  }
  raw_.resize(kReadBytes);
}

Result<std::string_view> QueryBody::NextBody() {
  while (!ended_) {
    const size_t got = ROWHOUSE_TRY(body_.Read(raw_.data(), raw_.size()));
    ended_ = got == 0;
    const std::string_view raw(raw_.data(), got);
    if (codec_ == nullptr) {
      return raw;
    }
    plain_.clear();
    if (!ended_) {
      ROWHOUSE_TRY(codec_->Add(raw, plain_));
    } else if (codec_begun_) {
      ROWHOUSE_TRY(codec_->Finish(plain_));
    }
    codec_begun_ = codec_begun_ || !raw.empty();
    if (!plain_.empty()) {
      return std::string_view(plain_);
    }
  }
  return std::string_view();
}

Status QueryBody::ReadStatementText() {
  ROWHOUSE_TRY(Status(unknown_encoding_));
  statement_ = ReadStatement(text_);
  if (statement_.kind == Statement::Kind::kInsertRows && !statement_.format.empty()) {
    if (statement_.data_begin < text_.size()) {
      text_ += '\n';
    }
    return Ok();
  }
  const bool begun = !text_.empty();
  bool looked = begun;  // an INSERT whose statement began in ?query= is read as a whole
  while (true) {
    const std::string_view piece = ROWHOUSE_TRY(NextBody());
    if (piece.empty()) {
      break;
    }
    if (begun && text_.back() != '\n' && !joined_) {
      text_ += '\n';
    }
    joined_ = true;
    text_ += piece;
    if (text_.size() > kStatementBytesMax) {
      return Error(
          ErrorKind::kBadRecord,
          "Code: 62. DB::Exception: Syntax error: the statement is larger than 64 MB. "
          "(SYNTAX_ERROR)"
      );
    }
    if (!looked && text_.size() >= kHeadBytes) {
      looked = true;
      statement_ = ReadStatement(text_);
      if (statement_.kind == Statement::Kind::kInsertRows && statement_.data_begin < text_.size()) {
        return Ok();
      }
    }
  }
  statement_ = ReadStatement(text_);
  return Ok();
}

Result<std::string_view> QueryBody::NextRows() {
  if (!rows_begun_) {
    rows_begun_ = true;
    if (statement_.data_begin < text_.size()) {
      return std::string_view(text_).substr(statement_.data_begin);
    }
  }
  return NextBody();
}

}  // namespace rowhouse::chserver
