#pragma once

#include <string>
#include <string_view>

#include "model/table.h"

namespace rowhouse {

// "<prefix>.<db>.<table>" as Debezium's default naming makes it: each character
// outside [A-Za-z0-9._-] becomes '_', and the name is cut at 249 characters.
std::string DataTopic(std::string_view prefix, const TableId& table);

// Each character outside [A-Za-z0-9._-] as '_'.
std::string SanitizeTopic(std::string_view name);

// Subjects of the registry's TopicNameStrategy.
inline std::string KeySubject(std::string_view topic) {
  return std::string(topic) + "-key";
}

inline std::string ValueSubject(std::string_view topic) {
  return std::string(topic) + "-value";
}

inline constexpr std::string_view kPositionsTopic = "__rowhouse.positions";
inline constexpr std::string_view kSchemasTopic = "_schemas";

}  // namespace rowhouse
