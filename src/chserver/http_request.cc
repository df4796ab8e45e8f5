#include "chserver/http_request.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <random>
#include <string_view>

#include <fmt/format.h>

namespace rowhouse::chserver {
namespace {

// URL parameters that are the interface's own, or that a single-user server has no use for.
constexpr auto kReserved = std::to_array<std::string_view>(
    {"query",
     "query_id",
     "database",
     "default_format",
     "user",
     "password",
     "quota_key",
     "role",
     "session_id",
     "session_timeout",
     "session_check",
     "compress",
     "decompress",
     "stacktrace",
     "wait_end_of_query",
     "buffer_size",
     "close_session",
     "client_protocol_version",
     "enable_http_compression",
     "http_zlib_compression_level",
     "http_native_compression_disable_checksumming_on_decompress",
     "add_http_cors_header",
     "http_write_exception_in_output_format",
     "send_progress_in_http_headers",
     "http_headers_progress_interval_ms"}
);

constexpr std::string_view kParam = "param_";

bool IsSettingName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.';
  });
}

std::string NewUuid() {
  thread_local std::mt19937_64 random{std::random_device{}()};
  const uint64_t a = random();
  const uint64_t b = random();
  return fmt::format(
      "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
      a >> 32,
      a >> 16 & 0xFFFF,
      a & 0xFFF,
      0x8000 | (b >> 48 & 0x3FFF),
      b & 0xFFFF'FFFF'FFFF
  );
}

std::string FirstOf(std::string_view a, std::string_view b) {
  return std::string(a.empty() ? b : a);
}

}  // namespace

http::Credentials CredentialsOf(const http::Request& request) {
  const std::string* user = request.headers.Find("X-ClickHouse-User");
  const std::string* key = request.headers.Find("X-ClickHouse-Key");
  if (user != nullptr || key != nullptr) {
    return {user != nullptr ? *user : "default", key != nullptr ? *key : ""};
  }
  if (auto basic = request.BasicAuth()) {
    return *basic;
  }
  return {
      std::string(request.query.Get("user", "default")),
      std::string(request.query.Get("password"))};
}

Result<QueryRequest> ReadQueryRequest(const http::Request& request) {
  QueryRequest out;
  const auto& q = request.query;
  out.query = q.Get("query");
  out.query_id = FirstOf(q.Get("query_id"), request.headers.Get("X-ClickHouse-Query-Id"));
  if (out.query_id.empty()) {
    out.query_id = NewUuid();
  }
  out.database = FirstOf(q.Get("database"), request.headers.Get("X-ClickHouse-Database"));
  out.format = FirstOf(q.Get("default_format"), request.headers.Get("X-ClickHouse-Format"));
  out.session_id = q.Get("session_id");
  const std::string_view compression = q.Get("enable_http_compression");
  if (compression == "1" || compression == "true") {
    out.accept_encoding = request.headers.Get("Accept-Encoding");
  }
  out.content_encoding = request.headers.Get("Content-Encoding");
  out.native_output = q.Get("compress") == "1";
  out.native_input = q.Get("decompress") == "1";
  out.read_only = request.method == "GET" || request.method == "HEAD";
  for (const auto& [name, value] : q.all()) {
    if (name.starts_with(kParam)) {
      out.params.emplace_back(name.substr(kParam.size()), value);
    } else if (std::find(kReserved.begin(), kReserved.end(), name) == kReserved.end()) {
      if (!IsSettingName(name)) {
        return Error(
                   ErrorKind::kBadRecord,
                   fmt::format(
                       "Code: 115. DB::Exception: Unknown setting '{}'. (UNKNOWN_SETTING)", name
                   )
        )
            .WithNative(115);
      }
      out.settings.emplace_back(name, value);
    }
  }
  return out;
}

}  // namespace rowhouse::chserver
