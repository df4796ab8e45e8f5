#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "console/database.h"
#include "console/role.h"

namespace rowhouse::console {

// Who makes a request, and with which proof.
struct Caller {
  enum class Proof { kNone, kSession, kToken, kCommandLine };

  Proof proof = Proof::kNone;
  Role role = Role::kNone;
  std::string name;          // an address, a token's name, "rowhouse (command line)"
  std::string csrf;          // of a session
  std::string session_hash;  // of a session
};

// Who is signed in: random cookies, of which only hashes are kept.
//
// A session ends 12 hours after its last request and 7 days after its start, when its account is
// removed or gets another password, and by signing out. The account's role is read anew for
// each request. It outlives restarts.
//
// Threads: any.
class Sessions {
 public:
  static constexpr seconds kIdle{12 * 3600};
  static constexpr seconds kAtMost{7 * 24 * 3600};

  explicit Sessions(Database& database, const Clock& clock = Clock::Real())
      : database_(database), clock_(clock) {}

  struct Started {
    std::string cookie;
    std::string csrf;
  };

  Result<Started> Start(const std::string& email);

  // nullopt where there is no such session, or it is over.
  Result<std::optional<Caller>> Find(std::string_view cookie);

  Status End(const std::string& session_hash);

 private:
  Database& database_;
  const Clock& clock_;
};

// A key for programs, without its secret.
struct ApiToken {
  int64_t id = 0;
  std::string name;
  Role role = Role::kViewer;
  int64_t created_us = 0;
  std::optional<int64_t> last_used_us;
  std::optional<int64_t> expires_us;
};

// Keys for programs, each with a role. "rh_…" is shown once, and kept as a hash.
//
// Threads: any.
class ApiTokens {
 public:
  explicit ApiTokens(Database& database, const Clock& clock = Clock::Real())
      : database_(database), clock_(clock) {}

  struct Made {
    ApiToken token;
    std::string secret;
  };

  Result<Made> Make(
      const std::string& name,
      Role role,
      const std::string& by,
      std::optional<int64_t> expires_us = std::nullopt
  );
  Result<std::vector<ApiToken>> List();

  // kNotFound where there is none.
  Status Remove(int64_t id);

  // nullopt for an unknown or expired one.
  Result<std::optional<Caller>> Find(std::string_view secret);

 private:
  Database& database_;
  const Clock& clock_;
};

}  // namespace rowhouse::console
