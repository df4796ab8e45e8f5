#include "kafka/probe.h"

#include <algorithm>
#include <charconv>
#include <poll.h>

#include <fmt/format.h>

#include "kafka/wire/stream.h"

namespace rowhouse::kafka {

Status TryConnect(const std::string& address, Deadline deadline) {
  const size_t colon = address.rfind(':');
  uint16_t port = 0;
  if (colon != std::string::npos) {
    std::from_chars(address.data() + colon + 1, address.data() + address.size(), port);
  }
  if (port == 0) {
    return Error(ErrorKind::kConfig, fmt::format("'{}' has no port", address))
        .WithHint("write host:port");
  }
  const auto stream =
      ROWHOUSE_TRY(wire::Stream::Connect(address.substr(0, colon), port, /*tls=*/nullptr));
  while (true) {
    const wire::Stream::Step step = ROWHOUSE_TRY(stream->Establish());
    if (step.want == wire::Stream::Want::kNothing) {
      return Ok();
    }
    if (deadline.Passed()) {
      return Error(ErrorKind::kUnavailable, fmt::format("{} does not answer", address))
          .WithHint("a firewall may drop what is sent there");
    }
    const bool read = step.want == wire::Stream::Want::kRead;
    pollfd wait{stream->fd(), static_cast<int16_t>(read ? POLLIN : POLLOUT), 0};
    const auto left = std::clamp<int64_t>(deadline.Left().count(), 1, 500);
    (void)::poll(&wait, 1, static_cast<int>(left));  // the next step says what came of it
  }
}

}  // namespace rowhouse::kafka
