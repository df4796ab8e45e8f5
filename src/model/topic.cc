#include "model/topic.h"

#include <fmt/format.h>

namespace rowhouse {

namespace {

constexpr size_t kTopicCharactersMax = 249;  // Kafka's own limit

bool Legal(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

}  // namespace

std::string SanitizeTopic(std::string_view name) {
  std::string out(name.substr(0, kTopicCharactersMax));
  for (char& c : out) {
    if (!Legal(c)) {
      c = '_';
    }
  }
  return out;
}

std::string DataTopic(const TopicNaming& naming, const TableId& table) {
  return SanitizeTopic(
      fmt::format("{0}{1}{2}{1}{3}", naming.prefix, naming.delimiter, table.db, table.table)
  );
}

std::string SchemaChangeTopic(const TopicNaming& naming) {
  return SanitizeTopic(naming.prefix);
}

std::string TransactionTopic(const TopicNaming& naming, std::string_view name) {
  return SanitizeTopic(naming.prefix + naming.delimiter + std::string(name));
}

std::string HeartbeatTopic(const TopicNaming& naming, std::string_view heartbeat_prefix) {
  return SanitizeTopic(std::string(heartbeat_prefix) + naming.delimiter + naming.prefix);
}

}  // namespace rowhouse
