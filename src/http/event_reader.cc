#include "http/event_reader.h"

#include <utility>

#include <fmt/format.h>

namespace rowhouse::http {

EventReader::EventReader(Hear hear, size_t event_bytes_max)
    : hear_(std::move(hear)), event_bytes_max_(event_bytes_max) {}

Status EventReader::Feed(std::string_view bytes) {
  for (size_t end = bytes.find('\n'); end != std::string_view::npos; end = bytes.find('\n')) {
    line_ += bytes.substr(0, end);
    bytes.remove_prefix(end + 1);
    if (line_.ends_with('\r')) {
      line_.pop_back();
    }
    ROWHOUSE_TRY(TakeLine(std::exchange(line_, {})));
  }
  line_ += bytes;
  if (line_.size() + data_.size() > event_bytes_max_) {
    return Error(
        ErrorKind::kBadRecord,
        fmt::format("an event of the stream is longer than {} bytes", event_bytes_max_)
    );
  }
  return Ok();
}

Status EventReader::TakeLine(std::string_view line) {
  if (line.empty()) {
    return Tell();
  }
  const size_t colon = line.find(':');
  const std::string_view field = line.substr(0, colon);
  std::string_view value =
      colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) {
    value.remove_prefix(1);
  }
  if (field == "event") {
    name_ = value;
  } else if (field == "id") {
    id_ = value;
  } else if (field == "data") {
    data_ += value;
    data_ += '\n';
  }
  return Ok();
}

Status EventReader::Tell() {
  const std::string name = std::exchange(name_, {});
  const std::string data = std::exchange(data_, {});
  if (data.empty()) {
    return Ok();
  }
  return hear_({name, std::string_view(data).substr(0, data.size() - 1), id_});
}

}  // namespace rowhouse::http
