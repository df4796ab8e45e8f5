#include "cli/demo_directory.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

#include "base/file.h"

namespace rowhouse::cli {

namespace {

namespace fs = std::filesystem;

constexpr const char* kMarker = ".rowhouse-demo";

Error Failed(const std::string& doing, const std::string& path, const std::string& why) {
  return Error(ErrorKind::kConfig, fmt::format("{} {}: {}", doing, path, why));
}

Status CheckOurs(const fs::path& path) {
  std::error_code error;
  if (!fs::exists(path, error) || fs::exists(path / kMarker, error)) {
    return Ok();
  }
  if (fs::is_directory(path, error) && fs::is_empty(path, error)) {
    return Ok();
  }
  return Error(
             ErrorKind::kConfig,
             fmt::format("{} is not empty and was not made by rowhouse demo", path.string())
  )
      .WithCode("E-DEMO-004")
      .WithHint("give the demo a directory of its own: --data DIR");
}

Status RemoveAllBut(const fs::path& directory, const std::string& kept) {
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().filename() != kept) {
      fs::remove_all(entry->path(), error);
    }
    if (error) {
      break;
    }
  }
  return error ? Status(Failed("removing the files of", directory, error.message())) : Ok();
}

}  // namespace

Result<std::unique_ptr<DemoDirectory>> DemoDirectory::Open(
    const std::string& path, Leftovers leftovers
) {
  ROWHOUSE_TRY(CheckOurs(path));
  std::error_code error;
  fs::create_directories(path, error);
  if (error) {
    return Failed("making directory", path, error.message());
  }
  const std::string marker = path + "/" + kMarker;
  const int lock = ::open(marker.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock < 0) {
    const int err = errno;
    return Failed("opening", marker, strerrordesc_np(err));
  }
  std::unique_ptr<DemoDirectory> directory(new DemoDirectory(lock));
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    const auto holder = ReadFile(marker);
    const std::string pid = holder ? holder->substr(0, holder->find('\n')) : "";
    return Error(
               ErrorKind::kConfig,
               fmt::format("another demo ({}) runs in {}", pid.empty() ? "?" : pid, path)
    )
        .WithCode("E-DEMO-005")
        .WithHint("end it with Ctrl-C, or start this one with --data and ports of its own");
  }
  if (leftovers == Leftovers::kRemove) {
    ROWHOUSE_TRY(RemoveAllBut(path, kMarker));
  }
  const std::string text = fmt::format(
      "pid {}\nThis directory belongs to rowhouse demo; --fresh empties it.\n", ::getpid()
  );
  if (::ftruncate(lock, 0) != 0 || ::pwrite(lock, text.data(), text.size(), 0) < 0) {
    const int err = errno;
    return Failed("writing", marker, strerrordesc_np(err));
  }
  fs::create_directories(path + "/log", error);
  if (error) {
    return Failed("making directory", path + "/log", error.message());
  }
  return directory;
}

DemoDirectory::~DemoDirectory() {
  ::close(lock_);
}

}  // namespace rowhouse::cli
