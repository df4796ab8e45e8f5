#pragma once

#include <string>

#include "console/access.h"
#include "console/routes.h"

namespace rowhouse::console {

// What the pages may know of the process before anything else.
struct ServerFacts {
  std::string version;
  std::string pipeline;
  bool demo = false;
  bool allow_export = true;
};

// Sign-in, sign-out, the first administrator and one's own password.
// Threads: handlers run on the server's workers; `access` outlives them.
void AddSessionApi(ConsoleRoutes& routes, Access& access, const ServerFacts& facts);

// Users, API tokens and the audit log; for administrators.
void AddPeopleApi(ConsoleRoutes& routes, Access& access);

// Views that users have saved.
void AddViewsApi(ConsoleRoutes& routes, Access& access);

}  // namespace rowhouse::console
