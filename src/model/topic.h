#pragma once

#include <string>
#include <string_view>

#include "model/table.h"

namespace rowhouse {

// How a pipeline's topics are named.
struct TopicNaming {
  std::string prefix = "rowhouse";
  std::string delimiter = ".";  // between the parts
};

// "<prefix>.<db>.<table>" as Debezium's default naming makes it: each character
// outside [A-Za-z0-9._-] becomes '_', and the name is cut at 249 characters.
std::string DataTopic(const TopicNaming& naming, const TableId& table);

// The topics beside the tables': of schema changes, of transactions ("<prefix>.<name>") and of
// heartbeats ("<heartbeat prefix>.<prefix>").
std::string SchemaChangeTopic(const TopicNaming& naming);
std::string TransactionTopic(const TopicNaming& naming, std::string_view name);
std::string HeartbeatTopic(const TopicNaming& naming, std::string_view heartbeat_prefix);

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
