#pragma once

#include <array>
#include <string>

#include <openssl/err.h>

namespace rowhouse {

// OpenSSL's last complaint, which also empties its queue. For modules that link OpenSSL.
inline std::string TlsReason() {
  std::array<char, 256> text{};
  const unsigned long code = ERR_get_error();
  ERR_error_string_n(code, text.data(), text.size());
  ERR_clear_error();
  return code == 0 ? "no reason given" : text.data();
}

}  // namespace rowhouse
