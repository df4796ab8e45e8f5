#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace rowhouse::cli {

// Host and port of a listening address.
struct Address {
  std::string host;
  uint16_t port = 0;
};

// "127.0.0.1:8087", "[::1]:8087"; kConfig otherwise.
Result<Address> ParseAddress(const std::string& text);

}  // namespace rowhouse::cli
