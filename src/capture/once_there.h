#pragma once

#include <stop_token>
#include <string>

#include "base/backoff.h"
#include "base/log.h"
#include "base/result.h"

namespace rowhouse::capture {

// Opens topic and schemas of `what`; waits for a broker or registry that is away, as long as it
// takes. kCancelled at a stop request.
template <typename Open>
auto OnceThere(const std::string& what, const std::stop_token& stop, const Open& open)
    -> decltype(open()) {
  Backoff backoff(milliseconds(100), seconds(5));
  while (true) {
    auto opened = open();
    if (opened || opened.error().kind() != ErrorKind::kUnavailable) {
      return opened;
    }
    LogWarn("waiting to open topic and schemas", opened.error(), {{"of", what}});
    if (!WaitUnlessStopped(stop, backoff.Next())) {
      return Error(ErrorKind::kCancelled, "stopped while opening a topic");
    }
  }
}

}  // namespace rowhouse::capture
