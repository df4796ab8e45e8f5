#include "types/connect_records.h"

#include <fmt/format.h>

namespace rowhouse::types {

std::string ConnectField(std::string_view name, std::string_view type) {
  return fmt::format(R"({{"name":"{}","type":{}}})", name, type);
}

std::string ConnectRecord(
    std::string_view name, std::string_view space, std::string_view fields, Namespace written
) {
  return fmt::format(
      R"({{"type":"record","name":"{0}",{1}"fields":[{2}],"connect.version":1,)"
      R"("connect.name":"{3}.{0}"}})",
      name,
      written == Namespace::kWritten ? fmt::format(R"("namespace":"{}",)", space) : "",
      fields,
      space
  );
}

void ConnectWriter::Header(int32_t schema_id) {
  const auto id = static_cast<uint32_t>(schema_id);
  const char header[] = {
      0,
      static_cast<char>(id >> 24),
      static_cast<char>(id >> 16),
      static_cast<char>(id >> 8),
      static_cast<char>(id)};
  out_.Append({header, sizeof header});
}

void ConnectWriter::OptionalLong(std::optional<int64_t> value) {
  Long(value.has_value() ? 1 : 0);
  if (value) {
    Long(*value);
  }
}

void ConnectWriter::OptionalText(std::string_view text) {
  Long(text.empty() ? 0 : 1);
  if (!text.empty()) {
    Text(text);
  }
}

void ConnectWriter::OptionalBool(bool value) {
  Some();
  out_.Append(value ? std::string_view("\1", 1) : std::string_view("\0", 1));
}

}  // namespace rowhouse::types
