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

std::string DataTopic(std::string_view prefix, const TableId& table) {
  return SanitizeTopic(fmt::format("{}.{}.{}", prefix, table.db, table.table));
}

}  // namespace rowhouse
