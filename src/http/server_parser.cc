#include "http/server_parser.h"

#include <algorithm>
#include <cstring>
#include <string>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

namespace rowhouse::http {
namespace {

namespace beast = boost::beast;
using beast::error_code;

// The start of a target in absolute form, which proxies send: "http://host".
size_t OriginLength(std::string_view target) {
  if (target.empty() || target.front() == '/') {
    return 0;
  }
  const size_t scheme = target.find("://");
  return scheme == std::string_view::npos ? 0
                                          : std::min(target.find('/', scheme + 3), target.size());
}

int StatusFor(const error_code& ec) {
  if (ec == beast::http::error::header_limit) {
    return 431;
  }
  if (ec == beast::http::error::body_limit) {
    return 413;
  }
  return ec == beast::http::error::bad_version ? 505 : 400;
}

}  // namespace

// Beast calls these as it recognises the parts of the message.
class RequestParser::Parser : public beast::http::basic_parser<true> {
 public:
  Request request;
  char* into = nullptr;
  size_t room = 0;
  size_t placed = 0;

 private:
  void on_request_impl(
      beast::http::verb,
      beast::string_view method,
      beast::string_view target,
      int version,
      error_code& ec
  ) override {
    if (version / 10 != 1) {
      ec = beast::http::error::bad_version;
      return;
    }
    request.method.assign(method.data(), method.size());
    request.target.assign(target.data(), target.size());
    request.minor_version = version % 10;
    std::string_view rest(request.target);
    rest.remove_prefix(OriginLength(rest));
    const size_t path_end = std::min(rest.find_first_of("?#"), rest.size());
    request.path = path_end == 0 ? "/" : rest.substr(0, path_end);
    if (path_end < rest.size() && rest[path_end] == '?') {
      const std::string_view query = rest.substr(path_end + 1);
      request.query = QueryParameters::Parse(query.substr(0, query.find('#')));
    }
  }

  void on_response_impl(int, beast::string_view, int, error_code&) override {}

  void
  on_field_impl(beast::http::field, beast::string_view name, beast::string_view value, error_code&)
      override {
    if (!is_header_done()) {  // else a trailer
      request.headers.Add(
          std::string(name.data(), name.size()), std::string(value.data(), value.size())
      );
    }
  }

  void on_header_impl(error_code&) override {}

  void on_body_init_impl(const boost::optional<uint64_t>&, error_code&) override {}

  size_t on_body_impl(beast::string_view body, error_code& ec) override {
    const size_t n = std::min(room - placed, body.size());
    if (n > 0) {
      std::memcpy(into + placed, body.data(), n);
    }
    placed += n;
    if (n < body.size()) {
      ec = beast::http::error::need_buffer;
    }
    return n;
  }

  void on_chunk_header_impl(uint64_t, beast::string_view, error_code&) override {}

  size_t on_chunk_body_impl(uint64_t, beast::string_view body, error_code& ec) override {
    return on_body_impl(body, ec);
  }

  void on_finish_impl(error_code&) override {}
};

RequestParser::RequestParser(size_t header_bytes_max, std::optional<uint64_t> body_bytes_max)
    : parser_(std::make_unique<Parser>()) {
  parser_->header_limit(static_cast<uint32_t>(header_bytes_max));
  parser_->body_limit(
      body_bytes_max.has_value() ? boost::optional<uint64_t>(*body_bytes_max) : boost::none
  );
}

RequestParser::~RequestParser() = default;

Result<size_t> RequestParser::Feed(std::string_view bytes) {
  size_t used = 0;
  error_code ec;
  // Without `eager` each call parses one part (start line and fields, a chunk, ...).
  while (used < bytes.size() && !parser_->is_done()) {
    const size_t n = parser_->put(boost::asio::buffer(bytes.substr(used)), ec);
    used += n;
    if (ec == beast::http::error::need_more || ec == beast::http::error::need_buffer) {
      break;
    }
    if (ec) {
      return Error(ErrorKind::kBadRecord, "the request can't be parsed: " + ec.message())
          .WithNative(StatusFor(ec));
    }
    if (n == 0 || (parser_->is_header_done() && parser_->placed == parser_->room)) {
      break;
    }
  }
  return used;
}

void RequestParser::BodyInto(char* into, size_t size) {
  parser_->into = into;
  parser_->room = size;
  parser_->placed = 0;
}

size_t RequestParser::body_bytes() const {
  return parser_->placed;
}

bool RequestParser::head_done() const {
  return parser_->is_header_done();
}

bool RequestParser::done() const {
  return parser_->is_done();
}

bool RequestParser::keep_alive() const {
  return parser_->keep_alive();
}

Request RequestParser::TakeRequest() {
  if (const auto length = parser_->content_length(); length.has_value()) {
    parser_->request.content_length = *length;
  }
  return std::move(parser_->request);
}

}  // namespace rowhouse::http
