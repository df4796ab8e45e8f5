#include "console/front_end.h"

#include <algorithm>

#include "base/file.h"
#include "http/message.h"

namespace rowhouse::console {
namespace {

constexpr std::string_view kIndex = "/index.html";

constexpr std::string_view kNoPages =
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>rowhouse</title>\n"
    "<h1>rowhouse is running</h1>\n"
    "<p>This binary was built without its pages, because npm was missing then. Everything they "
    "show is in the <a href=\"/api/v1/openapi.json\">API</a>; see also "
    "<a href=\"/readyz?verbose\">readiness</a> and <a href=\"/metrics\">metrics</a>.</p>\n";

void NotFound(const http::Request& request, http::ResponseWriter& response) {
  (void)response.Reply(404, "text/plain; charset=utf-8", "there is no " + request.path + "\n");
}

void SetCaching(std::string_view path, http::ResponseWriter& response) {
  response.SetHeader(
      "Cache-Control",
      path.starts_with("/assets/") ? "public, max-age=31536000, immutable" : "no-cache"
  );
}

void SendAsset(const Asset& asset, const http::Request& request, http::ResponseWriter& response) {
  SetCaching(asset.path, response);
  response.SetHeader("ETag", std::string(asset.etag));
  response.SetHeader("Vary", "Accept-Encoding");
  if (request.headers.Get("If-None-Match") == asset.etag) {
    response.SetStatus(304);
    (void)response.Send({});
    return;
  }
  const bool packed = !asset.gzip.empty() &&
                      request.headers.Get("Accept-Encoding").find("gzip") != std::string_view::npos;
  if (packed) {
    response.SetHeader("Content-Encoding", "gzip");
  }
  (void)response.Reply(200, asset.mime, packed ? asset.gzip : asset.bytes);
}

}  // namespace

std::string_view MimeOf(std::string_view path) {
  constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".svg", "image/svg+xml"},
      {".json", "application/json"},
      {".png", "image/png"},
      {".webp", "image/webp"},
      {".ico", "image/x-icon"},
      {".txt", "text/plain; charset=utf-8"}};
  for (const auto& [ending, type] : kTypes) {
    if (path.ends_with(ending)) {
      return type;
    }
  }
  return "application/octet-stream";
}

std::string AssetPathOf(std::string_view request_path) {
  std::string path = http::PercentDecode(request_path);
  const bool leaves = path.find("..") != std::string::npos ||
                      path.find('\\') != std::string::npos || path.find('\0') != std::string::npos;
  if (leaves || !path.starts_with('/')) {
    return "";
  }
  // Topics have dots in their names: only /assets/ and the top hold files.
  const size_t slash = path.rfind('/');
  const bool file =
      path.starts_with("/assets/") || (slash == 0 && path.find('.') != std::string::npos);
  return file ? path : std::string(kIndex);
}

void FrontEnd::Serve(const http::Request& request, http::ResponseWriter& response) const {
  const std::string path = AssetPathOf(request.path);
  if (path.empty() || (request.method != "GET" && request.method != "HEAD")) {
    NotFound(request, response);
    return;
  }
  if (!directory_.empty()) {
    ServeFromDisk(path, response);
    return;
  }
  const auto assets = EmbeddedAssets();
  const auto found = std::ranges::find(assets, std::string_view(path), &Asset::path);
  if (found != assets.end()) {
    SendAsset(*found, request, response);
  } else if (assets.empty() && path == kIndex) {
    SetCaching(path, response);
    (void)response.Reply(200, MimeOf(kIndex), kNoPages);
  } else {
    NotFound(request, response);
  }
}

void FrontEnd::ServeFromDisk(const std::string& path, http::ResponseWriter& response) const {
  const auto read = ReadFile(directory_ + path);
  SetCaching("", response);
  if (read) {
    (void)response.Reply(200, MimeOf(path), *read);
  } else {
    (void)response.Reply(404, "text/plain; charset=utf-8", read.error().message() + "\n");
  }
}

}  // namespace rowhouse::console
