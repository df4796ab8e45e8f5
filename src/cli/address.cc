#include "cli/address.h"

#include <fmt/format.h>

#include "config/units.h"

namespace rowhouse::cli {

Result<Address> ParseAddress(const std::string& text) {
  const size_t colon = text.rfind(':');
  const auto port = colon == std::string::npos
                        ? std::nullopt
                        : config::ReadInteger(std::string_view(text).substr(colon + 1));
  if (!port || *port > 65535) {
    return Error(ErrorKind::kConfig, fmt::format("\"{}\" is no address", text))
        .WithHint("write host:port, such as 127.0.0.1:8123");
  }
  std::string host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  }
  return Address{std::move(host), static_cast<uint16_t>(*port)};
}

}  // namespace rowhouse::cli
