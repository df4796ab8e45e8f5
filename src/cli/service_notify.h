#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/thread.h"

namespace rowhouse::cli {

// Tells the service manager (sd_notify(3) of systemd: datagrams to $NOTIFY_SOCKET) that the process
// has started, how it stands, that it is alive ($WATCHDOG_USEC) and that it ends.
//
// Started means that the process serves; servers that are away are waited for, and are no reason
// to be restarted.
//
// Place:   `run` makes one. Owns: thread "notify".
// Threads: `alive` and `status` are called on its thread.
// Errors:  none: a manager that is gone is told nothing.
class ServiceNotify {
 public:
  // Null where no manager wants to hear.
  static std::unique_ptr<ServiceNotify> FromEnvironment();

  ServiceNotify(std::string socket, milliseconds watchdog)
      : socket_(std::move(socket)), watchdog_(watchdog) {}

  ~ServiceNotify();
  ServiceNotify(const ServiceNotify&) = delete;
  ServiceNotify& operator=(const ServiceNotify&) = delete;

  // While `alive` is false the watchdog hears nothing. `status` is one line for people.
  void Start(std::function<bool()> alive, std::function<std::string()> status);

 private:
  void Send(const std::string& text) const;

  const std::string socket_;
  const milliseconds watchdog_;  // 0: none
  Thread thread_;
};

}  // namespace rowhouse::cli
