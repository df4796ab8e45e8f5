#include "cli/stderr_to_file.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

namespace rowhouse::cli {

Result<std::unique_ptr<StderrToFile>> StderrToFile::Open(const std::string& path) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const int saved = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  if (file < 0 || saved < 0 || ::dup2(file, STDERR_FILENO) < 0) {
    const int err = errno;
    ::close(file);
    ::close(saved);
    return Error(
        ErrorKind::kConfig, fmt::format("sending the log to {}: {}", path, strerrordesc_np(err))
    );
  }
  ::close(file);
  return std::unique_ptr<StderrToFile>(new StderrToFile(saved));
}

StderrToFile::~StderrToFile() {
  ::dup2(saved_, STDERR_FILENO);
  ::close(saved_);
}

}  // namespace rowhouse::cli
