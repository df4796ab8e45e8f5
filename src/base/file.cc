#include "base/file.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

namespace rowhouse {

namespace {

// Closes a file descriptor at the end of its scope.
class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}

  ~Fd() {
    if (fd_ >= 0) {
      ::close(fd_);
    }
  }

  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;

  int get() const { return fd_; }

 private:
  int fd_;
};

Error Failed(std::string_view doing, const std::string& path) {
  const int err = errno;
  const ErrorKind kind = err == ENOENT ? ErrorKind::kNotFound : ErrorKind::kUnavailable;
  // strerror is not thread-safe by the standard; glibc's is for known numbers.
  return Error(kind, fmt::format("{} {}: {}", doing, path, strerrordesc_np(err))).WithNative(err);
}

}  // namespace

Result<std::string> ReadFile(const std::string& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) {
    return Failed("opening", path);
  }
  std::string content;
  char buffer[65536];
  while (true) {
    const ssize_t n = ::read(fd.get(), buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) {
      continue;
    }
    if (n < 0) {
      return Failed("reading", path);
    }
    if (n == 0) {
      return content;
    }
    content.append(buffer, static_cast<size_t>(n));
  }
}

Status WriteFileAtomically(const std::string& path, std::string_view content) {
  const std::string temporary = path + ".tmp";
  {
    const Fd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (fd.get() < 0) {
      return Failed("creating", temporary);
    }
    while (!content.empty()) {
      const ssize_t n = ::write(fd.get(), content.data(), content.size());
      if (n < 0 && errno != EINTR) {
        return Failed("writing", temporary);
      }
      content.remove_prefix(n < 0 ? 0 : static_cast<size_t>(n));
    }
    if (::fsync(fd.get()) != 0) {
      return Failed("syncing", temporary);
    }
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    return Failed("renaming to", path);
  }
  const size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const Fd dir(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (dir.get() < 0 || ::fsync(dir.get()) != 0) {
    return Failed("syncing", directory);
  }
  return Ok();
}

}  // namespace rowhouse
