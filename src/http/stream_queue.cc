#include "http/stream_queue.h"

#include <algorithm>

#include <fmt/format.h>

namespace rowhouse::http {

std::string_view LastEventId(const Request& request) {
  return request.headers.Get("Last-Event-ID");
}

std::string FormatEvent(const Event& event) {
  std::string out;
  out.reserve(event.name.size() + event.data.size() + event.id.size() + 32);
  // A line's end within a name or an id would begin another field.
  const auto field = [&out](std::string_view name, std::string_view value) {
    if (!value.empty()) {
      out.append(name).append(value.substr(0, value.find_first_of("\r\n"))) += '\n';
    }
  };
  field("id: ", event.id);
  field("event: ", event.name);
  std::string_view data = event.data;
  for (;;) {
    const size_t end = data.find('\n');
    out.append("data: ").append(data.substr(0, end)) += '\n';
    if (end == std::string_view::npos) {
      break;
    }
    data.remove_prefix(end + 1);
  }
  // A carriage return ends a line as well.
  std::ranges::replace(out, '\r', ' ');
  return out += '\n';
}

void StreamQueue::WakeOnce() {
  if (!woken_ && wake_) {
    woken_ = true;
    wake_();
  }
}

EventStream::Sent StreamQueue::Send(const Event& event) {
  const std::string text = FormatEvent(event);
  const MutexLock lock(mu_);
  if (!open_) {
    return Sent::kClosed;
  }
  if (pending_.size() + text.size() > options_.queue_bytes_max) {
    ++skipped_;
    return Sent::kSkipped;
  }
  if (skipped_ > 0) {
    const std::string told = fmt::format("{{\"events\":{}}}", skipped_);
    pending_ += FormatEvent({"skipped", told, {}});
    skipped_ = 0;
  }
  pending_ += text;
  WakeOnce();
  return Sent::kQueued;
}

void StreamQueue::Close() {
  const MutexLock lock(mu_);
  open_ = false;
  WakeOnce();
  changed_.NotifyAll();
}

bool StreamQueue::open() const {
  const MutexLock lock(mu_);
  return open_;
}

size_t StreamQueue::queued_bytes() const {
  const MutexLock lock(mu_);
  return pending_.size();
}

bool StreamQueue::AwaitRoom(Deadline deadline) {
  const MutexLock lock(mu_);
  while (open_ && pending_.size() > options_.queue_bytes_max / 2) {
    if (!changed_.WaitUntil(mu_, deadline)) {
      return false;
    }
  }
  return open_;
}

bool StreamQueue::Take(std::string& out) {
  const MutexLock lock(mu_);
  woken_ = false;
  if (out.empty()) {
    out = std::move(pending_);
  } else {
    out += pending_;
  }
  pending_ = {};
  changed_.NotifyAll();
  return open_;
}

void StreamQueue::Detach() {
  const MutexLock lock(mu_);
  open_ = false;
  wake_ = nullptr;
  pending_ = {};
  changed_.NotifyAll();
}

}  // namespace rowhouse::http
