#pragma once

#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace rowhouse::kafka {

// Whether host:port takes connections, for those who look for what is wrong with a cluster; nothing
// is sent.
//
// Blocking: up to the deadline, after the name is resolved.
// Errors:   kUnavailable: no such host, refused, or no answer by the deadline. kConfig: no port.
Status TryConnect(const std::string& address, Deadline deadline);

}  // namespace rowhouse::kafka
