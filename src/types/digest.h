#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace rowhouse::types {

// The digests that column hashes may be made with.
enum class DigestKind : uint8_t { kMd5, kSha1, kSha256, kSha384, kSha512 };

inline constexpr size_t kDigestBytesMax = 64;

// By Java's name ("SHA-256"), case aside.
std::optional<DigestKind> ParseDigest(std::string_view name);

// Bytes of its result.
size_t DigestBytes(DigestKind kind);

// Of the parts one after the other, at `to`, which has room for DigestBytes(kind).
void PutDigest(
    DigestKind kind,
    std::string_view first,
    std::string_view second,
    std::string_view third,
    uint8_t* to
);

}  // namespace rowhouse::types
