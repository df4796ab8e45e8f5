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

// An account, without its password.
struct User {
  std::string email;
  Role role = Role::kViewer;
  int64_t created_us = 0;
  std::optional<int64_t> last_sign_in_us;
};

// The accounts of the console. Addresses are compared in lower case.
//
// Threads: any. Blocking: as Database; Add, SetPassword and SignIn hash a password (50 ms).
// Errors:  kBadRecord: no address, password too short. kNotFound: no such account.
//          kConfig: there is one already, or it is the last administrator.
class Users {
 public:
  // What is asked of a new password; the demo's is known to everybody anyway.
  enum class PasswordRule { kAtLeastEight, kAny };

  explicit Users(Database& database, const Clock& clock = Clock::Real())
      : database_(database), clock_(clock) {}

  Result<bool> Empty();
  Result<std::vector<User>> List();
  Result<User> Find(const std::string& email);

  Result<User> Add(
      const std::string& email,
      const std::string& password,
      Role role,
      PasswordRule rule = PasswordRule::kAtLeastEight
  );

  // As Add for an administrator, unless there is an account already: of two at once, one wins.
  Result<User> AddFirst(
      const std::string& email,
      const std::string& password,
      PasswordRule rule = PasswordRule::kAtLeastEight
  );

  Status SetRole(const std::string& email, Role role);

  // Ends the account's sessions, too.
  Status SetPassword(const std::string& email, const std::string& password);
  Status Remove(const std::string& email);

  // nullopt for a wrong password and for an unknown account, after the same work.
  Result<std::optional<User>> SignIn(const std::string& email, const std::string& password);

 private:
  Database& database_;
  const Clock& clock_;
};

// In lower case, as accounts are kept.
std::string NormalEmail(std::string email);

}  // namespace rowhouse::console
