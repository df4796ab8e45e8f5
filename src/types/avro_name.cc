#include "types/avro_name.h"

namespace rowhouse::types {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

bool IsLegal(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || IsDigit(c);
}

bool ContinuesCharacter(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

std::string Adjusted(std::string_view name, bool keep_dots) {
  std::string out;
  out.reserve(name.size() + 1);
  if (!name.empty() && IsDigit(name.front())) {
    out += '_';
  }
  for (const char c : name) {
    if (!ContinuesCharacter(c)) {
      out += IsLegal(c) || (keep_dots && c == '.') ? c : '_';
    }
  }
  return out;
}

}  // namespace

std::string AvroFieldName(std::string_view name) {
  return Adjusted(name, false);
}

std::string AvroFullName(std::string_view name) {
  return Adjusted(name, true);
}

}  // namespace rowhouse::types
