#pragma once

#include <functional>
#include <string>

#include "base/mutex.h"
#include "http/event_stream.h"

namespace rowhouse::http {

// The side of an EventStream that its senders see: a queue of bytes with a bound.
//
// Place:   shared by senders and the server's I/O thread, which takes what is queued.
// Threads: any; Take is the I/O thread's.
class StreamQueue final : public EventStream {
 public:
  // `wake` makes the I/O thread call Take soon. It is called under the lock, so that it is never
  // called after Detach has returned: it must only post.
  StreamQueue(EventStreamOptions options, std::function<void()> wake)
      : options_(options), wake_(std::move(wake)) {}

  Sent Send(const Event& event) override;
  void Close() override;
  bool open() const override;
  size_t queued_bytes() const override;
  bool AwaitRoom(Deadline deadline) override;

  // Appends what waits to `out`. False when nothing will come after it.
  bool Take(std::string& out);

  // The connection is gone: sending gives kClosed from now on, and `wake` is forgotten.
  void Detach();

 private:
  void WakeOnce() REQUIRES(mu_);

  const EventStreamOptions options_;

  mutable Mutex mu_;
  CondVar changed_;
  std::function<void()> wake_ GUARDED_BY(mu_);
  std::string pending_ GUARDED_BY(mu_);
  uint64_t skipped_ GUARDED_BY(mu_) = 0;
  bool woken_ GUARDED_BY(mu_) = false;
  bool open_ GUARDED_BY(mu_) = true;
};

}  // namespace rowhouse::http
