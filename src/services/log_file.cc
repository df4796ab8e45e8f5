#include "services/log_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <deque>
#include <fstream>
#include <sys/stat.h>

#include <fmt/format.h>

namespace rowhouse::services {

namespace {

constexpr uint64_t kTailBytesMax = 65'536;
constexpr size_t kLineMax = 300;

}  // namespace

uint64_t LogSize(const std::string& path) {
  struct stat info {};

  return ::stat(path.c_str(), &info) == 0 ? static_cast<uint64_t>(info.st_size) : 0;
}

Status RotateLog(const std::string& path, uint64_t bytes_max) {
  if (LogSize(path) < bytes_max) {
    return Ok();
  }
  if (std::rename(path.c_str(), (path + ".1").c_str()) != 0) {
    const int err = errno;
    return Error(
        ErrorKind::kUnavailable, fmt::format("renaming log file {}: {}", path, strerrordesc_np(err))
    );
  }
  return Ok();
}

std::string LogTail(const std::string& path, uint64_t from, size_t lines) {
  const uint64_t size = LogSize(path);
  const uint64_t start = size > from + kTailBytesMax ? size - kTailBytesMax : from;
  std::ifstream file(path, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(start));
  std::deque<std::string> last;
  for (std::string line; std::getline(file, line);) {
    last.push_back(line.substr(0, kLineMax));
    if (last.size() > lines) {
      last.pop_front();
    }
  }
  std::string text;
  for (const std::string& line : last) {
    text += line + '\n';
  }
  return text;
}

}  // namespace rowhouse::services
