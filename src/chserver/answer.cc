#include "chserver/answer.h"

#include <unistd.h>

#include <fmt/format.h>

#include "chserver/native_blocks.h"
#include "chserver/status_map.h"
#include "chserver/stream_format.h"

namespace rowhouse::chserver {
namespace {

constexpr size_t kHoldBytes = size_t{64} * 1024;

std::string HostName() {
  char name[256] = {};
  return gethostname(name, sizeof(name) - 1) == 0 ? name : "localhost";
}

}  // namespace

Answer::Answer(const Engine& engine, const QueryRequest& request, http::ResponseWriter& response)
    : engine_(engine), response_(response), start_(Clock::Real().Now()) {
  static const std::string host = HostName();
  response_.SetHeader("X-ClickHouse-Query-Id", request.query_id);
  response_.SetHeader("X-ClickHouse-Server-Display-Name", host);
  response_.SetHeader("X-ClickHouse-Timezone", engine.timezone());
  if (request.native_output) {
    codec_ = MakeNativeCompressor();
  } else {
    encoding_ = ChooseEncoding(request.accept_encoding);
    codec_ = MakeCompressor(encoding_);
  }
}

void Answer::SetFormat(std::string_view format) {
  response_.SetHeader("X-ClickHouse-Format", std::string(format));
  response_.SetHeader("Content-Type", std::string(ContentTypeOf(format)));
}

void Answer::SetSummary(const StatementTotals& totals) {
  const auto elapsed = Clock::Real().Now() - start_;
  response_.SetHeader(
      "X-ClickHouse-Summary",
      fmt::format(
          R"({{"read_rows":"{}","read_bytes":"{}","written_rows":"{}","written_bytes":"{}",)"
          R"("total_rows_to_read":"0","result_rows":"{}","result_bytes":"0","elapsed_ns":"{}"}})",
          totals.rows_read,
          totals.bytes_read,
          totals.rows_written,
          totals.bytes_written,
          totals.result_rows,
          std::chrono::nanoseconds(elapsed).count()
      )
  );
}

Status Answer::Begin(const StatementTotals* totals) {
  begun_ = true;
  if (totals != nullptr) {
    SetSummary(*totals);
  }
  if (!encoding_.empty()) {
    response_.SetHeader("Content-Encoding", encoding_);
  }
  return Ok();
}

Status Answer::Flush() {
  if (codec_ == nullptr) {
    ROWHOUSE_TRY(response_.Write(held_));
  } else {
    ROWHOUSE_TRY(codec_->Add(held_, packed_));
    if (!packed_.empty()) {
      ROWHOUSE_TRY(response_.Write(packed_));
      packed_.clear();
    }
  }
  held_.clear();
  return Ok();
}

Status Answer::Write(std::string_view bytes) {
  if (held_.size() + bytes.size() <= kHoldBytes) {
    held_.append(bytes);
    return Ok();
  }
  if (!begun_) {
    ROWHOUSE_TRY(Begin(nullptr));
  }
  if (codec_ == nullptr) {
    if (!held_.empty()) {
      ROWHOUSE_TRY(Flush());
    }
    return response_.Write(bytes);  // large pieces go out without a copy
  }
  held_.append(bytes);
  return Flush();
}

Status Answer::Finish(const StatementTotals& totals) {
  if (begun_) {
    if (codec_ != nullptr) {
      ROWHOUSE_TRY(codec_->Add(held_, packed_));
      ROWHOUSE_TRY(codec_->Finish(packed_));
      return packed_.empty() ? Ok() : response_.Write(packed_);
    }
    return held_.empty() ? Ok() : response_.Write(held_);
  }
  if (codec_ == nullptr || held_.empty()) {
    encoding_.clear();
    ROWHOUSE_TRY(Begin(&totals));
    return response_.Send(held_);
  }
  ROWHOUSE_TRY(Begin(&totals));
  ROWHOUSE_TRY(codec_->Add(held_, packed_));
  ROWHOUSE_TRY(codec_->Finish(packed_));
  return response_.Send(packed_);
}

void Answer::Fail(const Error& error) {
  if (error.kind() == ErrorKind::kCancelled) {
    response_.Abort();
    return;
  }
  std::string text = error.message();
  const bool from_engine = ExceptionCode(text) != 0;
  const bool bad_body = error.kind() == ErrorKind::kBadRecord;
  const int code = from_engine ? ExceptionCode(text) : bad_body ? 117 : 1002;
  if (!from_engine) {
    const std::string_view name = bad_body ? "INCORRECT_DATA" : "UNKNOWN_EXCEPTION";
    text = fmt::format("Code: {}. DB::Exception: {} ({})", code, text, name);
  }
  if (text.find("(version ") == std::string::npos) {
    text += fmt::format(" (version {})", engine_.version());
  }
  text += '\n';
  if (begun_) {
    held_ += text;
    if (!Flush()) {
      held_.clear();
    }
    response_.Abort();
    return;
  }
  response_.SetHeader("X-ClickHouse-Exception-Code", std::to_string(code));
  const Status sent = response_.Reply(HttpStatusOf(code), "text/plain; charset=UTF-8", text);
  if (!sent) {
    response_.Abort();
  }
}

}  // namespace rowhouse::chserver
