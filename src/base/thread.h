#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <thread>

#include "base/result.h"

namespace rowhouse {

// A named thread with one owner: stops and joins in its destructor.
//
// The body gets the stop token. What it throws (third-party code may) is caught
// at the entry, logged with the thread's name, and ends the process as kInternal:
// a stage that vanished must not leave the rest looking alive.
//
// Names are cut to 15 characters by the kernel.
class Thread {
 public:
  Thread() = default;
  Thread(std::string name, std::function<void(std::stop_token)> body);

  void RequestStop() { thread_.request_stop(); }

  void Join() {
    if (thread_.joinable()) {
      thread_.join();
    }
  }

  bool Running() const { return thread_.joinable(); }

 private:
  std::jthread thread_;
};

}  // namespace rowhouse
