#include "console/secrets.h"

#include <array>

#include <sodium.h>

#include "base/check.h"
#include "base/mutex.h"

namespace rowhouse::console {
namespace {

constexpr unsigned long long kPasses = 3;
constexpr size_t kBytes = size_t{32} << 20;

void NeedSodium() {
  static const bool ready = sodium_init() >= 0;
  CHECK(ready);
}

Mutex& OneAtATime() {
  static Mutex mutex;
  return mutex;
}

}  // namespace

std::string HashPassword(std::string_view password) {
  NeedSodium();
  const MutexLock lock(OneAtATime());
  std::array<char, crypto_pwhash_STRBYTES> out{};
  // Fails only where 32 MiB can't be had.
  CHECK(
      crypto_pwhash_str_alg(
          out.data(),
          password.data(),
          password.size(),
          kPasses,
          kBytes,
          crypto_pwhash_ALG_ARGON2ID13
      ) == 0
  );
  return out.data();
}

bool PasswordMatches(std::string_view password, const std::string& hash) {
  static const std::string kNobodys = HashPassword(RandomToken());
  const bool usable = hash.starts_with("$argon2id$") && hash.size() < crypto_pwhash_STRBYTES;
  const std::string& against = usable ? hash : kNobodys;
  const MutexLock lock(OneAtATime());
  return crypto_pwhash_str_verify(against.c_str(), password.data(), password.size()) == 0 && usable;
}

std::string RandomToken() {
  NeedSodium();
  std::array<unsigned char, 32> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  std::string text(
      sodium_base64_ENCODED_LEN(bytes.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0'
  );
  sodium_bin2base64(
      text.data(), text.size(), bytes.data(), bytes.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING
  );
  text.resize(text.find('\0'));
  return text;
}

std::string HashToken(std::string_view token) {
  NeedSodium();
  std::array<unsigned char, crypto_generichash_BYTES> hash{};
  crypto_generichash(
      hash.data(),
      hash.size(),
      reinterpret_cast<const unsigned char*>(token.data()),
      token.size(),
      nullptr,
      0
  );
  std::string text(hash.size() * 2 + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), hash.data(), hash.size());
  text.pop_back();
  return text;
}

}  // namespace rowhouse::console
