#include "types/format.h"

#include <charconv>

#include <fmt/format.h>

namespace rowhouse::types {
namespace {

// Takes the first word off.
std::string_view NextWord(std::string_view& text) {
  const size_t space = text.find(' ');
  const std::string_view word = text.substr(0, space);
  text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
  return word;
}

Error NoTreatment(std::string_view text) {
  return Error(
             ErrorKind::kConfig, fmt::format("\"{}\" is nothing that can be done to a column", text)
  )
      .WithHint(
          "write mask N, truncate N, hash ALGORITHM SALT or hash-v1 ALGORITHM SALT; "
          "algorithms are MD5, SHA-1, SHA-256, SHA-384, SHA-512"
      );
}

}  // namespace

Result<Treatment> Treatment::Parse(std::string_view text) {
  std::string_view rest = text;
  const std::string_view what = NextWord(rest);
  Treatment out;
  if (what == "mask" || what == "truncate") {
    const auto [end, fault] = std::from_chars(rest.data(), rest.data() + rest.size(), out.chars);
    if (rest.empty() || fault != std::errc() || end != rest.data() + rest.size()) {
      return NoTreatment(text);
    }
    out.kind = what == "mask" ? Kind::kMask : Kind::kTruncate;
    return out;
  }
  const auto digest = ParseDigest(NextWord(rest));
  if ((what != "hash" && what != "hash-v1") || !digest || rest.empty()) {
    return NoTreatment(text);
  }
  out.kind = Kind::kHash;
  out.digest = *digest;
  out.salt = rest;
  out.java_text = what == "hash-v1";
  return out;
}

}  // namespace rowhouse::types
