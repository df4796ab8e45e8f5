#include "verify/typed_key.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>

#include "base/bytes.h"

namespace rowhouse::verify {
namespace {

// A value as it was typed, in canonical bytes.
Result<std::string> BytesOf(const CanonicalColumn& column, const std::string& text) {
  using Look = CanonicalColumn::Look;
  if (column.look == Look::kBytes) {
    return text.starts_with("0x") ? FromHex(text.substr(2)) : Result<std::string>(text);
  }
  if (column.look == Look::kDouble) {
    const double value = std::strtod(text.c_str(), nullptr);
    std::string bytes(sizeof(value), '\0');
    std::memcpy(bytes.data(), &value, sizeof(value));
    return bytes;
  }
  if (column.look == Look::kAddress) {
    std::array<char, 16> address{};
    if (inet_pton(AF_INET6, text.c_str(), address.data()) != 1) {
      return Error(ErrorKind::kBadRecord, fmt::format("'{}' is no IPv6 address", text));
    }
    std::string hex = ToHex(AsBytes(std::string_view(address.data(), address.size())));
    std::ranges::transform(hex, hex.begin(), [](char c) {
      return static_cast<char>(c >= 'a' ? c - 'a' + 'A' : c);
    });
    return hex;
  }
  return text;
}

}  // namespace

Result<std::string> TypedKey(
    const std::string& table,
    const CanonicalTable& canonical,
    const std::vector<std::string>& values
) {
  if (canonical.key.empty()) {
    return Error(
               ErrorKind::kUnsupported, fmt::format("table {} has no key to find a row by", table)
    )
        .WithHint("rowhouse verify names its differing rows by their values");
  }
  if (values.size() != canonical.key.size()) {
    std::string names;
    for (const size_t index : canonical.key) {
      names += fmt::format(" --pk {}", canonical.columns[index].name);
    }
    return Error(
               ErrorKind::kBadRecord,
               fmt::format(
                   "the key of {} has {} columns, and {} values are given",
                   table,
                   canonical.key.size(),
                   values.size()
               )
    )
        .WithCode("E-CLI-003")
        .WithHint("give one value a column, in the key's order:" + names);
  }
  std::string key;
  for (size_t i = 0; i < values.size(); ++i) {
    const std::string bytes = ROWHOUSE_TRY(BytesOf(canonical.columns[canonical.key[i]], values[i]));
    key += (i > 0 ? "," : "") + ToHex(AsBytes(bytes));
  }
  return key;
}

}  // namespace rowhouse::verify
