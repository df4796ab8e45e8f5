#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "base/mutex.h"
#include "http/client.h"
#include "model/ports.h"

namespace rowhouse::registry {

// Schemas of any registry with Confluent's REST API, remembered.
//
// What an id means never changes, and neither does the id of a schema registered under
// a subject; so both are asked for once a process.
//
// A schema that the registry refuses as incompatible is refused to the caller too, or, where
// told so, registered after all: the subject's level is set to NONE for it. What MySQL allows in
// an ALTER (a column NOT NULL without default) is no concern of a level's.
//
// Threads:  any. The lock is not held while the registry is asked: two threads that meet
//           the same new schema ask twice, and get the same id.
// Blocking: one request, at most `timeout`.
// Errors:   as SchemaStore. kUnavailable also for the registry's own 5xx: it may be waiting
//           for Kafka; retry. kBadRecord: refused (409 incompatible, 422 invalid) with the
//           registry's words and error number in native(). kNotFound: no such id.
class Client : public SchemaStore {
 public:
  enum class OnIncompatible { kRefuse, kAccept };

  static Result<std::unique_ptr<Client>> Open(
      http::ClientOptions options,
      milliseconds timeout = milliseconds(15'000),
      OnIncompatible on_incompatible = OnIncompatible::kRefuse
  );

  Result<int32_t> Register(const std::string& subject, const std::string& schema) override;
  Result<std::string> ById(int32_t id) override;

  // Sets the subject's compatibility level: "NONE", "BACKWARD", ...
  Status SetLevel(const std::string& subject, const std::string& level);

  // Any request of the registry's API, for those who look around in it: gives the answer's JSON.
  Result<std::string> Ask(
      const std::string& method, const std::string& target, const std::string& body = {}
  );

  // Whether the registry answers at all; for doctor.
  Status Ping();

 private:
  Client(std::unique_ptr<http::Client> http, milliseconds timeout, OnIncompatible on_incompatible)
      : http_(std::move(http)), timeout_(timeout), on_incompatible_(on_incompatible) {}

  Result<std::string> AskToRegister(const std::string& subject, const std::string& schema);

  const std::unique_ptr<http::Client> http_;
  const milliseconds timeout_;
  const OnIncompatible on_incompatible_;

  Mutex mu_;
  // Bounded by the schemas there are: some per table and change of its columns.
  std::map<std::pair<std::string, std::string>, int32_t> ids_ GUARDED_BY(mu_);
  std::map<int32_t, std::string> schemas_ GUARDED_BY(mu_);
};

}  // namespace rowhouse::registry
