#include "base/error.h"

#include <fmt/format.h>

namespace rowhouse {

std::string_view KindName(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kUnavailable:
      return "unavailable";
    case ErrorKind::kSchemaChanged:
      return "schema_changed";
    case ErrorKind::kBadRecord:
      return "bad_record";
    case ErrorKind::kUnsupported:
      return "unsupported";
    case ErrorKind::kConfig:
      return "config";
    case ErrorKind::kAuth:
      return "auth";
    case ErrorKind::kNotFound:
      return "not_found";
    case ErrorKind::kCancelled:
      return "cancelled";
    case ErrorKind::kInternal:
      return "internal";
  }
  return "unknown";
}

Error&& Error::WithCode(std::string code) && {
  code_ = std::move(code);
  return std::move(*this);
}

Error&& Error::WithHint(std::string hint) && {
  hint_ = std::move(hint);
  return std::move(*this);
}

Error&& Error::WithNative(int native) && {
  native_ = native;
  return std::move(*this);
}

Error&& Error::Context(std::string_view what) && {
  message_ = fmt::format("{}: {}", what, message_);
  return std::move(*this);
}

std::string Error::ToString() const {
  std::string out;
  if (!code_.empty()) {
    out += code_ + " ";
  }
  out += message_;
  if (!hint_.empty()) {
    out += " (fix: " + hint_ + ")";
  }
  return out;
}

}  // namespace rowhouse
