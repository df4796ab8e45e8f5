#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rowhouse::kafka::wire {

// The client's half of one authentication: what to say, and whether the answer is right.
//
// Errors: kAuth where the server does not prove that it knows the password too, or speaks
//         another dialect.
class SaslClient {
 public:
  // PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512; null for another mechanism.
  static std::unique_ptr<SaslClient> Make(
      std::string_view mechanism, const std::string& user, const std::string& password
  );

  virtual ~SaslClient() = default;

  virtual std::string First() = 0;

  // The next message after the server's; empty when done() has become true by it.
  virtual Result<std::string> Next(std::string_view challenge) = 0;

  virtual bool done() const = 0;
};

// A SCRAM client with a nonce of the caller's, for tests by published examples.
std::unique_ptr<SaslClient> MakeScram(
    std::string_view mechanism,
    const std::string& user,
    const std::string& password,
    std::string nonce
);

}  // namespace rowhouse::kafka::wire
