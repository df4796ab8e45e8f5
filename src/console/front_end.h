#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "http/server.h"

namespace rowhouse::console {

// One file of the front end in this binary.
struct Asset {
  std::string_view path;  // "/assets/index-8f3a.js"
  std::string_view mime;
  std::string_view etag;
  std::string_view bytes;
  std::string_view gzip;  // empty where it would not be smaller
};

// Made by tools/embed_assets.py; empty where the front end was not built.
std::span<const Asset> EmbeddedAssets();

// Serves the pages: from this binary, or from a directory while they are being developed.
//
// What looks like a page ("/topics/x") is answered with index.html, whose script finds the page;
// a file that is not there ("/x.js") with 404. Files under /assets/ carry a hash of their content
// in their name and are kept by browsers for good; the others are asked for each time.
//
// Threads: any.
class FrontEnd {
 public:
  // Empty directory: the files in this binary.
  explicit FrontEnd(std::string directory) : directory_(std::move(directory)) {}

  void Serve(const http::Request& request, http::ResponseWriter& response) const;

 private:
  void ServeFromDisk(const std::string& path, http::ResponseWriter& response) const;

  const std::string directory_;
};

// The decoded path, "/index.html" for a page; empty where it tries to leave the directory.
std::string AssetPathOf(std::string_view request_path);

std::string_view MimeOf(std::string_view path);

}  // namespace rowhouse::console
