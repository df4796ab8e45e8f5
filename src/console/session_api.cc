#include "console/session_api.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/log.h"

namespace rowhouse::console {
namespace {

std::string CookieText(const http::Request& request, std::string_view value, seconds lives) {
  return fmt::format(
      "{}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age={}{}",
      kSessionCookie,
      value,
      lives.count(),
      request.tls ? "; Secure" : ""
  );
}

Json SessionJson(const Caller& caller, const ServerFacts& facts) {
  return {
      {"user", {{"email", caller.name}, {"role", RoleName(caller.role)}}},
      {"csrf", caller.csrf},
      {"server",
       {{"version", facts.version},
        {"pipeline", facts.pipeline},
        {"demo", facts.demo},
        {"read_only", false},
        {"allow_export", facts.allow_export},
        {"now", TimeOf(Clock::Real().WallMicros())}}}};
}

void NoteSignIn(
    Access& access,
    const Call& call,
    const std::string& email,
    Role role,
    std::string_view outcome,
    std::string_view detail
) {
  AuditEntry entry;
  entry.who = NormalEmail(email.substr(0, 254));
  entry.role = RoleName(role);
  entry.from = AddressOf(call.request);
  entry.action = "sign in";
  entry.outcome = outcome;
  entry.detail = detail;
  access.audit().Note(std::move(entry));
}

// A session for an account that has proved itself.
Answer Begin(Access& access, const ServerFacts& facts, const Call& call, const User& user) {
  const auto started = access.sessions().Start(user.email);
  if (!started) {
    return Answer::Of(started.error());
  }
  call.response.SetHeader(
      "Set-Cookie", CookieText(call.request, started->cookie, Sessions::kAtMost)
  );
  Caller caller;
  caller.name = user.email;
  caller.role = user.role;
  caller.csrf = started->csrf;
  return Answer::Of(SessionJson(caller, facts));
}

Answer TooManyTries(const Call& call, seconds wait) {
  Answer answer = Answer::Problem(
      429,
      "E-CON-008",
      fmt::format("too many wrong tries; wait {} s", wait.count()),
      "an administrator can set a new password: rowhouse user passwd"
  );
  answer.body["retry_after_s"] = wait.count();
  answer.body["error"]["retry_after_s"] = wait.count();
  call.response.SetHeader("Retry-After", std::to_string(wait.count()));
  return answer;
}

// A browser sends this type to another site only after asking, which we do not answer: so nobody
// can be signed in by a page they merely visit.
Answer SignIn(Access& access, const ServerFacts& facts, const Call& call) {
  const std::string email = call.Text("email");
  const std::string account = "account " + NormalEmail(email);
  const std::string address = "address " + AddressOf(call.request);
  const seconds wait = std::max(access.attempts().Wait(account), access.attempts().Wait(address));
  if (wait.count() > 0) {
    NoteSignIn(access, call, email, Role::kNone, "refused", "too many wrong tries");
    return TooManyTries(call, wait);
  }
  auto user = access.users().SignIn(email, call.Text("password"));
  if (!user) {
    return Answer::Of(user.error());
  }
  if (!user->has_value()) {
    access.attempts().Failed(account);
    access.attempts().Failed(address);
    NoteSignIn(access, call, email, Role::kNone, "refused", "wrong e-mail or password");
    const auto empty = access.users().Empty();
    Answer answer = Answer::Problem(
        401, "E-CON-003", "this e-mail and password do not fit", "check both, then try again"
    );
    if (empty && *empty) {
      access.claim().Ensure();
      answer.body["claim"] = true;
    }
    return answer;
  }
  access.attempts().Succeeded(account);
  access.attempts().Succeeded(address);
  NoteSignIn(access, call, email, (*user)->role, "ok", "");
  return Begin(access, facts, call, **user);
}

Answer ClaimConsole(Access& access, const ServerFacts& facts, const Call& call) {
  const std::string address = "address " + AddressOf(call.request);
  const seconds wait = access.attempts().Wait(address);
  if (wait.count() > 0) {
    return TooManyTries(call, wait);
  }
  if (!access.claim().Matches(call.Text("token"))) {
    access.attempts().Failed(address);
    return Answer::Problem(
        403,
        "E-CON-010",
        "this link is used or older than 10 minutes",
        "open the console's page again: a new link is printed in the terminal or log of rowhouse"
    );
  }
  auto user = access.users().AddFirst(call.Text("email"), call.Text("password"));
  if (!user) {
    return Answer::Of(user.error());
  }
  access.claim().Spend();
  return Begin(access, facts, call, *user);
}

Answer ChangePassword(Access& access, const Call& call) {
  const std::string account = "account " + call.caller.name;
  const seconds wait = access.attempts().Wait(account);
  if (wait.count() > 0) {
    return TooManyTries(call, wait);
  }
  const auto user = access.users().SignIn(call.caller.name, call.Text("old"));
  if (!user) {
    return Answer::Of(user.error());
  }
  if (!user->has_value()) {
    access.attempts().Failed(account);
    return Answer::Problem(422, "E-CON-003", "old: this is not your password", "");
  }
  const Status set = access.users().SetPassword(call.caller.name, call.Text("new"));
  return set ? Answer::Nothing() : Answer::Of(set.error());
}

}  // namespace

void AddSessionApi(ConsoleRoutes& routes, Access& access, const ServerFacts& facts) {
  const Field email{.name = "email", .required = true};
  const Field password{.name = "password", .required = true};
  routes.Add(
      Role::kViewer,
      "GET",
      "/api/v1/session",
      {.summary = "Who I am, the CSRF token of my session, and what this server is"},
      [facts](const Call& call) { return Answer::Of(SessionJson(call.caller, facts)); }
  );
  routes.Add(
      Role::kNone,
      "POST",
      "/api/v1/session",
      {.summary = "Sign in", .body = {email, password}, .target = "email"},
      [&access, facts](const Call& call) { return SignIn(access, facts, call); }
  );
  routes.Add(
      Role::kViewer,
      "DELETE",
      "/api/v1/session",
      {.summary = "Sign out", .success = 204},
      [&access](const Call& call) {
        const Status ended = access.sessions().End(call.caller.session_hash);
        call.response.SetHeader("Set-Cookie", CookieText(call.request, "", seconds(0)));
        return ended ? Answer::Nothing() : Answer::Of(ended.error());
      }
  );
  routes.Add(
      Role::kNone,
      "POST",
      "/api/v1/claim",
      {.summary = "Make the first administrator, by the link that the terminal shows",
       .body = {{.name = "token", .required = true}, email, password},
       .target = "email"},
      [&access, facts](const Call& call) { return ClaimConsole(access, facts, call); }
  );
  routes.Add(
      Role::kViewer,
      "PUT",
      "/api/v1/session/password",
      {.summary = "Change my password; ends my sessions",
       .body = {{.name = "old", .required = true}, {.name = "new", .required = true}},
       .success = 204},
      [&access](const Call& call) { return ChangePassword(access, call); }
  );
}

}  // namespace rowhouse::console
