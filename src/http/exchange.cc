#include "http/exchange.h"

#include <algorithm>
#include <array>
#include <ctime>

#include <fmt/format.h>

namespace rowhouse::http {
namespace {

constexpr size_t kReadBytes = 64 * 1024;
// A chunk's size line with extensions; longer ones are an attack.
constexpr size_t kUnparsedBytesMax = 2 * kReadBytes;
// What is left of a body nobody read: passed over up to here, else the connection closes.
constexpr size_t kDrainBytesMax = 1024 * 1024;
// Before closing with unread input, so that the client gets to see the response.
constexpr size_t kLingerBytesMax = 16 * 1024 * 1024;
constexpr milliseconds kLingerTime{1000};
// Below this, a chunk is copied behind its size line and sent in one packet.
constexpr size_t kJoinBytesMax = 16 * 1024;

std::string HttpDate() {
  const time_t now = static_cast<time_t>(Clock::Real().WallMicros() / 1'000'000);
  tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 40> text{};
  return {
      text.data(), std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

// A value may echo what a client sent: no line may end in it.
void AppendField(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ");
  for (const char c : value) {
    head += (c >= 0 && c < ' ' && c != '\t') || c == 0x7F ? ' ' : c;
  }
  head += "\r\n";
}

}  // namespace

Result<std::string> BodyReader::ReadAll(size_t bytes_max) {
  std::string out;
  for (;;) {
    const size_t at = out.size();
    out.resize(at + kReadBytes);
    const size_t got = ROWHOUSE_TRY(Read(out.data() + at, kReadBytes));
    out.resize(at + got);
    if (got == 0) {
      return out;
    }
    if (out.size() > bytes_max) {
      return Error(
                 ErrorKind::kBadRecord,
                 fmt::format("the request's body is larger than {} bytes", bytes_max)
      )
          .WithNative(413);
    }
  }
}

Result<std::shared_ptr<EventStream>> ResponseWriter::StartEvents(EventStreamOptions) {
  return Error(ErrorKind::kUnsupported, "this response can't become a stream of events");
}

Status ResponseWriter::Reply(int status, std::string_view content_type, std::string_view body) {
  SetStatus(status);
  SetHeader("Content-Type", std::string(content_type));
  return Send(body);
}

Exchange::Exchange(const ExchangeParts& parts)
    : parts_(parts),
      head_only_(parts.request.method == "HEAD"),
      keep_alive_(parts.parser.head_done() && parts.parser.keep_alive()),
      awaits_continue_(EqualsIgnoringCase(parts.request.headers.Get("Expect"), "100-continue")),
      body_deadline_(
          parts.body_timeout ? Deadline::After(*parts.body_timeout) : Deadline::Never()
      ) {}

Result<size_t> Exchange::Read(char* into, size_t size) {
  if (awaits_continue_ && !started_ && !parts_.parser.done()) {
    awaits_continue_ = false;
    if (parts_.unparsed.empty()) {
      ROWHOUSE_TRY(Put("HTTP/1.1 100 Continue\r\n\r\n"));
    }
  }
  parts_.parser.BodyInto(into, size);
  while (!parts_.parser.done()) {
    if (!parts_.unparsed.empty()) {
      const size_t used = ROWHOUSE_TRY(parts_.parser.Feed(parts_.unparsed));
      parts_.unparsed.erase(0, used);
    }
    if (parts_.parser.body_bytes() > 0 || parts_.parser.done()) {
      break;
    }
    const size_t kept = parts_.unparsed.size();
    if (kept > kUnparsedBytesMax) {
      return Error(ErrorKind::kBadRecord, "a chunk's header is too long").WithNative(400);
    }
    if (body_deadline_.Passed()) {
      return Error(ErrorKind::kUnavailable, "the request's body did not arrive in time")
          .WithNative(408);
    }
    parts_.unparsed.resize(kept + kReadBytes);
    auto got = parts_.transport.Read(
        parts_.unparsed.data() + kept,
        kReadBytes,
        std::min(parts_.io_timeout, body_deadline_.Left())
    );
    parts_.unparsed.resize(kept + (got.has_value() ? *got : 0));
    if (!got && got.error().kind() == ErrorKind::kUnavailable) {
      return std::move(got).error().WithNative(408);
    }
    if (ROWHOUSE_TRY(std::move(got)) == 0) {
      return Error(ErrorKind::kCancelled, "the client closed the connection within its request");
    }
  }
  return parts_.parser.body_bytes();
}

std::string Exchange::Head(Framing framing, size_t length) const {
  std::string head =
      fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\n", status_, ReasonPhrase(status_), HttpDate());
  for (const auto& [name, value] : headers_.fields()) {
    AppendField(head, name, value);
  }
  if (framing == Framing::kChunked) {
    head += "Transfer-Encoding: chunked\r\n";
  } else if (framing == Framing::kLength && !BodylessStatus() && headers_.Find("Content-Length") == nullptr) {
    head += fmt::format("Content-Length: {}\r\n", length);
  }
  if (!keep_alive_) {
    head += "Connection: close\r\n";
  } else if (parts_.request.minor_version == 0) {
    head += "Connection: keep-alive\r\n";
  }
  return head + "\r\n";
}

Status Exchange::Put(std::string_view bytes) {
  if (broken_ || parts_.cut) {
    broken_ = true;
    return Error(ErrorKind::kCancelled, "the client is gone");
  }
  Status status = parts_.transport.Write(bytes, parts_.io_timeout);
  broken_ = !status.has_value();
  return status;
}

Status Exchange::Send(std::string_view body) {
  CHECK(!started_);
  started_ = true;
  keep_alive_ = keep_alive_ && !parts_.stopping;
  std::string head = Head(Framing::kLength, body.size());
  if (head_only_ || BodylessStatus()) {
    return Put(head);
  }
  if (body.size() <= kJoinBytesMax) {
    return Put(head.append(body));
  }
  ROWHOUSE_TRY(Put(head));
  return Put(body);
}

Status Exchange::Write(std::string_view bytes) {
  std::string head;
  if (!started_) {
    started_ = true;
    keep_alive_ = keep_alive_ && !parts_.stopping;
    framing_ = parts_.request.minor_version == 0 ? Framing::kToEnd : Framing::kChunked;
    if (headers_.Find("Content-Length") != nullptr) {
      framing_ = Framing::kLength;
    }
    keep_alive_ = keep_alive_ && framing_ != Framing::kToEnd;
    head = Head(framing_, 0);
  }
  if (head_only_ || BodylessStatus()) {
    return head.empty() ? Ok() : Put(head);
  }
  return PutChunk(std::move(head), bytes);
}

Status Exchange::PutChunk(std::string head, std::string_view bytes) {
  const bool chunked = framing_ == Framing::kChunked && !bytes.empty();
  if (chunked) {
    head += fmt::format("{:x}\r\n", bytes.size());
  }
  if (bytes.size() <= kJoinBytesMax) {
    head.append(bytes).append(chunked ? "\r\n" : "");
    return Put(head);
  }
  ROWHOUSE_TRY(Put(head));
  ROWHOUSE_TRY(Put(bytes));
  return chunked ? Put("\r\n") : Ok();
}

bool Exchange::ClientGone() {
  return parts_.cut || parts_.transport.PeerGone();
}

Result<std::shared_ptr<EventStream>> Exchange::StartEvents(EventStreamOptions options) {
  CHECK(!started_);
  const auto stream = ROWHOUSE_TRY(parts_.open_stream(options));
  SetHeader("Content-Type", "text/event-stream");
  SetHeader("Cache-Control", "no-store");
  started_ = true;
  streaming_ = !head_only_;
  keep_alive_ = false;
  framing_ = Framing::kToEnd;
  const Status sent = Put(Head(framing_, 0));
  if (!sent || head_only_) {
    stream->Detach();
  }
  ROWHOUSE_TRY(sent);
  return std::shared_ptr<EventStream>(stream);
}

void Exchange::Refuse(int status) {
  refused_ = true;
  const Status sent =
      Reply(status, "text/plain", fmt::format("{} {}\n", status, ReasonPhrase(status)));
  broken_ = broken_ || !sent.has_value();
}

bool Exchange::DrainBody() {
  if (parts_.parser.done()) {
    return true;
  }
  if (awaits_continue_ || refused_) {
    return false;  // it may not come, or can't be parsed
  }
  const uint64_t announced = parts_.request.content_length.value_or(0);
  std::string scrap(kReadBytes, '\0');
  for (size_t passed = 0; passed < kDrainBytesMax && announced < kDrainBytesMax;) {
    const Result<size_t> got = Read(scrap.data(), scrap.size());
    if (!got.has_value()) {
      return false;
    }
    if (*got == 0) {
      return true;
    }
    passed += *got;
  }
  return false;
}

void Exchange::Linger() {
  parts_.transport.EndSending();
  const Deadline deadline = Deadline::After(kLingerTime);
  std::string scrap(kReadBytes, '\0');
  for (size_t passed = 0; passed < kLingerBytesMax && !deadline.Passed();) {
    const auto got = parts_.transport.Read(scrap.data(), scrap.size(), deadline.Left());
    if (!got.has_value() || *got == 0) {
      return;
    }
    passed += *got;
  }
}

bool Exchange::Finish() {
  if (!started_ && !aborted_) {
    if (!Send({}).has_value()) {
      return false;
    }
  } else if (framing_ == Framing::kChunked && !aborted_ && !head_only_ && !BodylessStatus()) {
    if (!Put("0\r\n\r\n").has_value()) {
      return false;
    }
  }
  if (broken_ || aborted_) {
    return false;
  }
  const bool drained = DrainBody();
  if (keep_alive_ && drained) {
    return true;
  }
  if (!drained) {
    Linger();
  } else {
    parts_.transport.EndSending();
  }
  return false;
}

}  // namespace rowhouse::http
