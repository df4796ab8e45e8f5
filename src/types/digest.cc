#include "types/digest.h"

#include <array>
#include <cctype>
#include <memory>
#include <string>

#include <openssl/evp.h>

#include "base/check.h"

namespace rowhouse::types {
namespace {

struct Row {
  DigestKind kind;
  std::string_view name;
  size_t bytes;
  const EVP_MD* (*algorithm)();
};

constexpr auto kDigests = std::to_array<Row>({
    {DigestKind::kMd5, "MD5", 16, EVP_md5},
    {DigestKind::kSha1, "SHA-1", 20, EVP_sha1},
    {DigestKind::kSha256, "SHA-256", 32, EVP_sha256},
    {DigestKind::kSha384, "SHA-384", 48, EVP_sha384},
    {DigestKind::kSha512, "SHA-512", 64, EVP_sha512},
});

const Row& RowOf(DigestKind kind) {
  return kDigests[static_cast<size_t>(kind)];
}

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

}  // namespace

std::optional<DigestKind> ParseDigest(std::string_view name) {
  std::string upper(name);
  for (char& c : upper) {
    c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  if (upper == "SHA") {
    return DigestKind::kSha1;
  }
  for (const Row& row : kDigests) {
    if (upper == row.name) {
      return row.kind;
    }
  }
  return std::nullopt;
}

size_t DigestBytes(DigestKind kind) {
  return RowOf(kind).bytes;
}

void PutDigest(
    DigestKind kind,
    std::string_view first,
    std::string_view second,
    std::string_view third,
    uint8_t* to
) {
  // One a thread: making a context costs more than a short digest.
  thread_local const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  bool good = EVP_DigestInit_ex(context.get(), RowOf(kind).algorithm(), nullptr) == 1;
  for (const std::string_view part : {first, second, third}) {
    good = good && EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1;
  }
  good = good && EVP_DigestFinal_ex(context.get(), to, nullptr) == 1;
  CHECK(good);
}

}  // namespace rowhouse::types
