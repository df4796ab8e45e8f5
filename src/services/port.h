#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"

namespace rowhouse::services {

// Ok when we could listen on 127.0.0.1:port now; else kConfig, naming `service`, the port
// and, where it can be found, the process that holds it. `fix` says how to choose another.
Status CheckPortFree(uint16_t port, const std::string& service, const std::string& fix);

// "mariadbd (pid 123)" for the process listening on the TCP port, as far as we may see it.
std::optional<std::string> PortHolder(uint16_t port);

// Ok when something accepts connections on 127.0.0.1:port.
Status CheckAccepts(uint16_t port);

}  // namespace rowhouse::services
