#include "kafka/wire/sasl.h"

#include <array>
#include <cstdlib>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "base/bytes.h"

namespace rowhouse::kafka::wire {

namespace {

constexpr size_t kNonceBytes = 24;
constexpr int kIterationsLeast = 4096;
constexpr int kIterationsMost = 1'000'000;  // a server can't make us count for ever

const unsigned char* Raw(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string ToBase64(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int n = EVP_EncodeBlock(
      reinterpret_cast<unsigned char*>(out.data()), Raw(bytes), static_cast<int>(bytes.size())
  );
  out.resize(static_cast<size_t>(n));
  return out;
}

// Empty where it is none.
std::string FromBase64(std::string_view text) {
  std::string out(text.size() / 4 * 3, '\0');
  const int n = EVP_DecodeBlock(
      reinterpret_cast<unsigned char*>(out.data()), Raw(text), static_cast<int>(text.size())
  );
  if (n < 0) {
    return {};
  }
  const size_t padding = text.size() - std::min(text.size(), text.find_last_not_of('=') + 1);
  out.resize(static_cast<size_t>(n) - std::min(padding, static_cast<size_t>(n)));
  return out;
}

class PlainClient : public SaslClient {
 public:
  PlainClient(const std::string& user, const std::string& password)
      : message_(std::string(1, '\0') + user + std::string(1, '\0') + password) {}

  std::string First() override { return message_; }

  Result<std::string> Next(std::string_view challenge) override {
    static_cast<void>(challenge);  // whatever it is: the broker's error code decides
    done_ = true;
    return std::string();
  }

  bool done() const override { return done_; }

 private:
  const std::string message_;
  bool done_ = false;
};

// RFC 5802, without channel binding, which Kafka has not.
class ScramClient : public SaslClient {
 public:
  ScramClient(const EVP_MD* hash, std::string user, std::string password, std::string nonce)
      : hash_(hash), password_(std::move(password)), nonce_(std::move(nonce)) {
    first_bare_ = fmt::format("n={},r={}", Escaped(user), nonce_);
  }

  std::string First() override { return "n,," + first_bare_; }

  Result<std::string> Next(std::string_view challenge) override {
    if (expected_.empty()) {
      return Prove(challenge);
    }
    const auto signature = Field(challenge, 'v');
    if (FromBase64(signature) != expected_) {
      return Error(ErrorKind::kAuth, "the broker's SCRAM signature is wrong: it is an impostor");
    }
    done_ = true;
    return std::string();
  }

  bool done() const override { return done_; }

 private:
  Result<std::string> Prove(std::string_view challenge) {
    const std::string nonce(Field(challenge, 'r'));
    const std::string salt = FromBase64(Field(challenge, 's'));
    const int iterations = std::atoi(std::string(Field(challenge, 'i')).c_str());
    if (!nonce.starts_with(nonce_) || nonce.size() == nonce_.size() || salt.empty() ||
        iterations < kIterationsLeast || iterations > kIterationsMost) {
      return Error(ErrorKind::kAuth, "the broker's SCRAM challenge is not valid");
    }
    const std::string salted = Pbkdf2(salt, iterations);
    const std::string client_key = Hmac(salted, "Client Key");
    const std::string without_proof = "c=biws,r=" + nonce;
    const std::string all = fmt::format("{},{},{}", first_bare_, challenge, without_proof);
    std::string proof = Hmac(Hash(client_key), all);
    for (size_t i = 0; i < proof.size(); ++i) {
      proof[i] = static_cast<char>(proof[i] ^ client_key[i]);
    }
    expected_ = Hmac(Hmac(salted, "Server Key"), all);
    return without_proof + ",p=" + ToBase64(proof);
  }

  static std::string Escaped(const std::string& user) {
    std::string out;
    for (const char c : user) {
      out += c == '=' ? "=3D" : c == ',' ? "=2C" : std::string(1, c);
    }
    return out;
  }

  // The value of "x=..." in a message of fields with commas between.
  static std::string_view Field(std::string_view message, char name) {
    while (!message.empty()) {
      const std::string_view field = message.substr(0, message.find(','));
      if (field.size() >= 2 && field[0] == name && field[1] == '=') {
        return field.substr(2);
      }
      message.remove_prefix(std::min(field.size() + 1, message.size()));
    }
    return {};
  }

  size_t HashBytes() const { return static_cast<size_t>(EVP_MD_get_size(hash_)); }

  std::string Pbkdf2(std::string_view salt, int iterations) const {
    std::string out(HashBytes(), '\0');
    PKCS5_PBKDF2_HMAC(
        password_.data(),
        static_cast<int>(password_.size()),
        Raw(salt),
        static_cast<int>(salt.size()),
        iterations,
        hash_,
        static_cast<int>(out.size()),
        reinterpret_cast<unsigned char*>(out.data())
    );
    return out;
  }

  std::string Hmac(std::string_view key, std::string_view text) const {
    std::string out(HashBytes(), '\0');
    HMAC(
        hash_,
        key.data(),
        static_cast<int>(key.size()),
        Raw(text),
        text.size(),
        reinterpret_cast<unsigned char*>(out.data()),
        nullptr
    );
    return out;
  }

  std::string Hash(std::string_view text) const {
    std::string out(HashBytes(), '\0');
    auto* to = reinterpret_cast<unsigned char*>(out.data());
    EVP_Digest(text.data(), text.size(), to, nullptr, hash_, nullptr);
    return out;
  }

  const EVP_MD* const hash_;
  const std::string password_;
  const std::string nonce_;
  std::string first_bare_;
  std::string expected_;  // the server's signature, known once we have proved ourselves
  bool done_ = false;
};

}  // namespace

std::unique_ptr<SaslClient> MakeScram(
    std::string_view mechanism,
    const std::string& user,
    const std::string& password,
    std::string nonce
) {
  if (mechanism == "SCRAM-SHA-256") {
    return std::make_unique<ScramClient>(EVP_sha256(), user, password, std::move(nonce));
  }
  if (mechanism == "SCRAM-SHA-512") {
    return std::make_unique<ScramClient>(EVP_sha512(), user, password, std::move(nonce));
  }
  return nullptr;
}

std::unique_ptr<SaslClient> SaslClient::Make(
    std::string_view mechanism, const std::string& user, const std::string& password
) {
  if (mechanism == "PLAIN") {
    return std::make_unique<PlainClient>(user, password);
  }
  std::array<unsigned char, kNonceBytes> random{};
  if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1) {
    return nullptr;
  }
  return MakeScram(mechanism, user, password, ToBase64(AsText(ByteView(random))));
}

}  // namespace rowhouse::kafka::wire
