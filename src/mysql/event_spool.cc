#include "mysql/event_spool.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

namespace rowhouse::mysql {

namespace {

struct Head {
  uint64_t offset;
  uint32_t bytes;
  uint32_t type;
};

Error FileError(std::string_view what) {
  return Error(
             ErrorKind::kUnavailable,
             fmt::format(
                 "{} the temporary file that holds a prepared XA transaction: {}",
                 what,
                 std::generic_category().message(errno)
             )
  )
      .WithHint("make room in the directory for temporary files, or name another by TMPDIR");
}

}  // namespace

EventSpool::~EventSpool() {
  if (file_ >= 0) {
    close(file_);
  }
}

Status EventSpool::Append(const Event& event) {
  const Head head{
      event.offset, static_cast<uint32_t>(event.body.size()), static_cast<uint32_t>(event.type)};
  memory_.append(reinterpret_cast<const char*>(&head), sizeof(head));
  memory_.append(AsText(event.body));
  return memory_.size() > memory_max_ ? MoveToFile() : Ok();
}

Status EventSpool::MoveToFile() {
  if (file_ < 0) {
    std::error_code failed;
    std::string name = std::filesystem::temp_directory_path(failed).string() + "/rowhouse-XXXXXX";
    file_ = mkstemp(name.data());
    if (file_ < 0) {
      return FileError("making");
    }
    unlink(name.c_str());
  }
  for (size_t done = 0; done < memory_.size();) {
    const ssize_t n = write(file_, memory_.data() + done, memory_.size() - done);
    if (n < 0 && errno == EINTR) {
      continue;
    }
    if (n < 0) {
      return FileError("writing");
    }
    done += static_cast<size_t>(n);
  }
  in_file_ += memory_.size();
  memory_.clear();
  return Ok();
}

Status EventSpool::Read(uint8_t* to, size_t bytes) {
  while (bytes > 0 && read_ < in_file_) {
    const ssize_t n = pread(file_, to, bytes, static_cast<off_t>(read_));
    if (n < 0 && errno == EINTR) {
      continue;
    }
    if (n <= 0) {
      return FileError("reading");
    }
    read_ += static_cast<uint64_t>(n);
    to += n;
    bytes -= static_cast<size_t>(n);
  }
  if (bytes > 0) {
    std::memcpy(to, memory_.data() + (read_ - in_file_), bytes);
    read_ += bytes;
  }
  return Ok();
}

Result<std::optional<EventSpool::Event>> EventSpool::Next(Arena& arena) {
  if (read_ == bytes()) {
    return std::optional<Event>();
  }
  Head head{};
  ROWHOUSE_TRY(Read(reinterpret_cast<uint8_t*>(&head), sizeof(head)));
  uint8_t* const body = arena.Allocate(head.bytes);
  ROWHOUSE_TRY(Read(body, head.bytes));
  return std::optional(Event{
      static_cast<EventType>(head.type), head.offset, ByteView{body, head.bytes}});
}

}  // namespace rowhouse::mysql
