#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "console/attempts.h"
#include "console/audit.h"
#include "console/claim.h"
#include "console/database.h"
#include "console/sessions.h"
#include "console/users.h"
#include "http/message.h"

namespace rowhouse::console {

// Where the state lies and whom the console belongs to.
struct AccessOptions {
  std::string directory = {};    // of the state
  std::string url = {};          // where people reach the console, for the claim link
  uint16_t port = 0;             // names the command line's token
  std::string admin_email = {};  // makes the first account, with...
  std::string admin_password = {};
  Users::PasswordRule admin_password_rule = Users::PasswordRule::kAtLeastEight;
};

// Who may use the console: its accounts and all that proves them.
//
// The command line of this machine proves itself by a token in a file beside the state, which
// only the console's own account can read and which is new with each start. The alternative, to
// trust whoever comes from this machine's own address, would trust every page open in a browser
// here and every other user of the machine.
//
// Threads: any.
// Errors:  Open: kConfig, as Database and for a bad first account.
class Access {
 public:
  static Result<std::unique_ptr<Access>> Open(
      const AccessOptions& options, const Clock& clock = Clock::Real()
  );
  ~Access();

  // By cookie, else by "Authorization: Bearer"; one without proof where there is none.
  Result<Caller> Identify(const http::Request& request);

  Database& database() { return *database_; }

  Users& users() { return users_; }

  Sessions& sessions() { return sessions_; }

  ApiTokens& tokens() { return tokens_; }

  Audit& audit() { return audit_; }

  Attempts& attempts() { return attempts_; }

  Claim& claim() { return claim_; }

 private:
  Access(std::unique_ptr<Database> database, const AccessOptions& options, const Clock& clock);

  Status WriteCommandLineToken();
  Status MakeFirst(const AccessOptions& options);

  const std::unique_ptr<Database> database_;
  const std::string token_file_;
  std::string command_line_token_;
  Users users_;
  Sessions sessions_;
  ApiTokens tokens_;
  Audit audit_;
  Attempts attempts_;
  Claim claim_;
};

// The file of the state in its directory.
std::string StateFile(const std::string& directory);

// The token by which commands of this machine speak to the process whose console has that port;
// empty where there is none that we may read.
std::string CommandLineToken(const std::string& directory, uint16_t port);

inline constexpr std::string_view kSessionCookie = "rowhouse_session";

// The value of the request's session cookie; empty: none.
std::string_view SessionCookieOf(const http::Request& request);

// The address without its port: "127.0.0.1".
std::string AddressOf(const http::Request& request);

}  // namespace rowhouse::console
